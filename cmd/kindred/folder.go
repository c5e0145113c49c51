package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"kindred/paper/source"
)

// addFolder adds the files in a folder and in those below it, in the order of
// their names. Hidden ones are left out, and so are links to folders, which may
// lead round in a circle, and folders that Kindred keeps papers in.
func (in *intake) addFolder(name string) error {
	before := len(in.files)
	err := filepath.WalkDir(name, func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil && path == name:
			return err
		case err != nil: // a folder that may not be looked into
			in.failed = append(in.failed, err)
			return nil
		case path != name && strings.HasPrefix(e.Name(), "."):
			if e.IsDir() {
				return fs.SkipDir
			}
			return nil
		case e.IsDir():
			if isDataFolder(path) {
				in.screen.println(fmt.Sprintf("%s: passed over: a data folder of Kindred", path))
				return fs.SkipDir
			}
			return nil
		}
		info, err := os.Stat(path) // of what a link leads to
		if err != nil || !info.Mode().IsRegular() || info.Size() == 0 {
			return nil
		}
		in.files = append(in.files, path)
		in.found[path] = true
		in.size += info.Size()
		return nil
	})
	if err == nil && len(in.files) == before {
		err = fmt.Errorf("%s: there are no files in this folder", name)
	}
	return err
}

// isDataFolder reports whether Kindred keeps papers in a folder.
func isDataFolder(path string) bool {
	info, err := os.Stat(filepath.Join(path, "badger"))
	return err == nil && info.IsDir()
}

// errAnyText keeps text in a folder from being taken for papers.
var errAnyText = errors.New("text that may be anything; if it has a title line above each abstract line, name it with --format lines")

// passOver is err where a file was named, or is damaged. A file that merely
// stood in a folder and holds no papers is told and no failure.
func (in *intake) passOver(name string, err error) error {
	switch {
	case !in.found[name]:
		return err
	case errors.Is(err, source.ErrFormat):
		err = source.ErrFormat // without the list of formats, once a file
	case errors.Is(err, source.ErrNoPapers):
		err = source.ErrNoPapers
	case errors.Is(err, errAnyText):
		err = errAnyText
	default:
		return err
	}
	in.passed++
	in.screen.println(fmt.Sprintf("%s: passed over: %v", name, err))
	return nil
}
