package store

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"
)

const badgerName = "badger"

// memTable is the size of one table in memory. It bounds a transaction too:
// Badger refuses one over 15% of it.
const memTable = 64 << 20

// openBadger opens the database. A panic of Badger's on a file it cannot make
// sense of comes back as an error.
func openBadger(dir string, opt Options) (db *badger.DB, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	path := filepath.Join(dir, badgerName)
	if f, err := os.Open(path); err == nil {
		// Badger's errors do not wrap the operating system's.
		_, err = f.Readdirnames(1)
		f.Close()
	} else if !os.IsNotExist(err) {
		return nil, err
	}
	o := badger.DefaultOptions(path)
	o.Logger = badgerLog{opt.Logger}
	o.MetricsEnabled = false
	o.SyncWrites = !opt.NoSync
	o.DetectConflicts = false // there is one writer at a time
	o.NumVersionsToKeep = 1

	// Values stay beside their keys; only records over 1 MB, which no real
	// abstract comes near, go to the value log.
	o.ValueThreshold = 1 << 20
	o.ValueLogFileSize = 256 << 20

	o.MemTableSize = memTable
	o.NumMemtables = 2
	o.NumLevelZeroTables = 4
	o.NumLevelZeroTablesStall = 8
	o.NumCompactors = 2
	o.CompactL0OnClose = true
	o.BaseTableSize = 8 << 20
	o.BaseLevelSize = 64 << 20

	o.Compression = options.ZSTD
	o.ZSTDCompressionLevel = 1
	o.BlockSize = 16 << 10
	o.BlockCacheSize = opt.CacheBytes
	o.ChecksumVerificationMode = options.OnBlockRead
	return badger.Open(o)
}

// badgerLog passes on what a person should see.
type badgerLog struct{ to *slog.Logger }

func (l badgerLog) log(level slog.Level, format string, args ...any) {
	if l.to.Enabled(context.Background(), level) {
		l.to.Log(context.Background(), level, "badger: "+strings.TrimSpace(fmt.Sprintf(format, args...)))
	}
}

func (l badgerLog) Errorf(format string, args ...any)   { l.log(slog.LevelError, format, args...) }
func (l badgerLog) Warningf(format string, args ...any) { l.log(slog.LevelWarn, format, args...) }
func (badgerLog) Infof(string, ...any)                  {}
func (badgerLog) Debugf(string, ...any)                 {}
