package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"

	"kindred/paper"
)

// errStop ends a format's reading when the consumer wants no more.
var errStop = errors.New("stopped by the consumer")

// sink takes what a format reads. When one of its methods returns an error,
// the format stops and returns that error.
type sink struct {
	ctx    context.Context
	reader *Reader
	yield  func(Item, error) bool
	first  *LineError
}

// paper takes a paper that begins at line, as the format understood it; it is
// cleaned, normalised and checked here, in one way for all formats.
func (s *sink) paper(line int, p *paper.Paper) error {
	if err := s.ctx.Err(); err != nil {
		return err
	}
	clean(p)
	if p.Source == "" {
		p.Source = s.reader.format.name
	}
	p.Normalize()
	err := p.Validate()
	if err == nil {
		err = checkID(p.ID)
	}
	if err != nil {
		return s.reject(line, "%v", err)
	}
	s.reader.counter.papers.Add(1)
	if !s.yield(Item{Paper: *p, File: s.reader.name, Line: line}, nil) {
		return errStop
	}
	return nil
}

// reject takes the reason why what begins at line is no paper.
func (s *sink) reject(line int, reason string, args ...any) error {
	if err := s.ctx.Err(); err != nil {
		return err
	}
	e := &LineError{File: s.reader.name, Line: line, Reason: fmt.Sprintf(reason, args...)}
	if s.first == nil {
		s.first = e
	}
	s.reader.counter.rejected.Add(1)
	if !s.yield(Item{}, e) {
		return errStop
	}
	return nil
}

// end is the error with which a format ends its reading when its input gave err
// at line: none at the end of the input, else err with its place.
func (s *sink) end(line int, err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	if ctxErr := s.ctx.Err(); ctxErr != nil {
		return ctxErr
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%s:%d: the compressed data ends too early; the file is cut off: %w", s.reader.name, line, err)
	}
	return fmt.Errorf("%s:%d: %w", s.reader.name, line, err)
}

// counter counts what passes from the file on, and stops it when the context
// ends: a reader that finds no paper for a long time must stop too.
type counter struct {
	r   io.Reader
	ctx context.Context // set when the papers are asked for; nil before

	size                   int64
	read, papers, rejected atomic.Int64
}

func (c *counter) Read(p []byte) (int, error) {
	if c.ctx != nil && c.ctx.Err() != nil {
		return 0, c.ctx.Err()
	}
	n, err := c.r.Read(p)
	c.read.Add(int64(n))
	return n, err
}
