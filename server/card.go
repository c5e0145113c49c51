package server

import (
	"fmt"
	"math"

	"kindred/paper"
)

// card is a hit as it stands on a list.
type card struct {
	paper.Paper
	Number   int // in the list, from 1
	Answers  [][]segment
	Why      *why // nil where nothing matched by anything
	Liked    bool
	Disliked bool
	At       place // of the list
	Tags     []tag // its first categories
}

// tag is a category of a card.
type tag struct {
	Name string
	On   bool // the list is narrowed to it
}

// tagsShown are enough for any real paper.
const tagsShown = 8

// cards are a result's hits.
func cards(r *paper.Result, at place) []card {
	out, long := make([]card, len(r.Hits)), at.long()
	for i, h := range r.Hits {
		c := card{
			Paper: h.Paper, Number: i + 1, At: at, Why: whyOf(h, r, at),
			Liked: at.has(likeParam, h.Paper.ID), Disliked: at.has(unlikeParam, h.Paper.ID),
		}
		for _, hl := range h.Highlights {
			c.Answers = append(c.Answers, readableSegments(segments(wholeFormulas(hl))))
		}
		shown := min(tagsShown, len(h.Paper.Categories))
		if long {
			shown = 0
		}
		for _, name := range h.Paper.Categories[:shown] {
			c.Tags = append(c.Tags, tag{name, at.has("category", name)})
		}
		out[i] = c
	}
	return out
}

// why says which signals brought a hit, in words and as a bar.
type why struct {
	Words string
	// Meaning and Terms are the widths of a bar's two pieces, in hundredths of
	// the list's best score.
	Meaning, Terms int
}

func whyOf(h paper.Hit, r *paper.Result, at place) *why {
	lex, sem := h.Signals.Lexical, h.Signals.Semantic
	if lex == nil && sem == nil {
		return nil
	}
	w := &why{}
	switch {
	case lex == nil:
		w.Words = placed(sem) + " by meaning, by words not at all"
	case sem == nil:
		w.Words = placed(lex) + " by words"
	default:
		w.Words = placed(sem) + " by meaning, " + placed(lex) + " by words"
	}
	best := r.Hits[0].Score
	var meaning, terms float64
	switch {
	case r.Fusion != nil:
		meaning, terms = math.NaN(), 0
		if sem != nil {
			meaning = sem.Score
		}
		if lex != nil {
			terms = lex.Score
		}
		meaning, terms = r.Fusion.Semantic.At(meaning), r.Fusion.Lexical.At(terms)
		// Pages further on begin below the best; a whole bar is the best there can be.
		best = r.Fusion.Semantic.Weight + r.Fusion.Lexical.Weight
	case first(at.vals, "mode") == string(paper.Semantic):
		meaning = h.Score
	default:
		terms = h.Score
	}
	w.Meaning, w.Terms = hundredths(meaning, best), hundredths(terms, best)
	w.Terms = min(w.Terms, 100-w.Meaning)
	return w
}

func hundredths(part, whole float64) int {
	if !(whole > 0) || !(part > 0) { // NaN too
		return 0
	}
	return int(math.Round(100 * min(1, part/whole)))
}

// placed is a signal's rank in words.
func placed(s *paper.Signal) string {
	if s.Rank == 0 {
		return "far down"
	}
	return ordinal(s.Rank)
}

// ordinal writes 1st, 2nd, 3rd, 11th.
func ordinal(n int) string {
	suffix := "th"
	if n%100 < 11 || n%100 > 13 {
		switch n % 10 {
		case 1:
			suffix = "st"
		case 2:
			suffix = "nd"
		case 3:
			suffix = "rd"
		}
	}
	return count(n) + suffix
}

// marks are the papers marked on a list.
type marks struct {
	Liked, Disliked []paper.Paper
	// StandIn says that none is liked, so that the best answers stand in.
	StandIn bool
	Export  []citeLink // the liked papers as files
}

// Any reports whether a paper is marked.
func (m marks) Any() bool { return len(m.Liked)+len(m.Disliked) > 0 }

// Words counts them.
func (m marks) Words() string {
	switch l, d := len(m.Liked), len(m.Disliked); {
	case d == 0:
		return fmt.Sprintf("More like %s", papersIn(l))
	case l == 0:
		return fmt.Sprintf("Less like %s", papersIn(d))
	default:
		return fmt.Sprintf("More like %s, less like %d", papersIn(l), d)
	}
}

func papersIn(n int) string {
	if n == 1 {
		return "1 paper"
	}
	return count(n) + " papers"
}
