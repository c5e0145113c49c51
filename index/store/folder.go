package store

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"kindred/internal/filelock"
)

const (
	markName   = "kindred-data"
	modelsName = "models"
	markText   = "Kindred data folder, format "
)

// mark is the open, locked file that makes a folder ours. It holds one line:
// "Kindred data folder, format 1". An empty one belongs to a folder whose
// making was cut off before anything else was written.
type mark struct{ file *os.File }

// openFolder makes or takes the data folder and locks it. A folder that holds
// anything but has no mark is left as it is.
func openFolder(dir string, mustExist bool) (*mark, error) {
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if mustExist {
			return nil, fmt.Errorf("%w at %s; ingest papers first, or name another with --data", ErrNotExist, dir)
		}
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return nil, fmt.Errorf("making the data folder: %w", err)
		}
	case err != nil:
		return nil, fmt.Errorf("data folder: %w", err)
	case !info.IsDir():
		return nil, fmt.Errorf("%w: %s is a file; name a folder with --data", ErrNotOurs, dir)
	}

	path := filepath.Join(dir, markName)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		entries, err := os.ReadDir(dir)
		switch {
		case err != nil:
			return nil, fmt.Errorf("data folder: %w", err)
		case len(entries) > 0:
			return nil, fmt.Errorf("%w: %s holds other files; name an empty or new folder with --data", ErrNotOurs, dir)
		case mustExist:
			return nil, fmt.Errorf("%w at %s, the folder is empty; ingest papers first, or name another with --data", ErrNotExist, dir)
		}
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	m := &mark{file}
	if err := m.take(dir, mustExist); err != nil {
		m.close()
		return nil, err
	}
	return m, nil
}

// IsFolder reports whether dir is a data folder, open or not.
func IsFolder(dir string) bool {
	info, err := os.Stat(filepath.Join(dir, markName))
	return err == nil && info.Mode().IsRegular()
}

// take locks the mark, then reads it, or writes it where it is new.
func (m *mark) take(dir string, mustExist bool) error {
	text, err := io.ReadAll(io.LimitReader(m.file, 1<<10))
	if err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	format := 0
	if len(text) > 0 {
		number, ok := strings.CutPrefix(strings.TrimSpace(string(text)), markText)
		if format, err = strconv.Atoi(number); !ok || err != nil || format < 1 {
			return fmt.Errorf("%w: %s is not Kindred's; name another folder with --data", ErrNotOurs, m.file.Name())
		}
		if format > Format {
			return fmt.Errorf("%w: %s was made by a newer Kindred (format %d); this one reads up to %d; use the newer program",
				ErrNewer, dir, format, Format)
		}
	}
	switch locked, err := filelock.Try(m.file); {
	case err != nil:
		return fmt.Errorf("locking the data folder: %w", err)
	case !locked:
		return fmt.Errorf("%w: %s is held by another process; stop it, or name another folder with --data", ErrLocked, dir)
	}
	if mustExist {
		if _, err := os.Stat(filepath.Join(dir, badgerName)); errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%w at %s, it was never filled; ingest papers first, or name another with --data", ErrNotExist, dir)
		}
	}
	if format == 0 {
		if err := m.write(dir); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(filepath.Join(dir, modelsName), 0o755); err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	return nil
}

// write makes the folder ours for good: the mark and its name reach the disk
// before anything else is written.
func (m *mark) write(dir string) error {
	_, err := m.file.WriteAt(fmt.Appendf(nil, "%s%d\n", markText, Format), 0)
	if err == nil {
		err = m.file.Sync()
	}
	if err == nil {
		err = syncDir(dir)
	}
	if err != nil {
		return fmt.Errorf("making the data folder: %w", err)
	}
	return nil
}

// close releases the lock.
func (m *mark) close() error { return m.file.Close() }

// Bytes is the room that the data folder takes on the disk, everything in it
// included.
func (s *Store) Bytes() (int64, error) { return diskUsage(s.dir) }

// diskUsage sums the blocks that files take, not their lengths: Badger's logs
// are long files with holes. Files that go away meanwhile are not counted.
func diskUsage(dir string) (int64, error) {
	var sum int64
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			return err
		}
		info, err := d.Info()
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return err
		}
		sum += allocated(info)
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("measuring %s: %w", dir, err)
	}
	return sum, nil
}

// room keeps writes from running into a full disk. Badger writes through
// memory maps of files with holes; there a full disk is no error but kills
// the process, so a write is refused while there is still room for what the
// database may have to write on its own.
type room struct {
	dir     string
	written int64 // bytes since the folder was last measured
	size    int64 // of the folder then
	measure func(dir string) (free int64, ok bool)
}

// Room returns an error that wraps ErrFull when n bytes more than the database
// needs for itself do not fit on the disk.
func (s *Store) Room(n int64) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	r := s.room // a copy: nothing is written to the database
	return r.check(n)
}

// check reports ErrFull when the disk is too full for n more bytes: two tables
// in memory may have to be written out, and a compaction writes its result
// before it removes what it read.
func (r *room) check(n int64) error {
	if r.measure == nil {
		r.measure = freeSpace
	}
	if r.size == 0 || r.written > memTable {
		size, err := diskUsage(filepath.Join(r.dir, badgerName))
		if err != nil {
			return err
		}
		r.size, r.written = size, 0
	}
	r.written += n
	need := n + 2*memTable + min(r.size+r.written, 1<<30)
	if free, ok := r.measure(r.dir); ok && free < need {
		return fmt.Errorf("%w: %d MB are free at %s, %d MB are needed to write safely; make room and run it again",
			ErrFull, free>>20, r.dir, need>>20+1)
	}
	return nil
}
