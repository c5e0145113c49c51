package quote_test

import (
	"strings"
	"testing"

	"kindred/internal/quote"
)

func TestLine(t *testing.T) {
	for _, tt := range []struct{ text, secret, want string }{
		{"", "", ""},
		{" two\r\n\tlines ", "", "two lines"},
		{"the key sk-1 is wrong: sk-1", "sk-1", "the key … is wrong: …"},
		{"\x1b[31mred\x07", "", "[31mred"},
		{"bad \xff bytes", "", "bad \uFFFD bytes"},
		{strings.Repeat("x", 200), "", strings.Repeat("x", 200)},
		{strings.Repeat("x", 201), "", strings.Repeat("x", 200) + "…"},
		{strings.Repeat("x", 199) + "éé", "", strings.Repeat("x", 199) + "…"},
		{strings.Repeat("x", 198) + "sk-1", "sk-1", strings.Repeat("x", 198) + "…"},
	} {
		if got := quote.Line(tt.text, tt.secret); got != tt.want {
			t.Errorf("%q is %q and not %q", tt.text, got, tt.want)
		}
	}
}
