// Package answer has a chat model answer a question from the papers that were
// found, and believes none of it: every sentence must cite papers that were
// asked from and be borne out by their words, or it is left out. The model is
// asked of any server that speaks OpenAI's API, through the client library
// go-openai; where it fails, the answer is by extraction and says so.
package answer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"kindred/internal/text"
	"kindred/paper"
)

// Options name a model and say how its server is treated.
type Options struct {
	URL   string // of the API, with its /v1
	Model string
	Key   string // empty: none is sent
	// KeyEnv is where the key is from, for messages.
	KeyEnv string
	// MaxTokens bounds what the model writes, its thoughts included; 0 is 2,000.
	MaxTokens int
	// Timeout bounds the time of an answer, four minutes at most; 0 is two, which
	// a model on a CPU needs.
	Timeout time.Duration
	// Parallel is how many answers are written at once; 0 is 4. Those that find
	// no place within some seconds are by extraction.
	Parallel int
	// HTTPClient sends the requests; nil is one of its own.
	HTTPClient *http.Client
	Logger     *slog.Logger // takes what went wrong; nil drops it
}

// Validate reports the first option that cannot be meant, and fills in the
// defaults.
func (o *Options) Validate() error {
	u, err := url.Parse(o.URL)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return fmt.Errorf("%q is not the URL of a chat server, such as http://127.0.0.1:11434/v1", o.URL)
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return errors.New("the URL of a chat server takes no user, password or query; the key is read from a variable")
	case o.Model == "":
		return fmt.Errorf("the chat server %s needs the name of a model: --chat-model", o.URL)
	case o.MaxTokens < 0 || o.Timeout < 0 || o.Parallel < 0:
		return errors.New("a limit of the chat server is negative")
	case o.Timeout > maxTimeout:
		return fmt.Errorf("an answer of the chat server may take %s at most, not %s", maxTimeout, o.Timeout)
	}
	o.URL = strings.TrimSuffix(o.URL, "/")
	if o.MaxTokens == 0 {
		o.MaxTokens = 2000
	}
	if o.Timeout == 0 {
		o.Timeout = 2 * time.Minute
	}
	if o.Parallel == 0 {
		o.Parallel = 4
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return nil
}

// Writer answers by one chat model. It is safe for concurrent use.
type Writer struct {
	opt    Options
	chat   *chat
	places chan struct{}

	mu       sync.Mutex
	failures int       // in a row
	until    time.Time // it is left alone till then
}

// New makes a Writer. Nothing is asked of the server yet.
func New(o Options) (*Writer, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	return &Writer{opt: o, chat: newChat(o), places: make(chan struct{}, o.Parallel)}, nil
}

// Why an answer is not the chat model's, or not all of it.
const (
	Unavailable = "chat model unavailable"
	Busy        = "chat model busy"
	NoAnswer    = "chat model finds no answer in the papers"
	Unsupported = "the papers bear out nothing of what the chat model wrote"
	BrokeOff    = "chat model broke off"
)

const (
	// queueWait is how long a place is waited for.
	queueWait = 5 * time.Second
	// shortRest doubles with every failure up to longRest: a server that is down
	// does not cost each question its time.
	shortRest, longRest = time.Second, 30 * time.Second
	// maxTimeout is within the time that a server gives an answer.
	maxTimeout = 4 * time.Minute
	// maxAnswer bounds an answer's sentences.
	maxAnswer = 12
)

// Write answers the question that r was found for, from the papers in r. say is
// handed each sentence as it comes, by one goroutine; an error of its ends the
// answer. Otherwise the error is ctx's: where the model is at fault, the answer
// is what could be had, and Degraded says why.
func (w *Writer) Write(ctx context.Context, r *paper.Result, say func(paper.Sentence) error) (*paper.Answer, error) {
	start := time.Now()
	a, err := w.write(ctx, r, say)
	if a != nil {
		a.TookMS = r.TookMS + float64(time.Since(start).Microseconds())/1000
	}
	return a, err
}

func (w *Writer) write(ctx context.Context, r *paper.Result, say func(paper.Sentence) error) (*paper.Answer, error) {
	asked := readable(r)
	if len(asked) == 0 {
		return extract(ctx, r, "", say)
	}
	if !w.enter(ctx) {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return extract(ctx, r, Busy, say)
	}
	defer func() { <-w.places }()
	if w.resting() {
		return extract(ctx, r, Unavailable, say)
	}

	d := newDraft(r, w.opt.Model, asked, say)
	limited, cancel := context.WithTimeout(ctx, w.opt.Timeout)
	defer cancel()
	err := w.chat.ask(limited, prompt(r.Query, asked), d.add)
	switch {
	case d.said != nil:
		return nil, d.said
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, errEnough):
		err = nil // end has nothing to add
	case err != nil && limited.Err() != nil:
		err = fmt.Errorf("the chat server %s did not finish within %s: a smaller model may, or a longer --chat-timeout", w.opt.URL, w.opt.Timeout)
	}
	w.note(err)
	degraded := BrokeOff
	if err == nil {
		degraded = ""
		if err := d.end(); err != nil {
			return nil, err
		}
	}
	if len(d.answer.Sentences) > 0 {
		d.answer.Degraded = join(r.Degraded, degraded)
		return d.answer, nil
	}
	if err != nil {
		return extract(ctx, r, Unavailable, say)
	}
	why := Unsupported
	if d.answer.LeftOut == 0 {
		why = NoAnswer
	}
	a, err := extract(ctx, r, why, say)
	if a != nil {
		a.LeftOut = d.answer.LeftOut
	}
	return a, err
}

// extract answers by extraction, and says why.
func extract(ctx context.Context, r *paper.Result, why string, say func(paper.Sentence) error) (*paper.Answer, error) {
	a, err := paper.Extraction{}.Write(ctx, r, say)
	if err != nil {
		return nil, err
	}
	a.Degraded = join(a.Degraded, why)
	return a, nil
}

func join(reasons ...string) string {
	return strings.Join(slices.DeleteFunc(reasons, func(s string) bool { return s == "" }), "; ")
}

// enter takes a place; it must be given back.
func (w *Writer) enter(ctx context.Context) bool {
	timer := time.NewTimer(queueWait)
	defer timer.Stop()
	select {
	case w.places <- struct{}{}:
		return true
	case <-timer.C:
	case <-ctx.Done():
	}
	return false
}

func (w *Writer) resting() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Now().Before(w.until)
}

// note remembers what became of a request.
func (w *Writer) note(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err == nil {
		w.failures = 0
		return
	}
	rest := min(shortRest<<min(w.failures, 10), longRest)
	w.failures++
	w.until = time.Now().Add(rest)
	w.opt.Logger.Warn("the chat model failed; questions are answered by extraction until it answers", "error", err, "next_try_in", rest)
}

// draft is an answer as it comes.
type draft struct {
	answer   *paper.Answer
	say      func(paper.Sentence) error
	said     error // of say
	split    splitter
	analyzer text.Analyzer
	asked    []paper.Paper
	evidence []*evidence
	number   map[int]int // of the answer's papers by that of the paper asked from
}

func newDraft(r *paper.Result, model string, asked []paper.Paper, say func(paper.Sentence) error) *draft {
	d := &draft{say: say, asked: asked, number: map[int]int{}, answer: &paper.Answer{
		Query: r.Query, Sentences: []paper.Sentence{}, Papers: []paper.Paper{}, Model: r.Model, ChatModel: model,
	}}
	for i := range asked {
		d.evidence = append(d.evidence, newEvidence(&d.analyzer, &asked[i]))
	}
	return d
}

// add takes the next piece of what the model writes.
func (d *draft) add(piece string) error { return d.check(d.split.add(piece)) }

// end takes what is left.
func (d *draft) end() error {
	if err := d.check(d.split.rest()); err != nil && !errors.Is(err, errEnough) {
		return err
	}
	return nil
}

// errEnough ends a request whose answer is long enough.
var errEnough = errors.New("enough")

// check takes the sentences that the papers bear out.
func (d *draft) check(sentences []string) error {
	for _, s := range sentences {
		if len(d.answer.Sentences) == maxAnswer {
			return errEnough
		}
		plain, cited := citations(s, len(d.asked))
		if strings.HasPrefix(plain, noAnswer) {
			continue
		}
		if !strings.Contains(plain, "://") { // no paper's answer, and nothing to lead a reader to
			cited = supported(&d.analyzer, plain, cited, d.evidence)
		} else {
			cited = nil
		}
		if len(cited) == 0 {
			if strings.Contains(plain, " ") {
				d.answer.LeftOut++
			}
			continue
		}
		if slices.ContainsFunc(d.answer.Sentences, func(o paper.Sentence) bool { return o.Text == plain }) {
			continue
		}
		one := paper.Sentence{Text: plain}
		for _, n := range cited {
			if d.number[n] == 0 {
				d.answer.Papers = append(d.answer.Papers, d.asked[n-1])
				d.number[n] = len(d.answer.Papers)
			}
			one.Citations = append(one.Citations, d.number[n])
		}
		slices.Sort(one.Citations)
		d.answer.Sentences = append(d.answer.Sentences, one)
		if d.said = d.say(one); d.said != nil {
			return d.said
		}
	}
	return nil
}
