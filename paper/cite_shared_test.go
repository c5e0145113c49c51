//go:build shared

package paper

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// TestCitationsOfSharedPapers cites every 200th of the abstracts beside the
// repository: real titles, real names.
func TestCitationsOfSharedPapers(t *testing.T) {
	files, err := filepath.Glob("../../shared/abstracts/*.jsonl.zst")
	if err != nil || len(files) == 0 {
		t.Fatalf("no abstracts in ../../shared: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			f, err := os.Open(file)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			z, err := zstd.NewReader(f)
			if err != nil {
				t.Fatal(err)
			}
			defer z.Close()
			d := json.NewDecoder(z)
			for n := 0; ; n++ {
				var p struct {
					ID, Title, Abstract, Venue, DOI string
					Year                            int
					Authors                         any
				}
				if err := d.Decode(&p); err == io.EOF {
					break
				} else if err != nil {
					t.Fatal(err)
				}
				if n%200 != 0 {
					continue
				}
				var authors []string
				switch list := p.Authors.(type) {
				case string:
					authors = strings.Split(strings.ReplaceAll(list, " and ", ", "), ", ")
				case []any:
					for _, a := range list {
						authors = append(authors, a.(string))
					}
				}
				holdCitations(t, Paper{ID: p.ID, Title: p.Title, Abstract: p.Abstract, Venue: p.Venue, Year: p.Year, Authors: authors,
					IDs: map[string]string{"doi": p.DOI}})
			}
		})
	}
}
