// Package openai embeds texts through any server that speaks OpenAI's
// embeddings API (OpenAI itself, Ollama, vLLM, TEI, llama.cpp, LM Studio,
// another Kindred …), by the client library go-openai.
//
// An [Embedder] is made to be left alone with half a million papers: it sends
// batches, several at a time, no more often than the server takes; tries again
// what may go through; checks every answer; cuts what is too long, and passes
// over a text that the server refuses instead of failing with its batch. See
// pace.go for when a request goes out and ask.go for what becomes of it.
package openai

import (
	"context"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	openai "github.com/sashabaranov/go-openai"
	"golang.org/x/sync/errgroup"

	"kindred/embed"
)

var (
	_ embed.Streamer  = (*Embedder)(nil)
	_ embed.Described = (*Embedder)(nil)
	_ embed.Worker    = (*Embedder)(nil)
)

// Embedder is one model of one server. It is safe for concurrent use.
type Embedder struct {
	opt       Options
	client    *openai.Client
	pace      *pace         // of documents
	questions chan struct{} // questions under way; they wait for no document
	dimension int
	work      struct{ texts, tokens, requests, again, cut, refused atomic.Int64 }
	warned    sync.Map // what was said once, by its words
	random    func() float64
}

// questionsAtOnce bounds the questions under way; more wait.
const questionsAtOnce = 8

// Dial makes an Embedder. Where [Options.Length] is not given, it asks the
// server for one vector, which shows that it answers and how long its vectors
// are; where [Options.Model] is not given, for the models it has.
func Dial(ctx context.Context, o Options) (*Embedder, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	config := openai.DefaultConfig(o.Key)
	config.BaseURL = o.URL
	config.HTTPClient = newWire(o.HTTPClient, o.Parallel)
	e := &Embedder{
		opt: o, client: openai.NewClientWithConfig(config), dimension: o.Length,
		pace: newPace(o.Parallel, o.Requests, o.Tokens), questions: make(chan struct{}, questionsAtOnce),
		random: rand.Float64,
	}
	if o.Model == "" {
		if err := e.chooseModel(ctx); err != nil {
			return nil, err
		}
	}
	if e.dimension == 0 {
		if err := e.measure(ctx); err != nil {
			return nil, err
		}
	}
	return e, nil
}

// chooseModel takes the one model that the server has, or of another Kindred
// the one that it names first.
func (e *Embedder) chooseModel(ctx context.Context) error {
	limited, x := withExchange(ctx)
	limited, cancel := context.WithTimeout(limited, e.opt.Timeout)
	defer cancel()
	list, err := e.client.ListModels(limited)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return e.explain(err, x)
	case len(list.Models) == 0:
		return e.fail(lasting, "has no model loaded: load one, or name it with --embed-model")
	case len(list.Models) > 1 && e.opt.Preset != "kindred":
		var names []string
		for _, m := range list.Models[:min(len(list.Models), 10)] {
			names = append(names, e.quote(m.ID))
		}
		return e.fail(lasting, "has several models: name one with --embed-model, such as %s", strings.Join(names, ", "))
	}
	e.opt.Model = list.Models[0].ID
	e.opt.QueryModel = e.opt.Model + presets[e.opt.Preset].QuerySuffix
	return nil
}

// measure asks for one vector.
func (e *Embedder) measure(ctx context.Context) error {
	v, err := e.ask(ctx, request{model: e.opt.Model, texts: []string{e.opt.DocumentPrefix + "dimension"}, tries: min(e.opt.Tries, 2)})
	if err != nil {
		return err
	}
	if v[0] == nil {
		return e.fail(lasting, "sent a vector of zeros: is this an embedding model?")
	}
	e.dimension = len(v[0])
	if d := e.opt.Dimensions; d != 0 && d != e.dimension {
		return e.fail(lasting, "was asked for vectors of %d numbers and sent %d: the model has one length only; leave --embed-dimensions out", d, e.dimension)
	}
	return nil
}

// Fingerprint names the model and its dimension, with a mark of the prefixes
// and of where texts are cut. The server is not in it: the same model elsewhere
// makes the same vectors.
func (e *Embedder) Fingerprint() embed.Fingerprint {
	model := e.opt.Model
	if e.opt.DocumentPrefix != "" || e.opt.QueryPrefix != "" || e.opt.MaxTokens > 0 {
		h := fnv.New32a()
		fmt.Fprintf(h, "%q %q %d", e.opt.DocumentPrefix, e.opt.QueryPrefix, e.opt.MaxTokens)
		model += fmt.Sprintf("+%08x", h.Sum32())
	}
	return embed.NewFingerprint("openai", model, e.dimension)
}

// Dimension is the length of every vector.
func (e *Embedder) Dimension() int { return e.dimension }

// Work counts what has been done.
func (e *Embedder) Work() embed.Work {
	w := &e.work
	return embed.Work{
		Texts: w.texts.Load(), Tokens: w.tokens.Load(), Requests: w.requests.Load(),
		Again: w.again.Load(), Cut: w.cut.Load(), Refused: w.refused.Load(),
	}
}

// EmbedDocuments embeds titles and abstracts, one text a document. A single
// one goes the way of a question: it is what somebody waits for.
func (e *Embedder) EmbedDocuments(ctx context.Context, docs []embed.Document) ([]embed.Vector, error) {
	if len(docs) == 1 {
		return e.embedNow(ctx, e.opt.Model, e.opt.DocumentPrefix, []string{textOf(docs[0])})
	}
	out := make([]embed.Vector, len(docs))
	err := e.StreamDocuments(ctx, docs, func(places []int, vectors []embed.Vector) error {
		for i, at := range places {
			out[at] = vectors[i]
		}
		return nil
	})
	if err != nil {
		if _, some := err.(*embed.RefusedError); !some {
			return nil, err
		}
	}
	return out, err
}

// EmbedQueries embeds questions. It does not wait for documents under way, and
// tries only twice.
func (e *Embedder) EmbedQueries(ctx context.Context, questions []string) ([]embed.Vector, error) {
	return e.embedNow(ctx, e.opt.QueryModel, e.opt.QueryPrefix, questions)
}

func textOf(d embed.Document) string { return strings.TrimSpace(d.Title + "\n" + d.Abstract) }

// pieces are the texts that have a sign in them, as many servers refuse the
// others, cut to what is allowed.
func (e *Embedder) pieces(texts []string) []piece {
	var out []piece
	for i, t := range texts {
		if strings.TrimSpace(t) == "" {
			continue
		}
		p := piece{place: i, text: t}
		if e.opt.MaxTokens > 0 {
			p.text, p.isCut = cut(t, e.opt.MaxTokens)
		}
		out = append(out, p)
	}
	return out
}

// StreamDocuments embeds documents in batches, several at a time. Requests
// under way when ctx ends are waited for, as long as [Options.Grace], so that
// what is paid for is not lost.
func (e *Embedder) StreamDocuments(ctx context.Context, docs []embed.Document, got func(places []int, vectors []embed.Vector) error) error {
	texts := make([]string, len(docs))
	for i, d := range docs {
		texts[i] = textOf(d)
	}
	pieces := e.pieces(texts)
	var mu sync.Mutex // of what follows, and held while got is called
	var refusals []embed.Refusal
	group, asking := errgroup.WithContext(ctx)
	group.SetLimit(e.opt.Parallel)
	for _, batch := range batches(pieces, e.opt.Batch, e.opt.BatchTokens, atMost(e.opt.DocumentPrefix)) {
		if asking.Err() != nil {
			break
		}
		group.Go(func() error {
			return e.embedBatch(asking, e.opt.Model, e.opt.DocumentPrefix, batch, func(done []piece, vectors []embed.Vector, no []embed.Refusal) error {
				mu.Lock()
				defer mu.Unlock()
				refusals = append(refusals, no...)
				if len(done) == 0 {
					return nil
				}
				places := make([]int, len(done))
				for i, p := range done {
					places[i] = p.place
				}
				return got(places, vectors)
			})
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(refusals) > 0 {
		slices.SortFunc(refusals, func(a, b embed.Refusal) int { return a.Place - b.Place })
		return &embed.RefusedError{Refusals: refusals}
	}
	return nil
}

// embedNow embeds the few texts that somebody waits for.
func (e *Embedder) embedNow(ctx context.Context, model, prefix string, texts []string) ([]embed.Vector, error) {
	select {
	case e.questions <- struct{}{}:
		defer func() { <-e.questions }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	out := make([]embed.Vector, len(texts))
	for _, batch := range batches(e.pieces(texts), e.opt.Batch, e.opt.BatchTokens, atMost(prefix)) {
		err := e.embedBatch(asQuestion(ctx), model, prefix, batch, func(done []piece, vectors []embed.Vector, no []embed.Refusal) error {
			for i, p := range done {
				out[p.place] = vectors[i]
			}
			if len(no) > 0 {
				return &embed.RefusedError{Refusals: no}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// warnOnce tells the user something, the first time only.
func (e *Embedder) warnOnce(message string) {
	if _, said := e.warned.LoadOrStore(message, true); !said {
		e.opt.Warn(message)
	}
}
