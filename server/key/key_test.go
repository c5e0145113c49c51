package key

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

func newFile(t *testing.T) (*File, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), FileName)
	return New(path), path
}

func add(t *testing.T, f *File, name string, s Scope) string {
	t.Helper()
	secret, err := f.Add(name, s)
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

func TestKeysComeAndGo(t *testing.T) {
	f, path := newFile(t)
	server := New(path) // another program that reads the same file
	if there, err := server.Exists(); there || err != nil {
		t.Errorf("before the first key: %v %v", there, err)
	}
	first, second := add(t, f, "zotero", Read), add(t, f, "the lab's crawler", Write)
	if first == second || !strings.HasPrefix(first, "kindred_") || len(first) < 30 {
		t.Errorf("keys %q, %q", first, second)
	}
	for secret, want := range map[string]string{first: "zotero", second: "the lab's crawler", first + "x": "", "": "", first[:20]: ""} {
		if k, ok, err := server.Find(secret); err != nil || ok != (want != "") || k.Name != want {
			t.Errorf("%q is %+v %v %v", secret, k, ok, err)
		}
	}
	if _, err := f.Add("zotero", Write); !errors.Is(err, ErrExists) {
		t.Error(err)
	}
	list, err := server.List()
	if err != nil || len(list) != 2 || list[0].Name != "zotero" || list[1].Scope != Write || list[0].Created.IsZero() {
		t.Errorf("%+v %v", list, err)
	}
	text, err := os.ReadFile(path)
	if err != nil || strings.Contains(string(text), first) || strings.Contains(string(text), strings.TrimPrefix(first, "kindred_")) {
		t.Errorf("the file has a key as it is: %v", err)
	}
	if info, err := os.Stat(path); runtime.GOOS != "windows" && (err != nil || info.Mode().Perm() != 0o600) {
		t.Errorf("%v %v", info.Mode(), err)
	}

	if err := f.Revoke("zotero"); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := server.Find(first); ok || err != nil {
		t.Errorf("a revoked key is taken: %v", err)
	}
	if _, ok, err := server.Find(second); !ok || err != nil {
		t.Errorf("the other is not: %v", err)
	}
	if err := f.Revoke("zotero"); !errors.Is(err, ErrUnknown) {
		t.Error(err)
	}
	if err := f.Revoke("the lab's crawler"); err != nil {
		t.Fatal(err)
	}
	if there, err := server.Exists(); !there || err != nil {
		t.Errorf("after the last key: %v %v", there, err)
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*.tmp")); len(left) > 0 || err != nil {
		t.Errorf("left behind: %v", left)
	}
}

func TestNamesAndScopes(t *testing.T) {
	f, path := newFile(t)
	for _, name := range []string{"", "a\nb", "a\x00", strings.Repeat("a", maxName+1), "\xff"} {
		if _, err := f.Add(name, Read); err == nil {
			t.Errorf("the name %q is taken", name)
		}
	}
	if _, err := f.Add("a", "admin"); err == nil {
		t.Error("an unknown scope is taken")
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("what was refused made a file")
	}
	for _, tt := range []struct {
		has, needs Scope
		ok         bool
	}{{Read, Read, true}, {Write, Write, true}, {Write, Read, true}, {Read, Write, false}, {"", Read, false}, {"", Write, false}} {
		if tt.has.Covers(tt.needs) != tt.ok {
			t.Errorf("%q covers %q: %v", tt.has, tt.needs, !tt.ok)
		}
	}
}

// TestDamagedFile lets nobody in, and is not written over.
func TestDamagedFile(t *testing.T) {
	f, path := newFile(t)
	secret := add(t, f, "a", Read)
	if err := os.WriteFile(path, []byte(`{"keys":[{"name":"a"`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := f.Find(secret); ok || err == nil {
		t.Errorf("%v %v", ok, err)
	}
	if _, err := f.Add("b", Read); err == nil {
		t.Error("a damaged file is written over")
	}
	if _, err := f.List(); err == nil {
		t.Error("a damaged file is listed")
	}
}

func TestManyAtOnce(t *testing.T) {
	f, path := newFile(t)
	secret := add(t, f, "a", Read)
	server := New(path)
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			for range 20 {
				if _, ok, err := server.Find(secret); !ok || err != nil {
					t.Errorf("%v %v", ok, err)
				}
			}
			if _, err := f.Add(strings.Repeat("b", i+1), Read); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if list, err := server.List(); len(list) != 5 || err != nil {
		t.Errorf("%d keys, %v", len(list), err)
	}
}

// FuzzFile reads any file: it has keys or an error, and lets nobody in without
// one of them.
func FuzzFile(f *testing.F) {
	for _, seed := range []string{`{"keys":[]}`, `{"keys":[{"name":"a","scope":"read","sha256":"00"}]}`, `{`, `null`, `[]`, `{"keys":[{"sha256":""}]}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		path := filepath.Join(t.TempDir(), FileName)
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		file := New(path)
		for _, secret := range []string{"", "kindred_", "null"} {
			if k, ok, _ := file.Find(secret); ok && !strings.Contains(string(text), hash(secret)) {
				t.Fatalf("%q is %+v by %q", secret, k, text)
			}
		}
	})
}

func TestTwoProgramsChangeItAtOnce(t *testing.T) {
	_, path := newFile(t)
	const programs, each = 4, 8
	var all sync.WaitGroup
	for i := range programs {
		all.Go(func() {
			for j := range each {
				// A File of its own has nothing in common with the others' but the disk.
				f := New(path)
				if _, err := f.Add(fmt.Sprintf("%d-%d", i, j), Read); err != nil {
					t.Error(err)
				}
				if err := f.Revoke(fmt.Sprintf("%d-%d", i, j-1)); j%2 == 1 && err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	list, err := New(path).List()
	if err != nil {
		t.Fatal(err)
	}
	// Of each program the last key is left, as each removed the one before.
	if len(list) != programs {
		t.Errorf("%d keys are left of %d: %+v", len(list), programs, list)
	}
}
