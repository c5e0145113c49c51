package client

import (
	"context"
	"iter"

	"kindred/paper"
)

// options are paper.Options as a request's body has them.
type options struct {
	Mode     paper.Mode `json:"mode,omitempty"`
	Limit    int        `json:"limit,omitempty"`
	Cursor   string     `json:"cursor,omitempty"`
	Facets   []string   `json:"facets,omitempty"`
	Year     string     `json:"year,omitempty"`
	From     string     `json:"from,omitempty"`
	To       string     `json:"to,omitempty"`
	Category []string   `json:"category,omitempty"`
	Author   []string   `json:"author,omitempty"`
	Venue    []string   `json:"venue,omitempty"`
	In       []string   `json:"collection,omitempty"`
	NotIn    []string   `json:"not_collection,omitempty"`
	Sort     paper.Sort `json:"sort,omitempty"`
	MinScore float64    `json:"min_score,omitempty"`
	Explain  bool       `json:"explain,omitempty"`
}

func optionsOf(o paper.Options) options {
	return options{
		Mode: o.Mode, Limit: o.Limit, Cursor: o.Cursor, Facets: o.Facets,
		Year: o.Filter.Years.String(), From: o.Filter.From, To: o.Filter.To,
		Category: o.Filter.Categories, Author: o.Filter.Authors, Venue: o.Filter.Venues,
		In: o.Filter.Collections, NotIn: o.Filter.NotCollections,
		Sort: o.Sort, MinScore: o.MinScore, Explain: o.Explain,
	}
}

// searchBody is a question as a request's body has it.
type searchBody struct {
	Q        string               `json:"q,omitempty"`
	Verbatim bool                 `json:"verbatim,omitempty"`
	Format   paper.CitationFormat `json:"format,omitempty"`
	options
}

func bodyOf(q paper.Query) searchBody {
	return searchBody{Q: q.Text, Verbatim: q.Verbatim, options: optionsOf(q.Options)}
}

type similarBody struct {
	Title    string               `json:"title,omitempty"`
	Text     string               `json:"text,omitempty"`
	Positive []string             `json:"positive,omitempty"`
	Negative []string             `json:"negative,omitempty"`
	Format   paper.CitationFormat `json:"format,omitempty"`
	options
}

func similarBodyOf(s paper.Similar) similarBody {
	return similarBody{Title: s.Title, Text: s.Text, Positive: s.Positive, Negative: s.Negative, options: optionsOf(s.Options)}
}

// Search answers a question. A query that cannot be meant is refused before
// anything is sent.
func (c *Client) Search(ctx context.Context, q paper.Query) (*paper.Result, error) {
	if err := q.Validate(); err != nil {
		return nil, err
	}
	var result paper.Result
	if err := c.read(ctx, "/search", bodyOf(q), &result); err != nil {
		return nil, err
	}
	return &result, nil
}

// Similar finds papers like others. A request that cannot be meant is refused
// before anything is sent.
func (c *Client) Similar(ctx context.Context, s paper.Similar) (*paper.Result, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	var result paper.Result
	if err := c.read(ctx, "/similar", similarBodyOf(s), &result); err != nil {
		return nil, err
	}
	return &result, nil
}

// SearchAll yields the hits of a question one after the other, q.Limit of
// them a request, from q.Cursor on, until there are no more or an error,
// which comes last.
func (c *Client) SearchAll(ctx context.Context, q paper.Query) iter.Seq2[paper.Hit, error] {
	return pages(q.Cursor, func(cursor string) (*paper.Result, error) {
		q.Cursor = cursor
		return c.Search(ctx, q)
	})
}

// SimilarAll yields the hits of [Client.Similar] as SearchAll does.
func (c *Client) SimilarAll(ctx context.Context, s paper.Similar) iter.Seq2[paper.Hit, error] {
	return pages(s.Cursor, func(cursor string) (*paper.Result, error) {
		s.Cursor = cursor
		return c.Similar(ctx, s)
	})
}

func pages(cursor string, page func(cursor string) (*paper.Result, error)) iter.Seq2[paper.Hit, error] {
	return func(yield func(paper.Hit, error) bool) {
		for cursor := cursor; ; {
			result, err := page(cursor)
			if err != nil {
				yield(paper.Hit{}, err)
				return
			}
			for _, hit := range result.Hits {
				if !yield(hit, nil) {
					return
				}
			}
			if result.NextCursor == "" || result.NextCursor == cursor {
				return
			}
			cursor = result.NextCursor
		}
	}
}
