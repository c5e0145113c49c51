package filter

import (
	"cmp"
	"math/bits"
	"slices"
	"strconv"

	"github.com/RoaringBitmap/roaring/v2"

	"kindred/paper"
)

// Facet counts the papers of allow (nil: all) by the field's values, a field of
// [paper.FacetFields]; nil for another. Counts are exact. The
// most frequent values come first, equal ones in the order of their text; years
// come in their own order. limit, where positive, is how many are wanted; of
// years, the last ones.
func (x *Index) Facet(field string, allow *roaring.Bitmap, limit int) []paper.FacetCount {
	x.mu.RLock()
	docs, years, fields := x.live.clone(), x.years, x.fields
	x.mu.RUnlock()
	if allow != nil {
		docs.and(denseOf(allow, len(docs)))
	}
	switch field {
	case "year":
		return facetYears(docs, years, limit)
	case "category":
		return facetValues(docs, &fields[categories], limit)
	case "venue":
		return facetValues(docs, &fields[venues], limit)
	case "author":
		return facetValues(docs, &fields[authors], limit)
	case "collection":
		return facetValues(docs, &fields[collections], limit)
	}
	return nil
}

// denseOf leaves out what does not fit into n words.
func denseOf(b *roaring.Bitmap, n int) set {
	out := make(set, n)
	var buf [512]uint32
	for it := b.ManyIterator(); ; {
		k := it.NextMany(buf[:])
		for _, doc := range buf[:k] {
			if int(doc>>6) >= n {
				return out
			}
			out.add(doc)
		}
		if k == 0 {
			return out
		}
	}
}

// each calls fn with the doc numbers, ascending.
func (s set) each(fn func(doc uint32)) {
	for i, w := range s {
		for ; w != 0; w &= w - 1 {
			fn(uint32(i<<6 + bits.TrailingZeros64(w)))
		}
	}
}

func facetYears(docs set, years []uint16, limit int) []paper.FacetCount {
	counts := make([]int, 10_000)
	docs.each(func(doc uint32) { counts[years[doc]]++ })
	var out []paper.FacetCount
	for year, n := range counts {
		if year > 0 && n > 0 {
			out = append(out, paper.FacetCount{Value: strconv.Itoa(year), Count: n})
		}
	}
	if limit > 0 && len(out) > limit {
		out = out[len(out)-limit:]
	}
	return out
}

func facetValues(docs set, v *values, limit int) []paper.FacetCount {
	counts := make([]int32, len(v.text))
	docs.each(func(doc uint32) {
		if int(doc) >= len(v.at) { // no value in this field, nor any later paper
			return
		}
		for _, id := range v.flat[v.at[doc]:][:v.count[doc]] {
			counts[id]++
		}
	})
	var top []paper.FacetCount
	for id, n := range counts {
		if n == 0 {
			continue
		}
		c := paper.FacetCount{Value: v.text[id], Count: int(n)}
		if limit <= 0 {
			top = append(top, c)
			continue
		}
		if len(top) == limit && byCount(c, top[limit-1]) > 0 {
			continue
		}
		// top is short and sorted, and few values get this far.
		at, _ := slices.BinarySearchFunc(top, c, byCount)
		if len(top) == limit {
			top = top[:limit-1]
		}
		top = slices.Insert(top, at, c)
	}
	if limit <= 0 {
		slices.SortFunc(top, byCount)
	}
	return top
}

func byCount(a, b paper.FacetCount) int {
	return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Value, b.Value))
}
