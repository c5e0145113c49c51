package paper

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Boolean says which papers' texts match: a tree of words and operators. It
// matches title and abstract together; a phrase must stand in one of the two.
type Boolean struct {
	Op   BooleanOp
	Of   []*Boolean // And, Or: two or more; Not: one
	Text string     // Word, Prefix and Phrase: as it was written
	// Slack is, of a Word, how many letters of its stem may be other ones and,
	// of a Phrase, how many further words may stand between its first and last.
	Slack int
}

// BooleanOp is what a node of a [Boolean] does.
type BooleanOp int

// The operators and leaves.
const (
	All    BooleanOp = iota // every paper
	Word                    // a word, or several that are written as one: out-of-distribution
	Prefix                  // a word that begins so
	Phrase                  // words in this order
	And
	Or
	Not
)

// Limits of one boolean query. They bound the work of answering it.
const (
	MaxBoolean      = 10_000 // bytes
	MaxClauses      = 200    // words, prefixes and phrases
	maxBooleanDepth = 50     // parentheses and minuses in each other
	MaxEdits        = 2      // of a word; more letters make another word
	MaxWordsBetween = 100    // of a phrase
	defaultSlack    = 2      // of a tilde without a number
)

// ParseBoolean reads a query in the syntax of Semantic Scholar's bulk search,
// which is Lucene's simple one: words stand for themselves and all must be
// there; a | b is either, -a none, "a b" a phrase, a* a beginning, a~2 a word
// that differs in up to two letters, "a b"~3 a phrase with up to three words
// more; parentheses group, + is nothing but a space, a backslash takes the
// next sign as it is. As there, signs that cannot be meant are passed over, and
// what is not closed is closed at the end. An empty query is [All]. The errors
// are [*InvalidError], for a query over the limits or without any word.
func ParseBoolean(s string) (*Boolean, error) {
	if err := checkText("query", s, MaxBoolean); err != nil {
		return nil, err
	}
	p := &booleanParser{in: s}
	q := p.either()
	for p.err == nil && p.at < len(p.in) { // a closing parenthesis too many
		p.at++
		if more := p.either(); more != nil {
			q = join(And, q, more)
		}
	}
	switch {
	case p.err != nil:
		return nil, p.err
	case q != nil:
		return q, nil
	case strings.TrimSpace(s) != "":
		return nil, Invalid("query", "there is no word in %.80q", s)
	}
	return &Boolean{Op: All}, nil
}

type booleanParser struct {
	in             string
	at             int
	clauses, depth int
	err            error
}

// either reads alternatives up to a closing parenthesis or the end; nil when
// there are none.
func (p *booleanParser) either() *Boolean {
	var q *Boolean
	for {
		q = join(Or, q, p.all())
		if p.err != nil || p.at >= len(p.in) || p.in[p.at] != '|' {
			return q
		}
		p.at++
	}
}

// all reads what must be there together, up to a bar, a closing parenthesis or
// the end.
func (p *booleanParser) all() *Boolean {
	var q *Boolean
	for p.err == nil {
		p.blanks()
		if p.at >= len(p.in) || p.in[p.at] == '|' || p.in[p.at] == ')' {
			break
		}
		q = join(And, q, p.one())
	}
	return q
}

// blanks passes over what says nothing.
func (p *booleanParser) blanks() {
	for p.at < len(p.in) && (isBlank(p.in[p.at]) || p.in[p.at] == '+') {
		p.at++
	}
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// one reads one thing; nil when there is nothing to it.
func (p *booleanParser) one() *Boolean {
	if p.depth++; p.depth > maxBooleanDepth {
		p.err = Invalid("query", "parentheses and minuses are nested deeper than %d", maxBooleanDepth)
		return nil
	}
	defer func() { p.depth-- }()
	switch p.in[p.at] {
	case '-':
		p.at++
		if p.at >= len(p.in) || strings.IndexByte(" \t\r\n+|)", p.in[p.at]) >= 0 {
			return nil // a dash
		}
		q := p.one()
		switch {
		case q == nil:
			return nil
		case q.Op == Not:
			return q.Of[0]
		}
		return &Boolean{Op: Not, Of: []*Boolean{q}}
	case '(':
		p.at++
		q := p.either()
		if p.err == nil && p.at < len(p.in) {
			p.at++ // it stopped at the parenthesis
		}
		return q
	case '"':
		p.at++
		text, closed := p.text(`"`)
		if closed {
			p.at++
		}
		q := &Boolean{Op: Phrase, Text: text}
		if closed {
			q.Slack = p.slack(MaxWordsBetween)
		}
		return p.leaf(q)
	}
	return p.word()
}

func (p *booleanParser) word() *Boolean {
	text, _ := p.text(" \t\r\n\"()|+*~")
	q := &Boolean{Op: Word, Text: text}
	switch {
	case p.at >= len(p.in):
	case p.in[p.at] == '*':
		for p.at < len(p.in) && p.in[p.at] == '*' {
			p.at++
		}
		if q.Op = Prefix; text == "" {
			q.Op = All
		}
	case p.in[p.at] == '~':
		q.Slack = p.slack(MaxEdits)
	}
	return p.leaf(q)
}

// leaf counts a leaf and drops one without text.
func (p *booleanParser) leaf(q *Boolean) *Boolean {
	if strings.TrimSpace(q.Text) == "" && q.Op != All {
		return nil
	}
	if p.clauses++; p.clauses > MaxClauses {
		p.err = Invalid("query", "over %d words and phrases", MaxClauses)
		return nil
	}
	return q
}

// text reads up to one of the signs in ends, which a backslash makes a letter.
func (p *booleanParser) text(ends string) (s string, ended bool) {
	var b strings.Builder
	for p.at < len(p.in) {
		c := p.in[p.at]
		if strings.IndexByte(ends, c) >= 0 {
			return b.String(), true
		}
		if c == '\\' {
			if p.at++; p.at == len(p.in) {
				break
			}
		}
		_, n := utf8.DecodeRuneInString(p.in[p.at:])
		b.WriteString(p.in[p.at : p.at+n])
		p.at += n
	}
	return b.String(), false
}

// slack reads ~ and its number, if they are there.
func (p *booleanParser) slack(most int) int {
	if p.at >= len(p.in) || p.in[p.at] != '~' {
		return 0
	}
	p.at++
	from := p.at
	for p.at < len(p.in) && '0' <= p.in[p.at] && p.in[p.at] <= '9' {
		p.at++
	}
	if p.at == from {
		return defaultSlack
	}
	n, err := strconv.Atoi(p.in[from:p.at])
	if err != nil { // more digits than an int has
		return most
	}
	return min(n, most)
}

// join adds more to q, either of which may be nil.
func join(op BooleanOp, q, more *Boolean) *Boolean {
	switch {
	case q == nil:
		return more
	case more == nil:
		return q
	case q.Op == op:
		return &Boolean{Op: op, Of: append(q.Of, more)}
	}
	return &Boolean{Op: op, Of: []*Boolean{q, more}}
}

// String writes q in the syntax that [ParseBoolean] reads, every group in
// parentheses.
func (q *Boolean) String() string {
	var b strings.Builder
	q.write(&b)
	return b.String()
}

func (q *Boolean) write(b *strings.Builder) {
	list := func(between string) {
		b.WriteByte('(')
		for i, of := range q.Of {
			if i > 0 {
				b.WriteString(between)
			}
			of.write(b)
		}
		b.WriteByte(')')
	}
	switch q.Op {
	case All:
		b.WriteByte('*')
	case Word:
		escape(b, q.Text, " \t\r\n\"()|+*~-\\")
	case Prefix:
		escape(b, q.Text, " \t\r\n\"()|+*~-\\")
		b.WriteByte('*')
	case Phrase:
		b.WriteByte('"')
		escape(b, q.Text, "\"\\")
		b.WriteByte('"')
	case And:
		list(" ")
	case Or:
		list(" | ")
	case Not:
		b.WriteByte('-')
		q.Of[0].write(b)
	}
	if q.Slack > 0 {
		fmt.Fprintf(b, "~%d", q.Slack)
	}
}

func escape(b *strings.Builder, s, signs string) {
	for i := range len(s) {
		if strings.IndexByte(signs, s[i]) >= 0 {
			b.WriteByte('\\')
		}
		b.WriteByte(s[i])
	}
}
