package store

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"
)

const badgerName = "badger"

// memTable is the size of one table in memory. It bounds a transaction too:
// Badger refuses one over 15% of it.
const memTable = 64 << 20

// openBadger opens the database.
func openBadger(dir string, opt Options) (*badger.DB, error) {
	path := filepath.Join(dir, badgerName)
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

	// Every table of level 0 spans ids, records and vectors, so merging some
	// down rewrites all of the level below. Merging many at once took an ingest
	// of 480,000 papers from 414 to 245 µs of CPU a paper (docs/performance.md),
	// and a search reads ten papers: asking 32 tables' filters for each costs
	// it some 30 µs. Closing merges nothing, for the same reason.
	o.MemTableSize = memTable
	o.NumMemtables = 2
	o.NumLevelZeroTables = 32
	o.NumLevelZeroTablesStall = 64
	o.NumCompactors = 2
	o.CompactL0OnClose = opt.mergeOnClose
	// What a merger holds in memory grows with the tables it writes.
	o.BaseTableSize = 16 << 20
	o.TableSizeMultiplier = 1
	o.BaseLevelSize = 256 << 20

	// Measured on 200,000 arXiv papers with vectors of 256 dimensions, CPU time
	// (docs/data-format.md has the table): zstd saves 15% of the room and
	// costs twice the time of reading and four times that of compacting.
	o.Compression = options.Snappy
	o.BlockSize = 8 << 10
	o.BlockCacheSize = opt.CacheBytes
	o.ChecksumVerificationMode = options.OnBlockRead
	if opt.tune != nil {
		opt.tune(&o)
	}
	if err := checkFiles(path, o); err != nil {
		return nil, err
	}
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
func (l badgerLog) Warningf(format string, args ...any) { l.log(warningLevel(format), format, args...) }
func (badgerLog) Infof(string, ...any)                  {}
func (badgerLog) Debugf(string, ...any)                 {}

// warningLevel is that of a warning of Badger's. How often its caches are
// hit is told every minute after a walk over all papers, and nobody need mind.
func warningLevel(format string) slog.Level {
	if strings.HasPrefix(format, "%s might be too small") || strings.HasPrefix(format, "Cache life expectancy") {
		return slog.LevelDebug
	}
	return slog.LevelWarn
}
