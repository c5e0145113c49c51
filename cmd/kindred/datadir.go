package main

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
)

// dataDir is the data folder to use: --data, else the usual one.
func (p *program) dataDir() (string, error) {
	if p.data != "" {
		return p.data, nil
	}
	if dir := usualDataDir(); dir != "" {
		return dir, nil
	}
	return "", errors.New("there is no home folder to keep papers in; name a folder with --data")
}

// usualDataDir is where a program keeps a user's data by the operating
// system's convention, empty when the user has no home. (os.UserConfigDir is
// for settings, and on Windows roams between machines.)
func usualDataDir() string {
	home, err := os.UserHomeDir()
	if err != nil {
		home = ""
	}
	under := func(base string, rest ...string) string {
		if base == "" {
			return ""
		}
		return filepath.Join(append(append([]string{base}, rest...), "kindred")...)
	}
	switch runtime.GOOS {
	case "windows":
		return under(os.Getenv("LocalAppData"))
	case "darwin":
		return under(home, "Library", "Application Support")
	}
	// The XDG specification has relative paths ignored.
	if xdg := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(xdg) {
		return under(xdg)
	}
	return under(home, ".local", "share")
}
