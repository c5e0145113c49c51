package index

import (
	"context"
	"math"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"

	"kindred/index/rank"
	"kindred/paper"
)

// byDate lists all papers that match, the newest first, those of one day by id
// descending: all that pass the filter and meet the demands and, where there are
// words, have one of them. A page ends at a place, which no change of the corpus
// moves.
func (x *Index) byDate(ctx context.Context, gen *generation, p probe, words bool, o paper.Options, request uint64) (*paper.Result, error) {
	x.noteSearch()
	to := belonging{x.corpus, request}
	after, err := decodeCursor(o.Cursor, to, true)
	if err != nil {
		return nil, err
	}
	for try := 1; ; try++ {
		before := x.replaced.Load()
		met, err := x.meet(ctx, p.demands, x.allowed(p.filter, nil))
		if err != nil {
			return nil, err
		}
		match := met.docs
		if match == nil {
			match = x.filters.Live()
		}
		if words {
			if match, err = x.havingAny(ctx, p.terms, match); err != nil {
				return nil, err
			}
		}
		result := x.emptyResult(gen, int(match.GetCardinality()), o.Facets, match)
		if met.partly {
			result.Degraded = partlyRead
		}
		if err := x.pageByDate(ctx, gen, p, x.above(p.terms, match, o.MinScore), after.place, o.Limit, to, result); err != nil {
			return nil, err
		}
		if try == maxTries || x.replaced.Load() == before {
			return result, nil
		}
	}
}

// havingAny is the part of a set that has one of the words.
func (x *Index) havingAny(ctx context.Context, terms []rank.Term, set *roaring.Bitmap) (*roaring.Bitmap, error) {
	texts := make([]string, len(terms))
	for i, t := range terms {
		texts[i] = t.Text
	}
	having := roaring.New()
	if err := x.lexical.Having(ctx, having, texts); err != nil {
		return nil, err
	}
	return roaring.And(set, having), nil
}

// above is the part of a set whose score is least or more; all of it where
// that is 0.
func (x *Index) above(terms []rank.Term, set *roaring.Bitmap, least float64) *roaring.Bitmap {
	if least == 0 {
		return set
	}
	docs := set.ToArray()
	scores := x.lexical.Scores(nil, weighted(terms), docs)
	kept := roaring.New()
	for i, doc := range docs {
		if scores[i] >= least {
			kept.Add(doc)
		}
	}
	return kept
}

// pageByDate adds the papers behind a place to a result.
func (x *Index) pageByDate(ctx context.Context, gen *generation, p probe, match *roaring.Bitmap, at *paper.Place, limit int, to belonging, result *paper.Result) error {
	l := &selecting{x: x, s: &paper.Selection{Order: paper.ByDate, Descending: true}, maybe: match}
	for {
		wanted := limit - len(result.Hits) + 1 // the last one shows that there is more
		places := l.places(at, wanted)
		d := x.dresser(gen, p, x.placesRanked(p.terms, places))
		for i := range places {
			if len(result.Hits) == limit {
				result.NextCursor = position{place: at}.encode(to)
				return nil
			}
			hit, err := d.hit(ctx, i, limit-len(result.Hits))
			if err != nil {
				return err
			}
			at = &places[i].Place
			if hit != nil { // else it has gone since
				result.Hits = append(result.Hits, *hit)
			}
		}
		if len(places) < wanted {
			return nil
		}
	}
}

// placesRanked is a list in its order, each paper with its score by words.
func (x *Index) placesRanked(terms []rank.Term, places []placed) *ranking {
	docs := make([]uint32, len(places))
	for i, p := range places {
		docs[i] = p.doc
	}
	// Scores wants them ascending.
	ascending := slices.Sorted(slices.Values(docs))
	score := make(map[uint32]float64, len(docs))
	for i, s := range x.lexical.Scores(nil, weighted(terms), ascending) {
		score[ascending[i]] = s
	}
	r := &ranking{list: make([]rank.Candidate, len(docs))}
	for i, doc := range docs {
		r.list[i] = rank.Candidate{Doc: doc, Lexical: score[doc], Semantic: math.NaN(), Score: score[doc]}
	}
	return r
}
