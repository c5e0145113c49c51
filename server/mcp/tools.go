package mcp

import (
	"context"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"kindred/paper"
)

// register adds the tools and the resources. Their descriptions are written for
// a model that has never seen Kindred.
func (t *tools) register(s *sdk.Server) {
	add(t, s, "search", "Search papers",
		"Finds papers in the library that answer a question or are about a topic. It understands plain language and exact terms alike; whole questions work better than single words. "+
			"Returns the best papers first, each with id, title, url and the sentence of its abstract that answers best.", t.search)
	add(t, s, "fetch", "Fetch a paper's text",
		"Returns the full title and abstract of one paper by the id of a result, with its url and metadata (authors, year, venue). The library holds abstracts, not full texts.", t.fetch)
	add(t, s, "similar", "Find similar papers",
		"Finds papers like one paper (by its id, or by its title even if misspelt) or like any text such as a pasted abstract. Give exactly one of id, title and text. The paper itself is not among the results.", t.similar)
	add(t, s, "recommend", "Recommend papers",
		"Recommends papers like all those that are liked and unlike those that are disliked. Use it to narrow down a reading list from feedback. None of the given papers is among the results.", t.recommend)
	add(t, s, "paper", "Show a paper's record",
		"Returns everything that is known of one paper: authors, dates, venue, categories, other ids (DOI, arXiv, ACL, PubMed), urls and abstract.", t.paper)
	add(t, s, "cite", "Cite papers",
		"Returns citations of papers by their ids, as BibTeX, RIS (for Zotero, EndNote, Mendeley), CSL-JSON, CSV or JSON lines, ready to be saved as one file. Abstracts are left out.", t.cite)

	if t.opts.Collections != nil {
		add(t, s, "collections", "List the library's collections",
			"Lists the collections that the library's papers are in, such as arxiv or a Zotero library, with how many papers each holds. Their names are for the arguments collection and not_collection of the searching tools.", t.collections)
	}

	read := func(ctx context.Context, r *sdk.ReadResourceRequest) (*sdk.ReadResourceResult, error) {
		return t.resource(ctx, r.Params.URI)
	}
	s.AddResourceTemplate(&sdk.ResourceTemplate{
		Name: "paper", Title: "A paper", URITemplate: resourcePrefix + "{id}", MIMEType: "application/json",
		Description: "One paper of the library by its id, percent-encoded: title, authors, abstract and all else that is known.",
	}, read)
	// Ids of arXiv's early years and DOIs hold slashes, which many leave as they are.
	s.AddResourceTemplate(&sdk.ResourceTemplate{
		Name: "paper-by-path", Title: "A paper whose id holds slashes", URITemplate: resourcePrefix + "{+id}", MIMEType: "application/json",
		Description: "The same, for an id whose slashes are not percent-encoded.",
	}, read)
}

// add registers one tool. All of them only read, and only this library.
func add[In, Out any](t *tools, s *sdk.Server, name, title, description string, h func(context.Context, In) (Out, error)) {
	closed := false
	sdk.AddTool(s, &sdk.Tool{
		Name: name, Title: title, Description: description,
		Annotations: &sdk.ToolAnnotations{Title: title, ReadOnlyHint: true, IdempotentHint: true, OpenWorldHint: &closed},
	}, explained(t, h))
}

// narrowing are the arguments that the three searching tools share.
type narrowing struct {
	Limit    int      `json:"limit,omitempty" jsonschema:"how many papers to return, from 1 to 50; 10 if left out"`
	Year     string   `json:"year,omitempty" jsonschema:"only papers of these years: 2019, 2016-2020, 2010- or -2015"`
	Category []string `json:"category,omitempty" jsonschema:"only papers in any of these categories, such as cs.CL; cs takes all of cs"`
	Author   []string `json:"author,omitempty" jsonschema:"only papers by any of these people, such as Hinton or G. Hinton"`
	Venue    []string `json:"venue,omitempty" jsonschema:"only papers of any of these journals or conferences, such as ICLR"`
	In       []string `json:"collection,omitempty" jsonschema:"only papers in any of these collections of the library, by name"`
	NotIn    []string `json:"not_collection,omitempty" jsonschema:"leave out what these collections hold, such as papers that the user has already"`
	Cursor   string   `json:"cursor,omitempty" jsonschema:"next_cursor of the answer before, for more of the same list; all other arguments stay as they were"`
}

const maxResults = 50

func (n *narrowing) options() (paper.Options, error) {
	o := paper.Options{Limit: n.Limit, Cursor: n.Cursor, Filter: paper.Filter{
		Categories: n.Category, Authors: n.Author, Venues: n.Venue, Collections: n.In, NotCollections: n.NotIn,
	}}
	if n.Limit < 0 || n.Limit > maxResults {
		return o, paper.Invalid("limit", "%d is not from 1 to %d; use next_cursor for more", n.Limit, maxResults)
	}
	var err error
	if n.Year != "" {
		o.Filter.Years, err = paper.ParseYears(n.Year)
	}
	return o, err
}

type searchIn struct {
	Query string `json:"query" jsonschema:"a question or topic in plain words"`
	narrowing
}

func (t *tools) search(ctx context.Context, in searchIn) (*list, error) {
	o, err := in.options()
	if err != nil {
		return nil, err
	}
	q := paper.Query{Text: in.Query, Options: o}
	if err := q.Validate(); err != nil {
		return nil, renamed(err, "q", "query")
	}
	return t.list(ctx, q.Limit, func(limit int) (*paper.Result, error) {
		q.Limit = limit
		return t.engine.Search(ctx, q)
	})
}

type similarIn struct {
	ID    string `json:"id,omitempty" jsonschema:"the id of a paper in the library, or its DOI or arXiv id"`
	Title string `json:"title,omitempty" jsonschema:"the title of a paper in the library; typing errors are forgiven"`
	Text  string `json:"text,omitempty" jsonschema:"any text, such as an abstract that is not in the library"`
	narrowing
}

func (t *tools) similar(ctx context.Context, in similarIn) (*list, error) {
	given := 0
	for _, s := range []string{in.ID, in.Title, in.Text} {
		if s != "" {
			given++
		}
	}
	if given != 1 {
		return nil, paper.Invalid("", "exactly one of id, title and text is needed, not %d", given)
	}
	s := paper.Similar{Title: in.Title, Text: in.Text}
	if in.ID != "" {
		s.Positive = []string{in.ID}
	}
	return t.like(ctx, s, &in.narrowing)
}

type recommendIn struct {
	Liked    []string `json:"liked" jsonschema:"ids of papers that the results should be like; at least one"`
	Disliked []string `json:"disliked,omitempty" jsonschema:"ids of papers that the results should be unlike"`
	narrowing
}

func (t *tools) recommend(ctx context.Context, in recommendIn) (*list, error) {
	for name, ids := range map[string][]string{"liked": in.Liked, "disliked": in.Disliked} {
		if len(ids) > paper.MaxSeeds || name == "liked" && len(ids) == 0 {
			return nil, paper.Invalid(name, "%d ids; from 1 to %d are taken", len(ids), paper.MaxSeeds)
		}
	}
	return t.like(ctx, paper.Similar{Positive: in.Liked, Negative: in.Disliked}, &in.narrowing)
}

// like answers similar and recommend.
func (t *tools) like(ctx context.Context, s paper.Similar, n *narrowing) (*list, error) {
	var err error
	if s.Options, err = n.options(); err != nil {
		return nil, err
	}
	for _, ids := range []*[]string{&s.Positive, &s.Negative} {
		papers, err := t.find(ctx, *ids...)
		if err != nil {
			return nil, err
		}
		*ids = own(papers)
	}
	if err := s.Validate(); err != nil {
		return nil, err
	}
	return t.list(ctx, s.Limit, func(limit int) (*paper.Result, error) {
		s.Limit = limit
		return t.engine.Similar(ctx, s)
	})
}

// renamed says an error about a field by the name that a tool has for it.
func renamed(err error, from, to string) error {
	if inv, ok := err.(*paper.InvalidError); ok && inv.Field == from {
		return &paper.InvalidError{Field: to, Message: inv.Message}
	}
	return err
}
