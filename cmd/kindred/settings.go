package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v3"
)

// settle gives each flag that the command line did not set the value of its
// variable, else that of the settings file.
func (p *program) settle(cmd *cobra.Command) error {
	file, err := p.settingsFile(cmd)
	if err != nil {
		return err
	}
	var bad error
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if bad != nil || f.Changed || !isSetting(f) {
			return
		}
		if v, ok := os.LookupEnv(variable(f.Name)); ok && v != "" {
			if err := f.Value.Set(v); err != nil {
				bad = misused(cmd, "%s: %w", variable(f.Name), badValue(f, v, err))
			}
			return
		}
		for _, v := range file.values[f.Name] {
			if err := f.Value.Set(v); err != nil {
				bad = misused(cmd, "%s: %s: %w", file.path, f.Name, badValue(f, v, err))
			}
		}
	})
	return bad
}

// isSetting excludes the flags that settle itself and cobra act on, and those of
// onlyOnTheLine.
func isSetting(f *pflag.Flag) bool {
	_, once := f.Annotations[lineOnly]
	return !once && !slices.Contains([]string{"config", "help", "version"}, f.Name)
}

const lineOnly = "kindred_line_only"

// onlyOnTheLine keeps flags from being set by variables and files: those that
// say what one call is about, and those that have the name of a setting and
// mean something else.
func onlyOnTheLine(flags *pflag.FlagSet, names ...string) {
	for _, name := range names {
		_ = flags.SetAnnotation(name, lineOnly, nil) // fails where there is no such flag
	}
}

// variable is the name of the environment variable that stands for a flag.
func variable(flag string) string {
	return "KINDRED_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// settingsFolder is where a settings file is looked for when none is named.
func settingsFolder() string {
	dir, err := os.UserConfigDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "kindred")
}

// settings are the values of a settings file by flag name; a list has several.
type settings struct {
	path   string
	values map[string][]string
}

func (p *program) settingsFile(cmd *cobra.Command) (settings, error) {
	path, named := p.config, true
	if path == "" {
		path = os.Getenv("KINDRED_CONFIG")
	}
	if path == "" {
		path, named = filepath.Join(settingsFolder(), "kindred.yaml"), false
	}
	text, err := os.ReadFile(path)
	switch {
	case !named && (errors.Is(err, fs.ErrNotExist) || settingsFolder() == ""):
		return settings{}, nil
	case err != nil:
		return settings{}, fmt.Errorf("settings file: %w", err)
	}
	known, once := flagNames(cmd.Root())
	values, err := parseSettings(text, func(name string) error {
		switch {
		case slices.Contains(known, name):
			return nil
		case slices.Contains(once, name):
			return fmt.Errorf("--%s is for the command line alone", name)
		}
		return fmt.Errorf("no command has a flag --%s", name)
	})
	if err != nil {
		return settings{}, misused(cmd, "%s: %w", path, err)
	}
	return settings{path, values}, nil
}

// parseSettings reads YAML: a flag's name, which check may refuse, and a value or
// a list of values. Values stay as they are written, so that 2016-2020 and 007
// are no numbers.
func parseSettings(text []byte, check func(name string) error) (map[string][]string, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, fmt.Errorf("not a settings file: %w", err)
	}
	values := map[string][]string{}
	if len(doc.Content) == 0 { // empty, or comments
		return values, nil
	}
	if doc.Content[0].Kind != yaml.MappingNode {
		return nil, errors.New("not a settings file, which has lines of \"name: value\"")
	}
	seen := map[string]int{}
	for pair := range slices.Chunk(doc.Content[0].Content, 2) {
		name, n := pair[0].Value, pair[1]
		if err := check(name); err != nil {
			return nil, fmt.Errorf("%q in line %d is no setting: %w", name, n.Line, err)
		}
		if first, twice := seen[name]; twice {
			return nil, fmt.Errorf("%s in line %d stands in line %d already; a list is [a, b]", name, n.Line, first)
		}
		seen[name] = n.Line
		list := []*yaml.Node{n}
		if n.Kind == yaml.SequenceNode {
			list = n.Content
		}
		for _, v := range list {
			if v.Kind != yaml.ScalarNode {
				return nil, fmt.Errorf("%s in line %d is neither a value nor a list of values", name, n.Line)
			}
			if v.Tag != "!!null" {
				values[name] = append(values[name], v.Value)
			}
		}
	}
	return values, nil
}

// flagNames are the names of the settings of all commands, since one file serves
// every command, and of the other flags.
func flagNames(cmd *cobra.Command) (settings, others []string) {
	cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if isSetting(f) {
			settings = append(settings, f.Name)
		} else {
			others = append(others, f.Name)
		}
	})
	for _, sub := range cmd.Commands() {
		s, o := flagNames(sub)
		settings, others = append(settings, s...), append(others, o...)
	}
	return settings, others
}
