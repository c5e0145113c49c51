package static

// The checkpoint of an unfinished learning, version 1. Numbers are
// little-endian.
//
//	8 bytes   "KCHECKPT"
//	uint32    version of the format
//	32 bytes  SHA-256 of what is being learned from what: base, words, papers, options
//	uint32    steps taken
//	squares   a float32 a word
//	table     dimension times a float32 a word
//	32 bytes  SHA-256 of everything before

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
)

const (
	checkpointMagic   = "KCHECKPT"
	checkpointVersion = 1
)

// ErrCheckpoint is wrapped by errors about a checkpoint that Learn cannot
// carry on from: damaged, or of another learning. Removing the file starts
// afresh.
var ErrCheckpoint = errors.New("cannot carry on from this checkpoint")

// key tells learnings apart: equal keys and steps mean an equal state.
func (t *trainer) key(base *Model) (key [sha256.Size]byte) {
	h := sha256.New()
	from := "nothing"
	if base != nil {
		from = string(base.Fingerprint())
	}
	fmt.Fprintln(h, from, t.dim, t.batch, t.steps, t.randomSeed, t.recipe)
	for _, w := range t.words {
		fmt.Fprintln(h, w)
	}
	var b []byte
	for _, p := range t.lesson.papers {
		b = binary.LittleEndian.AppendUint64(b[:0], p.hash)
		b = binary.LittleEndian.AppendUint32(b, uint32(p.group))
		h.Write(b)
	}
	return [sha256.Size]byte(h.Sum(nil))
}

// save writes the state after a number of steps.
func (t *trainer) save(path string, key [sha256.Size]byte, steps int) error {
	return writeFile(path, func(w io.Writer) error {
		sum := sha256.New()
		b := bufio.NewWriterSize(io.MultiWriter(w, sum), 1<<20)
		b.WriteString(checkpointMagic)
		b.Write(binary.LittleEndian.AppendUint32(nil, checkpointVersion))
		b.Write(key[:])
		b.Write(binary.LittleEndian.AppendUint32(nil, uint32(steps)))
		var four [4]byte
		for _, numbers := range [][]float32{t.squares, t.table} {
			for _, x := range numbers {
				binary.LittleEndian.PutUint32(four[:], math.Float32bits(x))
				b.Write(four[:])
			}
		}
		if err := b.Flush(); err != nil {
			return err
		}
		_, err := w.Write(sum.Sum(nil))
		return err
	})
}

// load takes up the state in a file and returns the steps it took; 0 when
// there is no such file.
func (t *trainer) load(path string, key [sha256.Size]byte) (steps int, err error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read checkpoint: %w", err)
	}
	bad := func(reason string) (int, error) {
		return 0, fmt.Errorf("%s: %w: %s", path, ErrCheckpoint, reason)
	}
	const header = len(checkpointMagic) + 4 + sha256.Size + 4
	end := len(data) - sha256.Size
	switch {
	case end < header || string(data[:len(checkpointMagic)]) != checkpointMagic:
		return bad("does not begin with " + checkpointMagic)
	case binary.LittleEndian.Uint32(data[len(checkpointMagic):]) != checkpointVersion:
		return bad("another version")
	case sha256.Sum256(data[:end]) != [sha256.Size]byte(data[end:]):
		return bad("cut short or altered: its checksum does not match")
	case [sha256.Size]byte(data[len(checkpointMagic)+4:]) != key:
		return bad("it is of another base, corpus or options")
	}
	steps = int(binary.LittleEndian.Uint32(data[header-4:]))
	numbers := data[header:end]
	if len(numbers) != 4*(len(t.squares)+len(t.table)) || steps > t.steps {
		return bad("its size does not fit")
	}
	for _, to := range [][]float32{t.squares, t.table} {
		for i := range to {
			to[i] = math.Float32frombits(binary.LittleEndian.Uint32(numbers[4*i:]))
		}
		numbers = numbers[4*len(to):]
	}
	return steps, nil
}
