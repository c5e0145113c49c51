package source

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// decodeLines is decodeText, and line feeds in place of carriage returns where an
// old Mac program ended the lines by those alone.
func decodeLines(r io.Reader) (*bufio.Reader, error) {
	text, err := decodeText(r)
	if err != nil {
		return nil, err
	}
	head, _ := text.Peek(headSize)
	if bytes.IndexByte(head, '\r') < 0 || bytes.IndexByte(head, '\n') >= 0 || isBinary(head) || isParquet(head) {
		return text, nil
	}
	return bufio.NewReaderSize(oldLines{text}, headSize), nil
}

type oldLines struct{ r io.Reader }

func (o oldLines) Read(p []byte) (int, error) {
	n, err := o.r.Read(p)
	for i, c := range p[:n] {
		if c == '\r' {
			p[i] = '\n'
		}
	}
	return n, err
}

// decodeText removes a UTF-8 byte order mark and turns UTF-16 into UTF-8, with a
// byte order mark or without. The result can peek headSize bytes.
func decodeText(r io.Reader) (*bufio.Reader, error) {
	br := bufio.NewReaderSize(r, headSize)
	mark, err := br.Peek(sniffUTF16)
	if len(mark) == 0 && err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	switch {
	case bytes.HasPrefix(mark, []byte{0xef, 0xbb, 0xbf}):
		_, err := br.Discard(3)
		return br, err
	case bytes.HasPrefix(mark, []byte{0xff, 0xfe}), bytes.HasPrefix(mark, []byte{0xfe, 0xff}):
		return fromUTF16(br, unicode.LittleEndian, unicode.ExpectBOM), nil
	}
	switch low, high := zeros(mark); {
	case high >= len(mark)/2-len(mark)/16 && low == 0:
		return fromUTF16(br, unicode.LittleEndian, unicode.IgnoreBOM), nil
	case low >= len(mark)/2-len(mark)/16 && high == 0:
		return fromUTF16(br, unicode.BigEndian, unicode.IgnoreBOM), nil
	}
	return br, nil
}

func fromUTF16(r io.Reader, order unicode.Endianness, mark unicode.BOMPolicy) *bufio.Reader {
	return bufio.NewReaderSize(transform.NewReader(r, unicode.UTF16(order, mark).NewDecoder()), headSize)
}

// sniffUTF16 is how many bytes are looked at for UTF-16 without a mark. Whatever
// the language, a file of papers begins with names of fields or tags, which are
// ASCII.
const sniffUTF16 = 64

// zeros counts the zero bytes at even and at odd places: of ASCII as UTF-16 all
// of one half are.
func zeros(b []byte) (even, odd int) {
	if len(b) < 4 {
		return 1, 1 // too little to say
	}
	for i, c := range b {
		switch {
		case c != 0:
		case i%2 == 0:
			even++
		default:
			odd++
		}
	}
	return even, odd
}
