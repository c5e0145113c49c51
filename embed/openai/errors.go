package openai

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"strings"
	"syscall"
	"time"

	openai "github.com/sashabaranov/go-openai"

	"kindred/embed"
	"kindred/internal/quote"
)

// Error is a failure of the embedding server. It wraps [embed.ErrUnavailable].
type Error struct {
	Server, Model string
	Status        int    // of HTTP; 0 when there was no answer
	Message       string // what happened and what to do
	kind          kind
	pause         time.Duration // that the server asked for
}

// kind says what may come of asking again.
type kind int

const (
	lasting   kind = iota // the same request fails again
	passing               // it may go through later
	throttled             // it will, after the pause
	refused               // the server does not take these texts
	overlong              // a text is too long for it
)

func (e *Error) Error() string {
	return fmt.Sprintf("the embedding server %s %s", e.Server, e.Message)
}

// Unwrap gives [embed.ErrUnavailable]. What the client library said is left
// out: it may quote what was sent.
func (e *Error) Unwrap() error { return embed.ErrUnavailable }

func (e *Embedder) fail(k kind, format string, args ...any) *Error {
	return &Error{Server: e.opt.URL, Model: e.opt.Model, Message: fmt.Sprintf(format, args...), kind: k}
}

// aboutLength recognises how servers say that a text is too long for them.
var aboutLength = regexp.MustCompile(`(?i)context[ _]?(length|size|window)|too (long|large|many tokens)|maximum[^.]{0,40}(tokens|length)|(tokens|length)[^.]{0,60}(exceed|maximum|limit)|exceed[^.]{0,60}(tokens|length|context)|batch size|less than \d+ tokens`)

// explain says what a failed request means and what to do. The server's own
// words are cut short; keys are in none of it.
func (e *Embedder) explain(err error, x *exchange) *Error {
	said, code := e.words(err)
	quoted := ""
	if said != "" {
		quoted = " (" + said + ")"
	}
	var out *Error
	status := x.status
	if status > 0 && status < 400 {
		status = 0 // it came with an answer that is none
	}
	switch {
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		if e.opt.Key == "" {
			out = e.fail(lasting, "wants a key and none was given: set %s%s", e.keyName(), quoted)
		} else {
			out = e.fail(lasting, "refused the key: check %s%s", e.keyName(), quoted)
		}
	case status == http.StatusNotFound:
		out = e.fail(lasting, "does not know the model %q or the path /embeddings: check the model's name and that the URL ends in /v1%s", e.opt.Model, quoted)
	case status == http.StatusMethodNotAllowed:
		out = e.fail(lasting, "does not take embedding requests at this URL: check that it ends in /v1%s", quoted)
	case status == http.StatusPaymentRequired || status == http.StatusTooManyRequests && code == "insufficient_quota":
		out = e.fail(lasting, "says that the account's credit is used up: top it up, then run the same command again%s", quoted)
	case status == http.StatusTooManyRequests:
		out = e.fail(throttled, "is asked too often: try again later, or allow fewer with --embed-requests%s", quoted)
	case status >= 400 && status != http.StatusRequestTimeout && aboutLength.MatchString(said):
		out = e.fail(overlong, "finds a text too long%s", quoted)
	case status == http.StatusBadRequest || status == http.StatusRequestEntityTooLarge || status == http.StatusUnprocessableEntity:
		out = e.fail(refused, "refuses the request%s", quoted)
	case status == http.StatusServiceUnavailable && x.pause > 0:
		out = e.fail(throttled, "is overloaded: try again later%s", quoted)
	case status >= 500 || status == http.StatusRequestTimeout:
		out = e.fail(passing, "answered with status %d: see its own log%s", status, quoted)
	case status >= 400:
		out = e.fail(lasting, "answered with status %d%s", status, quoted)
	case errors.Is(err, context.DeadlineExceeded), isTimeout(err):
		out = e.fail(passing, "did not answer within %s: is it overloaded? A smaller --embed-batch or a longer --embed-timeout may help", e.opt.Timeout)
	case errors.Is(err, errHTML), errors.Is(err, errRedirect):
		out = e.fail(lasting, "is no embedding API: %s%s; check that the URL is that of the API and ends in /v1", cause(err), elsewhere(x))
	case errors.Is(err, errNaN):
		out = e.fail(refused, "sent a vector that holds no finite numbers: the model has failed on a text, or is badly quantised")
	case errors.Is(err, errTooLong):
		out = e.fail(refused, "cannot be used for so many texts at once: %s; allow fewer with --embed-batch", cause(err))
	case errors.Is(err, errHalf), errors.Is(err, errBroken), errors.Is(err, errNotJSON):
		out = e.fail(passing, "cannot be used: %s; is this its API, is it stopping, is there a proxy between?", cause(err))
	case isUnknownHost(err):
		out = e.fail(passing, "cannot be reached: there is no such host, or no network; check the URL")
	case errors.Is(err, syscall.ECONNREFUSED):
		out = e.fail(passing, "cannot be reached: nothing listens there; start it, or check the URL")
	default:
		out = e.fail(passing, "cannot be used: is it running, and is this its API? %s", e.quote(cause(err)))
	}
	out.Status, out.pause = status, x.pause
	return out
}

func elsewhere(x *exchange) string {
	if x.status >= 300 {
		return fmt.Sprintf(" (status %d)", x.status)
	}
	return ""
}

func (e *Embedder) keyName() string {
	if e.opt.KeyEnv != "" {
		return e.opt.KeyEnv
	}
	return "a variable with it, named by --embed-key-env"
}

// words are what the server itself says of a failure, short and on one line,
// and the code it gives.
func (e *Embedder) words(err error) (said, code string) {
	if api, ok := errors.AsType[*openai.APIError](err); ok {
		code, _ = api.Code.(string)
		return e.quote(api.Message), code
	}
	if r, ok := errors.AsType[*openai.RequestError](err); ok {
		body := strings.TrimSpace(string(r.Body))
		if strings.HasPrefix(body, "<") {
			return "", ""
		}
		return e.quote(body), ""
	}
	return "", ""
}

// quote shortens words from outside and takes the key out of them.
func (e *Embedder) quote(s string) string { return quote.Line(s, e.opt.Key) }

func isUnknownHost(err error) bool {
	dns, ok := errors.AsType[*net.DNSError](err)
	return ok && dns.IsNotFound
}

func isTimeout(err error) bool {
	t, ok := errors.AsType[net.Error](err)
	return ok && t.Timeout()
}

// cause is the innermost error's words, without the wrappings of libraries.
func cause(err error) string {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err.Error()
		}
		err = next
	}
}
