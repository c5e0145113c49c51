package answer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"syscall"

	openai "github.com/sashabaranov/go-openai"

	"kindred/internal/quote"
)

// chat asks one model of one server.
type chat struct {
	opt    Options
	client *openai.Client
}

func newChat(o Options) *chat {
	config := openai.DefaultConfig(o.Key)
	config.BaseURL = o.URL
	config.HTTPClient = newWire(o.HTTPClient)
	return &chat{o, openai.NewClientWithConfig(config)}
}

// ownNames are models of OpenAI itself, which takes other parameters than those
// who copied its API: max_completion_tokens, and no temperature where they think.
var ownNames = regexp.MustCompile(`^(gpt-\d|chatgpt|o\d)`)

// temperature makes a model keep to what it was given.
const temperature = 0.1

// ask sends a prompt and hands the answer's text to got, piece by piece. An
// error of got's ends it and is returned as it is; all others name the server.
func (c *chat) ask(ctx context.Context, prompt string, got func(piece string) error) error {
	r := openai.ChatCompletionRequest{
		Model: c.opt.Model,
		Messages: []openai.ChatCompletionMessage{
			{Role: openai.ChatMessageRoleSystem, Content: instructions},
			{Role: openai.ChatMessageRoleUser, Content: prompt},
		},
	}
	if strings.HasPrefix(c.opt.URL, "https://api.openai.com/") || ownNames.MatchString(c.opt.Model) {
		r.MaxCompletionTokens = c.opt.MaxTokens
	} else {
		//lint:ignore SA1019 OpenAI has left it behind, the servers that copied its API know no other
		r.MaxTokens, r.Temperature = c.opt.MaxTokens, temperature
	}
	stream, err := c.client.CreateChatCompletionStream(ctx, r)
	if err != nil {
		return c.explain(err)
	}
	defer stream.Close()
	for {
		part, err := stream.Recv()
		switch {
		case errors.Is(err, io.EOF):
			return c.fail("broke off in the middle of the answer")
		case err != nil:
			return c.explain(err)
		case len(part.Choices) == 0:
			continue
		}
		if err := got(part.Choices[0].Delta.Content); err != nil {
			return err
		}
		switch part.Choices[0].FinishReason {
		case "", openai.FinishReasonNull:
		case openai.FinishReasonLength:
			return c.fail("was cut off at %d tokens: allow more with --chat-tokens", c.opt.MaxTokens)
		default:
			return nil
		}
	}
}

func (c *chat) fail(format string, args ...any) error {
	return fmt.Errorf("the chat server %s %s", c.opt.URL, fmt.Sprintf(format, args...))
}

// explain says what a failure means and what to do. What the server says itself
// is cut short; the key is in none of it.
func (c *chat) explain(err error) error {
	status, said := 0, ""
	if api, ok := errors.AsType[*openai.APIError](err); ok {
		status, said = api.HTTPStatusCode, api.Message
	} else if r, ok := errors.AsType[*openai.RequestError](err); ok {
		status, said = r.HTTPStatusCode, string(r.Body)
	}
	if strings.HasPrefix(strings.TrimSpace(said), "<") {
		said = ""
	}
	if said = quote.Line(said, c.opt.Key); said != "" {
		said = " (" + said + ")"
	}
	key := c.opt.KeyEnv
	if key == "" {
		key = "the variable named by --chat-key-env"
	}
	switch {
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		if c.opt.Key == "" {
			return c.fail("wants a key and none was given: set %s%s", key, said)
		}
		return c.fail("refused the key: check %s%s", key, said)
	case status == http.StatusNotFound || status == http.StatusMethodNotAllowed:
		return c.fail("does not know the model %q or the path /chat/completions: check the model's name and that the URL ends in /v1%s", c.opt.Model, said)
	case status == http.StatusTooManyRequests:
		return c.fail("is asked too often, or the account's credit is used up%s", said)
	case status >= 500:
		return c.fail("answered with status %d: see its own log%s", status, said)
	case status >= 400:
		return c.fail("refuses the request, with status %d%s", status, said)
	case errors.Is(err, errHTML):
		return c.fail("is no chat API: %v; check that the URL is that of the API and ends in /v1", errHTML)
	case errors.Is(err, errMoved):
		return c.fail("is no chat API: %v; check that the URL is that of the API and ends in /v1", errMoved)
	case errors.Is(err, errTooLong):
		return c.fail("sent more than %d KB for one answer", maxBody>>10)
	case isUnknownHost(err):
		return c.fail("cannot be reached: there is no such host, or no network; check the URL")
	case errors.Is(err, syscall.ECONNREFUSED):
		return c.fail("cannot be reached: nothing listens there; start it, or check the URL")
	case errors.Is(err, context.DeadlineExceeded), isTimeout(err):
		return c.fail("did not answer in time")
	}
	for errors.Unwrap(err) != nil { // without the wrappings of libraries
		err = errors.Unwrap(err)
	}
	return c.fail("cannot be used: is this its API? %s%s", quote.Line(err.Error(), c.opt.Key), said)
}

func isUnknownHost(err error) bool {
	dns, ok := errors.AsType[*net.DNSError](err)
	return ok && dns.IsNotFound
}

func isTimeout(err error) bool {
	t, ok := errors.AsType[net.Error](err)
	return ok && t.Timeout()
}

// wire carries requests for go-openai and bounds what comes back.
type wire struct{ client *http.Client }

// maxBody bounds an answer: its tokens come wrapped in some 300 bytes each: 3,000 of them.
const maxBody = 1 << 20

var (
	errHTML    = errors.New("it answers with a web page")
	errMoved   = errors.New("it sends the request elsewhere")
	errTooLong = errors.New("the answer is too long")
)

func newWire(given *http.Client) *wire {
	var c http.Client
	if given != nil {
		c = *given
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
	wrong := error(nil)
	switch {
	case res.StatusCode >= 400:
	case res.StatusCode >= 300:
		wrong = errMoved
	case strings.HasPrefix(res.Header.Get("Content-Type"), "text/html"):
		wrong = errHTML
	}
	if wrong != nil {
		res.Body.Close()
		return nil, wrong
	}
	res.Body = &bounded{res.Body, maxBody}
	return res, nil
}

// bounded is a body that fails beyond so many bytes.
type bounded struct {
	io.ReadCloser
	left int
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTooLong
	}
	n, err := b.ReadCloser.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}
