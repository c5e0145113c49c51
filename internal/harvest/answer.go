package harvest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"kindred/internal/quote"
)

// check sorts out answers by their status alone: nil is one to be read.
func (a *answer) check() error {
	switch {
	case a.status == http.StatusOK:
		if isHTML(a.body) {
			return passing("%s answers with a web page and not with papers", a.host)
		}
		return nil
	case a.status == http.StatusRequestTimeout, a.status == http.StatusTooEarly,
		a.status == http.StatusTooManyRequests, a.status >= 500:
		t := passing("%s answers %s%s", a.host, statusText(a.status), a.says()).(*temporary)
		t.after, t.told = retryAfter(a.header, time.Now())
		t.busy = true
		if a.status == http.StatusTooManyRequests {
			t.hint = a.moreByKey
		}
		return t
	}
	hint := ""
	switch a.status {
	case http.StatusUnauthorized, http.StatusPaymentRequired, http.StatusForbidden:
		hint = a.aboutKey
	case http.StatusNotFound, http.StatusGone:
		hint = cmp.Or(a.doubt, "; it may have moved")
	}
	return final("%s refuses the request with %s%s%s", a.host, statusText(a.status), a.says(), hint)
}

func statusText(status int) string {
	return strings.TrimSpace(strconv.Itoa(status) + " " + http.StatusText(status))
}

// says is what an answer gives as its reason, to stand behind the status.
func (a *answer) says() string {
	var e struct {
		Error   any    `json:"error"`
		Message string `json:"message"`
	}
	text := ""
	if json.Unmarshal(a.body, &e) == nil {
		text = e.Message
		if s, ok := e.Error.(string); ok && text == "" {
			text = s
		}
	} else if strings.HasPrefix(a.header.Get("Content-Type"), "text/plain") {
		text = string(a.body)
	}
	if text = quote.Line(text, a.key); text == "" {
		return ""
	}
	return ": " + text
}

// retryAfter reads Retry-After (RFC 9110, 10.2.3), seconds or a date; a date is
// held against the server's own clock where it tells it.
func retryAfter(h http.Header, now time.Time) (wait time.Duration, ok bool) {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if seconds, err := strconv.ParseFloat(value, 64); err == nil && seconds >= 0 && seconds < 1e9 {
		return time.Duration(seconds * float64(time.Second)), true
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0, false
	}
	if server, err := http.ParseTime(h.Get("Date")); err == nil {
		now = server
	}
	return max(0, at.Sub(now)), true
}

func isHTML(body []byte) bool {
	head := bytes.ToLower(bytes.TrimLeft(body[:min(len(body), 1024)], "\ufeff \t\r\n"))
	if rest, ok := bytes.CutPrefix(head, []byte("<?xml")); ok { // XHTML
		if _, after, ok := bytes.Cut(rest, []byte("?>")); ok {
			head = bytes.TrimSpace(after)
		}
	}
	return bytes.HasPrefix(head, []byte("<!doctype html")) || bytes.HasPrefix(head, []byte("<html"))
}

var (
	xmlEncoding = regexp.MustCompile(`^\s*<\?xml[^>]*\bencoding\s*=\s*["']([A-Za-z0-9._:-]+)["']`)
	charset     = regexp.MustCompile(`(?i)\bcharset\s*=\s*"?([A-Za-z0-9._:-]+)`)
)

// decode is body as UTF-8. A byte order mark comes first, as RFC 7303 has it;
// but what is valid UTF-8 is taken for that whatever a header says, since
// servers say Latin-1 of everything.
func decode(body []byte, contentType string) []byte {
	var from encoding.Encoding
	declared := ""
	if m := charset.FindStringSubmatch(contentType); m != nil {
		declared = m[1]
	} else if m := xmlEncoding.FindSubmatch(body[:min(len(body), 1024)]); m != nil {
		declared = string(m[1])
	}
	named, err := htmlindex.Get(declared)
	if err != nil {
		named = nil
	}
	lower := strings.ToLower(declared)
	switch {
	case bytes.HasPrefix(body, []byte("\xfe\xff")), bytes.HasPrefix(body, []byte("\xff\xfe")):
		from = unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
	case named != nil && (strings.HasPrefix(lower, "utf-16") || strings.HasPrefix(lower, "iso-2022")):
		from = named // which looks like UTF-8 and is not
	case utf8.Valid(body):
		return bytes.TrimPrefix(body, []byte("\ufeff"))
	default:
		from = named
	}
	if from == nil || from == unicode.UTF8 {
		return body // package source makes of it what it can, record by record
	}
	out, _, err := transform.Bytes(from.NewDecoder(), body)
	if err != nil {
		return body
	}
	return out
}
