//go:build !unix && !windows

package store

import "io/fs"

func allocated(info fs.FileInfo) int64 { return info.Size() }

func syncDir(string) error { return nil }
