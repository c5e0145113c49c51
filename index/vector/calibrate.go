package vector

import (
	"context"
	"math"
	"slices"

	"kindred/internal/simd"
)

const (
	// calibrating is how many documents stand for queries. Questions that are
	// unlike all documents need the same reach, only more lists.
	calibrating = 512
	// The shares of the nearest whose lists are looked into, for few and for
	// many answers. The first of many are then found as surely as few.
	recallOfFew, recallOfMany = 0.998, 0.992
)

// calibrate sets the reach of new lists: the least that leads to the wanted
// share of the nearest of some documents, which a search through all lists
// finds.
func (x *Index) calibrate(ctx context.Context, l *lists, docs []uint32, vectors [][]float32) error {
	n := min(calibrating, (len(docs)+7)/8)
	ofFew, ofMany := make([][]float32, n), make([][]float32, n)
	err := each(ctx, n, func() func(int) {
		s := new(scratch)
		var nearest top
		return func(i int) {
			at := i * len(docs) / n
			s.query = vectors[at]
			// One more, since the document finds itself.
			if s.gather(ctx, l, many+1, limits{math.MaxFloat32, deviationsOfFew, math.MaxInt}, false) != nil {
				return // ctx ended, which each reports
			}
			nearest.reset(many)
			for _, c := range s.estimated.candidates() {
				if v := x.table.get(c.Doc); v != nil && c.Doc != docs[at] {
					nearest.push(Scored{c.Doc, simd.Dot(s.query, v)})
				}
			}
			found := nearest.sorted()
			estimates := slices.DeleteFunc(s.estimated.best.sorted(), func(e Scored) bool { return e.Doc == docs[at] })
			needed := func(k int) (reaches []float32) {
				k = min(k, len(found), len(estimates))
				for _, c := range found[:k] {
					cell := l.entries[c.Doc].cell
					reaches = append(reaches, (estimates[k-1].Score-s.cosines[cell])/l.spread[cell])
				}
				return reaches
			}
			ofFew[i], ofMany[i] = needed(few), needed(many)
		}
	})
	if err != nil {
		return err
	}
	l.reach = reach{few: quantile(ofFew, recallOfFew), many: quantile(ofMany, recallOfMany)}
	return nil
}

// quantile is what the given share of the numbers does not exceed.
func quantile(parts [][]float32, share float64) float32 {
	all := slices.Concat(parts...)
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[min(len(all)-1, int(share*float64(len(all))))]
}
