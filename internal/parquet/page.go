package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
)

// page is a data page that is being read: levels and values lazily, so that it
// takes no more memory than its bytes.
type page struct {
	left     int64 // values, nulls included
	size     int64 // bytes held
	rep, def hybrid
	values   decoder
}

// pageHeader is what PageHeader says.
type pageHeader struct {
	kind                 int64 // 0 data, 1 index, 2 dictionary, 3 data in version 2
	size, packed         int64
	values, encoding     int64
	defLength, repLength int64 // version 2
	plain                bool  // version 2: not compressed
}

func readPageHeader(t *thrift) (h pageHeader) {
	number := func(id int64, targets ...*int64) bool {
		if id < 1 || id > int64(len(targets)) || targets[id-1] == nil {
			return false
		}
		*targets[id-1] = t.int()
		return true
	}
	t.fields(func(id int64, kind byte) bool {
		switch {
		case kind == thriftI32:
			return number(id, &h.kind, &h.size, &h.packed)
		case kind != thriftStruct:
			return false
		case id == 5 || id == 7:
			t.fields(func(id int64, kind byte) bool { return kind == thriftI32 && number(id, &h.values, &h.encoding) })
			return true
		case id == 8:
			t.fields(func(id int64, kind byte) bool {
				if id == 7 {
					h.plain = kind == thriftFalse
					return false
				}
				return kind == thriftI32 && number(id, &h.values, nil, nil, &h.encoding, &h.defLength, &h.repLength)
			})
			return true
		}
		return false
	})
	return h
}

// header reads the header at c.at and moves behind it.
func (c *ColumnReader) header() (h pageHeader, err error) {
	end := c.chunk.start + c.chunk.length
	for _, most := range []int64{4 << 10, 1 << 20} { // statistics in it may be long
		head := make([]byte, min(most, end-c.at))
		if err := readAt(c.f.r, head, c.at); err != nil {
			return h, err
		}
		t := &thrift{buf: head}
		if h = readPageHeader(t); t.err == nil {
			c.at += int64(len(head) - len(t.buf))
			break
		}
		if int64(len(head)) < most || most == 1<<20 {
			return h, fmt.Errorf("a page's header is damaged: %w", t.err)
		}
	}
	switch {
	case h.size < 0 || h.packed < 0 || h.values < 0 || h.defLength < 0 || h.repLength < 0:
		return h, errors.New("a page's header has negative numbers")
	case h.size > maxPage || h.packed > maxPage:
		return h, fmt.Errorf("a page of %d bytes; at most %d are read", max(h.size, h.packed), maxPage)
	case h.packed > end-c.at:
		return h, errors.New("a page is longer than its column")
	}
	return h, nil
}

// nextPage reads up to the next data page, the dictionary on the way.
func (c *ColumnReader) nextPage() error {
	c.f.held -= c.page.size
	c.page = page{}
	if c.at >= c.chunk.start+c.chunk.length {
		return fmt.Errorf("it ends %d values too early", c.left)
	}
	h, err := c.header()
	if err != nil {
		return err
	}
	if h.kind != 0 && h.kind != 2 && h.kind != 3 {
		c.at += h.packed
		return nil
	}
	if c.f.held += h.size; c.f.held > maxHeld {
		c.f.held -= h.size
		return fmt.Errorf("its columns' pages take more than %d bytes at a time", maxHeld)
	}
	body := make([]byte, h.packed)
	if err = readAt(c.f.r, body, c.at); err == nil {
		c.at += h.packed
		switch {
		case h.kind != 2 && h.values > c.left:
			err = errors.New("a page has more values than are left")
		case h.kind == 2:
			err = c.readDictionary(h, body)
		default:
			c.left -= h.values
			err = c.readPage(h, body)
		}
	}
	if err != nil {
		c.f.held -= h.size
	}
	return err
}

func (c *ColumnReader) readDictionary(h pageHeader, body []byte) error {
	if c.dict != nil {
		return errors.New("it has two dictionaries")
	}
	if h.values > maxDictionary {
		return fmt.Errorf("a dictionary of %d values; at most %d are read", h.values, maxDictionary)
	}
	body, err := unpack(c.chunk.codec, body, h.size)
	if err != nil {
		return err
	}
	values := plainValues{column: c.column, buf: body}
	for range h.values {
		v, err := values.next()
		if err != nil {
			return fmt.Errorf("its dictionary: %w", err)
		}
		c.dict = append(c.dict, v)
	}
	c.dictOf = h.size
	return nil
}

// maxDictionary bounds a dictionary's values, each of which takes 40 bytes
// beside its own.
const maxDictionary = 2 << 20

func (c *ColumnReader) readPage(h pageHeader, body []byte) (err error) {
	p := page{left: h.values, size: h.size}
	repWidth, defWidth := bits.Len(uint(c.column.maxRep)), bits.Len(uint(c.column.maxDef))
	var rep, def []byte
	if h.kind == 3 { // levels are not compressed
		if h.repLength+h.defLength > int64(len(body)) || h.repLength+h.defLength > h.size {
			return errors.New("a page's levels are longer than the page")
		}
		rep, def, body = body[:h.repLength], body[h.repLength:h.repLength+h.defLength], body[h.repLength+h.defLength:]
		if !h.plain {
			if body, err = unpack(c.chunk.codec, body, h.size-h.repLength-h.defLength); err != nil {
				return err
			}
		}
	} else {
		if body, err = unpack(c.chunk.codec, body, h.size); err != nil {
			return err
		}
		if repWidth > 0 {
			if rep, body, err = withLength(body); err != nil {
				return err
			}
		}
		if defWidth > 0 {
			if def, body, err = withLength(body); err != nil {
				return err
			}
		}
	}
	p.rep, p.def = hybrid{buf: rep, width: repWidth}, hybrid{buf: def, width: defWidth}
	if p.values, err = c.decoder(h, body); err != nil {
		return err
	}
	c.page = p
	return nil
}

// withLength cuts off what begins with its length in four bytes.
func withLength(b []byte) (part, rest []byte, err error) {
	if len(b) < 4 {
		return nil, nil, errShort
	}
	n := binary.LittleEndian.Uint32(b)
	if uint64(n) > uint64(len(b)-4) {
		return nil, nil, errShort
	}
	return b[4 : 4+n], b[4+n:], nil
}
