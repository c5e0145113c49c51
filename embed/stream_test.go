package embed

import (
	"strings"
	"testing"
)

func TestTokens(t *testing.T) {
	for text, want := range map[string]int{
		"": 0, "  \n": 0, "a": 1, "sentences": 1, "embeddings": 2, "state-of-the-art": 7, "1,024 GPUs": 4, "20261125": 3,
		"H2O": 3, "naïve": 3, "激光": 2, "Attention is all you need.": 6,
		strings.Repeat("x", 90): 10,
	} {
		if got := Tokens(text); got != want {
			t.Errorf("%q: %d tokens, not %d", text, got, want)
		}
	}
}
