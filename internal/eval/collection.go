package eval

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Query is one question of a test collection.
type Query struct {
	ID   string
	Text string
}

// Collection is a test collection: a corpus, questions, judgements.
type Collection struct {
	Name    string
	Corpus  func() (io.ReadCloser, error) // JSON lines {"_id", "title", "text"}, or others that package source reads
	Queries []Query                       // the judged ones, in the order of the file
	Qrels   Qrels
}

// NewCollection leaves out the questions without a relevant document, as the
// measures are means over the judged ones. It is an error when none is left.
func NewCollection(name string, corpus func() (io.ReadCloser, error), queries []Query, qrels Qrels) (*Collection, error) {
	c := &Collection{Name: name, Corpus: corpus, Qrels: qrels}
	for _, q := range queries {
		if len(qrels[q.ID]) > 0 {
			c.Queries = append(c.Queries, q)
		}
	}
	if len(c.Queries) == 0 {
		return nil, fmt.Errorf("%s: no question has a judged answer", name)
	}
	return c, nil
}

// Load opens a collection in BEIR's layout, a folder with corpus.jsonl,
// queries.jsonl and qrels.tsv (or qrels/test.tsv), named after the folder. The
// corpus stays on disk.
func Load(dir string) (*Collection, error) {
	corpus := filepath.Join(dir, "corpus.jsonl")
	if _, err := os.Stat(corpus); err != nil {
		return nil, fmt.Errorf("%s is not a test collection (corpus.jsonl, queries.jsonl, qrels.tsv): %w", dir, err)
	}
	var qrels Qrels
	var err error
	for _, name := range []string{"qrels.tsv", filepath.Join("qrels", "test.tsv")} {
		if qrels, err = ReadFile(filepath.Join(dir, name), ReadQrels); !errors.Is(err, os.ErrNotExist) {
			break
		}
	}
	if err != nil {
		return nil, err
	}
	queries, err := ReadFile(filepath.Join(dir, "queries.jsonl"), ReadQueries)
	if err != nil {
		return nil, err
	}
	abs, err := filepath.Abs(dir) // so that "." has a name too
	if err != nil {
		return nil, err
	}
	return NewCollection(filepath.Base(abs), func() (io.ReadCloser, error) { return os.Open(corpus) }, queries, qrels)
}

// ReadFile reads a file with ReadQueries, ReadQrels or ReadRun; errors name it.
func ReadFile[T any](path string, read func(io.Reader) (T, error)) (T, error) {
	f, err := os.Open(path)
	if err != nil {
		var none T
		return none, err
	}
	defer f.Close()
	v, err := read(f)
	if err != nil {
		return v, fmt.Errorf("%s: %w", path, err)
	}
	return v, nil
}

const maxLine = 16 << 20

func lines(r io.Reader) *bufio.Scanner {
	sc := bufio.NewScanner(r)
	sc.Buffer(make([]byte, 0, 64<<10), maxLine)
	return sc
}

// ReadQueries reads JSON lines {"_id", "text"}; an id may be a number.
func ReadQueries(r io.Reader) ([]Query, error) {
	var out []Query
	sc := lines(r)
	for n := 1; sc.Scan(); n++ {
		if len(strings.TrimSpace(sc.Text())) == 0 {
			continue
		}
		var q struct {
			ID   json.RawMessage `json:"_id"`
			Text string          `json:"text"`
		}
		if err := json.Unmarshal(sc.Bytes(), &q); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		id := string(q.ID)
		if strings.HasPrefix(id, `"`) {
			if err := json.Unmarshal(q.ID, &id); err != nil {
				return nil, fmt.Errorf("line %d: %w", n, err)
			}
		}
		if id == "" || id == "null" {
			return nil, fmt.Errorf("line %d: no _id", n)
		}
		out = append(out, Query{ID: id, Text: q.Text})
	}
	return out, sc.Err()
}

// ReadQrels reads tab-separated judgements: BEIR's header and three columns
// (query, document, grade), or TREC's four (query, 0, document, grade).
func ReadQrels(r io.Reader) (Qrels, error) {
	out := Qrels{}
	sc := lines(r)
	for n := 1; sc.Scan(); n++ {
		f := strings.Split(strings.TrimRight(sc.Text(), "\r"), "\t")
		if len(f) < 3 {
			f = strings.Fields(sc.Text())
		}
		if len(f) == 0 || len(f) == 1 && f[0] == "" {
			continue
		}
		if len(f) == 4 {
			f = []string{f[0], f[2], f[3]}
		}
		if len(f) != 3 {
			return nil, fmt.Errorf("line %d: %d columns, not query, document, grade", n, len(f))
		}
		grade, err := strconv.ParseFloat(strings.TrimSpace(f[2]), 64)
		if err != nil {
			if n == 1 {
				continue // the header
			}
			return nil, fmt.Errorf("line %d: grade %q is not a number", n, f[2])
		}
		if grade > 0 {
			if out[f[0]] == nil {
				out[f[0]] = map[string]float64{}
			}
			out[f[0]][f[1]] = grade
		}
	}
	return out, sc.Err()
}
