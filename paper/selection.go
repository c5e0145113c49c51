package paper

import (
	"cmp"
	"encoding/json"
	"errors"
)

// Selection asks for papers by what they are and not by how well they answer:
// all that match, in an order that has nothing to do with relevance.
type Selection struct {
	Match      *Boolean // nil is every paper
	Filter     Filter
	Order      SelectionOrder
	Descending bool
	Limit      int    // 0 is DefaultLimit, at most MaxSelected; a page of long papers is shorter
	After      *Place // where the list was left off; nil is its beginning
}

// MaxSelected is the most papers of a page of a selection. Each page is a walk
// through all that match, so who wants all of them takes large ones.
const MaxSelected = 10_000

// SelectionOrder is the order of a selection.
type SelectionOrder int

// The orders. Papers of one day are in the order of their ids, ascending or
// descending with the days; a paper without a date stands behind all others.
const (
	ByID SelectionOrder = iota
	ByDate
)

// Validate reports the first thing that cannot be meant, and fills in the
// defaults.
func (s *Selection) Validate() error {
	switch {
	case s.Limit < 0 || s.Limit > MaxSelected:
		return Invalid("limit", "%d is not from 1 to %d", s.Limit, MaxSelected)
	case s.Limit == 0:
		s.Limit = DefaultLimit
	}
	return s.Filter.Validate()
}

// Place is a paper's place in a selection. It outlives changes of the corpus,
// as the places of all other papers do.
type Place struct {
	Day int32 // the first day on which it may have come out, YYYYMMDD; 0 when unknown, or by id
	ID  string
	// Corpus is a number of the index that gave the place; it refuses those of
	// others.
	Corpus uint64
}

// Compare orders two places as s does, of whatever corpus.
func (s *Selection) Compare(a, b Place) int {
	if s.Order == ByDate {
		if a.Day == 0 || b.Day == 0 {
			if c := cmp.Compare(b.Day, a.Day); c != 0 {
				return c // the one without a date is the later one, either way
			}
		} else if c := cmp.Compare(a.Day, b.Day); c != 0 {
			return s.turn(c)
		}
	}
	return s.turn(cmp.Compare(a.ID, b.ID))
}

func (s *Selection) turn(c int) int {
	if s.Descending {
		return -c
	}
	return c
}

// Selected is a page of a selection.
type Selected struct {
	Papers []Paper
	// Total is the number of papers that match. Where that would take reading
	// too many texts (phrases, beginnings of words), it counts those that may.
	Total int
	Next  *Place // where the next page begins behind; nil at the end. A page may be short before it.
}

// wireSelected is Selected on the road between two of our own programs, with
// what the JSON of a paper leaves out.
type wireSelected struct {
	Papers []*ExportLine
	Total  int
	Next   *Place
}

// MarshalJSON writes a page with the files that its papers came in.
func (s *Selected) MarshalJSON() ([]byte, error) {
	w := wireSelected{Papers: make([]*ExportLine, len(s.Papers)), Total: s.Total, Next: s.Next}
	for i := range s.Papers {
		w.Papers[i] = NewExportLine(&s.Papers[i])
	}
	return json.Marshal(w)
}

// UnmarshalJSON reads what MarshalJSON has written.
func (s *Selected) UnmarshalJSON(text []byte) error {
	var w wireSelected
	if err := json.Unmarshal(text, &w); err != nil {
		return err
	}
	*s = Selected{Papers: make([]Paper, len(w.Papers)), Total: w.Total, Next: w.Next}
	for i, line := range w.Papers {
		if line == nil || line.Paper == nil {
			return errors.New("a page with a paper that is none")
		}
		if err := line.Restore(); err != nil {
			return err
		}
		s.Papers[i] = *line.Paper
	}
	return nil
}
