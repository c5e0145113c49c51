package index

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/RoaringBitmap/roaring/v2"

	"kindred/internal/text"
	"kindred/paper"
)

// matcher answers a [paper.Boolean] in two steps: sets of doc numbers from the
// inverted index say which papers surely match and which may; the texts of those
// in between decide, since the inverted index knows neither the order of
// words nor how they were written before they were stemmed.
type matcher struct {
	op paper.BooleanOp
	of []*matcher

	// Of a leaf: words that stand one after the other, with up to slack others
	// among them. A word without any letter or digit says nothing: no words.
	words []wordMatch
	slack int

	surely, maybe *roaring.Bitmap
}

// wordMatch is one word of a leaf.
type wordMatch struct {
	terms  map[string]bool // any of these stems will do
	prefix string          // and so will a word that begins so, folded; "" is none
	short  []string        // stems that words which begin so may have
}

func (w *wordMatch) takes(t text.Token, source string) bool {
	return w.terms[t.Term] || w.prefix != "" && strings.HasPrefix(paper.TitleKey(source[t.Start:t.End]), w.prefix)
}

// maxPhrase bounds the words of one phrase.
const maxPhrase = 100

// matcher makes the sets of q, live being all papers. It is nil when q says
// nothing, as "!" does.
func (x *Index) matcher(ctx context.Context, a *text.Analyzer, q *paper.Boolean, live *roaring.Bitmap) (*matcher, error) {
	m := &matcher{op: q.Op, slack: q.Slack}
	switch q.Op {
	case paper.All:
		m.surely, m.maybe = live, live
		return m, nil
	case paper.Word, paper.Prefix, paper.Phrase:
		return m, x.leaf(ctx, a, q, m)
	}
	for _, of := range q.Of {
		sub, err := x.matcher(ctx, a, of, live)
		if err != nil {
			return nil, err
		}
		if sub.surely != nil {
			m.of = append(m.of, sub)
		}
	}
	for i, sub := range m.of {
		switch {
		case q.Op == paper.Not:
			m.surely, m.maybe = roaring.AndNot(live, sub.maybe), roaring.AndNot(live, sub.surely)
		case i == 0:
			m.surely, m.maybe = sub.surely.Clone(), sub.maybe.Clone()
		case q.Op == paper.And:
			m.surely.And(sub.surely)
			m.maybe.And(sub.maybe)
		default:
			m.surely.Or(sub.surely)
			m.maybe.Or(sub.maybe)
		}
	}
	return m, nil
}

// leaf sets m by a leaf of the query.
func (x *Index) leaf(ctx context.Context, a *text.Analyzer, q *paper.Boolean, m *matcher) error {
	stems := a.Terms(nil, q.Text)
	if len(stems) == 0 {
		return nil
	}
	if len(stems) > maxPhrase {
		return paper.Invalid("query", "a phrase of %d words; at most %d are allowed", len(stems), maxPhrase)
	}
	if q.Op == paper.Word && len(stems) > 1 {
		m.slack = 0 // of letters, which are one word's
	}
	for i, stem := range stems {
		w, surely := wordMatch{}, []string{stem}
		var err error
		switch {
		case q.Op == paper.Prefix && i == len(stems)-1:
			w.prefix = lastWord(a, q.Text)
			surely, w.short, err = x.beginning(ctx, a, w.prefix)
		case q.Op == paper.Word && m.slack > 0:
			surely, err = x.misspelt(ctx, stem, m.slack)
		}
		if err != nil {
			return err
		}
		w.terms = make(map[string]bool, len(surely))
		for _, t := range surely {
			w.terms[t] = true
		}
		m.words = append(m.words, w)
		here := roaring.New()
		if err := x.lexical.Having(ctx, here, surely); err != nil {
			return err
		}
		if i == 0 {
			m.surely = here.Clone()
		} else {
			m.surely.Clear() // their order is not known
		}
		if err := x.lexical.Having(ctx, here, w.short); err != nil {
			return err
		}
		if i == 0 {
			m.maybe = here
		} else {
			m.maybe.And(here)
		}
	}
	if q.Op == paper.Word {
		m.slack = 0 // spent
	}
	return nil
}

// lastWord is the last word of s, folded and not stemmed.
func lastWord(a *text.Analyzer, s string) string {
	tokens := a.Tokens(nil, s)
	last := tokens[len(tokens)-1]
	return paper.TitleKey(s[last.Start:last.End])
}

// beginning returns the terms that begin with a prefix, and the stems of words
// that do where they are shorter: such a word ends in what was cut off.
func (x *Index) beginning(ctx context.Context, a *text.Analyzer, prefix string) (surely, short []string, err error) {
	if prefix == "" {
		return nil, nil, nil
	}
	p := []byte(prefix)
	surely, err = x.lexical.TermsWhere(ctx, func(t []byte) bool { return bytes.HasPrefix(t, p) })
	for _, end := range endings() {
		for _, stem := range a.Terms(nil, prefix+end) {
			if !strings.HasPrefix(stem, prefix) && !slices.Contains(short, stem) {
				short = append(short, stem)
			}
		}
	}
	return surely, short, err
}

// endings are what a stemmer may cut off a word behind a place within what it
// cuts off: all ends of English endings, the empty one too.
var endings = sync.OnceValue(func() []string {
	ends := []string{""}
	for ending := range strings.FieldsSeq(`s es ed edly ing ings ingly ly y ies ied ying
		al als ally alism alisms alist alists alistic ality alities ance ances ancy ancies ant ants antly ary aries
		able ables ably ability abilities ible ibly ibility ibilities ate ates ated ating ately ation ations ational
		ationally ative atives atively ator ators atory e er ers ence ences ency encies ent ents ently ful fully fulness
		ic ics ical ically icity icities ify ifies ified ifying ification ifications ion ions ional ionally ism isms ist ists
		istic istics ity ities ive ives ively iveness ivity ivities ize izes ized izing izer izers ization izations
		izational izationally ise ises ised ising iser isers isation isations less lessly lessness ment ments mental
		mentally ness nesses or ors ous ously ousness`) {
		for i := range ending {
			if end := ending[i:]; !slices.Contains(ends, end) {
				ends = append(ends, end)
			}
		}
	}
	return ends
})

// misspelt returns the terms that differ from a stem in up to edits letters.
func (x *Index) misspelt(ctx context.Context, stem string, edits int) ([]string, error) {
	want := []rune(stem)
	var letters, row []rune
	return x.lexical.TermsWhere(ctx, func(t []byte) bool {
		if len(t) > 4*(len(want)+edits) || 4*(len(t)+edits) < len(want) {
			return false // in bytes, at most four a letter
		}
		letters = letters[:0]
		for _, r := range string(t) {
			letters = append(letters, r)
		}
		row = row[:0]
		return within(want, letters, row, edits)
	})
}

// within reports whether the edit distance of two words is at most edits
// (Levenshtein). row is room to work in.
func within(a, b, row []rune, edits int) bool {
	if len(a)-len(b) > edits || len(b)-len(a) > edits {
		return false
	}
	for j := range len(b) + 1 {
		row = append(row, rune(j))
	}
	for i := range a {
		diagonal := row[0]
		row[0] = rune(i + 1)
		least := row[0]
		for j := range b {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
			least = min(least, row[j+1])
		}
		if int(least) > edits {
			return false
		}
	}
	return int(row[len(b)]) <= edits
}

// body is one text of a paper, read.
type body struct {
	source string
	tokens []text.Token
}

// takes reports whether a paper's texts match.
func (m *matcher) takes(texts []body) bool {
	switch m.op {
	case paper.And:
		for _, of := range m.of {
			if !of.takes(texts) {
				return false
			}
		}
		return true
	case paper.Or:
		for _, of := range m.of {
			if of.takes(texts) {
				return true
			}
		}
		return false
	case paper.Not:
		return !m.of[0].takes(texts)
	case paper.All:
		return true
	}
	for _, t := range texts {
		if m.standsIn(t) {
			return true
		}
	}
	return false
}

// standsIn reports whether the words of a leaf stand in a text. Taking each
// word where it comes next after the one before gives the shortest stretch for
// each place that the first one stands at.
func (m *matcher) standsIn(t body) bool {
	for from := range t.tokens {
		if !m.words[0].takes(t.tokens[from], t.source) {
			continue
		}
		at, end := from, min(len(t.tokens), from+len(m.words)+m.slack)
		found := 1
		for at++; found < len(m.words) && at < end; at++ {
			if m.words[found].takes(t.tokens[at], t.source) {
				found++
			}
		}
		if found == len(m.words) {
			return true
		}
	}
	return false
}

// read analyses the texts in which a paper can match.
func read(a *text.Analyzer, p *paper.Paper) []body {
	return []body{{p.Title, a.Tokens(nil, p.Title)}, {p.Abstract, a.Tokens(nil, p.Abstract)}}
}
