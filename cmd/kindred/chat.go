package main

import (
	"errors"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"kindred/embed/openai"
	"kindred/internal/answer"
	"kindred/server"
)

// chatFlags name the chat model that answers in words.
type chatFlags struct {
	url, model, keyEnv string
	tokens             int
	timeout            time.Duration
}

// chatKey is the variable that holds a chat server's key, where no other is named.
const chatKey = "KINDRED_CHAT_API_KEY"

func (f *chatFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.url, "chat-url", "", "answer in words by the chat model of a server: its `URL`, with its /v1, or "+
		strings.Join(openai.Presets(), ", ")+" where it usually is")
	flags.StringVar(&f.model, "chat-model", "", "the chat server's `name` for the model")
	// The rest is described in docs/embedders.md.
	flags.StringVar(&f.keyEnv, "chat-key-env", "", "the `variable` that holds the chat server's key (default "+chatKey+", and OPENAI_API_KEY for openai)")
	flags.IntVar(&f.tokens, "chat-tokens", 0, "`tokens` of an answer at most")
	flags.DurationVar(&f.timeout, "chat-timeout", 0, "the `time` that an answer may take")
	for _, name := range []string{"key-env", "tokens", "timeout"} {
		if err := flags.MarkHidden("chat-" + name); err != nil {
			panic(err) // a name that is not there
		}
	}
}

// writer is the model that the flags name; nil where they name none. Nothing is
// asked of it yet.
func (f *chatFlags) writer(log *slog.Logger) (server.Writer, error) {
	if f.url == "" {
		if f.model != "" {
			return nil, errors.New("--chat-model goes with --chat-url: a URL, or " + strings.Join(openai.Presets(), ", "))
		}
		return nil, nil
	}
	o := answer.Options{URL: f.url, Model: f.model, MaxTokens: f.tokens, Timeout: f.timeout, Logger: log}
	if at, known := openai.UsualURL(f.url); known {
		o.URL = at
	}
	// A key is sent to nobody but the one it is for.
	o.KeyEnv = f.keyEnv
	if o.KeyEnv == "" {
		o.KeyEnv = chatKey
		if f.url == "openai" && os.Getenv(chatKey) == "" {
			o.KeyEnv = openai.KeyEnv(f.url)
			if at := os.Getenv("OPENAI_BASE_URL"); at != "" {
				o.URL = at
			}
		}
	}
	o.Key = os.Getenv(o.KeyEnv)
	return answer.New(o)
}
