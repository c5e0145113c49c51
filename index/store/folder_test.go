package store

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRefusals(t *testing.T) {
	file := func(path, text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, test := range map[string]struct {
		prepare   func(dir string) // dir exists and is empty
		mustExist bool
		want      error
		says      string
	}{
		"holds other files": {
			prepare: func(dir string) { file(filepath.Join(dir, "thesis.tex"), "x") },
			want:    ErrNotOurs, says: "name an empty or new folder",
		},
		"another's mark": {
			prepare: func(dir string) { file(filepath.Join(dir, markName), "#!/bin/sh\n") },
			want:    ErrNotOurs, says: "is not Kindred's",
		},
		"a newer format": {
			prepare: func(dir string) { file(filepath.Join(dir, markName), markText+"2\n") },
			want:    ErrNewer, says: "made by a newer Kindred (format 2); this one reads up to 1",
		},
		"format 0": {
			prepare: func(dir string) { file(filepath.Join(dir, markName), markText+"0\n") },
			want:    ErrNotOurs,
		},
		"a file": {
			prepare: func(dir string) { os.Remove(dir); file(dir, "x") },
			want:    ErrNotOurs, says: "is a file",
		},
		"below a file": {
			prepare: func(dir string) { os.Remove(dir); file(filepath.Dir(dir), "x") },
			says:    "not a directory",
		},
		"nothing there":  {prepare: func(dir string) { os.Remove(dir) }, mustExist: true, want: ErrNotExist, says: "ingest papers first"},
		"empty folder":   {mustExist: true, want: ErrNotExist},
		"never filled":   {prepare: func(dir string) { file(filepath.Join(dir, markName), markText+"1\n") }, mustExist: true, want: ErrNotExist},
		"made half-way":  {prepare: func(dir string) { file(filepath.Join(dir, markName), "") }, mustExist: true, want: ErrNotExist},
		"no write right": {prepare: func(dir string) { os.Chmod(dir, 0o500) }, want: fs.ErrPermission},
		"no read right":  {prepare: func(dir string) { os.Chmod(dir, 0o000) }, want: fs.ErrPermission},
		"database locked away": {
			prepare: func(dir string) {
				file(filepath.Join(dir, markName), markText+"1\n")
				os.Mkdir(filepath.Join(dir, modelsName), 0o755)
				os.Mkdir(filepath.Join(dir, badgerName), 0o000)
			},
			want: fs.ErrPermission, says: "make it readable",
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "parent", "data")
			if err := os.MkdirAll(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			if name == "below a file" {
				os.Remove(dir)
				os.Remove(filepath.Dir(dir))
			}
			if test.want == fs.ErrPermission {
				if os.Geteuid() <= 0 {
					t.Skip("root and Windows users may do everything")
				}
				t.Cleanup(func() { os.Chmod(dir, 0o755) })
			}
			if test.prepare != nil {
				test.prepare(dir)
			}
			before := listing(dir)
			s, err := Open(dir, Options{MustExist: test.mustExist, tune: small})
			if err == nil {
				s.Close()
				t.Fatal("opened")
			}
			if test.want != nil && !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.says) {
				t.Errorf("%v", err)
			}
			t.Log(err)
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("more than one line: %v", err)
			}
			if after := listing(dir); after != before {
				t.Errorf("the folder was changed from %q to %q", before, after)
			}
		})
	}
}

func listing(dir string) string {
	entries, err := os.ReadDir(dir)
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	if err != nil {
		return "none"
	}
	return strings.Join(names, " ")
}

func TestOneAtATime(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "data")
	s := open(t, dir)
	_, err := Open(dir, Options{tune: small})
	if !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), "is held by another process") {
		t.Fatalf("a second Open: %v", err)
	}
	// Another's files in our folder are no reason to refuse it.
	if err := os.WriteFile(filepath.Join(dir, "server.json"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	reopen(t, s)
	if info, err := os.Stat(s.ModelsDir()); err != nil || !info.IsDir() {
		t.Error(info, err)
	}
}

func TestMakingCanBeCutOff(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, markName), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	reopen(t, open(t, dir))
}

func TestFullDisk(t *testing.T) {
	s := open(t, t.TempDir())
	write(t, s, Batch{Puts: putAll(inventedPapers(100), 0)})
	free := int64(memTable)
	s.room.measure = func(string) (int64, bool) { return free, true }
	more := Batch{Puts: putAll(inventedPapers(200), 0)}
	w, err := s.Write(t.Context(), &more)
	if !errors.Is(err, ErrFull) || len(w.Placed) != 0 || !strings.Contains(err.Error(), "make room") {
		t.Fatalf("%v, %d placed", err, len(w.Placed))
	}
	if s.Len() != 100 || len(contents(t, s)) != 100 {
		t.Errorf("%d papers after a refused write", s.Len())
	}
	free = 1 << 40
	if w := write(t, s, more); len(w.Placed) != 200 {
		t.Errorf("%d placed once there was room", len(w.Placed))
	}
	verify(t, s)
}
