package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"kindred/paper"
)

// maxIDs is how many papers one request may name.
const maxIDs = 500

// Papers returns the papers of ids, in order. The error wraps
// [paper.ErrNotFound] where one is not there; see [Client.Find].
func (c *Client) Papers(ctx context.Context, ids []string) ([]paper.Paper, error) {
	out := make([]paper.Paper, 0, len(ids))
	for len(ids) > 0 {
		n := min(len(ids), maxIDs)
		var answer struct{ Papers []paper.Paper }
		if err := c.read(ctx, "/papers?"+url.Values{"id": ids[:n]}.Encode(), nil, &answer); err != nil {
			return nil, err
		}
		if len(answer.Papers) != n {
			return nil, fmt.Errorf("the server gave %d papers for %d ids", len(answer.Papers), n)
		}
		out, ids = append(out, answer.Papers...), ids[n:]
	}
	return out, nil
}

// Cite writes papers, at most 500, to w as one file.
func (c *Client) Cite(ctx context.Context, w io.Writer, f paper.CitationFormat, ids []string) error {
	if len(ids) > maxIDs {
		return paper.Invalid("id", "%d papers; at most %d make a file", len(ids), maxIDs)
	}
	query := url.Values{"id": ids, "format": {string(f)}}
	return c.file(ctx, http.MethodGet, "/papers?"+query.Encode(), nil, w)
}

// CiteSearch writes the papers that [Client.Search] finds to w as one file.
func (c *Client) CiteSearch(ctx context.Context, w io.Writer, f paper.CitationFormat, q paper.Query) error {
	if err := q.Validate(); err != nil {
		return err
	}
	body := bodyOf(q)
	body.Format = f
	return c.file(ctx, http.MethodPost, "/search", body, w)
}

// CiteSimilar writes the papers that [Client.Similar] finds to w as one file.
func (c *Client) CiteSimilar(ctx context.Context, w io.Writer, f paper.CitationFormat, s paper.Similar) error {
	if err := s.Validate(); err != nil {
		return err
	}
	body := similarBodyOf(s)
	body.Format = f
	return c.file(ctx, http.MethodPost, "/similar", body, w)
}

// file copies an answer to w. What w has when it fails is of no use.
func (c *Client) file(ctx context.Context, method, path string, body any, w io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, c.readTimeout)
	defer cancel()
	var in io.Reader
	contentType := ""
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return fmt.Errorf("encoding a request: %w", err)
		}
		in, contentType = bytes.NewReader(b), mediaJSON
	}
	resp, err := c.ask(ctx, method, path, contentType, in)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(w, resp.Body); err != nil {
		return fmt.Errorf("reading the answer of %s %s: %w", method, path, err)
	}
	return nil
}
