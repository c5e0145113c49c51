package paper

import (
	"errors"
	"math"
	"slices"
	"strings"
)

// ErrNotFound is wrapped by errors about papers that are not in the index.
var ErrNotFound = errors.New("no such paper")

// ErrUnavailable is wrapped by errors of an engine that cannot answer now but
// may soon: still loading, being closed, its embedder out of reach.
var ErrUnavailable = errors.New("not available now")

// Mode says which signals rank the papers.
type Mode string

// The modes; the empty Mode is Hybrid.
const (
	Hybrid   Mode = "hybrid"   // both signals fused, with a round of feedback
	Semantic Mode = "semantic" // nearness of vectors alone
	Lexical  Mode = "lexical"  // BM25 alone
)

// ParseMode reads a mode's name; the empty string is Hybrid.
func ParseMode(s string) (Mode, error) {
	switch m := Mode(s); m {
	case "":
		return Hybrid, nil
	case Hybrid, Semantic, Lexical:
		return m, nil
	}
	return "", Invalid("mode", "%q is not hybrid, semantic or lexical", s)
}

// Sort orders the hits of a list.
type Sort string

// The orders; the empty Sort is Relevance.
const (
	Relevance   Sort = "relevance"
	NewestFirst Sort = "date"
)

// Limits of one request.
const (
	DefaultLimit = 10
	MaxLimit     = 1000
	MaxQuestion  = 100_000 // bytes of a question; longer ones are refused
	MaxSeeds     = 500     // papers that one "similar" may start from, liked and disliked each
)

// Options are what a question and a "similar" have in common. The zero value
// asks for the first ten papers in hybrid mode.
type Options struct {
	Mode     Mode
	Limit    int // 0 is DefaultLimit
	Cursor   string
	Filter   Filter
	Sort     Sort
	MinScore float64
	Facets   []string // of FacetFields
	Explain  bool
}

// FacetFields are the fields by which the papers of a list can be counted.
var FacetFields = []string{"year", "category", "venue", "author", "collection"}

// Validate reports the first option that cannot be meant, and fills in the
// defaults.
func (o *Options) Validate() error {
	m, err := ParseMode(string(o.Mode))
	if err != nil {
		return err
	}
	o.Mode = m
	switch {
	case o.Limit < 0:
		return Invalid("limit", "%d is negative", o.Limit)
	case o.Limit > MaxLimit:
		return Invalid("limit", "%d is over %d; page on with cursor", o.Limit, MaxLimit)
	case o.Limit == 0:
		o.Limit = DefaultLimit
	}
	switch o.Sort {
	case "":
		o.Sort = Relevance
	case Relevance, NewestFirst:
	default:
		return Invalid("sort", "%q is not relevance or date", o.Sort)
	}
	if math.IsNaN(o.MinScore) || math.IsInf(o.MinScore, 0) {
		return Invalid("min_score", "%v is not a number to compare with", o.MinScore)
	}
	for _, f := range o.Facets {
		if !slices.Contains(FacetFields, f) {
			return Invalid("facets", "%q is not one of %s", f, strings.Join(FacetFields, ", "))
		}
	}
	return o.Filter.Validate()
}

// Query is a question in plain words. Without one it asks, newest first, for all
// papers that pass the filter.
type Query struct {
	Text     string // may be empty where Sort is NewestFirst
	Verbatim bool   // quotation marks and minus signs in Text mean nothing; see [ParseQuestion]
	Options
}

// Question is the question taken apart.
func (q *Query) Question() Question {
	if q.Verbatim {
		return Question{Text: q.Text}
	}
	return ParseQuestion(q.Text)
}

// Validate checks the question and its options and fills in the defaults.
func (q *Query) Validate() error {
	q.Text = strings.TrimSpace(q.Text)
	switch {
	case q.Text == "" && q.Sort != NewestFirst:
		return Invalid("q", "the question is empty")
	case q.Text == "" && q.MinScore != 0:
		return Invalid("min_score", "needs a question: without one there are no scores")
	}
	if err := checkText("q", q.Text, MaxQuestion); err != nil {
		return err
	}
	if asked := q.Question(); len(asked.Must)+len(asked.Never) > MaxDemands {
		return Invalid("q", "%d quoted phrases and exclusions; at most %d are taken (verbatim takes the marks as text)", len(asked.Must)+len(asked.Never), MaxDemands)
	}
	return q.Options.Validate()
}

// Similar asks for papers like others: exactly one of Title, Text and the
// lists of ids says which. The papers it starts from are never answers.
type Similar struct {
	Title    string   // of a paper of the corpus; resolved as [Result.Resolved] tells
	Text     string   // any text, such as a pasted abstract
	Positive []string // ids of papers to be like
	Negative []string // ids of papers to be unlike
	Options
}

// Validate checks the request and fills in the defaults.
func (s *Similar) Validate() error {
	s.Title, s.Text = strings.TrimSpace(s.Title), strings.TrimSpace(s.Text)
	given := 0
	for _, set := range []bool{s.Title != "", s.Text != "", len(s.Positive) > 0} {
		if set {
			given++
		}
	}
	switch {
	case given == 0:
		return Invalid("id", "a title, an id or a text to start from is needed")
	case given > 1:
		return Invalid("id", "only one of title, id, text and positive may be given")
	case len(s.Negative) > 0 && len(s.Positive) == 0:
		return Invalid("negative", "needs papers in positive beside it")
	case len(s.Positive) > MaxSeeds:
		return Invalid("positive", "%d papers; at most %d are allowed", len(s.Positive), MaxSeeds)
	case len(s.Negative) > MaxSeeds:
		return Invalid("negative", "%d papers; at most %d are allowed", len(s.Negative), MaxSeeds)
	}
	if err := checkText("title", s.Title, MaxTitle); err != nil {
		return err
	}
	if err := checkText("text", s.Text, MaxAbstract); err != nil {
		return err
	}
	return s.Options.Validate()
}

// Signal is a paper's place and score in one of the two rankings.
type Signal struct {
	Rank  int     `json:"rank,omitempty"` // 1 is the best; absent beyond the candidates
	Score float64 `json:"score"`          // lexical: BM25; semantic: cosine
}

// Signals holds what each ranking says of a hit; nil where it says nothing (no
// word matches, no vector). In hybrid mode they are those of the round after
// feedback, which made the score.
type Signals struct {
	Lexical  *Signal `json:"lexical,omitempty"`
	Semantic *Signal `json:"semantic,omitempty"`
}

// Highlight is a sentence of a hit that answers, with the words that match.
type Highlight struct {
	Text string `json:"text"` // verbatim from the abstract, or the title where there is none
	// Matches are half-open ranges of Unicode code points in Text, ascending.
	Matches [][2]int `json:"matches"`
}

// Hit is one answer.
type Hit struct {
	Paper      Paper       `json:"paper"`
	Score      float64     `json:"score"`
	Signals    Signals     `json:"signals"`
	Highlights []Highlight `json:"highlights,omitempty"`
}

// Resolved tells which paper a title was taken for.
type Resolved struct {
	ID         string  `json:"id"`
	Title      string  `json:"title"`
	Confidence float64 `json:"confidence"` // 1 for the same title after folding, below that for the closest one
}

// FacetCount is how many papers of the filtered set have a value.
type FacetCount struct {
	Value string `json:"value"`
	Count int    `json:"count"`
}

// Result answers a Query or a Similar.
type Result struct {
	Query      string                  `json:"query"`
	Resolved   *Resolved               `json:"resolved,omitempty"`
	Hits       []Hit                   `json:"hits"`
	Total      int                     `json:"total"` // papers that pass the filters (and, in lexical mode, match)
	NextCursor string                  `json:"next_cursor,omitempty"`
	Facets     map[string][]FacetCount `json:"facets,omitempty"`
	Fusion     *Fusion                 `json:"fusion,omitempty"` // where Options.Explain asked for it, in hybrid mode
	Model      string                  `json:"model"`
	Degraded   string                  `json:"degraded,omitempty"` // why an answer is weaker than it could be
	TookMS     float64                 `json:"took_ms"`
}

// PutStatus says what became of a paper that was handed in.
type PutStatus string

// What can become of a paper.
const (
	Added     PutStatus = "added"
	Updated   PutStatus = "updated"
	Unchanged PutStatus = "unchanged"
	Merged    PutStatus = "merged"
	Rejected  PutStatus = "rejected"
)

// PutResult is the answer for one paper of a batch.
type PutResult struct {
	ID     string    `json:"id"`
	Status PutStatus `json:"status"`
	Error  string    `json:"error,omitempty"` // why it was rejected
}

// Stats describes what an index holds.
type Stats struct {
	Papers     int     `json:"papers"`
	Vectors    int     `json:"vectors"`
	Terms      int     `json:"terms"` // distinct terms of the inverted index
	FirstYear  int     `json:"first_year,omitempty"`
	LastYear   int     `json:"last_year,omitempty"`
	Model      string  `json:"model"`      // the embedder's fingerprint
	Dimension  int     `json:"dimension"`  // of its vectors; 0 while there is no model
	Generation uint32  `json:"generation"` // grows by one with each change of model
	Learned    bool    `json:"learned"`    // the model has learned this corpus
	Bytes      int64   `json:"bytes"`      // of the data folder
	Ready      bool    `json:"ready"`
	State      string  `json:"state"` // "ready", "loading", "indexing", "learning" …
	Progress   float64 `json:"progress,omitempty"`

	// Collections are the largest collections, at most MaxStatsCollections;
	// MoreCollections is how many others there are.
	Collections     []Collection `json:"collections,omitempty"`
	MoreCollections int          `json:"more_collections,omitempty"`

	Learning *Learning `json:"learning,omitempty"` // nil where the embedder does not learn
	Embedded *Embedded `json:"embedded,omitempty"` // nil where the embedder does not count
}
