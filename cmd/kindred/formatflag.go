package main

import (
	"os"

	"github.com/spf13/cobra"

	"kindred/paper"
)

// outputFlags say how papers are printed: for a person, as the API's JSON, or
// as a file for another program.
type outputFlags struct {
	asJSON bool
	format formatFlag
}

func (o *outputFlags) add(cmd *cobra.Command) {
	addJSON(cmd, &o.asJSON)
	cmd.Flags().Var(&o.format, "format", "print papers for other programs: `bibtex`, ris, csl, csv or jsonl")
}

// check settles which of both it is: what stands on the line wins over a setting.
func (o *outputFlags) check(cmd *cobra.Command) error {
	if !o.asJSON || o.format == "" {
		return nil
	}
	flags := cmd.Flags()
	switch json, format := flags.Changed("json"), flags.Changed("format"); {
	case json == format:
		return misused(cmd, "only one of --json and --format can be printed")
	case json:
		o.format = ""
	default:
		o.asJSON = false
	}
	return nil
}

// forPerson reports whether a person reads.
func (o *outputFlags) forPerson() bool { return !o.asJSON && o.format == "" }

// cite prints papers in the format that was asked for.
func (o *outputFlags) cite(papers ...paper.Paper) error {
	return paper.WriteCitations(os.Stdout, paper.CitationFormat(o.format), papers...)
}

// formatFlag reads a format's name.
type formatFlag paper.CitationFormat

func (f *formatFlag) String() string { return string(*f) }
func (f *formatFlag) Type() string   { return "format" }
func (f *formatFlag) Set(s string) error {
	if s == "" { // as a settings file may say
		*f = ""
		return nil
	}
	v, err := paper.ParseCitationFormat(s)
	*f = formatFlag(v)
	return err
}
