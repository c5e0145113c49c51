// Package filelock keeps two processes from working on one file at a time. A
// lock belongs to an open file: it ends with the file's closing, and with the
// process however that ends.
package filelock

import (
	"context"
	"fmt"
	"os"
	"time"
)

// pause is how long Wait leaves a lock that another holds alone.
const pause = 10 * time.Millisecond

// Wait opens the file at path, made where there is none, and takes its lock as
// soon as nobody else holds it. Closing the file gives it back. The error is
// that of the file, or the context's.
func Wait(ctx context.Context, path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		locked, err := Try(f)
		if locked {
			return f, nil
		}
		if err == nil {
			select {
			case <-time.After(pause):
				continue
			case <-ctx.Done():
				err = fmt.Errorf("another process holds %s: %w", path, ctx.Err())
			}
		}
		_ = f.Close() // nothing was written
		return nil, err
	}
}
