// Package whole writes files that are there whole or not at all.
package whole

import (
	"errors"
	"io"
	"os"
	"path/filepath"
)

// WriteFile gives a file other content: who reads it, and who opens it after a
// crash, finds what it was or what it is. It is written beside its place,
// readable to its owner alone, and moved there when it is safe on disk. Two at
// a time do not mix; the later one stays.
func WriteFile(path string, write func(io.Writer) error) error {
	dir, name := filepath.Split(path)
	if dir == "" {
		dir = "."
	}
	f, err := os.CreateTemp(dir, name+".*.tmp")
	if err != nil {
		return err
	}
	err = write(f)
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	// The new name is safe only once the folder is on disk. Not every system can
	// sync a folder, and the file is whole either way.
	if d, err := os.Open(dir); err == nil {
		d.Sync()
		d.Close()
	}
	return nil
}
