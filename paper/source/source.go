package source

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"

	"github.com/cespare/xxhash/v2"

	"kindred/paper"
)

// MaxRecord is the longest record, in bytes of uncompressed UTF-8: a line of
// the lines format, a JSON object. A longer one is reported and passed over
// without being held in memory.
const MaxRecord = 4 << 20

// ErrNoPapers is the error at the end of an input in which no paper was found.
var ErrNoPapers = errors.New("no papers")

// Options say how to read an input. The zero value recognises everything by
// content.
type Options struct {
	Format string // one of [Formats]; empty is "auto"
}

func (o Options) auto() bool { return o.Format == "" || o.Format == "auto" }

// Item is one paper, normalised and valid, and where it begins.
type Item struct {
	Paper paper.Paper
	File  string
	Line  int // from 1, in the uncompressed text
}

// LineError says where something stands that is not a paper, and why. It does
// not end the reading.
type LineError struct {
	File   string
	Line   int // from 1, in the uncompressed text
	Reason string

	// Deleted is the id of a paper of which the source says here that it is
	// gone; empty for what is merely no paper. Source is who says so, as in
	// [paper.Paper].
	Deleted string
	Source  string
}

func (e *LineError) Error() string { return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Reason) }

// Progress tells how far a [Reader] has come.
type Progress struct {
	Read     int64 // bytes taken from the file, as it is stored
	Size     int64 // of the file as it is stored; 0 when unknown, as for a pipe
	Papers   int64
	Rejected int64 // [LineError]s
}

// Reader reads the papers of one input. Its methods other than
// [Reader.Progress] are for one goroutine.
type Reader struct {
	name    string
	format  *format
	stored  *stored       // the bytes of the file
	plain   *plain        // uncompressed
	text    *bufio.Reader // in UTF-8
	origin  uint64        // of its papers
	path    string        // of the file, for the origin of what is in it; empty for a stream
	within  bool          // it stands in an archive
	archive *archive      // nil for what is none
	close   []func() error
	counts  counts
	most    int64 // bytes of a copy on disk
	used    bool
}

// Open opens the named file. A folder, a missing file, an unknown format and a
// file that no format recognises are errors.
func Open(name string, o Options) (*Reader, error) {
	f, err := os.Open(name)
	if err != nil {
		if pe, ok := errors.AsType[*os.PathError](err); ok {
			err = pe.Err // without the name, which comes first
		}
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	r, err := NewReader(f, name, o)
	if err != nil {
		f.Close()
		return nil, err
	}
	r.close = append([]func() error{f.Close}, r.close...)
	if path, err := filepath.Abs(name); err == nil {
		r.path, r.origin = path, originOf(path)
	}
	return r, nil
}

// NewReader reads the stream r, for which name stands in places and errors. It
// reads ahead to recognise what r holds. Closing the Reader does not close r,
// but nothing may read from r before that. If r is an [os.File], the standard
// input perhaps, its size is taken from it.
func NewReader(r io.Reader, name string, o Options) (*Reader, error) {
	s := &Reader{name: name, stored: &stored{r: r}, most: maxSpool}
	if err := s.open(o); err != nil {
		s.Close()
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return s, nil
}

func (r *Reader) open(o Options) (err error) {
	if r.format, err = lookup(o.Format); err != nil {
		return err
	}
	if f, ok := r.stored.r.(*os.File); ok {
		switch info, err := f.Stat(); {
		case err != nil:
			return err
		case info.IsDir():
			return errors.New("a folder; name the files in it")
		case info.Mode().IsRegular():
			r.stored.size = info.Size()
		}
	}
	var closer func() error
	if r.plain, closer, err = decompress(r.stored); err != nil {
		return err
	}
	r.close = append(r.close, closer)
	content := bufio.NewReaderSize(r.plain, headSize)
	if head, _ := content.Peek(len(zipStart)); isZip(head) {
		if r.within {
			return errNested
		}
		return r.openArchive(content, o)
	}
	if r.text, err = decodeLines(content); err != nil {
		return err
	}
	if r.format == nil {
		r.format, err = recognise(r.text)
	}
	// A stream has no name to be known by; how it begins will do.
	head, _ := r.text.Peek(originSize)
	r.origin = max(1, xxhash.Sum64(head))
	return err
}

const originSize = 4 << 10

func originOf(path string) uint64 { return max(1, xxhash.Sum64String(path)) }

// Format is the name of the format that is read; of an archive, that of the first
// file in it that can be.
func (r *Reader) Format() string { return r.format.name }

// Progress may be called at any time and from any goroutine.
func (r *Reader) Progress() Progress {
	return Progress{
		Read:     r.stored.read.Load(),
		Size:     r.stored.size,
		Papers:   r.counts.papers.Load(),
		Rejected: r.counts.rejected.Load(),
	}
}

// Close releases the file. It is not to be called while [Reader.Papers] runs
// in another goroutine.
func (r *Reader) Close() error {
	var err error
	for i := len(r.close) - 1; i >= 0; i-- {
		err = errors.Join(err, r.close[i]())
	}
	r.close = nil
	return err
}

// Papers yields the papers in the order of the input, once. An error that is a
// [*LineError] stands for something that is no paper, and the next paper may
// follow; any other error is the last thing yielded: ctx's, a failed read,
// damaged compression (with the place it was found at), or [ErrNoPapers] at the
// end of an input that held none and deleted none. What such an error cut off is not yielded as
// a paper.
func (r *Reader) Papers(ctx context.Context) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		if r.used {
			yield(Item{}, fmt.Errorf("%s: already read", r.name))
			return
		}
		r.used = true
		if r.archive != nil {
			r.archivePapers(ctx, yield)
			return
		}
		r.plain.interrupted = ctx.Err // also where no paper comes for long
		wanted := true
		out := &sink{name: r.name, format: r.format.name, origin: r.origin, counts: &r.counts, progress: r.stored.progress}
		out.yield = func(i Item, err error) bool {
			wanted = yield(i, err)
			return wanted && ctx.Err() == nil
		}
		err := ctx.Err()
		if err == nil {
			err = r.read(out)
		}
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		if err == nil && !out.gone {
			err = r.empty(out.first)
		}
		if err != nil && wanted {
			yield(Item{}, err)
		}
	}
}

func (r *Reader) read(out *sink) error {
	if r.format.readFile == nil {
		return r.format.read(r.text, out)
	}
	file, size, done, err := r.wholeFile(r.text, "parquet")
	if err != nil {
		return fmt.Errorf("%s: %w", r.name, err)
	}
	defer func() { _ = done() }()
	return r.format.readFile(file, size, out)
}

// empty is the error of an input that held no paper, nil for others. first is
// the first thing in it that was rejected.
func (r *Reader) empty(first *LineError) error {
	switch p := r.Progress(); {
	case p.Papers > 0:
		return nil
	case first != nil:
		return fmt.Errorf("%s: %w in it (read as %s): %d rejected, the first at line %d: %s",
			r.name, ErrNoPapers, r.format.name, p.Rejected, first.Line, first.Reason)
	case p.Read > 0:
		return fmt.Errorf("%s: %w in it (read as %s)", r.name, ErrNoPapers, r.format.name)
	}
	return fmt.Errorf("%s: %w: it is empty", r.name, ErrNoPapers)
}
