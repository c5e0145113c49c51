package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/pb"
	"github.com/dgraph-io/badger/v4/table"
	"github.com/dgraph-io/badger/v4/y"
	"google.golang.org/protobuf/proto"
)

// checkFiles looks, before Badger does, for damage that Badger takes badly: it
// panics in a goroutine of its own over a table whose end is not as it was
// written, and deletes all tables that its manifest does not name, even where
// the manifest is what is missing. It also forgets the operating system's
// errors, and refuses a log that was made but not yet given its length when the
// process was killed; such a log is removed here.
func checkFiles(path string, opt badger.Options) error {
	entries, err := os.ReadDir(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	lock, err := os.OpenFile(filepath.Join(path, "LOCK"), os.O_WRONLY|os.O_CREATE, 0o644) // Badger writes it
	if err != nil {
		return err
	}
	lock.Close()
	for _, e := range entries {
		if ext := filepath.Ext(e.Name()); ext != ".mem" && ext != ".vlog" {
			continue
		}
		info, err := e.Info()
		if err == nil && info.Size() == 0 {
			err = os.Remove(filepath.Join(path, e.Name()))
		}
		if err != nil {
			return err
		}
	}

	file, err := os.Open(filepath.Join(path, badger.ManifestFilename))
	if errors.Is(err, fs.ErrNotExist) {
		for _, e := range entries {
			if filepath.Ext(e.Name()) == ".sst" {
				return err
			}
		}
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close()
	manifest, _, err := badger.ReplayManifestFile(file, opt.ExternalMagicVersion, opt)
	if err != nil {
		return fmt.Errorf("%s: %w", file.Name(), err)
	}
	for id := range manifest.Tables {
		name := table.NewFilename(id, path)
		if err := checkTable(name); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// checkTable reads the end of a table: its index, the index's length, a
// checksum of the index, the checksum's length. Blocks have checksums of their
// own, which Badger looks at when it reads them.
func checkTable(name string) error {
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	end := info.Size()
	// before reads the n bytes before end and moves end there.
	before := func(n int64) ([]byte, error) {
		if n > end {
			return nil, io.ErrUnexpectedEOF
		}
		end -= n
		b := make([]byte, n)
		_, err := file.ReadAt(b, end)
		return b, err
	}
	part := func() ([]byte, error) {
		length, err := before(4)
		if err != nil {
			return nil, err
		}
		return before(int64(binary.BigEndian.Uint32(length)))
	}
	sum, err := part()
	if err != nil {
		return err
	}
	index, err := part()
	if err != nil {
		return err
	}
	var want pb.Checksum
	if err := proto.Unmarshal(sum, &want); err != nil {
		return err
	}
	if want.Algo != pb.Checksum_CRC32C || len(index) == 0 {
		return errors.New("the end of the table is not as it was written")
	}
	return y.VerifyChecksum(index, &want)
}
