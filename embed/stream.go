package embed

import (
	"context"
	"fmt"
)

// Streamer is an Embedder whose vectors are worth keeping one by one: they are
// paid for, in money or in time.
type Streamer interface {
	Embedder
	// StreamDocuments embeds documents in parts and hands each part to got as
	// it comes: the places of its documents and their vectors, nil where one
	// has none. got is called by one goroutine at a time, also for what was
	// under way when ctx ended or another part failed; the first error of
	// either ends it. Documents that were refused are in the error, a
	// [*RefusedError], after all others have been handed out.
	StreamDocuments(ctx context.Context, docs []Document, got func(places []int, vectors []Vector) error) error
}

// RefusedError comes with the vectors of the other documents, not instead of
// them: these few cannot be embedded, now or later.
type RefusedError struct {
	Refusals []Refusal // by place
}

// Refusal is one document that an embedder would not take.
type Refusal struct {
	Place  int    // among the documents asked for
	Reason string // for people
}

func (e *RefusedError) Error() string {
	if len(e.Refusals) == 0 {
		return "nothing was refused"
	}
	return fmt.Sprintf("%d texts were refused, the first because %s", len(e.Refusals), e.Refusals[0].Reason)
}

// Work is what an embedder has done since it was made.
type Work struct {
	Texts    int64 // embedded
	Tokens   int64 // of these, as the server counts them, else estimated
	Requests int64 // sent, those sent again included
	Again    int64 // of these, sent because an earlier one failed or came too soon
	Cut      int64 // texts too long, embedded up to a word
	Refused  int64 // texts that got no vector
}

// Worker is an Embedder that counts its work.
type Worker interface {
	Embedder
	Work() Work
}

// lettersAToken is how many letters a token of English has at most: longer words
// are cut up.
const lettersAToken = 9

// Tokens estimates how many tokens a model makes of a text: one for nine letters
// of a word begun, for three digits of a number begun, and for every other sign.
// Of titles and abstracts, of eight collections, OpenAI's tokenizer (cl100k) made
// from 5 % fewer to 8 % more; of nine papers in ten, the estimate is within 16 %.
// (A fourth of the bytes is 20 to 37 % too many, 1.3 a word up to 12 % too few.)
func Tokens(text string) int {
	n, letters, digits := 0, 0, 0
	end := func() {
		n += (letters+lettersAToken-1)/lettersAToken + (digits+2)/3
		letters, digits = 0, 0
	}
	for _, r := range text {
		switch {
		case 'a' <= r|0x20 && r|0x20 <= 'z':
			if digits > 0 {
				end()
			}
			letters++
		case '0' <= r && r <= '9':
			if letters > 0 {
				end()
			}
			digits++
		default:
			end()
			if r > ' ' {
				n++
			}
		}
	}
	end()
	return n
}
