package index

import (
	"fmt"
	"sync/atomic"
)

// revision counts the changes after which an answer may be another one.
type revision struct {
	opened  string // tells this opening of the folder from all others
	changes atomic.Uint64
}

// Revision names the state that answers come from: it is another after every
// change of the papers, of the model and of the lists of vectors, and after
// opening the folder again.
func (x *Index) Revision() string {
	gen := x.generation.Load()
	return fmt.Sprintf("%s-%d-%d-%d", x.revision.opened, gen.Number, gen.vectors.Builds(), x.revision.changes.Load())
}
