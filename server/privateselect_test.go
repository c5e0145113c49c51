package server

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kindred/paper"
	"kindred/server/client"
)

// TestCatalogThroughTheClient pages through a corpus and asks for vectors: the
// answers are the engine's own, errors included.
func TestCatalogThroughTheClient(t *testing.T) {
	engine := newFake(samplePapers()...)
	base, _ := start(t, engine, Options{})
	c, err := client.New(base, client.Options{Token: testToken})
	if err != nil {
		t.Fatal(err)
	}
	s := paper.Selection{Filter: paper.Filter{Years: paper.Years{From: 2001}, Categories: []string{"cs"}}, Limit: 2}
	pages := 0
	for ; ; pages++ {
		want, err := engine.Select(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.Select(t.Context(), s)
		if d := cmp.Diff(want, got); d != "" || err != nil {
			t.Fatalf("page %d: %v %s", pages, err, d)
		}
		if got.Next == nil {
			break
		}
		s.After = got.Next
		s.After.Corpus = 1<<64 - 1 // needs all of its bits
		if pages == 0 {
			s.Filter = paper.Filter{}
		}
	}
	if pages < 2 {
		t.Errorf("%d pages", pages)
	}
	for _, s := range []paper.Selection{{Limit: paper.MaxSelected + 1}, {Filter: paper.Filter{From: "x"}}} {
		invalid := (*paper.InvalidError)(nil)
		if _, err := c.Select(t.Context(), s); !errors.As(err, &invalid) {
			t.Errorf("%+v: %v", s, err)
		}
	}

	ids := []string{"p01", "hep-th/9901001"}
	want, err := engine.Vectors(t.Context(), ids)
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.Vectors(t.Context(), ids)
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Errorf("%v %s", err, d)
	}
	if _, err := c.Vectors(t.Context(), []string{"nobody"}); !errors.Is(err, paper.ErrNotFound) {
		t.Errorf("vectors of nobody: %v", err)
	}

	open, err := client.New(base, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := open.Select(t.Context(), s); err == nil {
		t.Error("the open API lists papers")
	}
	if _, err := open.Vectors(t.Context(), ids); err == nil {
		t.Error("the open API gives vectors")
	}
}

func TestPrivateSelectRefuses(t *testing.T) {
	s, _ := newServer(t, newFake(samplePapers()...), Options{})
	for _, path := range []string{"/internal/v1/select", "/internal/v1/vectors"} {
		for _, body := range []string{"", "[", `{"ids":7,"Limit":"x"}`} {
			if w := ask(t, s.Handler(), "POST", path, strings.NewReader(body), "Content-Type", mediaJSON, "Authorization", "Bearer "+testToken); w.Code != 400 {
				t.Errorf("%s %s: %d %s", path, body, w.Code, w.Body)
			}
		}
		if w := ask(t, s.Handler(), "POST", path, strings.NewReader("{}"), "Content-Type", mediaJSON); w.Code != 401 {
			t.Errorf("%s without a token: %d", path, w.Code)
		}
	}
}
