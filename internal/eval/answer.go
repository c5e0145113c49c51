package eval

import (
	"context"
	"errors"
	"iter"
	"strings"

	"kindred/paper"
)

// Searcher answers queries: an index, or a server that holds one.
type Searcher interface {
	Search(context.Context, paper.Query) (*paper.Result, error)
	Similar(context.Context, paper.Similar) (*paper.Result, error)
}

// Task says what is asked with a query.
type Task string

// The tasks.
const (
	Question Task = "question" // papers that speak about the query's text
	Similar  Task = "similar"  // papers like the one whose id is the query's
)

// Answer is the ranking of one query.
type Answer struct {
	Query   Query
	Ranking []Ranked
	// Skipped says why the query could not be answered: it has no text, or
	// names no paper of the corpus (wraps [paper.ErrNotFound]).
	Skipped error
}

var errNoText = errors.New("the question has no text")

// Answers asks s one query after the other, in order, for the o.Limit best
// papers; o is valid. A query that cannot be answered does not end it; an
// error of s does.
func Answers(ctx context.Context, s Searcher, task Task, queries []Query, o paper.Options) iter.Seq2[Answer, error] {
	return func(yield func(Answer, error) bool) {
		for _, q := range queries {
			a := Answer{Query: q}
			r, err := ask(ctx, s, task, q, o)
			_, refused := errors.AsType[*paper.InvalidError](err)
			switch {
			case errors.Is(err, errNoText), errors.Is(err, paper.ErrNotFound), refused:
				a.Skipped = err
			case err != nil:
				yield(a, err)
				return
			default:
				for _, h := range r.Hits {
					a.Ranking = append(a.Ranking, Ranked{ID: h.Paper.ID, Score: h.Score})
				}
			}
			if !yield(a, nil) {
				return
			}
		}
	}
}

func ask(ctx context.Context, s Searcher, task Task, q Query, o paper.Options) (*paper.Result, error) {
	switch {
	case task == Similar:
		return s.Similar(ctx, paper.Similar{Positive: []string{q.ID}, Options: o})
	case strings.TrimSpace(q.Text) == "":
		return nil, errNoText
	}
	return s.Search(ctx, paper.Query{Text: q.Text, Verbatim: true, Options: o})
}
