package paper

import (
	"errors"
	"strings"
	"testing"
)

func TestParseBoolean(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"", "*"},
		{"flow", "flow"},
		{"normalizing flow", "(normalizing flow)"},
		{"normalizing + flow", "(normalizing flow)"},
		{"fish | ice", "(fish | ice)"},
		{"a b | c -d", "((a b) | (c -d))"},
		{"((cloud computing) | virtualization) +security -privacy", "(((cloud computing) | virtualization) security -privacy)"},
		{`"red blood cell" + artificial intelligence`, `("red blood cell" artificial intelligence)`},
		{`"blue lake"~3`, `"blue lake"~3`},
		{`"blue lake"~`, `"blue lake"~2`},
		{"bugs~", "bugs~2"},
		{"bugs~1", "bugs~1"},
		{"bugs~99999999999999999999", "bugs~2"},
		{"neuro* *", "(neuro* *)"},
		{"-(a | b)", "-(a | b)"},
		{"--a", "a"},
		{"a - b", "(a b)"},
		{"out-of-distribution", `out\-of\-distribution`},
		{`a\|b \"c\"`, `(a\|b \"c\")`},
		{"c++", "c"},
		// What is not closed, or closed too often.
		{"(a b", "(a b)"},
		{"a) b", "(a b)"},
		{`"a b`, `"a b"`},
		{"| a || b |", "(a | b)"},
		{`a\`, "a"},
	} {
		q, err := ParseBoolean(tt.in)
		if err != nil {
			t.Errorf("%q: %v", tt.in, err)
		} else if got := q.String(); got != tt.want {
			t.Errorf("%q is %s, want %s", tt.in, got, tt.want)
		}
	}
}

func TestParseBooleanRefuses(t *testing.T) {
	for _, in := range []string{
		strings.Repeat("a ", MaxClauses+1),
		strings.Repeat("(", maxBooleanDepth+1) + "a",
		strings.Repeat("-", maxBooleanDepth+1) + "a",
		strings.Repeat("a", MaxBoolean+1),
		"a\xff", "a\x00b",
		"()", `""`, "-", "~2", "| +",
	} {
		q, err := ParseBoolean(in)
		if inv, ok := errors.AsType[*InvalidError](err); !ok || inv.Field != "query" {
			t.Errorf("%.20q…: %v %v", in, q, err)
		}
	}
}

func FuzzParseBoolean(f *testing.F) {
	for _, s := range []string{"", "a b", `(a | "b c"~3) -d* e~`, `-(-a`, "a)b|c+", `\\"~1*`, "\"\\", "a~3~4", "é|ß"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		q, err := ParseBoolean(s)
		if err != nil {
			return
		}
		var depth func(q *Boolean) int
		depth = func(q *Boolean) int {
			deepest := 0
			for _, of := range q.Of {
				deepest = max(deepest, depth(of))
			}
			switch q.Op {
			case And, Or:
				if len(q.Of) < 2 {
					t.Errorf("%q: %d operands", s, len(q.Of))
				}
			case Not:
				if len(q.Of) != 1 || q.Of[0].Op == Not {
					t.Errorf("%q: not of %d", s, len(q.Of))
				}
			default:
				if len(q.Of) > 0 || q.Op != All && q.Text == "" || q.Slack < 0 || q.Slack > MaxWordsBetween {
					t.Errorf("%q has the leaf %+v", s, q)
				}
			}
			return deepest + 1
		}
		if n := depth(q); n > 3*maxBooleanDepth {
			t.Errorf("%q is %d deep", s, n)
		}
		// Writing adds escapes and parentheses, which may go over the limits.
		again, err := ParseBoolean(q.String())
		if err == nil && again.String() != q.String() {
			t.Errorf("%q is %s, which is %s", s, q, again)
		}
	})
}
