package main

import (
	"fmt"
	"os"
	"path/filepath"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"kindred/index"
	"kindred/server/key"
)

func newKey(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "key",
		Short: "Make, list and revoke API keys",
		Long: `Key makes, lists and revokes the keys by which other programs and people may call
a server. A key reads, or with --write also adds, changes and deletes papers. It
is shown once; the data folder keeps its hash only. A server that is running takes
note at once.

Programs send a key as "Authorization: Bearer KEY" or "x-api-key: KEY"; a browser
asks for it as a password, with any name. kindred serve asks for keys at addresses
that other machines can reach, and with --keys on this machine too.`,
		Example: `  kindred key add zotero
  kindred key add crawler --write
  kindred key list
  kindred key revoke zotero`,
		Args: subcommandOf,
		RunE: func(*cobra.Command, []string) error { return nil }, // Args has refused
	}
	cmd.AddCommand(newKeyAdd(p), newKeyList(p), newKeyRevoke(p))
	return cmd
}

func newKeyAdd(p *program) *cobra.Command {
	var write, asJSON bool
	cmd := &cobra.Command{
		Use:   "add NAME",
		Short: "Make a key and show it, once",
		Example: `  kindred key add zotero
  kindred key add crawler --write`,
		Args: oneName,
		RunE: func(_ *cobra.Command, args []string) error {
			f, err := p.keyFile()
			if err != nil {
				return err
			}
			scope := key.Read
			if write {
				scope = key.Write
			}
			secret, err := f.Add(args[0], scope)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(os.Stdout, map[string]string{"name": args[0], "scope": string(scope), "key": secret})
			}
			fmt.Fprintln(os.Stderr, "This key is shown once. Keep it as you keep a password:")
			fmt.Println(secret)
			return nil
		},
	}
	cmd.Flags().BoolVar(&write, "write", false, "a key that may also add, change and delete papers")
	onlyOnTheLine(cmd.Flags(), "write")
	addJSON(cmd, &asJSON)
	return cmd
}

func newKeyList(p *program) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the keys by name",
		Example: `  kindred key list --json`,
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
			f, err := p.keyFile()
			if err != nil {
				return err
			}
			list, err := f.List()
			if err != nil {
				return err
			}
			if asJSON {
				type entry struct {
					Name    string    `json:"name"`
					Scope   key.Scope `json:"scope"`
					Created string    `json:"created"`
				}
				out := make([]entry, len(list))
				for i, k := range list {
					out[i] = entry{k.Name, k.Scope, k.Created.Format("2006-01-02T15:04:05Z")}
				}
				return printJSON(os.Stdout, out)
			}
			if len(list) == 0 {
				fmt.Println("no keys; kindred key add NAME makes one")
				return nil
			}
			w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
			for _, k := range list {
				fmt.Fprintf(w, "%s\t%s\t%s\n", k.Name, k.Scope, k.Created.Format("2006-01-02"))
			}
			return w.Flush()
		},
	}
	addJSON(cmd, &asJSON)
	return cmd
}

func newKeyRevoke(p *program) *cobra.Command {
	return &cobra.Command{
		Use:     "revoke NAME",
		Short:   "Make a key open nothing any more",
		Example: `  kindred key revoke zotero`,
		Args:    oneName,
		RunE: func(_ *cobra.Command, args []string) error {
			f, err := p.keyFile()
			if err != nil {
				return err
			}
			if err := f.Revoke(args[0]); err != nil {
				return err
			}
			fmt.Println(args[0], "is revoked: its key opens nothing any more")
			return nil
		},
	}
}

func oneName(cmd *cobra.Command, args []string) error {
	if len(args) != 1 {
		return misused(cmd, "key %s needs one name", cmd.Name())
	}
	return nil
}

// keyFile is that of the data folder, which must be there: a folder with a key
// file alone would not be taken for one.
func (p *program) keyFile() (*key.File, error) {
	dir, err := p.dataDir()
	if err != nil {
		return nil, err
	}
	if !index.IsFolder(dir) {
		return nil, fmt.Errorf("there are no papers in %s yet, so nothing to open with a key; put some in with: kindred ingest FILE (or name another folder with --data)", dir)
	}
	return key.New(filepath.Join(dir, key.FileName)), nil
}
