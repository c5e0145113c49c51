package filelock

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"
)

func TestOneHoldsIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	first, err := Wait(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	soon, cancel := context.WithTimeout(t.Context(), 3*pause)
	defer cancel()
	if _, err := Wait(soon, path); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a second one: %v", err)
	}
	go func() {
		time.Sleep(3 * pause)
		first.Close()
	}()
	second, err := Wait(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if err := second.Close(); err != nil {
		t.Error(err)
	}
	if _, err := Wait(t.Context(), filepath.Join(path, "below a file")); err == nil {
		t.Error("a path that cannot be")
	}
}
