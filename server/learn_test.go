package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"kindred/paper"
	"kindred/server/client"
)

// pupil is a fake engine that learns as a test tells it to.
type pupil struct {
	*fakeEngine
	learn func(ctx context.Context, o paper.LearnOptions, progress func(string, int, int)) error
}

func (p *pupil) Learn(ctx context.Context, o paper.LearnOptions, progress func(string, int, int)) error {
	return p.learn(ctx, o, progress)
}

// served is a client on the private road of a server with that engine.
func served(t *testing.T, engine Engine) (c *client.Client, stop func() error) {
	t.Helper()
	base, stop := start(t, engine, Options{})
	c, err := client.New(base, client.Options{Token: testToken})
	if err != nil {
		t.Fatal(err)
	}
	return c, stop
}

func TestLearnThroughTheClient(t *testing.T) {
	heard := make(chan struct{})
	c, _ := served(t, &pupil{newFake(samplePapers()...), func(_ context.Context, o paper.LearnOptions, progress func(string, int, int)) error {
		if o.Steps != 7 {
			t.Errorf("told to take %d steps", o.Steps)
		}
		progress("learning", 1, 7)
		<-heard // what is told is sent at once, while the learning goes on
		for i := range 100_000 {
			progress("learning", i, 100_000)
		}
		progress("embedding", 3, 4)
		return nil
	}})
	var told []string
	err := c.Learn(t.Context(), paper.LearnOptions{Steps: 7}, func(stage string, done, total int) {
		if told = append(told, fmt.Sprint(stage, done, total)); len(told) == 1 {
			if _, err := c.Search(t.Context(), paper.Query{Text: "flow"}); err != nil {
				t.Errorf("a search meanwhile: %v", err)
			}
			close(heard)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(told); n < 2 || told[0] != "learning1 7" || told[n-1] != "embedding3 4" || n > 1000 {
		t.Errorf("told %d times: %v", n, told[:min(n, 10)])
	}
	if err := c.Learn(t.Context(), paper.LearnOptions{Steps: 7}, nil); err != nil {
		t.Errorf("without progress: %v", err)
	}
}

func TestLearnErrors(t *testing.T) {
	secret := errors.New("write /home/user/secret: no space left")
	for _, begun := range []bool{false, true} {
		for _, tt := range []struct {
			err, want error
			says      string
			status    int // where it has not begun
		}{
			{paper.ErrLearning, paper.ErrLearning, "learning already", 409},
			{fmt.Errorf("%w: 3 papers, 16 are needed", paper.ErrCannotLearn), paper.ErrCannotLearn, "3 papers, 16 are needed", 409},
			{fmt.Errorf("%w: being closed", paper.ErrUnavailable), paper.ErrUnavailable, "", 503},
			{secret, nil, "log", 500},
		} {
			c, _ := served(t, &pupil{newFake(), func(_ context.Context, _ paper.LearnOptions, progress func(string, int, int)) error {
				if begun {
					progress("reading", 0, 1)
				}
				return tt.err
			}})
			err := c.Learn(t.Context(), paper.LearnOptions{}, nil)
			var refused *client.Error
			if !errors.As(err, &refused) || tt.want != nil && !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), "secret") {
				t.Errorf("begun %v, %v: the client says %v", begun, tt.err, err)
				continue
			}
			if refused.RequestID == "" || !begun && refused.Status != tt.status {
				t.Errorf("begun %v, %v: %+v", begun, tt.err, refused)
			}
		}
	}

	c, _ := served(t, newFake())
	if err := c.Learn(t.Context(), paper.LearnOptions{}, nil); !errors.Is(err, paper.ErrCannotLearn) {
		t.Errorf("an engine that does not learn: %v", err)
	}
}

// TestLearnEndsWithItsClient gives the learning up in the middle, as Ctrl-C
// does.
func TestLearnEndsWithItsClient(t *testing.T) {
	ended := make(chan error, 1)
	c, _ := served(t, &pupil{newFake(), func(ctx context.Context, _ paper.LearnOptions, progress func(string, int, int)) error {
		progress("learning", 1, 2)
		<-ctx.Done()
		ended <- ctx.Err()
		return ctx.Err()
	}})
	ctx, cancel := context.WithCancel(t.Context())
	if err := c.Learn(ctx, paper.LearnOptions{}, func(string, int, int) { cancel() }); !errors.Is(err, context.Canceled) {
		t.Errorf("the client says %v", err)
	}
	select {
	case err := <-ended:
		if !errors.Is(err, context.Canceled) {
			t.Errorf("the learning ended with %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Error("the learning goes on")
	}
}

// TestStopEndsALearning does not wait for the grace.
func TestStopEndsALearning(t *testing.T) {
	c, stop := served(t, &pupil{newFake(), func(ctx context.Context, _ paper.LearnOptions, progress func(string, int, int)) error {
		progress("learning", 1, 2)
		<-ctx.Done()
		return ctx.Err()
	}})
	stopped := make(chan error, 1)
	err := c.Learn(t.Context(), paper.LearnOptions{}, func(string, int, int) {
		go func() { stopped <- stop() }()
	})
	if !errors.Is(err, paper.ErrUnavailable) || !strings.Contains(err.Error(), "kindred learn") {
		t.Errorf("the client says %v", err)
	}
	if err := <-stopped; err != nil {
		t.Errorf("Serve returned %v", err)
	}
}

func TestLearnIsOnThePrivateRoadAlone(t *testing.T) {
	s, _ := newServer(t, &pupil{newFake(), func(context.Context, paper.LearnOptions, func(string, int, int)) error { return nil }}, Options{})
	for _, tt := range []struct {
		path, token, kind, body string
		status                  int
	}{
		{"/v1/learn", testToken, mediaJSON, `{}`, 404},
		{"/internal/v1/learn", "another", mediaJSON, `{}`, 401},
		{"/internal/v1/learn", testToken, "text/plain", `{}`, 415},
		{"/internal/v1/learn", testToken, mediaJSON, `{"steps":"many"}`, 400},
		{"/internal/v1/learn", testToken, mediaJSON, `{"steps":-1}`, 400},
		{"/internal/v1/learn", testToken, mediaJSON, ``, 400},
		{"/internal/v1/learn", testToken, mediaJSON, strings.Repeat(" ", maxQueryBody+1), 413},
		{"/internal/v1/learn", testToken, mediaJSON, `{"steps":3}`, 200},
	} {
		w := ask(t, s.Handler(), http.MethodPost, tt.path, strings.NewReader(tt.body), "Content-Type", tt.kind, "Authorization", "Bearer "+tt.token)
		if w.Code != tt.status {
			t.Errorf("%s %s %.20q: %d %s, not %d", tt.path, tt.kind, tt.body, w.Code, w.Body, tt.status)
		}
	}
	c, err := client.New("http://127.0.0.1:1", client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Learn(t.Context(), paper.LearnOptions{}, nil); err == nil || !strings.Contains(err.Error(), "token") {
		t.Errorf("without a token: %v", err)
	}
}

// TestPrivateRoadSaysWhatIsUnavailable, which the open one keeps to itself.
func TestPrivateRoadSaysWhatIsUnavailable(t *testing.T) {
	engine := newFake()
	engine.before = func(context.Context) error { return fmt.Errorf("%w: the model is lost", paper.ErrUnavailable) }
	s, _ := newServer(t, engine, Options{})
	for path, says := range map[string]bool{"/v1/papers/a": false, "/internal/v1/papers/a": true} {
		w := ask(t, s.Handler(), http.MethodPut, path, strings.NewReader(`{"title":"A"}`), "Content-Type", mediaJSON, "Authorization", "Bearer "+testToken)
		if w.Code != 503 || strings.Contains(w.Body.String(), "the model is lost") != says {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}
