package store

import (
	"io/fs"

	"golang.org/x/sys/windows"
)

func allocated(info fs.FileInfo) int64 { return info.Size() }

// syncDir does nothing: Windows has no such call, and NTFS journals names.
func syncDir(string) error { return nil }

// freeSpace is the room that this user may still fill on dir's disk.
func freeSpace(dir string) (int64, bool) {
	path, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return 0, false
	}
	var free uint64
	if err := windows.GetDiskFreeSpaceEx(path, &free, nil, nil); err != nil {
		return 0, false
	}
	return int64(min(free, 1<<62)), true
}
