package vector

import (
	"sync/atomic"
	"unsafe"
)

const pageSize = 1024

// page holds the vectors of pageSize successive document numbers, nil where
// there is none.
type page struct {
	vectors [pageSize]atomic.Pointer[float32]
	count   int // of vectors; for writers only
}

// table finds a vector by its document's number. Each vector is an allocation
// of its own, so that a deleted one's memory comes free when the last search
// that looks at it has ended. Readers need no lock; writers exclude each other.
type table struct {
	dimension int
	pages     atomic.Pointer[[]*page] // nil where a page holds nothing
}

func (t *table) load() []*page {
	if pages := t.pages.Load(); pages != nil {
		return *pages
	}
	return nil
}

func (t *table) get(doc uint32) []float32 {
	pages := t.load()
	if p := int(doc / pageSize); p < len(pages) && pages[p] != nil {
		return t.vector(pages[p], doc%pageSize)
	}
	return nil
}

func (t *table) vector(p *page, i uint32) []float32 {
	if first := p.vectors[i].Load(); first != nil {
		return unsafe.Slice(first, t.dimension)
	}
	return nil
}

// set keeps v itself under doc, which has no vector yet.
func (t *table) set(doc uint32, v []float32) {
	pages, i := t.load(), int(doc/pageSize)
	if i >= len(pages) || pages[i] == nil {
		grown := make([]*page, max(i+1, len(pages)))
		copy(grown, pages)
		grown[i] = new(page)
		t.pages.Store(&grown)
		pages = grown
	}
	pages[i].count++
	pages[i].vectors[doc%pageSize].Store(unsafe.SliceData(v))
}

// remove forgets the vector of doc, which has one.
func (t *table) remove(doc uint32) {
	pages, i := t.load(), int(doc/pageSize)
	pages[i].vectors[doc%pageSize].Store(nil)
	if pages[i].count--; pages[i].count == 0 {
		rest := make([]*page, len(pages))
		copy(rest, pages)
		rest[i] = nil
		t.pages.Store(&rest)
	}
}
