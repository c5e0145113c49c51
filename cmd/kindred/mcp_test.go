package main

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"testing"

	"kindred/index"
	"kindred/paper"
)

// TestAssistantsShareAFolder has two assistants and another command on one
// folder; then the assistant that holds it ends.
func TestAssistantsShareAFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	x, err := index.Open(t.Context(), dir, index.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := x.Put(t.Context(), []paper.Paper{{ID: "a/1", Title: "Songs of whales", IDs: map[string]string{"doi": "10.1000/w"}}}); err != nil {
		t.Fatal(err)
	}
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}

	log := slog.New(slog.DiscardHandler)
	first, second := &lender{program: &program{data: dir}, log: log}, &lender{program: &program{data: dir}, log: log}
	for _, l := range []*lender{first, second} {
		if _, err := l.open(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
	}
	if _, ok := second.current.(remote); !ok {
		t.Fatalf("the second one has %T", second.current)
	}
	if page := first.page(nil, "a/1"); page == "" || page != second.page(nil, "a/1") {
		t.Errorf("the pages are %q and %q", page, second.page(nil, "a/1"))
	}
	r, ok := reach(t.Context(), dir)
	if !ok {
		t.Fatal("other commands find no server")
	}
	if _, err := r.Put(t.Context(), []paper.Paper{{ID: "b", Title: "Songs of birds"}}); err != nil {
		t.Fatal(err)
	}
	answers := func(l *lender) {
		t.Helper()
		found, err := l.Search(t.Context(), paper.Query{Text: "songs", Options: paper.Options{Mode: paper.Lexical}})
		if err != nil || len(found.Hits) != 2 {
			t.Errorf("search: %v %v", found, err)
		}
		like, err := l.Similar(t.Context(), paper.Similar{Positive: []string{"b"}})
		if err != nil || len(like.Hits) != 1 {
			t.Errorf("similar: %v %v", like, err)
		}
		if p, err := l.Paper(t.Context(), "a/1"); err != nil || p.ID != "a/1" {
			t.Errorf("paper: %v %v", p, err)
		}
		if _, err := l.Paper(t.Context(), "none"); !errors.Is(err, paper.ErrNotFound) {
			t.Errorf("no paper: %v", err)
		}
		list, err := l.Find(t.Context(), []string{"DOI:10.1000/W", "none", "b"})
		if err != nil || len(list) != 3 || list[0] == nil || list[0].ID != "a/1" || list[1] != nil || list[2] == nil {
			t.Errorf("find: %v %v", list, err)
		}
	}
	answers(first)
	answers(second)

	if err := first.close(); err != nil {
		t.Fatal(err)
	}
	answers(second)
	if _, ok := second.current.(*index.Index); !ok {
		t.Errorf("the second one has %T", second.current)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := second.Search(ctx, paper.Query{Text: "songs"}); !errors.Is(err, context.Canceled) {
		t.Errorf("a call that was given up: %v", err)
	}
	if err := second.close(); err != nil {
		t.Error(err)
	}
	if _, ok := reach(t.Context(), dir); ok {
		t.Error("there is a server left")
	}
}
