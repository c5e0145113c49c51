package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"kindred/embed"
	"kindred/embed/openai"
)

// embedderFlags name what makes the vectors, and how a server of them is
// treated.
type embedderFlags struct {
	provider, url, model, keyEnv        string
	family, documentPrefix, queryPrefix string
	dimensions, maxTokens               int
	batch, parallel                     int
	requests, tokens, price             float64
	timeout                             time.Duration
}

// autoFamily takes the prefixes that the model's name tells.
const autoFamily = "auto"

func (f *embedderFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.provider, "embedder", "", "what makes the vectors: `static` (the built-in model) or a server: "+
		strings.Join(openai.Presets(), ", ")+" (default the folder's own)")
	flags.StringVar(&f.url, "embed-url", "", "the embedding server's `URL`, with its /v1 (default the usual one; OPENAI_BASE_URL for openai)")
	flags.StringVar(&f.model, "embed-model", "", "the embedding server's `name` for the model")

	// The rest is described in docs/embedders.md and left out of every command's help.
	flags.StringVar(&f.keyEnv, "embed-key-env", "", "the `variable` that holds the server's key (OPENAI_API_KEY for openai)")
	flags.StringVar(&f.family, "embed-prefix", autoFamily, "the `family` whose prefixes go before texts: auto, "+strings.Join(openai.Families(), ", "))
	flags.StringVar(&f.documentPrefix, "embed-document-prefix", "", "what goes before a paper's `text` instead")
	flags.StringVar(&f.queryPrefix, "embed-query-prefix", "", "what goes before a question's `text` instead")
	flags.IntVar(&f.dimensions, "embed-dimensions", 0, "ask for vectors of so many `numbers`")
	flags.IntVar(&f.maxTokens, "embed-max-tokens", 0, "cut longer texts to so many `tokens`")
	flags.IntVar(&f.batch, "embed-batch", 0, "`texts` a request")
	flags.IntVar(&f.parallel, "embed-parallel", 0, "`requests` under way at once")
	flags.Float64Var(&f.requests, "embed-requests", 0, "`requests` a minute at most")
	flags.Float64Var(&f.tokens, "embed-tokens", 0, "`tokens` a minute at most")
	flags.DurationVar(&f.timeout, "embed-timeout", 0, "the `time` that a request may take")
	flags.Float64Var(&f.price, "embed-price", 0, "what a million tokens cost, for estimates")
	for _, name := range []string{"key-env", "prefix", "document-prefix", "query-prefix", "dimensions", "max-tokens",
		"batch", "parallel", "requests", "tokens", "timeout", "price"} {
		if err := flags.MarkHidden("embed-" + name); err != nil {
			panic(err) // a name that is not there
		}
	}
}

// wanted is the embedder that the flags name; nil where they name none. Nothing
// is asked of it yet.
func (f *embedderFlags) wanted() (*embed.Settings, error) {
	s, err := f.settings()
	if err != nil {
		return nil, &usageError{nil, err}
	}
	return s, nil
}

func (f *embedderFlags) settings() (*embed.Settings, error) {
	switch {
	case f.provider == "" && (f.url != "" || f.model != ""):
		return nil, errors.New("--embed-url and --embed-model go with --embedder openai, or another server: " + strings.Join(openai.Presets(), ", "))
	case f.provider == "":
		return nil, nil
	case f.provider == embed.Static && (f.url != "" || f.model != ""):
		return nil, errors.New("--embed-url and --embed-model are for a server, and --embedder static is the built-in model")
	case f.provider == embed.Static:
		return &embed.Settings{Provider: embed.Static}, nil
	case !slices.Contains(openai.Presets(), f.provider):
		return nil, fmt.Errorf("--embedder %q is not static or a server: %s", f.provider, strings.Join(openai.Presets(), ", "))
	}
	s := &embed.Settings{
		Provider: f.provider, URL: f.url, Model: f.model, KeyEnv: f.keyEnv,
		Dimensions: f.dimensions, MaxTokens: f.maxTokens,
	}
	if s.URL == "" && f.provider == "openai" {
		s.URL = os.Getenv("OPENAI_BASE_URL")
	}
	if s.KeyEnv == "" {
		s.KeyEnv = openai.KeyEnv(f.provider)
	}
	prefixes := openai.Prefixes{}
	if f.family != autoFamily {
		var ok bool
		if prefixes, ok = openai.FamilyPrefixes(f.family); !ok {
			return nil, fmt.Errorf("--embed-prefix %q is not a family of models: auto, %s", f.family, strings.Join(openai.Families(), ", "))
		}
	} else if f.autoPrefixes() {
		prefixes = openai.PrefixesOf(f.model)
	}
	s.DocumentPrefix, s.QueryPrefix = prefixes.Document, prefixes.Query
	if f.documentPrefix != "" || f.queryPrefix != "" {
		s.DocumentPrefix, s.QueryPrefix = unescape(f.documentPrefix), unescape(f.queryPrefix)
	}
	o := f.options(*s)
	if err := o.Validate(); err != nil {
		return nil, err
	}
	s.URL = o.URL
	return s, nil
}

// autoPrefixes: another Kindred puts its own prefixes before texts.
func (f *embedderFlags) autoPrefixes() bool {
	return f.family == autoFamily && f.documentPrefix == "" && f.queryPrefix == "" && f.provider != "kindred"
}

// unescape lets a line break be written on a command line.
func unescape(s string) string { return strings.ReplaceAll(s, `\n`, "\n") }

// options are settings with how the flags want the server to be treated, and
// its key.
func (f *embedderFlags) options(s embed.Settings) openai.Options {
	o := openai.FromSettings(s)
	if s.KeyEnv != "" {
		o.Key = os.Getenv(s.KeyEnv)
	}
	o.Batch, o.Parallel, o.Requests, o.Tokens, o.Timeout = f.batch, f.parallel, f.requests, f.tokens, f.timeout
	o.Warn = func(message string) { fmt.Fprintln(os.Stderr, "kindred: warning:", message) }
	return o
}

// dial makes the embedder that settings name.
func (f *embedderFlags) dial(ctx context.Context, s embed.Settings) (embed.Embedder, error) {
	e, err := openai.Dial(ctx, f.options(s))
	if err != nil || s.Model != "" || !f.autoPrefixes() {
		return e, err
	}
	// Which model the server has, and so which prefixes, was to be found out.
	found := e.Settings()
	p := openai.PrefixesOf(found.Model)
	if p == (openai.Prefixes{}) {
		return e, nil
	}
	found.DocumentPrefix, found.QueryPrefix = p.Document, p.Query
	return openai.Dial(ctx, f.options(found))
}

// learnCommand is the command that goes over to the embedder of settings.
func (f *embedderFlags) learnCommand(dir string, s embed.Settings) string {
	words := []string{"kindred learn --data", quoteWord(dir), "--embedder", s.Provider}
	add := func(flag, value string) {
		if value != "" {
			words = append(words, flag, quoteWord(value))
		}
	}
	add("--embed-url", f.url)
	add("--embed-model", s.Model)
	add("--embed-key-env", f.keyEnv)
	if f.family != autoFamily {
		add("--embed-prefix", f.family)
	}
	add("--embed-document-prefix", f.documentPrefix)
	add("--embed-query-prefix", f.queryPrefix)
	for _, n := range []struct {
		flag  string
		value int
	}{{"--embed-dimensions", f.dimensions}, {"--embed-max-tokens", f.maxTokens}} {
		if n.value > 0 {
			add(n.flag, strconv.Itoa(n.value))
		}
	}
	return strings.Join(words, " ")
}

// quoteWord is a word as a shell takes it.
func quoteWord(s string) string {
	if s != "" && !strings.ContainsFunc(s, func(r rune) bool { return !strings.ContainsRune("-_./:+@%=,", r) && !isAlnum(r) }) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

func isAlnum(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
}

// cost says what so many tokens cost; empty where no price is set.
func (f *embedderFlags) cost(tokens int64) string {
	if f.price <= 0 {
		return ""
	}
	return fmt.Sprintf(", costs %.2f", float64(tokens)/1e6*f.price)
}
