package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/pflag"

	"kindred/embed"
	"kindred/embed/openai"
)

// embedderFlags name what makes the vectors.
type embedderFlags struct {
	provider, url, model string
}

func (f *embedderFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.provider, "embedder", "static", "what makes the vectors: `static` (the built-in model) or openai (a server that speaks OpenAI's API)")
	flags.StringVar(&f.url, "embed-url", "", "the embedding server's `URL`, with its /v1 (else OPENAI_BASE_URL)")
	flags.StringVar(&f.model, "embed-model", "", "the embedding server's `name` for the model")
}

// embedder is the one the flags name; nil for the built-in model.
func (f *embedderFlags) embedder(ctx context.Context) (embed.Embedder, error) {
	switch f.provider {
	case "static":
		if f.url != "" || f.model != "" {
			return nil, errors.New("--embed-url and --embed-model go with --embedder openai")
		}
		return nil, nil
	case "openai":
		url := f.url
		if url == "" {
			url = os.Getenv("OPENAI_BASE_URL")
		}
		return openai.Dial(ctx, openai.Options{URL: url, Model: f.model, Key: os.Getenv("OPENAI_API_KEY")})
	}
	return nil, fmt.Errorf("--embedder %q is not static or openai", f.provider)
}
