package static

import (
	_ "embed"
	"sync"
)

//go:embed base.kvec
var baseFile []byte

// Base returns the model that the program carries, the same one each time. It
// is read when first asked for, in well under 200 ms.
var Base = sync.OnceValues(func() (*Model, error) { return decode(baseFile) })
