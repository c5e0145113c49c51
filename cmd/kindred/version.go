package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"kindred/index/store"
)

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Say which program this is",
		Example: `  kindred version`,
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
			fmt.Print(describeBuild())
			return nil
		},
	}
}

// version is the program's, for other programs.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		return info.Main.Version
	}
	return "(unknown)"
}

// describeBuild names the program's version, what built it, and the version
// of the data folders it writes.
func describeBuild() string {
	version, revision := "(unknown)", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		version = info.Main.Version
		values := map[string]string{}
		for _, s := range info.Settings {
			values[s.Key] = s.Value
		}
		if r := values["vcs.revision"]; r != "" {
			revision = " " + strings.TrimSpace(r[:min(12, len(r))]+" "+values["vcs.time"])
			if values["vcs.modified"] == "true" {
				revision += " modified"
			}
		}
	}
	return fmt.Sprintf("kindred %s%s\n%s %s/%s\ndata format %d\n",
		version, revision, runtime.Version(), runtime.GOOS, runtime.GOARCH, store.Format)
}
