package openai

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	openai "github.com/sashabaranov/go-openai"

	"kindred/embed"
)

// questionKey marks the context of a request that somebody waits for.
type questionKey struct{}

func asQuestion(ctx context.Context) context.Context {
	return context.WithValue(ctx, questionKey{}, true)
}

func isQuestion(ctx context.Context) bool { return ctx.Value(questionKey{}) != nil }

// maxCuts is how often a text that the server finds too long is shortened, to
// two thirds each time: to a tenth in all.
const maxCuts = 6

// handOut is given what became of some pieces: vectors for those that got one,
// refusals of the others.
type handOut = func(done []piece, vectors []embed.Vector, refusals []embed.Refusal) error

// embedBatch embeds a batch and hands it out. One that the server refuses is
// halved until the text is found that it is refused for; that one is cut where
// it is too long, else left out.
func (e *Embedder) embedBatch(ctx context.Context, model, prefix string, batch []piece, out handOut) error {
	texts := make([]string, len(batch))
	for i, p := range batch {
		texts[i] = prefix + p.text
	}
	r := request{model: model, texts: texts, tries: e.opt.Tries, grace: e.opt.Grace}
	if isQuestion(ctx) {
		r.tries, r.grace, r.hasty = min(e.opt.Tries, 2), 0, true
	}
	r.got = func(vectors []embed.Vector) error {
		for _, p := range batch {
			e.work.texts.Add(1)
			if p.isCut {
				e.work.cut.Add(1)
			}
		}
		return out(batch, vectors, nil)
	}
	_, err := e.ask(ctx, r)
	if err == nil {
		return nil
	}
	said, ok := errors.AsType[*Error](err)
	if !ok || said.kind != refused && said.kind != overlong || e.dimension == 0 {
		return err
	}
	if len(batch) == 1 {
		return e.embedAlone(ctx, model, prefix, batch[0], said, out)
	}
	// A request that is refused whatever its texts are is no matter of one text:
	// it shows when all of them are refused.
	answered, left := false, []embed.Refusal(nil)
	gather := func(done []piece, vectors []embed.Vector, refusals []embed.Refusal) error {
		answered = answered || len(done) > 0
		left = append(left, refusals...)
		if len(done) == 0 {
			return nil
		}
		return out(done, vectors, nil)
	}
	half := len(batch) / 2
	for _, some := range [][]piece{batch[:half], batch[half:]} {
		if err := e.embedBatch(ctx, model, prefix, some, gather); err != nil {
			return err
		}
		if !answered && len(left) >= allRefused {
			return said
		}
	}
	return out(nil, nil, left)
}

// allRefused is how many texts in a row are refused before it is taken to be
// for another reason than the texts.
const allRefused = 8

// embedAlone embeds the one text that a batch was refused for.
func (e *Embedder) embedAlone(ctx context.Context, model, prefix string, p piece, said *Error, out handOut) error {
	if said.kind == overlong && !isShort(p.text) && p.cuts < maxCuts {
		e.warnOnce("some texts are too long for the embedding server and are cut at a word")
		p.text, _ = cut(p.text, atMost(p.text)*2/3)
		p.isCut, p.cuts = true, p.cuts+1
		return e.embedBatch(ctx, model, prefix, []piece{p}, out)
	}
	e.work.refused.Add(1)
	return out(nil, nil, []embed.Refusal{{Place: p.place, Reason: said.Error()}})
}

func isShort(text string) bool { return atMost(text) < 2*minTokens }

// request is one request for vectors.
type request struct {
	model string
	texts []string
	tries int
	grace time.Duration // that it goes on when its context ends
	hasty bool          // somebody waits: it waits for no document
	// got, unless nil, takes the vectors before another request takes this one's
	// turn. So there are never more answers that came and are not kept yet than
	// requests at once, and a program that is killed loses no more. Its error is
	// none of [Error].
	got func([]embed.Vector) error
}

// ask sends a request, again while the server is busy or out of reach. Waiting
// at the server's wish is no try; it is bounded by [Options.Patience].
func (e *Embedder) ask(ctx context.Context, r request) ([]embed.Vector, error) {
	tokens := 0
	for _, t := range r.texts {
		tokens += embed.Tokens(t)
	}
	waited := time.Duration(0)
	for try := 1; ; {
		vectors, err := e.askInTurn(ctx, r, tokens)
		if err == nil || ctx.Err() != nil {
			if err != nil {
				err = ctx.Err()
			}
			return vectors, err
		}
		said, ok := errors.AsType[*Error](err)
		if !ok {
			return nil, err
		}
		switch said.kind {
		case throttled:
			if waited += max(said.pause, time.Second); r.hasty || waited > e.opt.Patience {
				if !r.hasty {
					said.Message += fmt.Sprintf("; it was waited for, %s", waited.Round(time.Second))
				}
				return nil, said
			}
		case passing:
			if try >= r.tries {
				if try > 1 && !r.hasty {
					said.Message += fmt.Sprintf(" (%d tries)", try)
				}
				return nil, said
			}
			pause := max(backoff(try, e.random), said.pause)
			if r.hasty {
				pause = min(pause, 50*time.Millisecond)
			}
			try++
			if err := sleep(ctx, pause); err != nil {
				return nil, err
			}
		default:
			return nil, said
		}
		e.work.again.Add(1)
	}
}

// askInTurn sends a request once, when its turn has come.
func (e *Embedder) askInTurn(ctx context.Context, r request, tokens int) ([]embed.Vector, error) {
	if !r.hasty {
		if err := e.pace.enter(ctx, tokens); err != nil {
			return nil, err
		}
		defer e.pace.leave()
	}
	sent := time.Now()
	vectors, used, err := e.send(ctx, r)
	switch said, _ := errors.AsType[*Error](err); {
	case err == nil:
		if used <= 0 {
			used = tokens
		}
		e.work.tokens.Add(int64(used))
		if !r.hasty {
			e.pace.took()
		}
		if r.got != nil {
			err = r.got(vectors)
		}
	case said != nil && said.kind == throttled:
		if said.pause <= 0 {
			said.pause = time.Second
		}
		e.pace.tooOften(sent, said.pause)
	}
	return vectors, err
}

// send sends a request once. When ctx ends, the answer is waited for as long as
// the grace.
func (e *Embedder) send(ctx context.Context, r request) ([]embed.Vector, int, error) {
	carried, x := withExchange(context.WithoutCancel(ctx))
	limited, cancel := context.WithTimeout(carried, e.opt.Timeout)
	defer cancel()
	stop := context.AfterFunc(ctx, func() {
		_ = sleep(limited, r.grace)
		cancel()
	})
	defer stop()
	e.work.requests.Add(1)
	answer, err := e.client.CreateEmbeddings(limited, openai.EmbeddingRequest{
		Input: r.texts, Model: openai.EmbeddingModel(r.model), Dimensions: e.opt.Dimensions,
	})
	if err != nil {
		if ctx.Err() != nil {
			return nil, 0, ctx.Err()
		}
		return nil, 0, e.explain(err, x)
	}
	vectors, err := e.sort(answer.Data, len(r.texts))
	return vectors, answer.Usage.PromptTokens, err
}

// sort checks the vectors of an answer and puts them in the order of their
// texts; one of zeros becomes nil.
func (e *Embedder) sort(data []openai.Embedding, texts int) ([]embed.Vector, error) {
	if len(data) != texts {
		return nil, e.fail(refused, "sent %d vectors for %d texts: a smaller --embed-batch may help", len(data), texts)
	}
	out := make([]embed.Vector, texts)
	seen := make([]bool, texts)
	want := e.dimension
	if want == 0 {
		want = len(data[0].Embedding)
	}
	for _, d := range data {
		if d.Index < 0 || d.Index >= texts || seen[d.Index] {
			return nil, e.fail(lasting, "numbered a vector %d among %d texts: its answers cannot be told apart", d.Index, texts)
		}
		seen[d.Index] = true
		if len(d.Embedding) != want || want == 0 {
			return nil, e.fail(lasting, "sent a vector of %d numbers, %d were expected: it has another model than before, or several under one name", len(d.Embedding), want)
		}
		for _, x := range d.Embedding {
			if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
				return nil, e.fail(refused, "sent a vector that holds no finite numbers: the model has failed on a text, or is badly quantised")
			}
		}
		if embed.Normalize(d.Embedding) {
			out[d.Index] = d.Embedding
		}
	}
	return out, nil
}
