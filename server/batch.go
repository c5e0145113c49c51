package server

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/gin-gonic/gin"

	"kindred/paper"
)

// batchAnswer has one result for each paper of a batch, in order.
type batchAnswer struct {
	Counts  map[paper.PutStatus]int `json:"counts"`
	Results []paper.PutResult       `json:"results"`
}

// putBatch takes a JSON array or JSON lines. One paper that cannot be read is
// rejected and the others go on. A body that as a whole cannot be read writes
// nothing on the open road; on the private one, which has no end in sight,
// what came before has been written.
func (a *api) putBatch(c *gin.Context) (any, error) {
	if _, err := a.urlParams(c, nil); err != nil {
		return nil, err
	}
	kind, err := mediaType(c.Request, mediaJSON, mediaNDJSON, mediaJSONL)
	if err != nil {
		return nil, err
	}
	b := &batch{api: a, c: c, most: maxBatch, answer: batchAnswer{Results: []paper.PutResult{}}}
	if a.private {
		b.flushAt = privateBatch
		err = b.read(kind, c.Request.Body)
	} else {
		err = a.withBody(c, maxBatchBody, func(body []byte) error { return b.read(kind, bytes.NewReader(body)) })
	}
	if err != nil {
		return nil, err
	}
	b.answer.Counts = map[paper.PutStatus]int{paper.Added: 0, paper.Updated: 0, paper.Unchanged: 0, paper.Merged: 0, paper.Rejected: 0}
	for _, r := range b.answer.Results {
		b.answer.Counts[r.Status]++
	}
	return b.answer, nil
}

// batch collects papers and hands them to the engine.
type batch struct {
	*api
	c       *gin.Context
	most    int // papers of a batch without flushAt
	flushAt int // papers that are put at once; 0 is all of them at the end
	pending []paper.Paper
	places  []int // of pending, in answer.Results
	answer  batchAnswer
}

func (b *batch) read(kind string, body io.Reader) error {
	entries := jsonLines(body)
	if kind == mediaJSON {
		entries = jsonArray(body)
	}
	for e, err := range entries {
		if err != nil {
			return err
		}
		if b.flushAt == 0 && len(b.answer.Results) == b.most {
			return refuse(errTooLarge, "", "more than %d papers in one batch", b.most)
		}
		b.answer.Results = append(b.answer.Results, paper.PutResult{})
		place := len(b.answer.Results) - 1
		if e.err != nil {
			b.answer.Results[place] = paper.PutResult{ID: e.paper.ID, Status: paper.Rejected, Error: e.err.Error()}
			continue
		}
		b.pending = append(b.pending, e.paper)
		b.places = append(b.places, place)
		if len(b.pending) == b.flushAt {
			if err := b.flush(); err != nil {
				return err
			}
		}
	}
	return b.flush()
}

func (b *batch) flush() error {
	if len(b.pending) == 0 {
		return nil
	}
	results, err := b.engine.Put(b.c.Request.Context(), b.pending)
	b.intake.add(results)
	if err != nil {
		return err
	}
	if len(results) != len(b.pending) {
		return fmt.Errorf("the engine gave %d results for %d papers", len(results), len(b.pending))
	}
	for i, r := range results {
		b.answer.Results[b.places[i]] = r
	}
	clear(b.pending) // lets go of the texts
	b.pending, b.places = b.pending[:0], b.places[:0]
	return nil
}

// entry is one paper of a batch, or why it is none.
type entry struct {
	paper paper.Paper
	err   error
}

func newEntry(raw []byte) entry {
	p, err := decodePaper(raw)
	return entry{p, err}
}

// jsonArray reads the papers of one array; the error says why the body cannot
// be read on.
func jsonArray(r io.Reader) iter.Seq2[entry, error] {
	return func(yield func(entry, error) bool) {
		dec := json.NewDecoder(r)
		if t, err := dec.Token(); err != nil {
			yield(entry{}, batchError(err))
			return
		} else if t != json.Delim('[') {
			yield(entry{}, paper.Invalid("", "a JSON array of papers is needed; JSON lines are sent as %s", mediaNDJSON))
			return
		}
		for dec.More() {
			var raw json.RawMessage
			if err := dec.Decode(&raw); err != nil {
				yield(entry{}, batchError(err))
				return
			}
			if !yield(newEntry(raw), nil) {
				return
			}
		}
		if _, err := dec.Token(); err != nil {
			yield(entry{}, batchError(err))
			return
		}
		if _, err := dec.Token(); err != io.EOF {
			yield(entry{}, paper.Invalid("", "there is more after the JSON array"))
		}
	}
}

// batchError tells broken JSON from a body that could not be read.
func batchError(err error) error {
	if _, ok := errors.AsType[*json.SyntaxError](err); ok || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return jsonError(err)
	}
	return bodyError(err)
}

// jsonLines reads one paper a line; blank lines are none. The error says why
// the body cannot be read on.
func jsonLines(r io.Reader) iter.Seq2[entry, error] {
	return func(yield func(entry, error) bool) {
		in := bufio.NewReaderSize(r, 64<<10)
		for number := 1; ; number++ {
			line, tooLong, err := readLine(in)
			if err != nil && err != io.EOF {
				yield(entry{}, bodyError(err))
				return
			}
			var e entry
			switch line = bytes.TrimSpace(line); {
			case tooLong:
				e = entry{err: fmt.Errorf("line %d is over %d bytes", number, maxLine)}
			case len(line) > 0:
				if e = newEntry(line); e.err != nil {
					e.err = fmt.Errorf("line %d: %w", number, e.err)
				}
			}
			if (tooLong || len(line) > 0) && !yield(e, nil) {
				return
			}
			if err == io.EOF {
				return
			}
		}
	}
}

// readLine reads a line of at most maxLine bytes; of a longer one it keeps
// nothing.
func readLine(in *bufio.Reader) (line []byte, tooLong bool, err error) {
	for {
		part, err := in.ReadSlice('\n')
		if len(line)+len(part) > maxLine {
			line, tooLong = nil, true
		}
		if !tooLong {
			line = append(line, part...)
		}
		if err != bufio.ErrBufferFull {
			return line, tooLong, err
		}
	}
}
