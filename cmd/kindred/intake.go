package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"kindred/index"
	"kindred/paper"
	"kindred/paper/source"
)

// intake reads papers from files one after the other, reports what is no
// paper, and shows how far it has come.
type intake struct {
	files      []string
	found      map[string]bool // those that stood in a folder and may be anything
	passed     int             // of found, how many held no papers
	gave       bool            // a paper has come
	format     string
	collection string // that all papers are put in; empty: see collectionOf
	stdin      io.Reader

	noMerge bool  // each paper is a record of its own
	size    int64 // of all files as they are stored; 0 when one is of unknown size
	screen  *progress
	start   time.Time
	note    func() string // what else progress shows; nil: nothing

	failed []error // per file that could not be read to its end, or held no paper

	// How far the reading is; show looks at it from another goroutine.
	before  atomic.Int64 // bytes of the files already read
	current atomic.Pointer[source.Reader]
}

// maxShownRejects is how many rejected lines of one file are shown: of a file
// that holds something else, every line is rejected.
const maxShownRejects = 20

// newIntake refuses what can be refused before anything is read: a format or a
// file that is not there, a folder without files.
func newIntake(files []string, format string, stdin io.Reader, screen *progress) (*intake, error) {
	in := &intake{found: make(map[string]bool), format: format, stdin: stdin, screen: screen, start: time.Now()}
	if !slices.Contains(source.Formats(), format) {
		return nil, fmt.Errorf("unknown format %q; there are %s", format, strings.Join(source.Formats(), ", "))
	}
	known := true
	for _, name := range files {
		if name == "-" {
			known = false
			in.files = append(in.files, name)
			continue
		}
		info, err := os.Stat(name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil, fmt.Errorf("%s: there is no such file", name)
		case err != nil:
			return nil, err
		case info.IsDir():
			if err := in.addFolder(name); err != nil {
				return nil, err
			}
			continue
		case !info.Mode().IsRegular():
			known = false
		}
		in.files = append(in.files, name)
		in.size += info.Size()
	}
	if !known {
		in.size = 0
	}
	return in, nil
}

// papers yields the papers of all files. What it cannot read of a file it
// keeps in failed and goes on with the next.
func (in *intake) papers(ctx context.Context) iter.Seq2[paper.Paper, error] {
	return func(yield func(paper.Paper, error) bool) {
		for _, name := range in.files {
			more, err := in.read(ctx, name, yield)
			if err != nil && ctx.Err() == nil {
				in.failed = append(in.failed, err)
			}
			if !more || ctx.Err() != nil {
				return
			}
		}
		if in.passed > 0 && !in.gave {
			in.failed = append(in.failed, errors.New("no file that was found has papers in it"))
		}
	}
}

// read yields the papers of one file; more is false when no more are wanted.
func (in *intake) read(ctx context.Context, name string, yield func(paper.Paper, error) bool) (more bool, err error) {
	r, err := in.open(ctx, name)
	if err == nil && in.found[name] && in.format == "auto" && r.Format() == "lines" {
		// Any text is: a README, a licence, a list of things to do.
		err = errors.Join(errAnyText, r.Close())
	}
	if err != nil {
		return true, in.passOver(name, err)
	}
	in.current.Store(r)
	collection := in.collection
	if collection == "" && name != "-" {
		collection = collectionOf(name, r.Format())
	}
	rejected, deleted := 0, 0
	defer func() {
		in.current.Store(nil)
		in.before.Add(r.Progress().Read)
		for _, more := range []struct {
			n    int
			what string
		}{{rejected, ""}, {deleted, " that are gone"}} {
			if n := more.n - maxShownRejects; n > 0 {
				in.screen.println(fmt.Sprintf("%s: and %s more%s", name, comma(n), more.what))
			}
		}
		err = errors.Join(err, r.Close())
	}()
	for item, err := range r.Papers(ctx) {
		line, isLine := errors.AsType[*source.LineError](err)
		switch {
		case isLine:
			n := &rejected
			if line.Deleted != "" { // of which a service has more than of what is broken
				n = &deleted
			}
			if *n++; *n <= maxShownRejects {
				in.screen.println(line)
			}
		case err != nil:
			return true, in.passOver(name, err)
		}
		in.gave = in.gave || err == nil
		if collection != "" {
			in.shelve(&item.Paper, r.Format(), collection)
		}
		if !yield(item.Paper, err) {
			return false, nil
		}
	}
	return true, nil
}

func (in *intake) open(ctx context.Context, name string) (*source.Reader, error) {
	o := source.Options{Format: in.format}
	if name == "-" {
		return source.NewReader(interruptible(ctx, in.stdin), "standard input", o)
	}
	if info, err := os.Stat(name); err == nil && info.Mode()&os.ModeNamedPipe != 0 {
		return source.NewReader(interruptible(ctx, &pipe{name: name}), name, o)
	}
	return source.Open(name, o)
}

// pipe is a named pipe, which is opened with the first reading: that waits for
// somebody who writes.
type pipe struct {
	name string
	file *os.File
}

func (p *pipe) Read(b []byte) (n int, err error) {
	if p.file == nil {
		if p.file, err = os.Open(p.name); err != nil {
			return 0, err
		}
	}
	n, err = p.file.Read(b)
	if err != nil {
		p.file.Close()
	}
	return n, err
}

// interruptible is r, but its Read returns when ctx ends: reading a terminal
// or a pipe cannot be called off, only left behind.
func interruptible(ctx context.Context, r io.Reader) io.Reader {
	out, in := io.Pipe()
	context.AfterFunc(ctx, func() { in.CloseWithError(ctx.Err()) })
	go func() {
		_, err := io.Copy(in, r)
		in.CloseWithError(err) // nil is io.EOF
	}()
	return out
}

// show draws the progress of a running ingest.
func (in *intake) show(n index.Counts) { in.showRead(n.Read) }

func (in *intake) showRead(papers int) {
	done := in.before.Load()
	if r := in.current.Load(); r != nil {
		done += r.Progress().Read
	}
	rate := float64(papers) / max(time.Since(in.start).Seconds(), 1e-3)
	note := ""
	if in.note != nil {
		note = in.note()
	}
	in.screen.show("reading", fmt.Sprintf("%s papers, %s/s%s", comma(papers), comma(int(rate)), note), done, in.size)
}
