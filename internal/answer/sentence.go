package answer

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"kindred/internal/text"
)

// maxSentence bounds what is held for one sentence, in bytes: a model that ends
// none is not waited for, and so much in one sentence cannot be checked by words.
const maxSentence = 2000

// splitter takes what a model writes apart into sentences, as it comes.
type splitter struct {
	buffer string
	skip   bool // the rest of a sentence that was too long is passed over
	// thinking: a reasoning model speaks to itself, which is no answer.
	thinking bool
}

const thoughtBegin, thoughtEnd = "<think>", "</think>"

var (
	// marker is a citation: [1], [1, 2], [1-3].
	marker = regexp.MustCompile(`\[\d{1,3}(?:\s*[,;–-]\s*\d{1,3})*\]`)
	// late are citations behind the stop of their sentence.
	late = regexp.MustCompile(`([.?!]+)\s*((?:\[\d{1,3}(?:\s*[,;–-]\s*\d{1,3})*\]\s*)+)([.?!]*)`)
	// bullet begins a line of a list.
	bullet = regexp.MustCompile(`^\s*(?:[-*•#>]+|\d{1,2}[.)])\s+`)
)

// add takes the next piece of the text and returns the sentences that are
// complete with it.
func (s *splitter) add(piece string) []string {
	s.buffer += piece
	return s.take(false)
}

// rest returns what is left at the end.
func (s *splitter) rest() []string { return s.take(true) }

func (s *splitter) take(last bool) (out []string) {
	for {
		if s.thinking {
			_, after, ended := strings.Cut(s.buffer, thoughtEnd)
			if !ended { // half of the mark may be there
				s.buffer = s.buffer[max(0, len(s.buffer)-len(thoughtEnd)):]
				return out
			}
			s.buffer, s.thinking = after, false
		}
		if before, after, begins := strings.Cut(s.buffer, thoughtBegin); begins && strings.TrimSpace(before) == "" {
			s.buffer, s.thinking = after, true
			continue
		}
		end := s.end(last)
		if end < 0 && len(s.buffer) > maxSentence {
			s.buffer, s.skip = "", true
		}
		if end < 0 {
			return out
		}
		one := strings.TrimSpace(s.buffer[:end])
		s.buffer = s.buffer[end:]
		if one != "" && len(one) <= maxSentence && !s.skip {
			out = append(out, one)
		}
		s.skip = false
	}
}

// end is where the first sentence of the buffer ends, -1 while that is not
// known. A line ends one, and so does a stop, once what follows is there: it may
// be the sentence's citations, which are put before the stop.
func (s *splitter) end(last bool) int {
	s.buffer = late.ReplaceAllString(strings.TrimLeft(s.buffer, " \n\t\r"), " $2$1 ")
	line := strings.IndexByte(s.buffer, '\n')
	first := s.buffer
	if line >= 0 {
		first = s.buffer[:line]
	}
	from := 0
	if b := bullet.FindString(first); b != "" {
		from = len(b)
	}
	n := 0
	for span := range text.Sentences(first[from:]) {
		if n++; n == 1 {
			continue
		}
		at := from + span.Start
		if tail := s.buffer[at:]; !last && tail[0] == '[' && !strings.Contains(tail, "]") {
			return -1
		}
		return at
	}
	switch {
	case line >= 0:
		return line + 1
	case last && s.buffer != "":
		return len(s.buffer)
	}
	return -1
}

// citations takes the citations out of a sentence: its text without them, and
// the numbers from 1 to n in their order, each once. Others are no paper's.
func citations(sentence string, n int) (string, []int) {
	var out []int
	add := func(i int) {
		if i >= 1 && i <= n && !slices.Contains(out, i) {
			out = append(out, i)
		}
	}
	plain := marker.ReplaceAllStringFunc(sentence, func(m string) string {
		for _, part := range strings.FieldsFunc(m, func(r rune) bool { return strings.ContainsRune("[],; ", r) }) {
			from, to, isRange := strings.Cut(strings.ReplaceAll(part, "–", "-"), "-")
			a, _ := strconv.Atoi(from)
			b, _ := strconv.Atoi(to)
			if !isRange {
				b = a
			}
			for i := a; i <= min(b, n); i++ {
				add(i)
			}
		}
		return ""
	})
	plain = bullet.ReplaceAllString(plain, "")
	plain = strings.NewReplacer("**", "", "__", "").Replace(plain)
	plain = strings.Join(strings.Fields(plain), " ")
	for _, stop := range []string{".", ",", ";", "?", "!"} {
		plain = strings.ReplaceAll(plain, " "+stop, stop)
	}
	return plain, out
}
