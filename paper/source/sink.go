package source

import (
	"errors"
	"fmt"
	"io"
	"slices"
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

	// progress is told how much of the input is read by a format that reads it
	// in no order.
	progress func(done, of int64)
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
	return s.give(line, p)
}

// record takes the paper of a record. One that an export of ours carries more
// of is put back as it was.
func (s *sink) record(line int, r *record) error {
	p := r.paper()
	if r.carried == "" {
		return s.paper(line, p)
	}
	if err := p.Restore(r.carried); err != nil {
		return s.reject(line, "%v", err)
	}
	return s.own(line, p)
}

// own takes a paper of an export of ours: what came through an index once is
// changed no more.
func (s *sink) own(line int, p *paper.Paper) error {
	p.Normalize()
	if err := p.Validate(); err != nil {
		return s.reject(line, "%v", err)
	}
	return s.give(line, p)
}

func (s *sink) give(line int, p *paper.Paper) error {
	known := func(part paper.Paper) bool { return part.Origin != 0 }
	if !known(*p) && !slices.ContainsFunc(p.Parts, known) { // else an export tells the files that it came in
		p.Origin = s.origin
		for i := range p.Parts {
			p.Parts[i].Origin = s.origin
		}
	}
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

// deleted takes the id of a paper that a source says is gone.
func (s *sink) deleted(line int, from, id string) error {
	s.gone = s.gone || id != ""
	return s.report(&LineError{File: s.name, Line: line, Reason: fmt.Sprintf("%s is deleted at its source", clip(id)), Deleted: id, Source: from})
}

// withdrawn is the same for a paper of arXiv, with what says so.
func (s *sink) withdrawn(line int, id, notice string) error {
	s.gone = s.gone || id != ""
	return s.report(&LineError{File: s.name, Line: line, Reason: fmt.Sprintf("withdrawn: %s: %s", clip(id), quoteClip(oneLine(notice))), Deleted: id, Source: "arxiv"})
}

// arxiv takes a record that has an arXiv id.
func (s *sink) arxiv(line int, r *record) error {
	p := r.snapshotPaper()
	if notice := r.notice(); notice != "" {
		return s.withdrawn(line, p.ID, notice)
	}
	return s.paper(line, p)
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
