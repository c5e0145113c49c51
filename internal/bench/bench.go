// Package bench measures Kindred from outside, as its users meet it: it runs
// the program on files of papers, asks it over HTTP, kills it, and prints what
// it found as one Markdown table. The parts are then measured in this process,
// beside chromem-go alone and the scan of all vectors, on the same folder and
// the same questions.
package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"kindred/internal/text"
	"kindred/paper"
	"kindred/paper/source"
)

// Options of a run. Program, Files and Dir are needed.
type Options struct {
	Program   string   // the kindred to measure
	Files     []string // the papers
	Dir       string   // an empty or new folder to work in; what was made in it is removed
	Data      string   // a data folder that holds the papers already; nothing but its cache is changed
	Every     int      // only every so many-th paper; 0 and 1 are all
	Questions string   // a file of other papers, whose sentences are asked; empty: those of Files
	Number    int      // of questions and of papers to start from; 0 is 200
	Sides     []Side   // other engines, measured on the same papers and questions

	// Tell, unless nil, is called with what is being done.
	Tell func(what string)
}

// Side is another engine to stand beside Kindred's own in the table.
type Side struct {
	Name string
	// Measure takes the papers of the corpus and the questions, and returns its
	// rows.
	Measure func(ctx context.Context, papers []paper.Paper, questions []string) ([]Row, error)
	// Most is how many papers it gets; 0 is all.
	Most int
}

// Validate reports the first option that cannot be meant, and fills in the
// defaults.
func (o *Options) Validate() error {
	if o.Number == 0 {
		o.Number = 200
	}
	o.Every = max(o.Every, 1)
	if o.Tell == nil {
		o.Tell = func(string) {}
	}
	switch {
	case o.Program == "" || o.Dir == "" || len(o.Files) == 0:
		return errors.New("bench: a program, a folder and files are needed")
	case o.Number < 10 || o.Number > 100_000:
		return fmt.Errorf("bench: %d questions are not from 10 to 100,000", o.Number)
	}
	return nil
}

// Run measures, step by step. It takes about as long as three ingests.
func Run(ctx context.Context, o Options) (*Report, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if entries, err := os.ReadDir(o.Dir); err == nil && len(entries) > 0 {
		return nil, fmt.Errorf("bench: %s is not empty", o.Dir)
	}
	data := filepath.Join(o.Dir, "data")
	defer os.RemoveAll(o.Dir)
	if err := os.MkdirAll(o.Dir, 0o755); err != nil {
		return nil, err
	}
	o.Tell("gathering questions")
	questions, err := o.questions(ctx)
	if err != nil {
		return nil, err
	}
	files := o.Files
	if o.Every > 1 && o.Data == "" {
		o.Tell("choosing papers")
		some := filepath.Join(o.Dir, "some.jsonl")
		if err := o.choose(ctx, some); err != nil {
			return nil, err
		}
		files = []string{some}
	}
	r := &Report{Machine: machine(), Start: time.Now()}
	p := program{path: o.Program, data: data}
	if o.Data == "" {
		o.Tell("ingesting")
		if err := r.ingest(ctx, p, files); err != nil {
			return nil, err
		}
	} else {
		data, p.data = o.Data, o.Data
	}
	if err := r.serve(ctx, p, questions, o); err != nil {
		return nil, err
	}
	if err := r.parts(ctx, data, questions, o); err != nil {
		return nil, err
	}
	for _, side := range o.Sides {
		o.Tell(side.Name)
		papers, err := o.papers(ctx, files, side.Most)
		if err != nil {
			return nil, err
		}
		rows, err := side.Measure(ctx, papers, questions)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", side.Name, err)
		}
		r.Rows = append(r.Rows, rows...)
	}
	return r, nil
}

// each calls fn with the papers of some files until it says no.
func each(ctx context.Context, files []string, fn func(*paper.Paper) (bool, error)) error {
	for _, name := range files {
		r, err := source.Open(name, source.Options{})
		if err != nil {
			return err
		}
		more := true
		for item, err := range r.Papers(ctx) {
			if _, bad := errors.AsType[*source.LineError](err); bad {
				continue
			}
			if err == nil {
				more, err = fn(&item.Paper)
			}
			if err != nil {
				return errors.Join(err, r.Close())
			}
			if !more {
				break
			}
		}
		if err := r.Close(); err != nil || !more {
			return err
		}
	}
	return ctx.Err()
}

func (o *Options) papers(ctx context.Context, files []string, most int) (papers []paper.Paper, err error) {
	err = each(ctx, files, func(p *paper.Paper) (bool, error) {
		papers = append(papers, *p)
		return most == 0 || len(papers) < most, nil
	})
	return papers, err
}

// questions are sentences of 8 to 40 words from the middle of abstracts.
func (o *Options) questions(ctx context.Context) ([]string, error) {
	files, step := o.Files, 23
	if o.Questions != "" {
		files = []string{o.Questions}
	}
	var out []string
	n := 0
	err := each(ctx, files, func(p *paper.Paper) (bool, error) {
		if n++; n%step != 0 {
			return true, nil
		}
		if s := middleSentence(p.Abstract); s != "" {
			out = append(out, s)
		}
		return len(out) < o.Number, nil
	})
	if err == nil && len(out) < 10 {
		err = fmt.Errorf("bench: %d questions in %s are too few", len(out), strings.Join(files, ", "))
	}
	return out, err
}

func middleSentence(abstract string) string {
	var all []string
	for s := range text.Sentences(abstract) {
		words := strings.Fields(abstract[s.Start:s.End])
		if len(words) >= 8 && len(words) <= 40 {
			all = append(all, strings.Join(words, " "))
		}
	}
	if len(all) == 0 {
		return ""
	}
	return all[len(all)/2]
}
