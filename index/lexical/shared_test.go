//go:build shared

package lexical

import (
	"bufio"
	"encoding/json"
	"os"
	"testing"

	"github.com/klauspost/compress/zstd"

	"kindred/internal/sharedtest"
	"kindred/internal/text"
)

// abstracts calls yield with the papers of ../shared/abstracts/name, analysed,
// until it returns false. They are numbered from first on.
func abstracts(tb testing.TB, name string, first uint32, batch int, yield func([]Doc) bool) {
	tb.Helper()
	var a text.Analyzer
	var docs []Doc
	more := true
	rawAbstracts(tb, name, func(title, abstract string) bool {
		var d text.Doc
		a.Doc(&d, title, abstract)
		docs = append(docs, Doc{Number: first, Title: d.Title, Body: d.Body})
		first++
		if len(docs) == batch {
			more = yield(docs)
			docs = nil
		}
		return more
	})
	if len(docs) > 0 {
		yield(docs)
	}
}

// rawAbstracts calls yield with titles and abstracts as they are.
func rawAbstracts(tb testing.TB, name string, yield func(title, abstract string) bool) {
	tb.Helper()
	f, err := os.Open(sharedtest.Path(tb, "abstracts", name))
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	z, err := zstd.NewReader(f)
	if err != nil {
		tb.Fatal(err)
	}
	defer z.Close()
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var p struct{ Title, Abstract string }
		if err := json.Unmarshal(lines.Bytes(), &p); err != nil {
			tb.Fatal(err)
		}
		if !yield(p.Title, p.Abstract) {
			return
		}
	}
	if err := lines.Err(); err != nil {
		tb.Fatal(err)
	}
}
