package static

// The weights file, version 1. Numbers are little-endian.
//
//	8 bytes   "KVECTORS"
//	uint32    version of the format
//	uint32    length of the header
//	header    JSON of Info: dimension, number of terms, provenance
//	uint32    length of the vocabulary
//	terms     each a length (uvarint) and its bytes, in the order of the rows
//	scales    a float32 a term
//	rows      a row a term: dimension times an int8; row times scale is the vector
//	32 bytes  SHA-256 of everything before
//
// A file holds exactly one model and nothing after it.

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"

	"kindred/internal/text"
	"kindred/internal/whole"
)

const (
	magic         = "KVECTORS"
	formatVersion = 1
	// Bounds on what a file may claim, so that a hostile one cannot make the
	// program reserve memory it does not bring the bytes for.
	maxHeader    = 1 << 16
	maxDimension = 1 << 12
	maxTerms     = 1 << 24
	maxTerm      = 1 << 10
	maxFile      = 1 << 32
	maxScale     = 1e6
)

// ErrFormat is wrapped by errors about bytes that are no model this program
// can read: cut short, altered, or of another version.
var ErrFormat = errors.New("not a readable weights file")

// WriteTo writes the model in the format above.
func (m *Model) WriteTo(w io.Writer) (int64, error) {
	header, err := json.Marshal(m.info)
	if err != nil {
		return 0, fmt.Errorf("weights header: %w", err)
	}
	var b bytes.Buffer
	b.WriteString(magic)
	b.Write(binary.LittleEndian.AppendUint32(nil, formatVersion))
	b.Write(binary.LittleEndian.AppendUint32(nil, uint32(len(header))))
	b.Write(header)
	b.Write(m.body())
	sum := sha256.Sum256(b.Bytes())
	b.Write(sum[:])
	return b.WriteTo(w)
}

// body is the part of the file that decides the vectors.
func (m *Model) body() []byte {
	var vocabulary []byte
	for _, t := range m.terms {
		vocabulary = binary.AppendUvarint(vocabulary, uint64(len(t)))
		vocabulary = append(vocabulary, t...)
	}
	b := make([]byte, 0, 4+len(vocabulary)+4*len(m.scales)+len(m.rows))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(vocabulary)))
	b = append(b, vocabulary...)
	for _, s := range m.scales {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(s))
	}
	for _, q := range m.rows {
		b = append(b, byte(q))
	}
	return b
}

// seal computes what follows from the rest of a new model.
func (m *Model) seal(body []byte) {
	m.unknown = m.info.Unknown / float32(math.Sqrt(float64(m.info.Dimension)))
	h := sha256.New()
	fmt.Fprintf(h, "%d %d %x\n", m.info.Analysis, m.info.Dimension, math.Float32bits(m.info.Unknown))
	h.Write(body)
	h.Sum(m.hash[:0])
	m.row = make(map[string]int32, len(m.terms))
	for i, t := range m.terms {
		m.row[t] = int32(i)
	}
}

// Read reads one model and expects nothing after it. Its errors wrap
// ErrFormat unless reading itself failed.
func Read(r io.Reader) (*Model, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxFile))
	if err != nil {
		return nil, fmt.Errorf("read weights: %w", err)
	}
	return decode(data)
}

func decode(data []byte) (*Model, error) {
	bad := func(format string, args ...any) (*Model, error) {
		return nil, fmt.Errorf("%w: %s", ErrFormat, fmt.Sprintf(format, args...))
	}
	if len(data) < len(magic)+8 || string(data[:len(magic)]) != magic {
		return bad("does not begin with %s", magic)
	}
	if v := binary.LittleEndian.Uint32(data[len(magic):]); v != formatVersion {
		return bad("format version %d, this program reads %d", v, formatVersion)
	}
	if len(data) < len(magic)+8+sha256.Size {
		return bad("cut short")
	}
	end := len(data) - sha256.Size
	if sha256.Sum256(data[:end]) != [sha256.Size]byte(data[end:]) {
		return bad("cut short or altered: its checksum does not match")
	}
	rest := data[len(magic)+4 : end]
	n := int(binary.LittleEndian.Uint32(rest))
	if rest = rest[4:]; n > maxHeader || n > len(rest) {
		return bad("header of %d bytes", n)
	}
	m := &Model{}
	if err := json.Unmarshal(rest[:n], &m.info); err != nil {
		return bad("header: %v", err)
	}
	switch dim, terms := m.info.Dimension, m.info.Terms; {
	case dim < 1 || dim > maxDimension || terms < 1 || terms > maxTerms:
		return bad("%d terms of %d dimensions", terms, dim)
	case !(m.info.Unknown >= 0 && m.info.Unknown < maxScale):
		return bad("unknown words' length %v", m.info.Unknown)
	case m.info.Analysis != text.Version:
		return bad("its terms are of analysis version %d, this program's of %d", m.info.Analysis, text.Version)
	}
	if err := m.decodeBody(rest[n:]); err != nil {
		return bad("%v", err)
	}
	return m, nil
}

func (m *Model) decodeBody(body []byte) error {
	if len(body) < 4 {
		return errors.New("no vocabulary")
	}
	dim, terms := m.info.Dimension, m.info.Terms
	n := int(binary.LittleEndian.Uint32(body))
	if n > len(body)-4 || len(body)-4-n != terms*(4+dim) {
		return fmt.Errorf("%d bytes do not hold %d terms of %d dimensions", len(body), terms, dim)
	}
	vocabulary := body[4 : 4+n]
	m.terms = make([]string, 0, terms)
	for len(vocabulary) > 0 {
		size, k := binary.Uvarint(vocabulary)
		if k <= 0 || size > maxTerm || size > uint64(len(vocabulary)-k) {
			return fmt.Errorf("term %d is broken", len(m.terms))
		}
		m.terms = append(m.terms, string(vocabulary[k:k+int(size)]))
		vocabulary = vocabulary[k+int(size):]
	}
	if len(m.terms) != terms {
		return fmt.Errorf("%d terms, %d announced", len(m.terms), terms)
	}
	numbers := body[4+n:]
	m.scales = make([]float32, terms)
	for i := range m.scales {
		s := math.Float32frombits(binary.LittleEndian.Uint32(numbers[4*i:]))
		if !(s >= 0 && s < maxScale) { // also catches NaN
			return fmt.Errorf("term %d has scale %v", i, s)
		}
		m.scales[i] = s
	}
	numbers = numbers[4*terms:]
	m.rows = make([]int8, len(numbers))
	for i, x := range numbers {
		m.rows[i] = int8(x)
	}
	m.seal(body)
	if len(m.row) != terms {
		return errors.New("a term stands twice")
	}
	return nil
}

// Open reads the model in a file.
func Open(path string) (*Model, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read weights: %w", err)
	}
	m, err := decode(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

// Save writes the model to a file, whole or not at all.
func (m *Model) Save(path string) error {
	return writeFile(path, func(w io.Writer) error {
		_, err := m.WriteTo(w)
		return err
	})
}

func writeFile(path string, write func(io.Writer) error) error {
	if err := whole.WriteFile(path, write); err != nil {
		return fmt.Errorf("write weights to %s: %w", path, err)
	}
	return nil
}
