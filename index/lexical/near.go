package lexical

// near are the documents of a part whose sums come near the k greatest.
type near struct {
	docs   []nearDoc // ascending
	cut    uint32    // no document with a lower sum comes in any more
	guess  bool      // whether cut rises with the sums that come in
	k      int
	counts [1 << (15 - perCount)]uint32 // of docs by their sums
	kth    int                          // at least k docs are counted from here on, if there are so many
	above  int                          // how many
	before []uint64                     // the best of the parts before
}

type nearDoc struct {
	doc uint32
	sum uint16 // a bound of its score
}

// Sums are counted by so many of their bits less.
const perCount = 5

// reset empties n for a part, of which sums below cut are not wanted.
func (n *near) reset(k int, cut uint32, guess bool) {
	n.docs, n.cut, n.guess, n.k, n.kth, n.above = n.docs[:0], cut, guess, k, 0, 0
	clear(n.counts[:])
}

// add takes in documents of a window, all of which reach cut.
func (n *near) add(base uint32, places []uint16, sums *[windowSize]uint16) {
	for _, place := range places {
		sum := sums[place]
		n.docs = append(n.docs, nearDoc{base + uint32(place), sum})
		at := int(sum >> perCount)
		n.counts[at]++
		if at >= n.kth {
			n.above++
		}
	}
	for n.above-int(n.counts[n.kth]) >= n.k {
		n.above -= int(n.counts[n.kth])
		n.kth++
	}
	if !n.guess {
		return
	}
	// A score is less than its sum by half a level a term, a twentieth or so;
	// by more than an eighth hardly ever.
	n.cut = max(n.cut, n.greatest()*7/8)
}

// greatest is a sum that about k documents reach, and no fewer if there are so
// many.
func (n *near) greatest() uint32 { return uint32(n.kth) << perCount }
