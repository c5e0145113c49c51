package client

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// maxEvent is more than any event of a server's, in bytes: an answer has some
// papers with their abstracts.
const maxEvent = 64 << 20

// events reads server-sent events
// (https://html.spec.whatwg.org/multipage/server-sent-events.html) whose lines
// end as ours do, in LF, or in CR LF.
type events struct{ lines *bufio.Scanner }

func newEvents(r io.Reader) events {
	s := bufio.NewScanner(r)
	s.Buffer(nil, maxEvent)
	return events{s}
}

// next is the event that comes next; its name is empty where it has none. One
// that the stream ends in is none, and the end is [io.ErrUnexpectedEOF]: what
// tells that all is said is an event.
func (e events) next() (name string, data []byte, err error) {
	has := false
	for e.lines.Scan() {
		line := e.lines.Bytes()
		if len(line) == 0 {
			if has {
				return name, data, nil
			}
			name = ""
			continue
		}
		field, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimPrefix(value, []byte(" "))
		switch string(field) {
		case "event":
			name = string(value)
		case "data":
			if has {
				data = append(data, '\n')
			}
			has = true
			if data = append(data, value...); len(data) > maxEvent {
				return "", nil, errLong
			}
		}
	}
	if err = e.lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		err = errLong
	} else if err == nil {
		err = io.ErrUnexpectedEOF
	}
	return "", nil, err
}

var errLong = fmt.Errorf("an event is longer than %d MiB", maxEvent>>20)
