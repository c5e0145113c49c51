package openai

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// wire carries requests for go-openai. It reads whole answers, which it
// bounds, tells what is no answer of such an API before it is decoded, and
// keeps the status and the pause that the server asks for.
type wire struct{ client *http.Client }

const (
	// maxAnswer fits 2,048 vectors of 4,096 numbers as text.
	maxAnswer = 128 << 20
	// maxRefusal is as much of an error's body as is read.
	maxRefusal = 64 << 10
)

// exchange is what is to be known of one request beside its answer. It
// travels in the request's context.
type exchange struct {
	status int
	pause  time.Duration // that the server asked for; 0: none
}

type exchangeKey struct{}

func withExchange(ctx context.Context) (context.Context, *exchange) {
	x := new(exchange)
	return context.WithValue(ctx, exchangeKey{}, x), x
}

// What is wrong with an answer that came with a good status.
var (
	errBroken   = errors.New("the connection broke in the middle of the answer")
	errHTML     = errors.New("it answers with a web page")
	errHalf     = errors.New("its answer ends in the middle")
	errNotJSON  = errors.New("its answer is not JSON")
	errNaN      = errors.New("a vector holds something that is no finite number")
	errTooLong  = fmt.Errorf("its answer is longer than %d MB", maxAnswer>>20)
	errRedirect = errors.New("it sends the request elsewhere")
)

func newWire(given *http.Client, parallel int) *wire {
	var c http.Client
	if given != nil {
		c = *given
	} else {
		t := http.DefaultTransport.(*http.Transport).Clone() // obeys the proxy variables
		t.MaxIdleConnsPerHost = parallel + questionsAtOnce
		c.Transport = t
	}
	// A redirected POST loses its body or takes the key elsewhere.
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &wire{&c}
}

// Do is what go-openai calls.
func (w *wire) Do(r *http.Request) (*http.Response, error) {
	res, err := w.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	x, ok := r.Context().Value(exchangeKey{}).(*exchange)
	if !ok {
		x = new(exchange)
	}
	x.status, x.pause = res.StatusCode, pauseAsked(res.Header, time.Now())
	limit := int64(maxAnswer)
	if res.StatusCode >= 400 {
		limit = maxRefusal
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, limit+1))
	switch {
	case res.StatusCode >= 400:
		body = body[:min(len(body), maxRefusal)] // half of a reason is better than none
	case err != nil:
		if r.Context().Err() != nil {
			return nil, r.Context().Err()
		}
		return nil, errBroken
	case res.StatusCode >= 300:
		return nil, errRedirect
	default:
		if err := check(body); err != nil {
			return nil, err
		}
	}
	res.Body = io.NopCloser(bytes.NewReader(body))
	return res, nil
}

// check tells why a body is not the JSON that is wanted.
func check(body []byte) error {
	trimmed := bytes.TrimSpace(body)
	switch {
	case len(body) > maxAnswer:
		return errTooLong
	case len(trimmed) == 0:
		return errHalf
	case trimmed[0] == '<':
		return errHTML
	case !json.Valid(trimmed):
		var any json.RawMessage
		err := json.Unmarshal(trimmed, &any)
		if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
			at := int(min(syntax.Offset, int64(len(trimmed))))
			near := string(trimmed[max(0, at-2):min(at+8, len(trimmed))])
			if strings.Contains(near, "NaN") || strings.Contains(near, "Inf") || strings.Contains(near, "nan") || strings.Contains(near, "inf") {
				return errNaN
			}
			if at >= len(trimmed) {
				return errHalf
			}
		}
		return errNotJSON
	case nullInList(trimmed):
		return errNaN // how some servers write NaN; decoding would make it 0
	}
	return nil
}

// nullInList finds a null that is an element of a list in valid JSON.
func nullInList(b []byte) bool {
	word := []byte("null")
	for at := 0; ; {
		i := bytes.Index(b[at:], word)
		if i < 0 {
			return false
		}
		before := bytes.TrimRight(b[:at+i], " \t\r\n")
		if n := len(before); n > 0 && (before[n-1] == '[' || before[n-1] == ',') {
			return true
		}
		at += i + len(word)
	}
}

// pauseAsked reads how long a server wants to be left alone: Retry-After in
// seconds or as a date, Retry-After-Ms as OpenAI sends it.
func pauseAsked(h http.Header, now time.Time) time.Duration {
	if ms, err := strconv.ParseFloat(h.Get("Retry-After-Ms"), 64); err == nil && ms > 0 {
		return bounded(ms / 1000)
	}
	v := strings.TrimSpace(h.Get("Retry-After"))
	if s, err := strconv.ParseFloat(v, 64); err == nil && s > 0 {
		return bounded(s)
	}
	if at, err := http.ParseTime(v); err == nil && at.After(now) {
		return bounded(at.Sub(now).Seconds())
	}
	return 0
}

// bounded is seconds as a duration that does not overflow.
func bounded(s float64) time.Duration {
	return time.Duration(min(s, 30*24*3600) * float64(time.Second))
}
