package mcp

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzPiece cuts any text, repeated until it is long, and puts it together again.
func FuzzPiece(f *testing.F) {
	for _, s := range []string{"word ", "ä", "<&>\x00", "\u2028 ", "日本語", "\ufffd x"} {
		f.Add(s, uint16(5000))
	}
	f.Fuzz(func(t *testing.T, s string, times uint16) {
		if !utf8.ValidString(s) { // as no paper is
			return
		}
		text := strings.Repeat(s, min(int(times), 100_000/max(1, len(s))))
		var joined strings.Builder
		from := 0
		for {
			part, next := piece(text, from)
			written, err := json.Marshal(part)
			if err != nil || len(written)-2 > maxPiece {
				t.Fatalf("a piece takes %d bytes: %v", len(written), err)
			}
			if !utf8.ValidString(part) {
				t.Fatalf("a letter is cut: %q", part)
			}
			joined.WriteString(part)
			if next == "" {
				break
			}
			at, err := offset(next, len(text))
			if err != nil || at <= from || at != from+len(part) {
				t.Fatalf("from %d to %s: %v", from, strconv.Quote(next), err)
			}
			from = at
		}
		if joined.String() != text {
			t.Errorf("%d bytes became %d", len(text), joined.Len())
		}
	})
}
