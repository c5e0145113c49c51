package paper

// Arrival is a paper as a source has it now, on its way into an index that knows
// one paper from several sources for one.
type Arrival struct {
	Paper
	// FromFile is the paper's Origin, which JSON leaves out elsewhere.
	FromFile uint64 `json:"from_file,omitempty,string"`
	// Gone says that the source has the paper of this id no more; nothing else
	// of it counts but who the source is, if that is known.
	Gone bool `json:"gone,omitempty"`
}

// Arrivals are some papers on their way in.
type Arrivals struct {
	Papers []Arrival `json:"papers"`
	// NoMerge keeps each paper a record of its own.
	NoMerge bool `json:"no_merge,omitempty"`
}

// Gone is what becomes of a paper that its source has no more.
const Gone PutStatus = "deleted"

// DuplicateMode says what is wanted of duplicates.
type DuplicateMode string

// The modes.
const (
	ReviewJoined DuplicateMode = "review" // tell which papers are of several sources
	FindSame     DuplicateMode = "find"   // tell which papers are the same and still two
	JoinSame     DuplicateMode = "join"   // make one paper of those
)

// DuplicateQuery asks for duplicates among the papers from one place on; a call
// answers for as many papers as take little time.
type DuplicateQuery struct {
	Mode DuplicateMode `json:"mode"`
	From uint32        `json:"from,omitempty"` // [DuplicateAnswer.Next] of the call before
}

// Validate reports a mode that there is not.
func (q *DuplicateQuery) Validate() error {
	switch q.Mode {
	case ReviewJoined, FindSame, JoinSame:
		return nil
	}
	return Invalid("mode", "%q is not review, find or join", q.Mode)
}

// Duplicate is one paper that several sources have.
type Duplicate struct {
	ID    string          `json:"id"`
	Title string          `json:"title"`
	Parts []DuplicatePart `json:"parts"`
}

// DuplicatePart is what one source has of it.
type DuplicatePart struct {
	ID      string   `json:"id"`
	Title   string   `json:"title"`
	Authors []string `json:"authors,omitempty"`
	Year    int      `json:"year,omitempty"`
	Venue   string   `json:"venue,omitempty"`
	Source  string   `json:"source,omitempty"`
	// Why it is the same as a part before it: "id", "title", "text"; empty for
	// the first, and where only the parts together tell.
	Why  string   `json:"why,omitempty"`
	Gave []string `json:"gave,omitempty"` // fields of the paper that are its; see [Paper.Gave]
}

// DuplicateAnswer is one call's part of the duplicates.
type DuplicateAnswer struct {
	Found  []Duplicate `json:"found"`
	Joined int         `json:"joined"` // papers that have become part of others
	Looked int         `json:"looked"` // papers looked at
	Next   uint32      `json:"next"`   // where the next call begins
	More   bool        `json:"more"`
}
