package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"kindred/paper"
)

func newSimilar(p *program) *cobra.Command {
	var (
		rank  rankFlags
		start paper.Similar
		file  string
		limit int
		out   outputFlags
	)
	cmd := &cobra.Command{
		Use:   "similar (--title T | --id ID | --text-file F)",
		Short: "Find papers like a paper or a text",
		Long: `Similar finds papers like one of the corpus, named by its title (typing errors
are forgiven) or its id, or like any text, such as an abstract. What it starts
from is never among the answers.`,
		Example: `  kindred similar --title "Density estimation using Real NVP"
  kindred similar --id 1605.08803 -n 5
  pbpaste | kindred similar --text-file - --json
  kindred similar --id 1605.08803 --format ris > related.ris`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var err error
			if start.Options, err = rank.options(cmd, limit); err != nil {
				return err
			}
			if file != "" {
				if start.Text, err = readText(cmd.InOrStdin(), file); err != nil {
					return err
				}
			}
			if start.Title == "" && start.Text == "" && len(start.Positive) == 0 {
				return misused(cmd, "similar needs --title, --id or --text-file")
			}
			if err := start.Validate(); err != nil {
				return invalid(cmd, err)
			}
			if err := out.check(cmd); err != nil {
				return err
			}
			return p.ask(cmd.Context(), func(e engine) error {
				if err := knownCollections(cmd.Context(), e, &start.Filter); err != nil {
					return err
				}
				r, err := e.Similar(cmd.Context(), start)
				if errors.Is(err, paper.ErrNotFound) && len(start.Positive) == 1 {
					return unknownID(start.Positive[0])
				}
				if err != nil {
					return err
				}
				if start.Title != "" && r.Resolved == nil && out.forPerson() {
					fmt.Print("no paper has a title like this; these are like its words\n\n")
				}
				return printResult(cmd.Context(), e, r, &start.Filter, &out)
			})
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&start.Title, "title", "", "start from the paper of this `title`")
	flags.StringArrayVar(&start.Positive, "id", nil, "start from the paper of this `id`; may be repeated")
	flags.StringVar(&file, "text-file", "", "start from the text in this `file`; - is standard input")
	onlyOnTheLine(flags, "title", "id", "text-file")
	p.addExact(cmd)
	rank.add(cmd)
	addLimit(cmd, &limit)
	out.add(cmd)
	return cmd
}

// readText reads a file that holds one text of bounded length.
func readText(stdin io.Reader, name string) (string, error) {
	r := stdin
	if name == "-" {
		name = "standard input"
	} else {
		f, err := os.Open(name)
		if err != nil {
			return "", err
		}
		defer f.Close()
		r = f
	}
	text, err := io.ReadAll(io.LimitReader(r, paper.MaxAbstract+1))
	switch {
	case err != nil:
		return "", err
	case len(text) > paper.MaxAbstract:
		return "", fmt.Errorf("%s: longer than %d bytes; one abstract is needed, not a file of papers", name, paper.MaxAbstract)
	case !utf8.Valid(text) || bytes.IndexByte(text, 0) >= 0:
		return "", fmt.Errorf("%s: not UTF-8 text", name)
	case len(bytes.TrimSpace(text)) == 0:
		return "", fmt.Errorf("%s: there is no text in it", name)
	}
	return string(text), nil
}
