package paper

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Filter says which papers may be answers. Within a field any value will do,
// between fields all must hold; a paper that lacks a field that is asked for
// does not pass. The zero value passes everything.
type Filter struct {
	Years      Years
	From, To   string   // dates (2019, 2019-03, 2019-03-05), both inclusive, either may be empty
	Categories []string // "cs.CL"; "cs" also takes "cs.CL"
	Authors    []string // see [MatchAuthor]
	Venues     []string // see [MatchVenue]

	// The named corpora to look in and those whose papers are left out, a paper
	// of both kinds too; see [Paper.Corpora] and [MatchCollection].
	Collections, NotCollections []string
}

// Empty reports whether f passes every paper.
func (f *Filter) Empty() bool {
	return f.Years == Years{} && f.From == "" && f.To == "" &&
		len(f.Categories) == 0 && len(f.Authors) == 0 && len(f.Venues) == 0 &&
		len(f.Collections) == 0 && len(f.NotCollections) == 0
}

// Limits of one filter.
const (
	MaxFilterValues = 200  // per field
	maxFilterValue  = 1024 // bytes
)

// Validate reports the first field that cannot be meant, as an
// [*InvalidError] named like the API's parameter.
func (f *Filter) Validate() error {
	if f.Years.From > 0 && f.Years.To > 0 && f.Years.From > f.Years.To {
		return Invalid("year", "the range ends before it begins")
	}
	var bounds [2]Date
	for i, s := range [2]string{f.From, f.To} {
		if s == "" {
			continue
		}
		d, err := ParseDate(s)
		if err != nil {
			return Invalid([2]string{"from", "to"}[i], "%v", err)
		}
		bounds[i] = d
	}
	if f.From != "" && f.To != "" && bounds[0].First > bounds[1].Last {
		return Invalid("from", "the range ends before it begins")
	}
	for _, v := range []struct {
		field string
		list  []string
	}{
		{"category", f.Categories}, {"author", f.Authors}, {"venue", f.Venues},
		{"collection", f.Collections}, {"not_collection", f.NotCollections},
	} {
		if len(v.list) > MaxFilterValues {
			return Invalid(v.field, "%d values; at most %d are allowed", len(v.list), MaxFilterValues)
		}
		for _, s := range v.list {
			if FoldName(s) == "" {
				return Invalid(v.field, "%q holds no letter or digit", s)
			}
			if err := checkText(v.field, s, maxFilterValue); err != nil {
				return err
			}
		}
	}
	return nil
}

// Years is a range of years, both ends included; 0 leaves an end open.
type Years struct{ From, To int }

// ParseYears reads "2019", "2016-2020", "2010-" or "-2015".
func ParseYears(s string) (Years, error) {
	bad := Invalid("year", "%q is not a year or a range such as 2019, 2016-2020, 2010- or -2015", s)
	from, to, ranged := strings.Cut(strings.TrimSpace(s), "-")
	if !ranged {
		to = from
	}
	if from == "" && to == "" {
		return Years{}, bad
	}
	var y Years
	for _, end := range []struct {
		text string
		year *int
	}{{from, &y.From}, {to, &y.To}} {
		text := strings.TrimSpace(end.text)
		if text == "" {
			continue
		}
		n, err := strconv.Atoi(text)
		if err != nil || len(text) != 4 || text[0] == '+' || n < 1 {
			return Years{}, bad
		}
		*end.year = n
	}
	if y.From > 0 && y.To > 0 && y.From > y.To {
		return Years{}, Invalid("year", "the range %s ends before it begins", s)
	}
	return y, nil
}

func (y Years) String() string {
	switch {
	case y == Years{}:
		return ""
	case y.From == y.To:
		return fmt.Sprintf("%04d", y.From)
	case y.To == 0:
		return fmt.Sprintf("%04d-", y.From)
	case y.From == 0:
		return fmt.Sprintf("-%04d", y.To)
	}
	return fmt.Sprintf("%04d-%04d", y.From, y.To)
}

// Date is a day, a month or a year as the days it spans, each as the number
// YYYYMMDD.
type Date struct{ First, Last int32 }

// ParseDate reads 2019, 2019-03 or 2019-03-05.
func ParseDate(s string) (Date, error) {
	for _, form := range []struct {
		layout string
		last   func(time.Time) time.Time
	}{
		{"2006-01-02", func(t time.Time) time.Time { return t }},
		{"2006-01", func(t time.Time) time.Time { return t.AddDate(0, 1, -1) }},
		{"2006", func(t time.Time) time.Time { return t.AddDate(1, 0, -1) }},
	} {
		if len(s) != len(form.layout) {
			continue
		}
		if t, err := time.Parse(form.layout, s); err == nil {
			return Date{dayNumber(t), dayNumber(form.last(t))}, nil
		}
	}
	return Date{}, fmt.Errorf("%q is not a date of the form 2019, 2019-03 or 2019-03-05", s)
}

func dayNumber(t time.Time) int32 {
	return int32(t.Year()*10000 + int(t.Month())*100 + t.Day())
}

func yearOf(date string) int {
	d, err := ParseDate(date)
	if err != nil {
		return 0
	}
	return int(d.First / 10000)
}

// Published is the span of days on which p may have come out: its date's,
// else its year's. ok is false when neither is known.
func (p *Paper) Published() (d Date, ok bool) {
	if p.Date != "" {
		if d, err := ParseDate(p.Date); err == nil {
			return d, true
		}
	}
	if p.Year > 0 {
		y := int32(p.Year)
		return Date{y*10000 + 101, y*10000 + 1231}, true
	}
	return Date{}, false
}

// MatchCategory reports whether a paper's category is the wanted one or lies
// under it: "cs" takes "cs.CL", "astro-ph" takes "astro-ph.GA". Case makes no
// difference.
func MatchCategory(category, want string) bool {
	if len(category) < len(want) || !strings.EqualFold(category[:len(want)], want) {
		return false
	}
	return len(category) == len(want) || category[len(want)] == '.'
}

// MatchAuthor reports whether every word of want is a word of the one name,
// both folded by [FoldName]; a single letter on either side stands for any
// word that begins with it, but where want has whole words one of them must be
// there whole. "hinton", "G. Hinton" and "Hinton, Geoffrey" all find
// "Geoffrey E. Hinton"; "hinton" does not find "H. Smith".
func MatchAuthor(foldedName, foldedWant string) bool {
	needed, whole := false, false
	for w := range strings.FieldsSeq(foldedWant) {
		found := false
		for n := range strings.FieldsSeq(foldedName) {
			if n == w {
				found, whole = true, whole || len(w) > 1
			} else if (len(w) == 1 || len(n) == 1) && n[0] == w[0] {
				found = true
			}
		}
		if !found {
			return false
		}
		needed = needed || len(w) > 1
	}
	return whole || !needed
}

// MatchVenue reports whether want's words stand in the venue's name one after
// the other, both folded by [FoldName]: "acl" finds "ACL 2020", not "NAACL".
func MatchVenue(foldedVenue, foldedWant string) bool {
	return strings.Contains(" "+foldedVenue+" ", " "+foldedWant+" ")
}

// MatchCollection reports whether a collection is the wanted one: case makes no
// difference.
func MatchCollection(name, want string) bool { return strings.EqualFold(name, want) }
