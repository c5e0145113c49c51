// Package sharedtest finds the real input that lies beside the repository, for
// tests behind the build tag shared.
package sharedtest

import (
	"os"
	"path/filepath"
	"testing"
)

// Path is a file or folder in ../shared, seen from the repository's root, which
// holds go.mod. Where there is none, the test ends: being passed over would be
// no pass.
func Path(tb testing.TB, names ...string) string {
	tb.Helper()
	dir, err := os.Getwd()
	if err != nil {
		tb.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		if dir == filepath.Dir(dir) {
			tb.Fatal("no go.mod above the test")
		}
		dir = filepath.Dir(dir)
	}
	path := filepath.Join(append([]string{filepath.Dir(dir), "shared"}, names...)...)
	if _, err := os.Stat(path); err != nil {
		tb.Fatal(err)
	}
	return path
}
