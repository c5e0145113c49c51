//go:build unix

package source

import (
	"syscall"
	"time"
)

// cpuTime is what the process has used: on a busy machine the clock says
// little.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
