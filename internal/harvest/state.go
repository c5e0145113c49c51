package harvest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"kindred/internal/filelock"
	"kindred/internal/whole"
)

// State is what is kept of a harvest between its runs, as harvest/NAME.json in
// the data folder. It is readable to its owner alone, since it says what
// somebody asks for.
type State struct {
	Version int     `json:"version"`
	Name    string  `json:"name"`
	Request Request `json:"request"`

	// Through is the day the last complete harvest began, by the server's clock,
	// YYYY-MM-DD; empty before there was one.
	Through string `json:"through,omitempty"`
	// Way is a harvest that is under way or was interrupted.
	Way *Way `json:"under_way,omitempty"`
	// Seen is what a feed was when it was last read.
	Seen *Seen `json:"seen,omitempty"`

	Last *Last `json:"last,omitempty"`
}

// Way is how far a harvest has come.
type Way struct {
	Since   string `json:"since,omitempty"`   // the first day asked for; empty is everything
	Started string `json:"started,omitempty"` // the server's day when it gave the first page
	Cursor  string `json:"cursor,omitempty"`  // of the page that comes next; empty is the first
	Skip    int    `json:"skip,omitempty"`    // records of that page that were taken already
	Mark    string `json:"mark,omitempty"`    // of that page, where it may be another by now
	Pages   int    `json:"pages"`             // taken
	Records int    `json:"records"`           // in them
	Total   int    `json:"total,omitempty"`   // that there are, as the server says; 0 when it does not
}

// Seen is what a server said of a feed, for asking whether it has changed.
type Seen struct {
	ETag     string `json:"etag,omitempty"`
	Modified string `json:"modified,omitempty"`
}

// Last tells of the last run.
type Last struct {
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended"`
	Report
	Error string `json:"error,omitempty"`
}

const stateVersion = 1

// begun reports whether anything was ever fetched.
func (s *State) begun() bool {
	return s.Through != "" || s.Way != nil && (s.Way.Pages > 0 || s.Way.Records > 0)
}

func folder(dir string) string          { return filepath.Join(dir, "harvest") }
func statePath(dir, name string) string { return filepath.Join(folder(dir), name+".json") }
func lockPath(dir, name string) string  { return filepath.Join(folder(dir), name+".lock") }
func brokenState(path string, err error) error {
	name := strings.TrimSuffix(filepath.Base(path), ".json")
	return fmt.Errorf("%s cannot be read: %w; after kindred harvest forget %s it begins anew, and papers that have not changed cost nothing", path, err, name)
}

// Load reads the state of the harvest of that name in the data folder dir. The
// error wraps [fs.ErrNotExist] where there was none.
func Load(dir, name string) (*State, error) {
	path := statePath(dir, name)
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	s := &State{}
	if err := json.Unmarshal(text, s); err != nil {
		return nil, brokenState(path, err)
	}
	if s.Version != stateVersion {
		return nil, brokenState(path, fmt.Errorf("it is of version %d and not %d", s.Version, stateVersion))
	}
	if s.Name != name {
		return nil, brokenState(path, fmt.Errorf("it is of a harvest named %q", s.Name))
	}
	return s, nil
}

// List reads the states of all harvests in the data folder dir, by name. Those
// that cannot be read are in the error, the others are returned all the same.
func List(dir string) ([]*State, error) {
	entries, err := os.ReadDir(folder(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var all []*State
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), ".json")
		if !ok || CheckName(name) != nil {
			continue
		}
		s, loadErr := Load(dir, name)
		if loadErr != nil {
			err = errors.Join(err, loadErr)
			continue
		}
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b *State) int { return strings.Compare(a.Name, b.Name) })
	return all, err
}

// save writes s whole: whoever reads it finds what it was or what it is. It is
// for the holder of the harvest's lock.
func (s *State) save(dir string) error {
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	err = whole.WriteFile(statePath(dir, s.Name), func(w io.Writer) error {
		_, err := w.Write(append(text, '\n'))
		return err
	})
	if err != nil {
		return fmt.Errorf("keeping how far the harvest has come: %w", err)
	}
	return nil
}

// ErrRunning is the error of a harvest that another process, or another part of
// this one, is running.
var ErrRunning = errors.New("the same harvest is running already")

// lock keeps other runs from the harvest of that name until the file is closed.
func lock(dir, name string) (*os.File, error) {
	if err := os.MkdirAll(folder(dir), 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(lockPath(dir, name), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	ok, err := filelock.Try(f)
	if err == nil && !ok {
		err = fmt.Errorf("%s: %w; wait until it ends", name, ErrRunning)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// Forget removes what is kept of a harvest. The papers stay.
func Forget(dir, name string) error {
	if err := CheckName(name); err != nil {
		return err
	}
	unknown := fmt.Errorf("there is no harvest named %s; kindred harvest list shows those there are", name)
	if _, err := os.Stat(statePath(dir, name)); errors.Is(err, fs.ErrNotExist) {
		return unknown // and no folder is made for it
	}
	held, err := lock(dir, name)
	if err != nil {
		return err
	}
	defer held.Close()
	if err := os.Remove(statePath(dir, name)); errors.Is(err, fs.ErrNotExist) {
		return unknown
	} else if err != nil {
		return err
	}
	return nil
}
