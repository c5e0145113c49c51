package source

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
)

// archive is a zip file (PKWARE's APPNOTE.TXT). Each file in it is read as one
// of its own, called archive.zip/file, and unpacked as it is read, never to
// disk but for Parquet. What a folder would leave out is left out here as well.
type archive struct {
	files   []*zip.File
	options Options
	packed  int64 // bytes of all files, as they are stored
}

const (
	// maxDirectory bounds the list of an archive's files, in bytes; in memory it
	// is some six times as long.
	maxDirectory = 8 << 20
	maxFiles     = 10_000 // of an archive
)

var zipStart, zipEmpty = []byte("PK\x03\x04"), []byte("PK\x05\x06")

func isZip(head []byte) bool {
	return bytes.HasPrefix(head, zipStart) || bytes.HasPrefix(head, zipEmpty)
}

// openArchive lists the files of an archive, and recognises the first that is
// of any format.
func (r *Reader) openArchive(content io.Reader, o Options) error {
	file, size, done, err := r.wholeFile(content, "zip")
	if err != nil {
		return err
	}
	r.close = append(r.close, done)
	list := &limitedReaderAt{r: file, left: maxDirectory}
	z, err := zip.NewReader(list, size)
	switch {
	case errors.Is(err, errLongDirectory):
		return err
	case errors.Is(err, zip.ErrFormat):
		return errors.New("a damaged zip archive: the list of its files, which should stand at its end, is missing or broken")
	case err != nil:
		return fmt.Errorf("a damaged zip archive: %w", err)
	}
	list.open = true
	if kind := documentKind(z); kind != "" {
		return fmt.Errorf("%w: %s", ErrFormat, kind)
	}
	a := &archive{options: o}
	for _, f := range z.File {
		if strings.HasSuffix(f.Name, "/") || f.UncompressedSize64 == 0 || isHidden(f.Name) {
			continue
		}
		a.files = append(a.files, f)
		a.packed += int64(f.CompressedSize64)
	}
	switch {
	case len(a.files) == 0:
		return fmt.Errorf("%w: an archive without files", ErrNoPapers)
	case len(a.files) > maxFiles:
		return fmt.Errorf("an archive of %d files; at most %d are read: unpack it and name the folder", len(a.files), maxFiles)
	case a.packed < 0 || a.packed > size:
		return errors.New("a damaged zip archive: the files in it overlap")
	}
	r.archive = a
	var first error
	for _, f := range a.files {
		m, err := r.member(f, nil)
		if err == nil {
			r.format = m.format
			return m.Close()
		}
		if first == nil {
			first = err
		}
	}
	if len(a.files) == 1 {
		return first
	}
	return fmt.Errorf("none of the %d files in it can be read; the first: %w", len(a.files), first)
}

// isHidden reports whether a file is hidden, stands in a hidden folder, or is
// what macOS adds.
func isHidden(name string) bool {
	return slices.ContainsFunc(strings.FieldsFunc(name, isSlash), func(part string) bool {
		return part[0] == '.' && part != "." && part != ".." || part == "__MACOSX"
	})
}

func isSlash(c rune) bool { return c == '/' || c == '\\' }

// documentKind says what a zip file is that is no archive to its user.
func documentKind(z *zip.Reader) string {
	const table, text = "a spreadsheet: save it as CSV and name that file", "a document: papers are read from tables, exports of reference managers and the like"
	for i, f := range z.File {
		switch {
		case strings.HasPrefix(f.Name, "xl/workbook."):
			return table
		case f.Name == "word/document.xml", f.Name == "ppt/presentation.xml":
			return text
		case i == 0 && f.Name == "mimetype" && f.UncompressedSize64 < 200:
			in, err := f.Open()
			if err != nil {
				continue
			}
			kind, _ := io.ReadAll(in)
			in.Close()
			switch s := string(kind); {
			case strings.Contains(s, "opendocument.spreadsheet"):
				return table
			case strings.Contains(s, "opendocument."), strings.Contains(s, "epub"):
				return text
			}
		}
	}
	return ""
}

// member opens a file of the archive; read is told how many bytes of it have
// been.
func (r *Reader) member(f *zip.File, read func(n int)) (*Reader, error) {
	m := &Reader{name: r.memberName(f), most: r.most, within: true}
	fail := func(err error) (*Reader, error) {
		m.Close()
		return nil, fmt.Errorf("%s: %w", m.name, err)
	}
	if f.Flags&1 != 0 {
		return fail(errEncrypted)
	}
	in, err := f.Open()
	if errors.Is(err, zip.ErrAlgorithm) {
		return fail(fmt.Errorf("%w: packed by method %d; unpack the archive and name the folder", ErrFormat, f.Method))
	} else if err != nil {
		return fail(fmt.Errorf("damaged zip data: %w", err))
	}
	m.close = append(m.close, in.Close)
	m.stored = &stored{r: &memberReader{in: in, told: read}}
	if err := m.open(r.archive.options); err != nil {
		return fail(err)
	}
	if m.format.name == "lines" && r.archive.options.auto() && len(r.archive.files) > 1 {
		return fail(fmt.Errorf("%w: text that may be anything; if it has a title line above each abstract line, unpack it and name it", ErrFormat))
	}
	if r.path != "" {
		m.origin = originOf(r.path + "/" + f.Name)
	}
	return m, nil
}

var (
	errEncrypted = fmt.Errorf("%w: encrypted; unpack the archive with its password and name the folder", ErrFormat)
	errNested    = fmt.Errorf("%w: an archive or a document within an archive; unpack it and name the folder", ErrFormat)
)

// memberName is what a file of the archive is called in messages.
func (r *Reader) memberName(f *zip.File) string {
	const most = 200
	name := strings.Map(func(c rune) rune {
		if unicode.IsControl(c) {
			return '?'
		}
		return c
	}, strings.ToValidUTF8(f.Name[:min(len(f.Name), most)], "?"))
	return r.name + "/" + name
}

// archivePapers is [Reader.Papers] of an archive. A file that is of no format is
// reported like a line that is no paper; one that is damaged is a failure, which
// comes last, behind the papers of the others.
func (r *Reader) archivePapers(ctx context.Context, yield func(Item, error) bool) {
	out := &sink{name: r.name, counts: &r.counts, yield: yield}
	gave := false
	var failed, last error
	done := int64(0)
	for _, f := range r.archive.files {
		if last = ctx.Err(); last != nil {
			break
		}
		unpacked := int64(0)
		m, err := r.member(f, func(n int) {
			unpacked += int64(n)
			share := float64(unpacked) / float64(f.UncompressedSize64)
			r.stored.progress(done+int64(min(share, 1)*float64(f.CompressedSize64)), r.archive.packed)
		})
		if err == nil {
			err, last = m.give(ctx, out, &gave), nil
			m.Close()
		}
		done += int64(f.CompressedSize64)
		switch {
		case errors.Is(err, errStop):
			return
		case ctx.Err() != nil:
			last = ctx.Err()
		case errors.Is(err, ErrFormat), errors.Is(err, ErrNoPapers):
			reason := strings.TrimPrefix(err.Error(), r.memberName(f)+": ") // which stands before it
			if out.report(&LineError{File: r.memberName(f), Line: 1, Reason: strings.TrimPrefix(reason, ErrFormat.Error()+": ")}) != nil {
				return
			}
		case err != nil && failed == nil:
			failed = err
		case err != nil:
			if out.report(&LineError{File: r.memberName(f), Line: 1, Reason: err.Error()}) != nil {
				return
			}
		}
		if last != nil {
			break
		}
	}
	switch {
	case last != nil:
	case failed != nil:
		last = failed
	case !gave:
		last = fmt.Errorf("%s: %w in it; the first thing that was rejected: %v", r.name, ErrNoPapers, out.first)
	}
	if last != nil {
		yield(Item{}, last)
	}
}

// give hands what a file of an archive holds to the archive's out; gave is set
// if that is anything. It returns the error that ended the file.
func (r *Reader) give(ctx context.Context, out *sink, gave *bool) error {
	for item, err := range r.Papers(ctx) {
		line, isLine := errors.AsType[*LineError](err)
		switch {
		case isLine:
			*gave = *gave || line.Deleted != ""
			if out.report(line) != nil {
				return errStop
			}
		case errors.Is(err, ErrNoPapers) && r.counts.rejected.Load() > 0:
			return nil // they have been told
		case err != nil:
			return err
		default:
			*gave = true
			out.counts.papers.Add(1)
			if !out.yield(item, nil) {
				return errStop
			}
		}
	}
	return nil
}

// memberReader reads a file of an archive and says that its errors are those of
// packed data.
type memberReader struct {
	in   io.Reader
	told func(n int)
}

func (m *memberReader) Read(p []byte) (int, error) {
	n, err := m.in.Read(p)
	if m.told != nil {
		m.told(n)
	}
	if err != nil && err != io.EOF {
		err = fmt.Errorf("damaged zip data: %w", err)
	}
	return n, err
}

// limitedReaderAt gives out as many bytes as are left, until it is open. The
// zip package holds an archive's whole list, however long it is.
type limitedReaderAt struct {
	r    io.ReaderAt
	left int
	open bool
}

var errLongDirectory = fmt.Errorf("the list of its files is longer than %d bytes: unpack it and name the folder", maxDirectory)

func (l *limitedReaderAt) ReadAt(p []byte, off int64) (int, error) {
	if !l.open {
		if l.left -= len(p); l.left < 0 {
			return 0, errLongDirectory
		}
	}
	return l.r.ReadAt(p, off)
}
