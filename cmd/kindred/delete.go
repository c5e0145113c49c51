package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"kindred/paper"
)

func newDelete(p *program) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "delete ID...",
		Short: "Delete papers",
		Long: `Delete removes papers. An id that no paper has is reported and makes the exit
status 1; the other papers are deleted.`,
		Example: `  kindred delete 1605.08803 sample-ml-001`,
		Args:    someArgs("the ids of the papers"),
		RunE: func(cmd *cobra.Command, ids []string) error {
			return p.ask(cmd.Context(), func(e engine) error {
				n, err := deletePapers(cmd.Context(), e, ids)
				if asJSON {
					return errors.Join(err, printJSON(os.Stdout, map[string]int{"deleted": n}))
				}
				fmt.Printf("%d deleted\n", n)
				return err
			})
		},
	}
	addJSON(cmd, &asJSON)
	return cmd
}

// deletePapers returns how many papers it deleted; the error names each id
// that no paper has.
func deletePapers(ctx context.Context, e engine, ids []string) (int, error) {
	var unknown error
	for _, id := range ids {
		_, err := e.Paper(ctx, id)
		switch {
		case errors.Is(err, paper.ErrNotFound):
			unknown = errors.Join(unknown, unknownID(id))
		case err != nil:
			return 0, err
		}
	}
	n, err := e.Delete(ctx, ids)
	return n, errors.Join(unknown, err)
}
