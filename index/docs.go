package index

import (
	"hash/maphash"
	"strings"
	"sync"

	"kindred/paper"
)

// docs remembers, per doc number, the paper's id, and which doc numbers have
// a title; both are derived from the records.
type docs struct {
	mu     sync.RWMutex
	ids    []string // by doc number; "" where there is none
	titles map[uint64][]uint32
	seed   maphash.Seed
}

func newDocs() *docs {
	return &docs{titles: map[uint64][]uint32{}, seed: maphash.MakeSeed()}
}

// titleHash stands for a folded title; papers found by it are compared by
// their own titles.
func (d *docs) titleHash(title string) (uint64, bool) {
	key := paper.TitleKey(title)
	return maphash.String(d.seed, key), key != ""
}

func (d *docs) add(doc uint32, p *paper.Paper) {
	hash, titled := d.titleHash(p.Title)
	d.mu.Lock()
	defer d.mu.Unlock()
	for len(d.ids) <= int(doc) {
		d.ids = append(d.ids, "")
	}
	d.ids[doc] = strings.Clone(p.ID) // the paper's strings share one large text
	if titled {
		d.titles[hash] = append(d.titles[hash], doc)
	}
}

func (d *docs) remove(doc uint32, p *paper.Paper) {
	hash, titled := d.titleHash(p.Title)
	d.mu.Lock()
	defer d.mu.Unlock()
	if int(doc) < len(d.ids) {
		d.ids[doc] = ""
	}
	if !titled {
		return
	}
	// A new slice: readers may hold the old one.
	var rest []uint32
	for _, other := range d.titles[hash] {
		if other != doc {
			rest = append(rest, other)
		}
	}
	if rest == nil {
		delete(d.titles, hash)
	} else {
		d.titles[hash] = rest
	}
}

func (d *docs) id(doc uint32) string {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if int(doc) >= len(d.ids) {
		return ""
	}
	return d.ids[doc]
}

// titled returns the doc numbers of papers whose title may be this one.
func (d *docs) titled(title string) []uint32 {
	hash, ok := d.titleHash(title)
	if !ok {
		return nil
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.titles[hash]
}
