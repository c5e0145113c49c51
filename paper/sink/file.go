package sink

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// File is a file that is being written under another name beside its own, so
// that under its own there is a whole file or the one before.
type File struct {
	io.Writer // compresses where the name says so
	f         *os.File
	name      string // what it becomes; empty for what is no regular file
	pack      io.Closer
}

// Create begins the named file, compressed where the name ends in .gz or .zst.
// What is no regular file, a pipe perhaps, is written to as it is. The caller
// ends with [File.Commit] or [File.Discard].
func Create(name string) (*File, error) {
	f, err := create(name)
	if err != nil {
		return nil, err
	}
	f.Writer = f.f
	switch {
	case strings.HasSuffix(name, ".gz"):
		z := gzip.NewWriter(f.f)
		f.Writer, f.pack = z, z
	case strings.HasSuffix(name, ".zst"):
		z, err := zstd.NewWriter(f.f, zstd.WithEncoderConcurrency(1))
		if err != nil {
			return nil, errors.Join(err, f.Discard())
		}
		f.Writer, f.pack = z, z
	}
	return f, nil
}

func create(name string) (*File, error) {
	switch info, err := os.Stat(name); {
	case err == nil && info.IsDir():
		return nil, fmt.Errorf("%s is a folder; name a file in it", name)
	case err == nil && !info.Mode().IsRegular():
		f, err := os.OpenFile(name, os.O_WRONLY, 0)
		return &File{f: f}, err
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	if real, err := filepath.EvalSymlinks(name); err == nil {
		name = real // the link stays one
	}
	temporary := filepath.Join(filepath.Dir(name), "."+filepath.Base(name)+"."+rand.Text()[:8]+".part")
	f, err := os.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		if pe, ok := errors.AsType[*fs.PathError](err); ok {
			err = pe.Err
		}
		return nil, fmt.Errorf("%s cannot be written: %w", name, err)
	}
	return &File{f: f, name: name}, nil
}

// Commit ends the file, gives it its name, and says how many bytes it has. When
// it fails, there is nothing new under that name.
func (f *File) Commit() (size int64, err error) {
	if f.pack != nil {
		err = f.pack.Close()
	}
	if info, statErr := f.f.Stat(); statErr == nil {
		size = info.Size()
	}
	if f.name == "" {
		return size, errors.Join(err, f.f.Close())
	}
	if err == nil {
		err = f.f.Sync()
	}
	err = errors.Join(err, f.f.Close())
	if err == nil {
		err = os.Rename(f.f.Name(), f.name)
	}
	if err != nil {
		return 0, errors.Join(err, os.Remove(f.f.Name()))
	}
	return size, nil
}

// Discard leaves nothing of what was written.
func (f *File) Discard() error {
	err := f.f.Close()
	if f.name != "" {
		err = errors.Join(err, os.Remove(f.f.Name()))
	}
	return err
}
