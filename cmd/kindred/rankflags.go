package main

import (
	"github.com/spf13/cobra"

	"kindred/paper"
)

// rankFlags are the flags of every command that ranks papers.
type rankFlags struct {
	mode   string
	filter paper.Filter
}

// addMode defines --mode alone.
func (f *rankFlags) addMode(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.mode, "mode", string(paper.Hybrid),
		"what ranks: `hybrid`, semantic or lexical")
}

// add defines --mode and the filters.
func (f *rankFlags) add(cmd *cobra.Command) {
	f.addMode(cmd)
	addFilter(cmd, &f.filter)
}

// addFilter defines the filters.
func addFilter(cmd *cobra.Command, f *paper.Filter) {
	flags := cmd.Flags()
	flags.Var((*yearsFlag)(&f.Years), "year", "only papers of these `years`: 2019, 2016-2020, 2010- or -2015")
	flags.StringArrayVar(&f.Categories, "category", nil, "only papers of this `category` or one under it (cs takes cs.CL); may be repeated")
	flags.StringArrayVar(&f.Authors, "author", nil, "only papers of this `author`; may be repeated")
	flags.StringArrayVar(&f.Venues, "venue", nil, "only papers of this `venue`; may be repeated")
	flags.StringArrayVar(&f.Collections, "collection", nil, "only papers in this `collection`; may be repeated")
	flags.StringArrayVar(&f.NotCollections, "not-collection", nil, "leave out the papers that this `collection` holds; may be repeated")
}

// options are the request's options; a flag that cannot be meant is wrong
// usage.
func (f *rankFlags) options(cmd *cobra.Command, limit int) (paper.Options, error) {
	if limit < 1 || limit > paper.MaxLimit {
		return paper.Options{}, misused(cmd, "%d papers cannot be shown; 1 to %d can", limit, paper.MaxLimit)
	}
	o := paper.Options{Mode: paper.Mode(f.mode), Limit: limit, Filter: f.filter}
	if err := o.Validate(); err != nil {
		return o, invalid(cmd, err)
	}
	return o, nil
}

// yearsFlag reads a range of years.
type yearsFlag paper.Years

func (y *yearsFlag) String() string { return paper.Years(*y).String() }
func (y *yearsFlag) Type() string   { return "years" }
func (y *yearsFlag) Set(s string) error {
	v, err := paper.ParseYears(s)
	*y = yearsFlag(v)
	return err
}
