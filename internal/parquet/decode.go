package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// scalar is a value as it is stored: bytes, or a number.
type scalar struct {
	bytes  []byte
	number int64 // also a boolean
	float  float64
}

// decoder gives the values of a page that are not null.
type decoder interface{ next() (scalar, error) }

// Encodings (https://parquet.apache.org/docs/file-format/data-pages/encodings).
const (
	plainEncoding           = 0
	plainDictionaryEncoding = 2
	rleEncoding             = 3
	deltaPackedEncoding     = 5
	deltaLengthEncoding     = 6
	deltaBytesEncoding      = 7
	dictionaryEncoding      = 8
)

func (c *ColumnReader) decoder(h pageHeader, body []byte) (decoder, error) {
	whole := c.column.kind == int32Type || c.column.kind == int64Type
	switch {
	case h.encoding == plainEncoding:
		return &plainValues{column: c.column, buf: body}, nil
	case h.encoding == plainDictionaryEncoding, h.encoding == dictionaryEncoding:
		if len(body) == 0 { // all are null
			return &dictValues{}, nil
		}
		if body[0] > 32 {
			return nil, errors.New("numbers of more than 32 bits in its dictionary's")
		}
		return &dictValues{hybrid{buf: body[1:], width: int(body[0])}, c.dict}, nil
	case h.encoding == rleEncoding && c.column.kind == boolean:
		if h.kind == 3 && len(body) < 4 {
			return &rleBools{}, nil
		}
		bools, _, err := withLength(body)
		return &rleBools{hybrid{buf: bools, width: 1}}, err
	case h.encoding == deltaPackedEncoding && whole:
		d, err := newDelta(body)
		return d, err
	case h.encoding == deltaLengthEncoding && c.column.kind == byteArray:
		return newDeltaLengths(body, h.values)
	case h.encoding == deltaBytesEncoding && c.column.kind == byteArray:
		return newDeltaBytes(body, h.values)
	}
	return nil, fmt.Errorf("its encoding %d is not read", h.encoding)
}

// plainValues are one after the other.
type plainValues struct {
	column *Column
	buf    []byte
	bit    int // of the next boolean, in buf[0]
}

func (p *plainValues) next() (s scalar, err error) {
	n := 0
	switch p.column.kind {
	case boolean:
		if len(p.buf) == 0 {
			return s, errShort
		}
		s.number = int64(p.buf[0] >> p.bit & 1)
		if p.bit++; p.bit == 8 {
			p.bit, p.buf = 0, p.buf[1:]
		}
		return s, nil
	case byteArray:
		s.bytes, p.buf, err = withLength(p.buf)
		return s, err
	case int32Type, floatType:
		n = 4
	case int64Type, doubleType:
		n = 8
	case int96Type:
		n = 12
	case fixedArray:
		n = int(min(max(p.column.length, 1), maxPage))
	default:
		return s, errors.New("its type is not known")
	}
	if len(p.buf) < n {
		return s, errShort
	}
	b := p.buf[:n]
	p.buf = p.buf[n:]
	switch p.column.kind {
	case int32Type:
		s.number = int64(int32(binary.LittleEndian.Uint32(b)))
	case int64Type:
		s.number = int64(binary.LittleEndian.Uint64(b))
	case floatType:
		s.float = float64(math.Float32frombits(binary.LittleEndian.Uint32(b)))
	case doubleType:
		s.float = math.Float64frombits(binary.LittleEndian.Uint64(b))
	default:
		s.bytes = b
	}
	return s, nil
}

// hybrid reads numbers of width bits, at most 32: runs of one number and
// packed ones.
type hybrid struct {
	buf    []byte
	width  int
	run    uint64 // how often value comes again
	value  uint32
	packed uint64 // numbers left of a packed run in front of buf
	bit    int    // of the next one, in buf[0]
}

func (h *hybrid) nextInt() (int, error) {
	v, err := h.next()
	return int(v), err
}

func (h *hybrid) next() (uint32, error) {
	for h.run == 0 && h.packed == 0 {
		if h.bit > 0 { // a packed run ends with its byte
			h.bit, h.buf = 0, h.buf[1:]
		}
		head, n := binary.Uvarint(h.buf)
		if n <= 0 {
			return 0, errShort
		}
		h.buf = h.buf[n:]
		if head&1 == 1 {
			h.packed = head >> 1 * 8 // may be more than are there, to the end of the page
			continue
		}
		h.run, h.value = head>>1, 0
		size := (h.width + 7) / 8
		if len(h.buf) < size {
			return 0, errShort
		}
		for i := range size {
			h.value |= uint32(h.buf[i]) << (8 * i)
		}
		h.buf = h.buf[size:]
	}
	if h.run > 0 {
		h.run--
		return h.value, nil
	}
	h.packed--
	v, err := h.bits(h.width)
	return uint32(v), err
}

// bits reads a packed number of up to 64 bits.
func (h *hybrid) bits(width int) (v uint64, err error) {
	for got := 0; got < width; {
		if len(h.buf) == 0 {
			return 0, errShort
		}
		n := min(8-h.bit, width-got)
		v |= uint64(h.buf[0]>>h.bit&(1<<n-1)) << got
		got += n
		if h.bit += n; h.bit == 8 {
			h.bit, h.buf = 0, h.buf[1:]
		}
	}
	return v, nil
}

type dictValues struct {
	hybrid
	dict []scalar
}

func (d *dictValues) next() (scalar, error) {
	at, err := d.hybrid.next()
	if err != nil {
		return scalar{}, err
	}
	if int64(at) >= int64(len(d.dict)) {
		return scalar{}, errors.New("a number that its dictionary has not")
	}
	return d.dict[at], nil
}

type rleBools struct{ hybrid }

func (r *rleBools) next() (scalar, error) {
	v, err := r.hybrid.next()
	return scalar{number: int64(v)}, err
}

// delta reads DELTA_BINARY_PACKED: differences in blocks of miniblocks, each
// packed with as few bits as it needs.
type delta struct {
	hybrid        // for its bits alone
	left    int64 // numbers
	value   int64
	first   bool
	mini    int64 // numbers of a miniblock
	minis   int   // of a block
	least   int64 // difference of the block
	widths  []byte
	inMini  int64 // left of the miniblock
	current int   // its width
}

func newDelta(body []byte) (*delta, error) {
	t := &thrift{buf: body} // it has the same numbers
	block, minis, total := t.uvarint(), t.uvarint(), t.uvarint()
	d := &delta{value: t.int(), first: true}
	const most = 1 << 16
	if t.err != nil || block == 0 || block > most || minis == 0 || minis > block || block%minis != 0 || total > math.MaxInt32 {
		return nil, errors.New("the beginning of its differences is damaged")
	}
	d.buf, d.left, d.mini, d.minis = t.buf, int64(total), int64(block/minis), int(minis)
	return d, nil
}

func (d *delta) next() (scalar, error) {
	v, err := d.number()
	return scalar{number: v}, err
}

func (d *delta) number() (int64, error) {
	if d.left == 0 {
		return 0, errShort
	}
	d.left--
	if d.first {
		d.first = false
		return d.value, nil
	}
	if d.inMini == 0 {
		if err := d.nextMini(); err != nil {
			return 0, err
		}
	}
	d.inMini--
	v, err := d.bits(d.current)
	d.value += d.least + int64(v)
	return d.value, err
}

func (d *delta) nextMini() error {
	if len(d.widths) == 0 {
		t := &thrift{buf: d.buf}
		d.least = t.int()
		if t.err != nil || len(t.buf) < d.minis {
			return errShort
		}
		d.widths, d.buf = t.buf[:d.minis], t.buf[d.minis:]
	}
	d.current, d.widths = int(d.widths[0]), d.widths[1:]
	if d.current > 64 {
		return errors.New("differences of more than 64 bits")
	}
	d.inMini = d.mini
	return nil
}

// rest is what stands behind the numbers once all are read: the last miniblock
// is there to its end.
func (d *delta) rest() ([]byte, error) {
	for ; d.inMini > 0; d.inMini-- {
		if _, err := d.bits(d.current); err != nil {
			return nil, err
		}
	}
	return d.buf, nil
}

// maxLengths is how many values a page may have where all their lengths must
// be read before the first of them: 64 MB of lengths.
const maxLengths = 16 << 20

// lengths reads all numbers at the start of body, which are lengths.
func lengths(body []byte, values int64) (list []int32, rest []byte, err error) {
	d, err := newDelta(body)
	if err != nil {
		return nil, nil, err
	}
	if d.left > values || d.left > maxLengths {
		return nil, nil, fmt.Errorf("%d values in a page", d.left)
	}
	for d.left > 0 {
		n, err := d.number()
		if err != nil {
			return nil, nil, err
		}
		if n < 0 || n > maxPage {
			return nil, nil, errors.New("a length that cannot be")
		}
		list = append(list, int32(n))
	}
	rest, err = d.rest()
	return list, rest, err
}

// deltaLengths is DELTA_LENGTH_BYTE_ARRAY: all lengths, then all bytes.
type deltaLengths struct {
	lengths []int32
	buf     []byte
}

func newDeltaLengths(body []byte, values int64) (*deltaLengths, error) {
	list, rest, err := lengths(body, values)
	return &deltaLengths{list, rest}, err
}

func (d *deltaLengths) next() (s scalar, err error) {
	if len(d.lengths) == 0 || int(d.lengths[0]) > len(d.buf) {
		return s, errShort
	}
	n := d.lengths[0]
	s.bytes, d.buf, d.lengths = d.buf[:n], d.buf[n:], d.lengths[1:]
	return s, nil
}

// deltaBytes is DELTA_BYTE_ARRAY: how much each value shares with the one
// before, and what follows. A value may be much longer than what stands here
// of it.
type deltaBytes struct {
	shared []int32
	rest   *deltaLengths
	value  []byte
	made   int64
}

// maxMade is how much a page of shared beginnings may become.
const maxMade = 1 << 30

func newDeltaBytes(body []byte, values int64) (*deltaBytes, error) {
	shared, body, err := lengths(body, values)
	if err != nil {
		return nil, err
	}
	rest, err := newDeltaLengths(body, values)
	return &deltaBytes{shared: shared, rest: rest}, err
}

func (d *deltaBytes) next() (s scalar, err error) {
	if len(d.shared) == 0 || int(d.shared[0]) > len(d.value) {
		return s, errShort
	}
	s, err = d.rest.next()
	if err != nil {
		return s, err
	}
	d.value = append(d.value[:d.shared[0]], s.bytes...)
	d.shared = d.shared[1:]
	if d.made += int64(len(d.value)); len(d.value) > maxText || d.made > maxMade {
		return s, fmt.Errorf("values that share their beginnings become longer than %d bytes, or all of a page than %d", maxText, maxMade)
	}
	s.bytes = d.value
	return s, nil
}
