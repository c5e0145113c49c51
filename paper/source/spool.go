package source

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// maxSpool bounds what an input that cannot be read at any place, a pipe or a
// compressed file, may take on disk.
const maxSpool = 16 << 30

// wholeFile is the input as a file: itself where it is one, else a temporary
// one, which takes what comes of from and which done removes.
func (r *Reader) wholeFile(from io.Reader, ending string) (file io.ReaderAt, size int64, done func() error, err error) {
	if f, ok := r.stored.r.(*os.File); ok && r.stored.size > 0 && r.plain.kind == "" {
		here, err := f.Seek(0, io.SeekCurrent)
		if err != nil {
			return nil, 0, nil, err
		}
		begin := here - r.stored.read.Load() // it need not have been at its start
		size = r.stored.size - begin
		return io.NewSectionReader(f, begin, size), size, func() error { return nil }, nil
	}
	f, err := os.CreateTemp("", "kindred-*."+ending)
	if err != nil {
		return nil, 0, nil, fmt.Errorf("it must be copied to be read: %w", err)
	}
	done = func() error { return errors.Join(f.Close(), os.Remove(f.Name())) }
	size, err = io.Copy(f, io.LimitReader(from, r.most+1))
	if err == nil && size > r.most {
		err = fmt.Errorf("it is longer than %d bytes, which are not copied; name it as a file that is not compressed", r.most)
	}
	if err != nil {
		_ = done()
		return nil, 0, nil, err
	}
	return f, size, done, nil
}

// progress moves what counts as read of a file that is read in no order.
func (s *stored) progress(done, of int64) {
	if of > 0 && s.size > 0 {
		s.read.Store(min(s.size, int64(float64(s.size)*float64(done)/float64(of))))
	}
}
