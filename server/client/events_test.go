package client

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

type event struct{ name, data string }

// all reads a stream to its end.
func all(r io.Reader) (list []event, err error) {
	for e := newEvents(r); ; {
		name, data, err := e.next()
		if err != nil {
			return list, err
		}
		list = append(list, event{name, string(data)})
	}
}

func TestEvents(t *testing.T) {
	for _, tt := range []struct {
		stream string
		want   []event
	}{
		{"", nil},
		{"event: a\ndata: 1\n\nevent:b\ndata:2\n\n", []event{{"a", "1"}, {"b", "2"}}},
		{"event: a\r\ndata: 1\r\n\r\n", []event{{"a", "1"}}},
		{"data: 1\ndata:\ndata: 3\n\n", []event{{"", "1\n\n3"}}},
		{"event: a\n\ndata: 1\n\n", []event{{"", "1"}}}, // a name alone is no event
		{": a comment\nid: 7\nretry\ndata\n\n", []event{{"", ""}}},
		{"data:  two spaces\n\n", []event{{"", " two spaces"}}},
		{"data: 1\n\ndata: not ended\n", []event{{"", "1"}}},
	} {
		got, err := all(strings.NewReader(tt.stream))
		if !slices.Equal(got, tt.want) || !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%q is %q, %v; want %q", tt.stream, got, err, tt.want)
		}
	}
}

// endless is a stream of one line.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return copy(p, bytes.Repeat([]byte("x"), len(p))), nil }

func TestEventsAreBounded(t *testing.T) {
	for name, r := range map[string]io.Reader{
		"a line":    io.MultiReader(strings.NewReader("data: "), endless{}),
		"a comment": io.MultiReader(strings.NewReader(": "), endless{}),
		"lines":     strings.NewReader(strings.Repeat("data: "+strings.Repeat("x", 1<<20)+"\n", 65)),
	} {
		if list, err := all(r); !errors.Is(err, errLong) {
			t.Errorf("%s without an end: %d events, %v", name, len(list), err)
		}
	}
	failing := errors.New("reset")
	if _, err := all(iotest.ErrReader(failing)); !errors.Is(err, failing) {
		t.Errorf("a connection that breaks: %v", err)
	}
}

// FuzzEvents holds what is read of any stream to what is read of it byte by
// byte, and of the same events as they are written.
func FuzzEvents(f *testing.F) {
	f.Add([]byte("event: a\ndata: 1\n\n"))
	f.Add([]byte("data: 1\r\ndata\r\n\r\n: x\n\n"))
	f.Add([]byte("event\ndata:\n\nevent: b\n\ndata: \x00\n\n"))
	f.Fuzz(func(t *testing.T, stream []byte) {
		list, err := all(bytes.NewReader(stream))
		slowly, slowErr := all(iotest.OneByteReader(bytes.NewReader(stream)))
		if !slices.Equal(list, slowly) || !errors.Is(err, io.ErrUnexpectedEOF) || !errors.Is(slowErr, io.ErrUnexpectedEOF) {
			t.Errorf("%q is %q, %v, and byte by byte %q, %v", stream, list, err, slowly, slowErr)
		}
		var written bytes.Buffer
		for _, e := range list {
			if strings.Contains(e.name+e.data, "\r") {
				return // which is a part of some lines and the end of others
			}
			written.WriteString("event: " + e.name + "\n")
			for line := range strings.SplitSeq(e.data, "\n") {
				written.WriteString("data: " + line + "\n")
			}
			written.WriteString("\n")
		}
		if again, _ := all(&written); !slices.Equal(again, list) {
			t.Errorf("%q is %q, and written again %q", stream, list, again)
		}
	})
}
