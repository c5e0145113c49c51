package openai

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"kindred/embed"
)

// Options name a server and a model. URL and Model are needed, the rest has
// useful defaults.
type Options struct {
	Preset string // of the server, whose defaults are taken; empty is "openai"
	URL    string // of the API, such as http://127.0.0.1:11434/v1; empty is the preset's
	Model  string // by the server's name for it; empty is the only one it has
	// QueryModel is the model's name where questions are embedded by another;
	// empty is Model.
	QueryModel string
	// Key is sent as a bearer token; empty for servers without keys. KeyEnv is
	// the variable it came from, for messages and records.
	Key, KeyEnv string

	// Dimensions asks the server for shorter vectors, where it can make them;
	// 0 takes the model's own length.
	Dimensions int
	// Length of the vectors where it is known; then the server is not asked
	// before there is something to embed.
	Length int
	// Prefixes that some models want before a text ("search_document: "). See
	// [PrefixesOf].
	DocumentPrefix, QueryPrefix string
	// MaxTokens cuts longer texts, at a word; 0 sends them whole and cuts those
	// that the server finds too long.
	MaxTokens int

	Batch       int           // texts a request; 0 is the preset's
	BatchTokens int           // tokens a request, estimated; 0 is the preset's
	Parallel    int           // requests under way; 0 is the preset's
	Requests    float64       // a minute at most; 0 is as many as the server takes
	Tokens      float64       // a minute at most; likewise
	Timeout     time.Duration // of one request; 0 is 60 s
	Tries       int           // of one request, the first included; 0 is 10, about two minutes
	Patience    time.Duration // with a server that asks to wait, in all for one request; 0 is 10 minutes
	Grace       time.Duration // for requests under way when a stop comes; 0 is 5 s

	HTTPClient *http.Client // nil is one that obeys the usual proxy variables

	// Warn is told once of what the user should know; nil drops it.
	Warn func(message string)
}

// usualURL is in messages about URLs.
const usualURL = "http://127.0.0.1:11434/v1"

// Validate reports the first option that cannot be meant, and fills in the
// defaults.
func (o *Options) Validate() error {
	if o.Preset == "" {
		o.Preset = "openai"
	}
	p, ok := presets[o.Preset]
	if !ok {
		return fmt.Errorf("there is no preset %q for an embedding server; there are %s", o.Preset, strings.Join(Presets(), ", "))
	}
	if o.URL == "" {
		o.URL = p.URL
	}
	u, err := url.Parse(o.URL)
	switch {
	case o.URL == "":
		return errors.New("an embedding server needs a URL, such as " + usualURL)
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		if err == nil && u.User != nil || strings.Contains(o.URL, "@") {
			return errors.New("what is given is not the URL of an embedding server; one looks like " + usualURL)
		}
		return fmt.Errorf("%q is not the URL of an embedding server; one looks like %s", o.URL, usualURL)
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		// The URL is recorded and told, so nothing secret may be in it.
		return errors.New("the URL of an embedding server takes no user, password or ?query; a key goes into a variable, see --embed-key-env")
	case o.Model == "" && !p.OneModel:
		return errors.New("an embedding server needs the name of a model: --embed-model")
	case o.Dimensions < 0 || o.Length < 0 || o.MaxTokens < 0 || o.Batch < 0 || o.BatchTokens < 0 || o.Parallel < 0 ||
		o.Requests < 0 || o.Tokens < 0 || o.Tries < 0 || o.Timeout < 0 || o.Patience < 0 || o.Grace < 0:
		return errors.New("dimensions, limits, tries and times cannot be negative")
	case o.MaxTokens > 0 && o.MaxTokens < minTokens:
		return fmt.Errorf("texts cannot be cut to %d tokens, only to %d or more", o.MaxTokens, minTokens)
	}
	o.URL = strings.TrimRight(o.URL, "/")
	o.Key = strings.TrimSpace(o.Key)
	setDefault(&o.Batch, p.Batch)
	setDefault(&o.BatchTokens, p.BatchTokens)
	setDefault(&o.Parallel, p.Parallel)
	setDefault(&o.Timeout, time.Minute)
	setDefault(&o.Tries, 10)
	setDefault(&o.Patience, 10*time.Minute)
	setDefault(&o.Grace, 5*time.Second)
	if o.QueryModel == "" && o.Model != "" {
		o.QueryModel = o.Model + p.QuerySuffix
	}
	if o.Warn == nil {
		o.Warn = func(string) {}
	}
	return nil
}

func setDefault[T comparable](v *T, to T) {
	var zero T
	if *v == zero {
		*v = to
	}
}

// FromSettings are the options of a recorded embedder. The key is the caller's
// to find.
func FromSettings(s embed.Settings) Options {
	return Options{
		Preset: s.Provider, URL: s.URL, Model: s.Model, KeyEnv: s.KeyEnv,
		DocumentPrefix: s.DocumentPrefix, QueryPrefix: s.QueryPrefix,
		Dimensions: s.Dimensions, MaxTokens: s.MaxTokens, Length: s.Length,
	}
}

// Settings record the embedder, without its key.
func (e *Embedder) Settings() embed.Settings {
	return embed.Settings{
		Provider: e.opt.Preset, URL: e.opt.URL, Model: e.opt.Model, KeyEnv: e.opt.KeyEnv,
		DocumentPrefix: e.opt.DocumentPrefix, QueryPrefix: e.opt.QueryPrefix,
		Dimensions: e.opt.Dimensions, MaxTokens: e.opt.MaxTokens, Length: e.dimension,
	}
}
