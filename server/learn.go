package server

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"kindred/paper"
)

// Learner is an [Engine] whose model can learn the papers. An engine without
// it serves all the same.
type Learner interface {
	// Learn teaches the model and returns when it is in use, or soon after ctx
	// ends; then all is as it was, and a later call may carry on. progress is
	// told the stage and how far it is, by one goroutine at a time. The error
	// wraps [paper.ErrLearning] while another call is at work,
	// [paper.ErrCannotLearn] with the reason where there is nothing to learn.
	Learn(ctx context.Context, o paper.LearnOptions, progress func(stage string, done, total int)) error
}

// learnPause is the least time between two lines about one stage.
const learnPause = 100 * time.Millisecond

// learnLine is one line of the answer: how far it is, or that it is over.
type learnLine struct {
	Stage   string   `json:"stage,omitempty"`
	Done    int      `json:"done,omitempty"`
	Total   int      `json:"total,omitempty"`
	Learned bool     `json:"learned,omitempty"`
	Error   *problem `json:"error,omitempty"`
}

// learn answers with JSON lines: {"stage":…,"done":…,"total":…} while it goes
// on, at the end {"learned":true} or {"error":{…}}. An error before the first
// line is answered like any other. The learning ends with the request, so with
// the client, and when the server is told to stop.
func (a *api) learn(c *gin.Context) {
	var o paper.LearnOptions
	if _, err := mediaType(c.Request, mediaJSON); err != nil {
		a.fail(c, err)
		return
	}
	// The body is read to its end, or net/http would not see the client go.
	if err := a.withBody(c, maxQueryBody, func(body []byte) error {
		if json.Unmarshal(body, &o) != nil || o.Steps < 0 {
			return paper.Invalid("steps", "a whole number from 0 is needed")
		}
		return nil
	}); err != nil {
		a.fail(c, err)
		return
	}
	learner, ok := a.engine.(Learner)
	if !ok {
		a.fail(c, refuse(paper.ErrCannotLearn, "", "the engine behind this server does not learn"))
		return
	}
	ctx, cancel := context.WithCancelCause(c.Request.Context())
	defer cancel(nil)
	go func() {
		select {
		case <-a.stopping:
			cancel(errStopping)
		case <-ctx.Done():
		}
	}()

	out := &learnStream{c: c}
	err := learner.Learn(ctx, o, out.progress)
	switch {
	case err == nil:
		out.send(learnLine{Learned: true})
		return
	case errors.Is(context.Cause(ctx), errStopping):
		err = refuse(paper.ErrUnavailable, "", "the server is stopping, and the learning with it; once it is back or gone, kindred learn does the rest")
	case errors.Is(err, paper.ErrCannotLearn), errors.Is(err, paper.ErrLearning):
		err = refuse(err, "", "%v", err) // words for the user, whose folder it is
	}
	a.fail(c, err)
	if out.begun {
		p := describe(err)
		out.send(learnLine{Error: &p})
	}
}

var errStopping = errors.New("the server is stopping")

// learnStream writes the lines.
type learnStream struct {
	c     *gin.Context
	begun bool
	stage string
	last  time.Time
}

// progress sends a line where it is another stage or time for one.
func (s *learnStream) progress(stage string, done, total int) {
	if stage == s.stage && time.Since(s.last) < learnPause {
		return
	}
	s.stage, s.last = stage, time.Now()
	s.send(learnLine{Stage: stage, Done: done, Total: total})
}

func (s *learnStream) send(line any) {
	w := s.c.Writer
	if !s.begun {
		s.begun = true
		w.Header().Set("Content-Type", mediaNDJSON)
		w.WriteHeader(http.StatusOK)
	}
	// A client that does not take it is gone, and the request's context with it.
	_ = json.NewEncoder(w).Encode(line)
	w.Flush()
}
