package server

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"kindred/paper"
)

// Writer answers a question in words from the papers that were found.
type Writer interface {
	// Write hands each sentence to say as it comes, by one goroutine, and returns
	// the whole answer, whose every citation names a paper of r. The error is
	// say's or ctx's: an answer that is weaker than it could be says so itself.
	Write(ctx context.Context, r *paper.Result, say func(paper.Sentence) error) (*paper.Answer, error)
}

const mediaEvents = "text/event-stream"

// ask answers a question in sentences; limit says how many papers are looked
// at. With stream, or where events are accepted, each sentence is an event as it
// comes, and the last event is the whole answer, or an error.
func (a *api) ask(c *gin.Context) {
	r, err := a.request(c, askParams)
	if err == nil && strings.TrimSpace(r.question) == "" {
		err = paper.Invalid("q", "the question is empty")
	}
	if err != nil {
		a.fail(c, err)
		return
	}
	a.answer(c, r, r.stream || strings.Contains(c.GetHeader("Accept"), mediaEvents))
}

// answer sends the answer, as events or whole.
func (a *api) answer(c *gin.Context, r *request, events bool) {
	result, err := a.found(c, r)
	if err != nil {
		a.fail(c, err)
		return
	}
	say := func(paper.Sentence) error { return nil }
	if events {
		begin(c)
		say = func(s paper.Sentence) error { return event(c, "sentence", s) }
	}
	answer, err := a.opts.Writer.Write(c.Request.Context(), result, say)
	if err == nil {
		a.metrics.weaker(c, answer.Degraded)
		for i := range answer.Papers {
			r.fields.keep(&answer.Papers[i])
		}
		if events {
			_ = event(c, "answer", answer) // who does not take it is gone
			return
		}
		err = writeJSON(c, http.StatusOK, answer)
	}
	if err != nil {
		a.fail(c, err)
		if events {
			_ = event(c, "error", map[string]problem{"error": describe(err)})
		}
	}
}

// begin tells the client, and whoever stands between, that the papers are found
// and sentences will follow one by one.
func begin(c *gin.Context) {
	h := c.Writer.Header()
	h.Set("Content-Type", mediaEvents)
	h.Set("X-Accel-Buffering", "no") // nginx would gather them
	c.Writer.WriteHeader(http.StatusOK)
	c.Writer.Flush()
}

// event sends a server-sent event.
func event(c *gin.Context, name string, body any) error {
	data, err := json.Marshal(body)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.Writer, "event: %s\ndata: %s\n\n", name, data)
	c.Writer.Flush()
	return err
}
