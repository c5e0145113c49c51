package whole

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, s)
		return err
	}
}

func TestWriteFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file.json")
	broken := errors.New("no more")
	for _, tt := range []struct {
		write func(io.Writer) error
		err   error
		want  string
	}{
		{text("one"), nil, "one"},
		{text("two, and longer"), nil, "two, and longer"},
		{func(w io.Writer) error { return errors.Join(text("ha")(w), broken) }, broken, "two, and longer"},
		{text(""), nil, ""},
	} {
		if err := WriteFile(path, tt.write); !errors.Is(err, tt.err) {
			t.Errorf("%v, want %v", err, tt.err)
		}
		if got, err := os.ReadFile(path); string(got) != tt.want {
			t.Errorf("%q, want %q: %v", got, tt.want, err)
		}
	}
	if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
	if err := WriteFile(filepath.Join(path, "below a file"), text("x")); err == nil {
		t.Error("a file below a file was written")
	}
}

func TestTwoAtATime(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	var group sync.WaitGroup
	for _, letter := range []string{"a", "b", "c", "d"} {
		group.Go(func() {
			for range 20 {
				if err := WriteFile(path, text(strings.Repeat(letter, 100_000))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	got, err := os.ReadFile(path)
	if err != nil || len(got) != 100_000 || strings.Trim(string(got), string(got[:1])) != "" {
		t.Errorf("%d bytes, mixed: %v", len(got), err)
	}
}
