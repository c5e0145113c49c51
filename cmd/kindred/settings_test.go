package main

import (
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"github.com/spf13/pflag"
)

func TestUsualDataDir(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("USERPROFILE", home)
	t.Setenv("XDG_DATA_HOME", "")
	t.Setenv("LocalAppData", filepath.Join(home, "local"))
	want := filepath.Join(home, ".local", "share", "kindred")
	switch runtime.GOOS {
	case "windows":
		want = filepath.Join(home, "local", "kindred")
	case "darwin":
		want = filepath.Join(home, "Library", "Application Support", "kindred")
	}
	if got := usualDataDir(); got != want {
		t.Errorf("%s, not %s", got, want)
	}

	t.Setenv("HOME", "")
	t.Setenv("USERPROFILE", "")
	t.Setenv("LocalAppData", "")
	if got := usualDataDir(); got != "" {
		t.Errorf("without a home: %s", got)
	}
	if dir, err := (&program{}).dataDir(); err == nil {
		t.Errorf("without a home and --data: %s", dir)
	}
	if dir, err := (&program{data: "here"}).dataDir(); dir != "here" || err != nil {
		t.Errorf("--data here: %s, %v", dir, err)
	}
}

// Every command has its help complete: a summary, an example, and a help text
// for each flag.
func TestHelp(t *testing.T) {
	root := newRoot()
	want := []string{"ask", "bench", "cache", "delete", "demo", "eval", "export", "ingest", "key", "learn", "mcp", "run", "search", "serve", "show", "similar", "stats", "version"}
	var names []string
	for _, c := range root.Commands() {
		names = append(names, c.Name())
		if c.Short == "" || c.Example == "" || c.Args == nil {
			t.Errorf("%s lacks a summary, an example or a check of its arguments", c.Name())
		}
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if f.Usage == "" {
				t.Errorf("%s --%s does not say what it is for", c.Name(), f.Name)
			}
		})
	}
	if slices.Sort(names); !slices.Equal(names, want) {
		t.Errorf("commands %v, not %v", names, want)
	}
}

func FuzzParseSettings(f *testing.F) {
	f.Add([]byte("data: x\nlimit: 5\n"))
	f.Add([]byte("category: [a, b]\n"))
	f.Add([]byte("data: &a [*a]\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		values, err := parseSettings(text, []string{"data", "limit", "category"})
		for name := range values {
			if err != nil || !slices.Contains([]string{"data", "limit", "category"}, name) {
				t.Errorf("%q from %q, error %v", name, text, err)
			}
		}
	})
}
