package paper

import (
	"encoding/json"
	"errors"
)

// LearnOptions say how an index's model learns its papers.
type LearnOptions struct {
	Steps int `json:"steps,omitempty"` // 0: by the corpus's size
	// Embedder are the settings of another embedder than the one in use, which
	// is to make the vectors from then on; empty changes nothing. Only the index
	// reads them, and no keys are in them.
	Embedder json.RawMessage `json:"embedder,omitempty"`
}

var (
	// ErrLearning says that the model is learning already, for somebody else.
	ErrLearning = errors.New("the model is learning already; kindred stats says how far it is")
	// ErrCannotLearn is wrapped by errors that say why there is nothing to
	// learn: an embedder that does not, papers that are too few.
	ErrCannotLearn = errors.New("nothing is learned")
)

// Learning says how far an index's model knows the papers it works on.
type Learning struct {
	Papers       int     `json:"papers"`           // that it learned from; 0: it has not learned
	NewPapers    int     `json:"new_papers"`       // that have come in or changed since
	UnknownWords float64 `json:"unknown_words"`    // of the new papers' words, the share that it has no vector for, estimated
	Advice       string  `json:"advice,omitempty"` // why learning would pay now, and the command; empty while it would not
}
