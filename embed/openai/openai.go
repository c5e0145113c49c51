// Package openai embeds texts through any server that speaks OpenAI's
// embeddings API (OpenAI itself, Ollama, vLLM, TEI, llama.cpp, LM Studio …),
// by the client library go-openai.
package openai

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strings"
	"time"

	openai "github.com/sashabaranov/go-openai"

	"kindred/embed"
)

// Options name a server and a model. URL and Model are needed, the rest has
// useful defaults.
type Options struct {
	URL   string // of the API, such as http://127.0.0.1:11434/v1
	Key   string // sent as a bearer token; empty for servers without keys
	Model string // by the server's name for it

	// Dimension asks the server for shorter vectors, where it can make them;
	// 0 takes the model's own length.
	Dimension int
	// Prefixes that some models want before a text ("search_document: ").
	DocumentPrefix, QueryPrefix string

	Batch      int           // texts a request; 0 is 64
	Timeout    time.Duration // of one request; 0 is 60 s
	Tries      int           // of one request, the first included; 0 is 5
	HTTPClient *http.Client  // nil is one that obeys the usual proxy variables
}

// Validate reports the first option that cannot be meant, and fills in the
// defaults.
func (o *Options) Validate() error {
	u, err := url.Parse(o.URL)
	switch {
	case o.URL == "":
		return errors.New("an embedding server needs a URL, such as http://127.0.0.1:11434/v1")
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return fmt.Errorf("%q is not the URL of an embedding server; one looks like http://127.0.0.1:11434/v1", o.URL)
	case o.Model == "":
		return errors.New("an embedding server needs the name of a model")
	case o.Dimension < 0 || o.Batch < 0 || o.Tries < 0 || o.Timeout < 0:
		return errors.New("dimension, batch, tries and timeout cannot be negative")
	}
	o.URL = strings.TrimRight(o.URL, "/")
	if o.Batch == 0 {
		o.Batch = 64
	}
	if o.Timeout == 0 {
		o.Timeout = time.Minute
	}
	if o.Tries == 0 {
		o.Tries = 5
	}
	return nil
}

// Embedder is one model of one server. It is safe for concurrent use.
type Embedder struct {
	opt       Options
	client    *openai.Client
	dimension int
}

// Dial asks the server for one vector, which shows that it answers and how
// long its vectors are.
func Dial(ctx context.Context, o Options) (*Embedder, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	config := openai.DefaultConfig(o.Key)
	config.BaseURL = o.URL
	if o.HTTPClient != nil {
		config.HTTPClient = o.HTTPClient
	}
	e := &Embedder{opt: o, client: openai.NewClientWithConfig(config)}
	v, err := e.ask(ctx, []string{"dimension"})
	if err != nil {
		return nil, err
	}
	if v[0] == nil {
		return nil, e.fail("sent a vector of zeros", nil)
	}
	e.dimension = len(v[0])
	return e, nil
}

// Fingerprint names the model, its prefixes and its dimension, not the server:
// the same model elsewhere makes the same vectors.
func (e *Embedder) Fingerprint() embed.Fingerprint {
	model := e.opt.Model
	if e.opt.DocumentPrefix != "" || e.opt.QueryPrefix != "" {
		model += "+" + e.opt.DocumentPrefix + "+" + e.opt.QueryPrefix
	}
	return embed.NewFingerprint("openai", model, e.dimension)
}

// Dimension is the length of every vector.
func (e *Embedder) Dimension() int { return e.dimension }

// EmbedDocuments embeds titles and abstracts, one text a document.
func (e *Embedder) EmbedDocuments(ctx context.Context, docs []embed.Document) ([]embed.Vector, error) {
	texts := make([]string, len(docs))
	for i, d := range docs {
		texts[i] = strings.TrimSpace(d.Title + "\n" + d.Abstract)
	}
	return e.embed(ctx, e.opt.DocumentPrefix, texts)
}

// EmbedQueries embeds questions.
func (e *Embedder) EmbedQueries(ctx context.Context, questions []string) ([]embed.Vector, error) {
	return e.embed(ctx, e.opt.QueryPrefix, questions)
}

// embed sends the texts in batches; those without a sign get no vector, as
// many servers refuse them.
func (e *Embedder) embed(ctx context.Context, prefix string, texts []string) ([]embed.Vector, error) {
	out := make([]embed.Vector, len(texts))
	var batch []string
	var places []int
	flush := func() error {
		if len(batch) == 0 {
			return nil
		}
		vectors, err := e.ask(ctx, batch)
		if err != nil {
			return err
		}
		for i, v := range vectors {
			out[places[i]] = v
		}
		batch, places = batch[:0], places[:0]
		return nil
	}
	for i, t := range texts {
		if strings.TrimSpace(t) == "" {
			continue
		}
		batch, places = append(batch, prefix+t), append(places, i)
		if len(batch) == e.opt.Batch {
			if err := flush(); err != nil {
				return nil, err
			}
		}
	}
	return out, flush()
}

// ask sends one request, again while the server is busy or out of reach.
func (e *Embedder) ask(ctx context.Context, texts []string) ([]embed.Vector, error) {
	pause := 200 * time.Millisecond
	for try := 1; ; try++ {
		v, err := e.askOnce(ctx, texts)
		if err == nil || try == e.opt.Tries || ctx.Err() != nil || !passing(err) {
			return v, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(pause):
			pause *= 2
		}
	}
}

func (e *Embedder) askOnce(ctx context.Context, texts []string) ([]embed.Vector, error) {
	limited, cancel := context.WithTimeout(ctx, e.opt.Timeout)
	defer cancel()
	answer, err := e.client.CreateEmbeddings(limited, openai.EmbeddingRequest{
		Input: texts, Model: openai.EmbeddingModel(e.opt.Model), Dimensions: e.opt.Dimension,
	})
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, e.explain(err)
	}
	if len(answer.Data) != len(texts) {
		return nil, e.fail(fmt.Sprintf("sent %d vectors for %d texts", len(answer.Data), len(texts)), nil)
	}
	out := make([]embed.Vector, len(texts))
	seen := make([]bool, len(texts))
	for _, d := range answer.Data {
		if d.Index < 0 || d.Index >= len(texts) || seen[d.Index] {
			return nil, e.fail(fmt.Sprintf("numbered a vector %d among %d texts", d.Index, len(texts)), nil)
		}
		seen[d.Index] = true
		if e.dimension != 0 && len(d.Embedding) != e.dimension || len(d.Embedding) == 0 {
			return nil, e.fail(fmt.Sprintf("sent a vector of %d numbers, %d were expected", len(d.Embedding), e.dimension), nil)
		}
		for _, x := range d.Embedding {
			if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
				return nil, e.fail("sent a vector that holds no finite numbers", nil)
			}
		}
		if embed.Normalize(d.Embedding) {
			out[d.Index] = d.Embedding
		}
	}
	return out, nil
}

// Error is a failure of the embedding server. It wraps [embed.ErrUnavailable].
type Error struct {
	Server, Model string
	Status        int    // of HTTP; 0 when there was no answer
	Message       string // what happened and what to do
	cause         error
}

func (e *Error) Error() string {
	return fmt.Sprintf("the embedding server %s %s", e.Server, e.Message)
}

// Unwrap gives [embed.ErrUnavailable] and what the client library said.
func (e *Error) Unwrap() []error { return []error{embed.ErrUnavailable, e.cause} }

func (e *Embedder) fail(message string, cause error) *Error {
	return &Error{Server: e.opt.URL, Model: e.opt.Model, Message: message, cause: cause}
}

// explain says what a failed request means and what to do. The server's own
// words are cut short; keys are in none of it.
func (e *Embedder) explain(err error) *Error {
	var api *openai.APIError
	var request *openai.RequestError
	status, said := 0, ""
	switch {
	case errors.As(err, &api):
		status, said = api.HTTPStatusCode, api.Message
	case errors.As(err, &request):
		status = request.HTTPStatusCode
	}
	if len(said) > 200 {
		said = strings.ToValidUTF8(said[:200], "") + "…"
	}
	if said != "" {
		said = " (" + said + ")"
	}
	var out *Error
	switch {
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		out = e.fail("refused the key: check OPENAI_API_KEY"+said, err)
	case status == http.StatusNotFound:
		out = e.fail(fmt.Sprintf("does not know the model %q or the path /embeddings: check the model's name and that the URL ends in /v1%s", e.opt.Model, said), err)
	case status == http.StatusTooManyRequests:
		out = e.fail("is asked too often: try again later"+said, err)
	case status >= 400:
		out = e.fail(fmt.Sprintf("answered with status %d%s", status, said), err)
	case errors.Is(err, context.DeadlineExceeded):
		out = e.fail(fmt.Sprintf("did not answer within %s", e.opt.Timeout), err)
	default:
		out = e.fail("cannot be used: is it running, and is this its API? "+err.Error(), err)
	}
	out.Status = status
	return out
}

// passing reports whether the same request may go through later.
func passing(err error) bool {
	var e *Error
	if !errors.As(err, &e) || e.cause == nil {
		return false
	}
	return e.Status == 0 || e.Status == http.StatusTooManyRequests || e.Status >= 500
}
