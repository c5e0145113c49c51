package parquet

import (
	"encoding/binary"
	"errors"
)

// Types of Thrift's compact protocol
// (https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md).
const (
	thriftTrue   = 1
	thriftFalse  = 2
	thriftByte   = 3
	thriftI16    = 4
	thriftI32    = 5
	thriftI64    = 6
	thriftDouble = 7
	thriftBinary = 8
	thriftList   = 9
	thriftSet    = 10
	thriftMap    = 11
	thriftStruct = 12
)

var (
	errShort = errors.New("it is cut off")
	errDeep  = errors.New("it is nested too deep")
)

const maxDepth = 32

// thrift reads what is encoded in buf; nothing is allocated by what the bytes
// claim. The first error stays, and everything read behind it is zero.
type thrift struct {
	buf   []byte
	err   error
	depth int
}

func (t *thrift) fail(err error) {
	if t.err == nil {
		t.err = err
	}
	t.buf = nil
}

func (t *thrift) byte() byte {
	if len(t.buf) == 0 {
		t.fail(errShort)
		return 0
	}
	b := t.buf[0]
	t.buf = t.buf[1:]
	return b
}

func (t *thrift) uvarint() uint64 {
	v, n := binary.Uvarint(t.buf)
	if n <= 0 {
		t.fail(errShort)
		return 0
	}
	t.buf = t.buf[n:]
	return v
}

// int reads a number of any of the widths.
func (t *thrift) int() int64 {
	v := t.uvarint()
	return int64(v>>1) ^ -int64(v&1)
}

func (t *thrift) bytes() []byte {
	n := t.uvarint()
	if n > uint64(len(t.buf)) {
		t.fail(errShort)
		return nil
	}
	b := t.buf[:n]
	t.buf = t.buf[n:]
	return b
}

func (t *thrift) string() string { return string(t.bytes()) }

// fields reads a struct. each must read the value of the field, or report
// false for it to be passed over.
func (t *thrift) fields(each func(id int64, kind byte) bool) {
	if t.depth++; t.depth > maxDepth {
		t.fail(errDeep)
	}
	defer func() { t.depth-- }()
	for id := int64(0); t.err == nil; {
		head := t.byte()
		kind := head & 15
		if kind == 0 {
			return
		}
		if delta := head >> 4; delta != 0 {
			id += int64(delta)
		} else {
			id = t.int()
		}
		if !each(id, kind) {
			t.skip(kind)
		}
	}
}

// list reads a list, each of its elements by each.
func (t *thrift) list(each func(kind byte)) {
	head := t.byte()
	n := uint64(head >> 4)
	if n == 15 {
		n = t.uvarint()
	}
	for ; n > 0 && t.err == nil; n-- {
		if len(t.buf) == 0 { // every element takes a byte
			t.fail(errShort)
		}
		each(head & 15)
	}
}

func (t *thrift) skip(kind byte) {
	if t.err != nil {
		return
	}
	switch kind {
	case thriftTrue, thriftFalse: // of a field; in a list they take a byte
	case thriftByte:
		t.byte()
	case thriftI16, thriftI32, thriftI64:
		t.uvarint()
	case thriftDouble:
		if len(t.buf) < 8 {
			t.fail(errShort)
			return
		}
		t.buf = t.buf[8:]
	case thriftBinary:
		t.bytes()
	case thriftList, thriftSet:
		if t.depth++; t.depth > maxDepth {
			t.fail(errDeep)
		}
		t.list(t.skipElement)
		t.depth--
	case thriftMap:
		t.skipMap()
	case thriftStruct:
		t.fields(func(int64, byte) bool { return false })
	default:
		t.fail(errors.New("it has a value of an unknown type"))
	}
}

func (t *thrift) skipElement(kind byte) {
	if kind == thriftTrue || kind == thriftFalse {
		t.byte()
		return
	}
	t.skip(kind)
}

func (t *thrift) skipMap() {
	n := t.uvarint()
	if n == 0 {
		return
	}
	kinds := t.byte()
	for ; n > 0 && t.err == nil; n-- {
		t.skipElement(kinds >> 4)
		t.skipElement(kinds & 15)
	}
}
