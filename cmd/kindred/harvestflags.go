package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"kindred/internal/harvest"
)

// harvester is what the command line says of one kind of harvest.
type harvester struct {
	kind     string
	argument string // what stands behind the command, "" for nothing
	optional bool   // that
	key      string // the variable that holds the service's key
	settings string // what it knows beside what all know, separated by spaces
	short    string
	long     string
	example  string
}

func harvesters() []harvester {
	return []harvester{
		{
			kind: harvest.ArXiv, settings: "set metadata-prefix from until base-url",
			short: "arXiv's records, or another archive's, by OAI-PMH",
			long: `Harvest arxiv fetches records by OAI-PMH, of arXiv or of any archive that speaks
it (--base-url). --from and --until go by the day on which a record changed, which
is not the day of the paper. The first run takes all from --from on, later ones
what was added, changed or deleted since; papers deleted there are deleted here.
A whole set of arXiv takes hours: a thousand papers or so every three seconds.`,
			example: `  kindred harvest arxiv --set cs --from 2024-01-01
  kindred harvest arxiv --set math:math:AG
  kindred harvest arxiv --base-url https://zenodo.org/oai2d --set user-ecology`,
		},
		{
			kind: harvest.ArXivSearch, argument: "QUERY", settings: "base-url",
			short: "What arXiv's search finds",
			long: `Harvest arxiv-search fetches what a query of arXiv's API finds, the papers changed
last first; later runs stop at those that were fetched before (a month is looked at
again, since papers are announced later than they are dated). arXiv gives out
30,000 results of a query; for more, see kindred harvest arxiv.`,
			example: `  kindred harvest arxiv-search "cat:cs.CL AND abs:retrieval"
  kindred harvest arxiv-search 'au:quarry AND ti:"gravel rivers"'`,
		},
		{
			kind: harvest.OpenAlex, key: "OPENALEX_API_KEY", settings: "filter query new-by from until base-url mailto",
			short: "Works of OpenAlex that a filter names",
			long: `Harvest openalex fetches the works with an abstract that a filter names, and a
query (--query) finds. OpenAlex wants a key, which is free, for more than a first
page: put it into the variable OPENALEX_API_KEY. It is not kept, and not shown.

--from and --until go by the date of publication, and later runs look at the works
published since the last one, and in the 60 days before it. Works that come to
OpenAlex later than that, and changes of works that are known, are missed: once in
a while, --restart reads everything again. Who pays for a key can say --new-by
created or updated instead.`,
			example: `  export OPENALEX_API_KEY=…
  kindred harvest openalex --filter primary_topic.id:T10181,type:article --from 2020-01-01
  kindred harvest openalex --filter authorships.institutions.ror:03yrm5c26 --restart`,
		},
		{
			kind: harvest.SemanticScholar, argument: "[QUERY]", optional: true, key: "S2_API_KEY",
			settings: "fields fields-of-study venue from until base-url",
			short:    "What Semantic Scholar's bulk search finds",
			long: `Harvest s2 fetches what Semantic Scholar's bulk search finds, a thousand papers a
request; + | - " * ( ) and ~N work in the query. --from and --until go by the date
of publication, and later runs look at the papers published since the last one,
and in the 60 days before it; --restart reads everything again. Without a key all
share a small allowance; put one into the variable S2_API_KEY. It is not kept, and
not shown.`,
			example: `  kindred harvest s2 '"dense retrieval" | "neural ranking"' --from 2023-01-01
  kindred harvest s2 --venue SIGIR --fields-of-study "Computer Science"`,
		},
		{
			kind: harvest.RSS, argument: "URL",
			short: "A feed: RSS or Atom",
			long: `Harvest rss fetches the papers of a feed, RSS 1.0, RSS 2.0 or Atom, whose entries
have abstracts, as those of arXiv and of many journals do. A feed that has not
changed is not sent again. Feeds are short: what comes and goes between two runs
is missed, so run it daily, or by kindred serve --harvest.`,
			example: `  kindred harvest rss https://rss.arxiv.org/rss/cs.CL+cs.IR`,
		},
	}
}

// harvestFlags are what the command line and a schedule say of a harvest.
type harvestFlags struct {
	request harvest.Request
	options harvest.Options
}

// add defines the flags that h knows.
func (f *harvestFlags) add(h harvester, flags *pflag.FlagSet) {
	f.request.Kind = h.kind
	r := &f.request
	for _, s := range []struct {
		to          *string
		name, usage string
	}{
		{&r.Set, "set", "the `set` to harvest (default: everything)"},
		{&r.Prefix, "metadata-prefix", "the `format` of the records: arXiv, arXivRaw or oai_dc (default arXiv there, oai_dc elsewhere)"},
		{&r.Filter, "filter", "OpenAlex's `filter`, such as primary_topic.id:T10181,type:article"},
		{&r.Query, "query", "a `question` that the works must match"},
		{&r.NewBy, "new-by", "the `date` that tells which works are new: " + strings.Join(harvest.NewBys(), ", ") + "; the last two are for keys that are paid for (default publication)"},
		{&r.Fields, "fields", "the `fields` to ask for (default: those that Kindred reads)"},
		{&r.FieldsOfStudy, "fields-of-study", "the `fields` of study, separated by commas"},
		{&r.Venue, "venue", "the `venues`, separated by commas"},
		{&r.From, "from", "the first `day`, YYYY-MM-DD"},
		{&r.Until, "until", "the last `day`, YYYY-MM-DD"},
		{&r.BaseURL, "base-url", "the `address` of the service"},
		{&f.options.Mailto, "mailto", mailtoUsage},
	} {
		if strings.Contains(" "+h.settings+" ", " "+s.name+" ") {
			flags.StringVar(s.to, s.name, "", s.usage)
			if s.name != "mailto" {
				onlyOnTheLine(flags, s.name)
			}
		}
	}
	flags.StringVar(&f.options.Name, "name", "", "the `name` under which this harvest is kept (default: made of what it asks for)")
	addPause(flags, &f.options)
	flags.IntVar(&f.options.Limit, "limit", 0, "the most `papers` to take in this run (default: all)")
	onlyOnTheLine(flags, "name", "limit")
}

const mailtoUsage = "your mail `address`, which is told to the service"

func addPause(flags *pflag.FlagSet, o *harvest.Options) {
	flags.DurationVar(&o.Pause, "pause", 0, "the least `time` between two requests (default 3s; openalex, and s2 with a key, 1s)")
}

// take takes the arguments.
func (f *harvestFlags) take(h harvester, args []string) error {
	switch {
	case h.argument == "" && len(args) > 0:
		return fmt.Errorf("%s takes no arguments; what is %q?", h.kind, args[0])
	case len(args) > 1:
		return fmt.Errorf("%s takes one %s; put it in quotation marks", h.kind, strings.Trim(h.argument, "[]"))
	case len(args) == 0 && h.argument != "" && !h.optional:
		return fmt.Errorf("%s needs a %s", h.kind, h.argument)
	case len(args) == 0:
		return nil
	}
	f.argue(args[0])
	return nil
}

// argue takes what stands behind the command.
func (f *harvestFlags) argue(value string) {
	if f.request.Kind == harvest.RSS {
		f.request.BaseURL = value
	} else {
		f.request.Query = value
	}
}

// check refuses what can be refused before anything is asked.
func (f *harvestFlags) check() error {
	o := f.options
	switch {
	case o.Limit < 0:
		return fmt.Errorf("--limit %d is negative", o.Limit)
	case o.Pause < 0:
		return fmt.Errorf("--pause %v is negative", o.Pause)
	case strings.ContainsAny(o.Mailto, " \r\n") || o.Mailto != "" && !strings.Contains(o.Mailto, "@"):
		return errors.New("--mailto is no mail address")
	}
	return harvest.Check(&f.request, f.settled())
}

// settled are the options with the service's key.
func (f *harvestFlags) settled() harvest.Options {
	o := f.options
	o.Key, o.KeyFrom = keyFor(f.request.Kind)
	return o
}

// keyFor is the key of the service that a kind of harvest asks, and the variable
// it stands in, if there is one.
func keyFor(kind string) (key, variable string) {
	for _, h := range harvesters() {
		if h.kind == kind && h.key != "" {
			return os.Getenv(h.key), h.key
		}
	}
	return "", ""
}
