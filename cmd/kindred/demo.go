package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/spf13/cobra"

	"kindred/index"
	"kindred/paper"
	"kindred/server"
)

// demoQuestions have answers in the sample corpus.
var demoQuestions = [3]string{
	"Can normalizing flows detect out-of-distribution inputs?",
	"How do germs outlive a course of antibiotics without actually being resistant?",
	"Why do rechargeable batteries hold less and less charge as they get older?",
}

func newDemo() *cobra.Command {
	var addr string
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Look at Kindred with a bundled sample of invented papers",
		Long: `Demo loads a bundled sample corpus of invented papers into a temporary folder,
teaches the model, and serves it. Ctrl-C stops the server and removes the
folder. Your own papers are not touched.`,
		Example: `  kindred demo
  kindred demo --addr 127.0.0.1:9000`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			at, err := resolve(addr)
			if err == nil && !at.IP.IsLoopback() {
				err = fmt.Errorf("--addr %s can be reached from other machines; the demo is for this one", addr)
			}
			if err != nil {
				return &usageError{cmd, err}
			}
			ln, err := listen(at)
			if err != nil && addr == usualAddr {
				at.Port = 0
				ln, err = listen(at)
			}
			if err != nil {
				return err
			}
			defer ln.Close()
			err = demo(cmd.Context(), ln)
			if cmd.Context().Err() != nil && errors.Is(err, context.Canceled) {
				return nil // stopped while loading
			}
			return err
		},
	}
	cmd.Flags().StringVar(&addr, "addr", usualAddr, "the `address` to listen at; any free port when the usual one is taken")
	onlyOnTheLine(cmd.Flags(), "addr") // a server's, at which others may call, is not meant for a sample
	return cmd
}

// demo serves the sample corpus from a temporary folder until ctx ends.
func demo(ctx context.Context, ln net.Listener) (err error) {
	dir, err := os.MkdirTemp("", "kindred-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	log := newWarner()
	x, err := index.Open(ctx, dir, index.Options{NoSync: true, Logger: log})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, x.Close()) }()

	sample, err := sampleCollection()
	if err != nil {
		return err
	}
	start := time.Now()
	n, err := sample.Ingest(ctx, x, nil)
	if err != nil {
		return err
	}
	loaded := time.Since(start)
	learned, err := (&embedderFlags{}).learn(ctx, x, paper.LearnOptions{}, newProgress())
	if err != nil {
		return err
	}
	fmt.Printf("%d invented papers loaded in %s, learned in %s.\n\n", n.Added, seconds(loaded), seconds(learned))
	opened := func(context.Context, func(done, total int)) (*index.Index, error) { return x, nil }
	err = serve(ctx, opened, ln, server.Options{Logger: log}, nil, func(address string) {
		fmt.Printf("Kindred answers at %s - open it in a browser, or ask here:\n", address)
		for _, q := range demoQuestions {
			fmt.Printf("\n  %s\n  curl -sG %s/v1/search -d limit=3 --data-urlencode 'q=%s'\n", q, address, q)
		}
		fmt.Printf("\nCtrl-C stops it.\n")
	})
	if err == nil {
		fmt.Println("\nStopped; the temporary folder is removed.")
	}
	return err
}
