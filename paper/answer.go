package paper

import (
	"context"
	"strings"
)

// Answer answers a question in sentences that cite papers. Where ChatModel is
// empty, every sentence stands in the abstract of the papers it cites, word for
// word; else that model wrote it, and the papers bear it out.
type Answer struct {
	Query     string     `json:"query"`
	Sentences []Sentence `json:"sentences"` // best first; empty where no paper answers
	Papers    []Paper    `json:"papers"`    // that are cited; citation 1 is the first
	Model     string     `json:"model"`
	ChatModel string     `json:"chat_model,omitempty"`
	LeftOut   int        `json:"left_out,omitempty"` // sentences of the chat model that the papers do not bear out
	Degraded  string     `json:"degraded,omitempty"`
	TookMS    float64    `json:"took_ms"`
}

// Sentence is one sentence of an Answer.
type Sentence struct {
	Text      string `json:"text"`
	Citations []int  `json:"citations"` // numbers of Answer.Papers, from 1, ascending
}

// AnswerSentences is how many sentences Extract answers in at most.
const AnswerSentences = 5

// Extract answers a question by the best sentences of the best papers of its
// result, in the order of the papers. A sentence is taken only where it is one
// of the paper's abstract and speaks in a word of the question; one that stands
// in several abstracts cites them all.
func Extract(r *Result) *Answer {
	a := &Answer{Query: r.Query, Sentences: []Sentence{}, Papers: []Paper{}, Model: r.Model, Degraded: r.Degraded, TookMS: r.TookMS}
	at := map[string]int{} // where each sentence stands
	for _, h := range r.Hits {
		for _, s := range h.Highlights {
			if len(s.Matches) == 0 || s.Text == "" || !strings.Contains(h.Paper.Abstract, s.Text) {
				continue
			}
			i, known := at[s.Text]
			if !known {
				if len(a.Sentences) == AnswerSentences {
					continue
				}
				i = len(a.Sentences)
				at[s.Text] = i
				a.Sentences = append(a.Sentences, Sentence{Text: s.Text})
			}
			a.Papers = append(a.Papers, h.Paper)
			a.Sentences[i].Citations = append(a.Sentences[i].Citations, len(a.Papers))
			break
		}
	}
	return a
}

// Extraction answers by [Extract].
type Extraction struct{}

// Write hands the answer's sentences to say and returns it, or say's error.
func (Extraction) Write(_ context.Context, r *Result, say func(Sentence) error) (*Answer, error) {
	a := Extract(r)
	for _, s := range a.Sentences {
		if err := say(s); err != nil {
			return nil, err
		}
	}
	return a, nil
}
