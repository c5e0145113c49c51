package main

import (
	"errors"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"github.com/spf13/cobra"
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
	want := []string{"ask", "bench", "cache", "collections", "dedup", "delete", "demo", "eval", "export", "harvest", "ingest", "key", "learn", "mcp", "run", "search", "serve", "show", "similar", "stats", "version"}
	var names []string
	var all []*cobra.Command
	for _, c := range root.Commands() {
		names = append(names, c.Name())
		all = append(append(all, c), c.Commands()...)
	}
	for _, c := range all {
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

// A setting means the same in every command that has it: one line of a file
// sets it for all.
func TestSettingsMeanOneThing(t *testing.T) {
	meanings := map[string]string{}
	var look func(c *cobra.Command)
	look = func(c *cobra.Command) {
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if !isSetting(f) {
				return
			}
			meaning := f.Value.Type() + ": " + f.Usage
			if other, ok := meanings[f.Name]; ok && other != meaning {
				t.Errorf("%s --%s is %q, and elsewhere it is %q: one of them is onlyOnTheLine", c.CommandPath(), f.Name, meaning, other)
			}
			meanings[f.Name] = meaning
		})
		for _, sub := range c.Commands() {
			look(sub)
		}
	}
	look(newRoot())
	if len(meanings) < 40 || meanings["data"] == "" || meanings["collection"] == "" {
		t.Errorf("%d settings: %v", len(meanings), meanings)
	}
}

func FuzzParseSettings(f *testing.F) {
	f.Add([]byte("data: x\nlimit: 5\n"))
	f.Add([]byte("category: [a, b]\n"))
	f.Add([]byte("data: &a [*a]\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		values, err := parseSettings(text, func(name string) error {
			if !slices.Contains([]string{"data", "limit", "category"}, name) {
				return errors.New("unknown")
			}
			return nil
		})
		for name := range values {
			if err != nil || !slices.Contains([]string{"data", "limit", "category"}, name) {
				t.Errorf("%q from %q, error %v", name, text, err)
			}
		}
	})
}
