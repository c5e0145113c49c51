package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"kindred/paper"
)

const (
	mediaJSON   = "application/json"
	mediaNDJSON = "application/x-ndjson"
	mediaJSONL  = "application/jsonl"
)

// mediaType checks that the body is of one of the wanted types and returns
// which. A browser cannot send these from another site without asking first,
// which is why no other type is taken.
func mediaType(r *http.Request, wanted ...string) (string, error) {
	given := r.Header.Get("Content-Type")
	kind, params, err := mime.ParseMediaType(given)
	if err != nil || !slices.Contains(wanted, kind) {
		return "", refuse(errMediaType, "", "the content type must be %s, not %q", strings.Join(wanted, " or "), shorten(given))
	}
	if cs := params["charset"]; cs != "" && !strings.EqualFold(cs, "utf-8") {
		return "", refuse(errMediaType, "", "the charset must be utf-8, not %q", shorten(cs))
	}
	if ce := r.Header.Get("Content-Encoding"); ce != "" && !strings.EqualFold(ce, "identity") {
		return "", refuse(errMediaType, "", "the content encoding %q is not taken", shorten(ce))
	}
	return kind, nil
}

// withBody reads the whole body, at most limit bytes, and hands it to use.
// The memory counts against the server's budget until use returns.
func (s *Server) withBody(c *gin.Context, limit int64, use func(body []byte) error) error {
	size := c.Request.ContentLength
	if size > limit {
		return refuse(errTooLarge, "", "the body has %d bytes; at most %d are taken", size, limit)
	}
	if size < 0 {
		size = limit
	}
	wait, cancel := context.WithTimeout(c.Request.Context(), queueWait)
	defer cancel()
	if s.bodies.Acquire(wait, size) != nil {
		if err := c.Request.Context().Err(); err != nil {
			return err
		}
		return errBusy
	}
	defer s.bodies.Release(size)

	var buf bytes.Buffer
	if c.Request.ContentLength > 0 {
		buf.Grow(int(c.Request.ContentLength) + bytes.MinRead)
	}
	if _, err := buf.ReadFrom(http.MaxBytesReader(c.Writer, c.Request.Body, limit)); err != nil {
		return bodyError(err)
	}
	return use(buf.Bytes())
}

// bodyError says whose fault it is that a body could not be read.
func bodyError(err error) error {
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return refuse(err, "", "the body is over %d bytes", tooLarge.Limit)
	}
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return errSlowBody
	case errors.Is(err, context.Canceled):
		return err
	}
	return paper.Invalid("", "the body could not be read to its end")
}

// eachMember calls f for each member of the one JSON object that body holds,
// in order. A name that stands twice is refused, since only one of the two
// could count.
func eachMember(body []byte, f func(name string, value json.RawMessage) error) error {
	if !utf8.Valid(body) {
		return paper.Invalid("", "the JSON is not valid UTF-8")
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	if t, err := dec.Token(); err != nil {
		return jsonError(err)
	} else if t != json.Delim('{') {
		return paper.Invalid("", "a JSON object is needed")
	}
	seen := make(map[string]bool)
	for dec.More() {
		t, err := dec.Token()
		if err != nil {
			return jsonError(err)
		}
		name := t.(string) // the decoder lets nothing else stand here
		if seen[name] {
			return paper.Invalid(shorten(name), "given more than once")
		}
		seen[name] = true
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return jsonError(err)
		}
		if err := f(name, value); err != nil {
			return err
		}
	}
	if _, err := dec.Token(); err != nil {
		return jsonError(err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return paper.Invalid("", "there is more after the JSON object")
	}
	return nil
}

func jsonError(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return paper.Invalid("", "the JSON ends early")
	}
	return paper.Invalid("", "the JSON is broken: %v", err)
}

// jsonValues reads a body's members as parameters, each checked against the
// kind that the table gives it; names the table lacks are left for
// parseRequest to refuse.
func jsonValues(body []byte, table []param) (values, error) {
	vals := make(values)
	err := eachMember(body, func(name string, value json.RawMessage) error {
		i := slices.IndexFunc(table, func(p param) bool { return p.name == name })
		if i < 0 {
			vals[name] = nil
			return nil
		}
		v, err := jsonValue(name, table[i].kind, value)
		if v != nil {
			vals[name] = v
		}
		return err
	})
	return vals, err
}

// jsonValue writes one member the way a query string would have it; null is
// nothing given.
func jsonValue(name string, k kind, raw json.RawMessage) ([]string, error) {
	var want string
	first := raw[0]
	switch {
	case first == 'n':
		return nil, nil
	case first == '"':
		var s string
		if err := json.Unmarshal(raw, &s); err != nil {
			return nil, jsonError(err)
		}
		if k == text || k == years || k == list || k == commaList {
			return []string{s}, nil
		}
	case first == '[' && (k == list || k == commaList):
		var some []*string
		if json.Unmarshal(raw, &some) == nil && !slices.Contains(some, nil) {
			list := make([]string, len(some))
			for i, p := range some {
				list[i] = *p
			}
			return list, nil
		}
	case first == 't' || first == 'f':
		if k == boolean {
			return []string{string(raw)}, nil
		}
	case first == '-' || '0' <= first && first <= '9':
		if k == integer || k == number || k == years {
			return []string{string(raw)}, nil
		}
	}
	switch k {
	case text:
		want = "a string"
	case integer:
		want = "a whole number"
	case number:
		want = "a number"
	case boolean:
		want = "true or false"
	case years:
		want = "a year or a string such as \"2016-2020\""
	case list, commaList:
		want = "a string or a list of strings"
	}
	return nil, paper.Invalid(name, "%s is needed", want)
}
