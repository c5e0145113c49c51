package openai

import (
	"strings"
	"unicode/utf8"
)

// minTokens is the least a text is cut to: with less, a vector says nothing.
const minTokens = 16

// atMost is how many tokens a model makes of English prose at most, where it is
// better to send less than too much.
func atMost(text string) int { return (len(text) + 3) / 4 }

// cut shortens a text to at most so many tokens, by [atMost], behind a word
// where there is one.
func cut(text string, tokens int) (string, bool) {
	if atMost(text) <= tokens {
		return text, false
	}
	end := tokens * 4
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	short := text[:end]
	if at := strings.LastIndexAny(short, " \t\r\n"); at > end/2 {
		short = short[:at]
	}
	return strings.TrimSpace(short), true
}

// piece is a text on its way to the server: its prefix is not in it yet.
type piece struct {
	place int // among the texts asked for
	text  string
	isCut bool
	cuts  int // how often the server has found it too long
}

// batches groups pieces in their order, so that each group has at most so many
// texts and so many tokens; a text of more stands alone.
func batches(pieces []piece, texts, tokens, prefix int) [][]piece {
	var out [][]piece
	from, sum := 0, 0
	for i, p := range pieces {
		n := atMost(p.text) + prefix
		if i > from && (i-from == texts || sum+n > tokens) {
			out = append(out, pieces[from:i])
			from, sum = i, 0
		}
		sum += n
	}
	if from < len(pieces) {
		out = append(out, pieces[from:])
	}
	return out
}
