// Package testdata holds the sample corpus: abstracts of eight fields written
// for this project, with invented authors and venues and ids that begin with
// "sample-", and questions with judged answers. It is embedded in the program,
// so that a demo and an evaluation need no file and no network.
//
// "./..." passes over a folder of this name; go vet and go test need to be
// told of it.
package testdata

import (
	"bytes"
	"embed"
	"io"
	"io/fs"
)

//go:embed papers/*.jsonl queries.jsonl qrels.tsv
var files embed.FS

// Papers returns the corpus as JSON lines of [paper.Paper], field after field
// in alphabetical order.
//
// [paper.Paper]: kindred/paper.Paper
func Papers() *bytes.Reader {
	names, _ := fs.Glob(files, "papers/*.jsonl") // fails for a malformed pattern only
	var all []byte
	for _, name := range names {
		all = append(all, read(name)...)
	}
	return bytes.NewReader(all)
}

// Queries returns the questions as JSON lines {"_id", "text"}.
func Queries() io.Reader { return bytes.NewReader(read("queries.jsonl")) }

// Qrels returns the judgements in BEIR's layout: a header, then question,
// paper and grade (1 related, 2 answers it) separated by tabs.
func Qrels() io.Reader { return bytes.NewReader(read("qrels.tsv")) }

func read(name string) []byte {
	b, err := files.ReadFile(name)
	if err != nil {
		panic(err) // an embedded file is there or the package does not build
	}
	return b
}
