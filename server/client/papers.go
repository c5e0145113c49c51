package client

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"

	"kindred/paper"
)

// Paper returns the paper of that id; the error wraps [paper.ErrNotFound]
// when there is none.
func (c *Client) Paper(ctx context.Context, id string) (paper.Paper, error) {
	var p paper.Paper
	if id == "" {
		return p, paper.Invalid("id", "empty")
	}
	err := c.read(ctx, "/papers/"+url.PathEscape(id), nil, &p)
	return p, err
}

// Where batches have a limit, one request carries this many papers, or fewer
// when their texts are long.
const (
	openBatch      = 1000
	openBatchBytes = 8 << 20
)

// Put adds or replaces papers and returns one result a paper, in order. When
// it fails, papers before the failure may have been written; putting them
// again changes nothing.
func (c *Client) Put(ctx context.Context, papers []paper.Paper) ([]paper.PutResult, error) {
	results := make([]paper.PutResult, len(papers))
	valid := make([]paper.Paper, 0, len(papers))
	var places []int // of valid, in results
	for i, p := range papers {
		// JSON would silently mend text that is not UTF-8, so a paper is
		// checked before it is sent.
		p.Authors, p.Categories = slices.Clone(p.Authors), slices.Clone(p.Categories)
		p.Normalize()
		if err := p.Validate(); err != nil {
			results[i] = paper.PutResult{ID: p.ID, Status: paper.Rejected, Error: err.Error()}
			continue
		}
		valid = append(valid, p)
		places = append(places, i)
	}
	for done := 0; done < len(valid); {
		n := c.nextBatch(valid[done:])
		some, err := c.putBatch(ctx, valid[done:done+n])
		if err != nil {
			return nil, err
		}
		for i, r := range some {
			results[places[done+i]] = r
		}
		done += n
	}
	return results, nil
}

// nextBatch is how many of the papers go in the next request, at least one.
func (c *Client) nextBatch(papers []paper.Paper) int {
	if c.token != "" {
		return len(papers)
	}
	size := 0
	for i := range papers {
		size += len(papers[i].Title) + len(papers[i].Abstract)
		if i > 0 && size > openBatchBytes || i == openBatch {
			return i
		}
	}
	return len(papers)
}

// putBatch sends JSON lines as they are encoded; the whole body is nowhere in
// memory.
func (c *Client) putBatch(ctx context.Context, papers []paper.Paper) ([]paper.PutResult, error) {
	reader, writer := io.Pipe()
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		writer.CloseWithError(encodeLines(writer, papers))
	}()
	var answer struct{ Results []paper.PutResult }
	err := c.send(ctx, http.MethodPost, "/papers", mediaNDJSON, reader, &answer)
	reader.CloseWithError(errors.New("the server answered before the end"))
	<-sent // papers are the caller's again
	if err != nil {
		return nil, err
	}
	if len(answer.Results) != len(papers) {
		return nil, fmt.Errorf("the server gave %d results for %d papers", len(answer.Results), len(papers))
	}
	return answer.Results, nil
}

func encodeLines(w io.Writer, papers []paper.Paper) error {
	buf := bufio.NewWriterSize(w, 64<<10)
	enc := json.NewEncoder(buf)
	enc.SetEscapeHTML(false)
	for i := range papers {
		if err := enc.Encode(&papers[i]); err != nil {
			return fmt.Errorf("encoding paper %q: %w", papers[i].ID, err)
		}
	}
	return buf.Flush()
}

// Delete removes papers and returns how many there were; unknown ids are no
// error.
func (c *Client) Delete(ctx context.Context, ids []string) (int, error) {
	type answer struct{ Deleted int }
	if c.token != "" {
		var a answer
		err := c.sendJSON(ctx, http.MethodPost, "/delete", map[string][]string{"ids": ids}, &a)
		return a.Deleted, err
	}
	total := 0
	for _, id := range ids {
		if id == "" {
			continue
		}
		var a answer
		err := c.send(ctx, http.MethodDelete, "/papers/"+url.PathEscape(id), "", nil, &a)
		if err != nil && !errors.Is(err, paper.ErrNotFound) {
			return total, err
		}
		total += a.Deleted
	}
	return total, nil
}

// Stats describes what the server's index holds.
func (c *Client) Stats(ctx context.Context) (paper.Stats, error) {
	var st paper.Stats
	err := c.read(ctx, "/stats", nil, &st)
	return st, err
}
