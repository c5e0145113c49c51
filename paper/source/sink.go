package source

import (
	"errors"
	"fmt"
	"io"
	"sync/atomic"

	"kindred/paper"
)

// errStop ends a format's reading when no more papers are wanted.
var errStop = errors.New("no more papers are wanted")

// sink takes what a format reads. When one of its methods returns an error,
// the format stops and returns that error.
type sink struct {
	name   string // of the input
	format string
	origin uint64
	yield  func(Item, error) bool
	first  *LineError
	gone   bool // the source says of some paper that it is
	counts *counts
	ids    repeats
}

type counts struct{ papers, rejected atomic.Int64 }

// paper takes a paper that begins at line, as the format understood it; it is
// cleaned, normalised and checked here, in one way for all formats.
func (s *sink) paper(line int, p *paper.Paper) error {
	clean(p)
	if p.Source == "" {
		p.Source = s.format
	}
	p.Normalize()
	err := p.Validate()
	if err == nil {
		err = checkID(p.ID)
	}
	if err != nil {
		return s.reject(line, "%v", err)
	}
	s.ids.tellApart(p)
	p.Origin = s.origin
	s.counts.papers.Add(1)
	if !s.yield(Item{Paper: *p, File: s.name, Line: line}, nil) {
		return errStop
	}
	return nil
}

// reject takes the reason why what begins at line is no paper.
func (s *sink) reject(line int, reason string, args ...any) error {
	return s.report(&LineError{File: s.name, Line: line, Reason: fmt.Sprintf(reason, args...)})
}

// deleted takes the id of a paper that the source says is gone.
func (s *sink) deleted(line int, id string) error {
	s.gone = true
	return s.report(&LineError{File: s.name, Line: line, Reason: fmt.Sprintf("%s is deleted at its source", clip(id)), Deleted: id})
}

func (s *sink) report(e *LineError) error {
	if s.first == nil {
		s.first = e
	}
	s.counts.rejected.Add(1)
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
	return fmt.Errorf("%s:%d: %w", s.name, line, err)
}
