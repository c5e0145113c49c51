package main

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"kindred/paper"
	"kindred/server"
)

func newAsk(p *program) *cobra.Command {
	var (
		rank   rankFlags
		chat   chatFlags
		limit  int
		asJSON bool
	)
	cmd := &cobra.Command{
		Use:   "ask QUESTION",
		Short: "Answer a question in sentences of the papers",
		Long: `Ask answers a question by the few sentences of the best papers that answer best,
each word for word from its abstract, with the number of the paper it is from.

With --chat-url and --chat-model, the chat model of a server answers in its own
words from these papers, shown as they come. Each sentence cites papers, and one
that they do not bear out is left out: whose words and numbers are not theirs, or
that says the opposite. Where the model fails or says nothing that holds, the
answer is by extraction as above, and says why. While a server holds the folder
that has a chat model itself, its model answers without flags.`,
		Example: `  kindred ask why do rechargeable batteries hold less and less charge
  kindred ask "how are outliers detected?" --year 2018- --json
  kindred ask "how are outliers detected?" --chat-url ollama --chat-model llama3.2`,
		Args: someArgs("a question"),
		RunE: func(cmd *cobra.Command, args []string) error {
			q, err := question(cmd, args, rank, limit)
			if err != nil {
				return err
			}
			writer, err := chat.writer(newWarner())
			if err != nil {
				return &usageError{cmd, err}
			}
			screen := newScreen(os.Stdout)
			say := func(s paper.Sentence) error {
				printSentence(screen, s)
				return screen.err
			}
			if asJSON {
				say = func(paper.Sentence) error { return nil }
			}
			return p.ask(cmd.Context(), func(e engine) error {
				a, err := answerOf(cmd.Context(), e, writer, q, say)
				switch {
				case err != nil:
					return err
				case asJSON:
					return printJSON(os.Stdout, a)
				}
				printCited(screen, a)
				return screen.err
			})
		},
	}
	rank.add(cmd)
	chat.add(cmd.Flags())
	cmd.Flags().IntVarP(&limit, "limit", "n", paper.DefaultLimit, "how many papers to look at")
	onlyOnTheLine(cmd.Flags(), "limit")
	addJSON(cmd, &asJSON)
	return cmd
}

// answerOf answers a question by the model that was asked for, else by that of
// the server that holds the folder, else by extraction.
func answerOf(ctx context.Context, e engine, w server.Writer, q paper.Query, say func(paper.Sentence) error) (*paper.Answer, error) {
	if err := knownCollections(ctx, e, &q.Filter); err != nil {
		return nil, err
	}
	if w == nil {
		if r, ok := e.(remote); ok {
			return r.Ask(ctx, q, say)
		}
		w = paper.Extraction{}
	}
	r, err := e.Search(ctx, q)
	if err != nil {
		return nil, err
	}
	return w.Write(ctx, r, say)
}

func printSentence(s *screen, one paper.Sentence) {
	text := one.Text
	for _, n := range one.Citations {
		text += fmt.Sprintf(" [%d]", n)
	}
	s.paragraph("", text)
}

// printCited prints what stands below the sentences.
func printCited(s *screen, a *paper.Answer) {
	if a.Degraded != "" {
		fmt.Fprintf(os.Stderr, "kindred: warning: %s\n", a.Degraded)
	}
	if a.LeftOut > 0 {
		fmt.Fprintf(os.Stderr, "kindred: note: left out of what the chat model wrote, as the papers do not bear it out: %d\n", a.LeftOut)
	}
	if len(a.Sentences) == 0 {
		fmt.Fprintln(s, "No paper answers this.")
		return
	}
	fmt.Fprintln(s)
	if a.ChatModel != "" {
		s.paragraph("", "In the words of "+a.ChatModel+", from:")
	}
	for i, p := range a.Papers {
		title := p.Title
		if title == "" {
			title = "(no title)"
		}
		s.paragraph("", fmt.Sprintf("[%d] %s", i+1, title))
		s.paragraph("    ", byline(&p))
	}
}
