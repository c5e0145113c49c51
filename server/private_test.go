package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"kindred/paper"
	"kindred/server/client"
)

var _ Engine = (*client.Client)(nil)

// TestEngineThroughTheClient asks the same of an engine and of a client whose
// server has that engine, on the open road and on the private one: the
// answers must be equal, errors included.
func TestEngineThroughTheClient(t *testing.T) {
	for _, token := range []string{"", testToken} {
		engine := newFake(samplePapers()...)
		base, _ := start(t, engine, Options{})
		c, err := client.New(base+"/", client.Options{Token: token})
		if err != nil {
			t.Fatal(err)
		}
		ctx := t.Context()
		everything := paper.Options{
			Mode: paper.Semantic, Limit: 3, Facets: []string{"year"}, Sort: paper.NewestFirst, MinScore: .5, Explain: true,
			Filter: paper.Filter{Years: paper.Years{From: 2012, To: 2020}, From: "2012-01", To: "2020", Categories: []string{"cs", "stat.ML"},
				Authors: []string{"Ødegård, Å.", "b,c"}, Venues: []string{"ICML & more"}, Collections: []string{"a, b"}, NotCollections: []string{"ü/c"}},
		}
		for name, call := range map[string]func(e Engine) (any, error){
			"search":              func(e Engine) (any, error) { return e.Search(ctx, paper.Query{Text: "flow of <b> & \"ü\""}) },
			"search, all options": func(e Engine) (any, error) { return e.Search(ctx, paper.Query{Text: "flow", Options: everything}) },
			"an empty question":   func(e Engine) (any, error) { return e.Search(ctx, paper.Query{}) },
			"a bad limit": func(e Engine) (any, error) {
				return e.Search(ctx, paper.Query{Text: "a", Options: paper.Options{Limit: 5000}})
			},
			"a bad cursor": func(e Engine) (any, error) {
				return e.Search(ctx, paper.Query{Text: "a", Options: paper.Options{Cursor: "x"}})
			},
			"similar, by ids": func(e Engine) (any, error) {
				return e.Similar(ctx, paper.Similar{Positive: []string{"p01", "100% odd id?#ü+x"}, Negative: []string{"hep-th/9901001"}, Options: everything})
			},
			"similar, by text":     func(e Engine) (any, error) { return e.Similar(ctx, paper.Similar{Text: "a flow\nof gauge"}) },
			"similar, by title":    func(e Engine) (any, error) { return e.Similar(ctx, paper.Similar{Title: "Gauge flow"}) },
			"similar, of nothing":  func(e Engine) (any, error) { return e.Similar(ctx, paper.Similar{}) },
			"similar, unknown":     func(e Engine) (any, error) { return e.Similar(ctx, paper.Similar{Positive: []string{"nowhere"}}) },
			"a paper":              func(e Engine) (any, error) { return e.Paper(ctx, "100% odd id?#ü+x") },
			"a paper with a slash": func(e Engine) (any, error) { return e.Paper(ctx, "hep-th/9901001") },
			"an unknown paper":     func(e Engine) (any, error) { return e.Paper(ctx, "a/../b c?d") },
			"stats":                func(e Engine) (any, error) { return e.Stats(ctx) },
			"delete unknown":       func(e Engine) (any, error) { return e.Delete(ctx, []string{"nowhere", "not/here"}) },
			"put": func(e Engine) (any, error) {
				return e.Put(ctx, []paper.Paper{{ID: "p01", Title: "Paper 1", Abstract: "Normalizing flow models of density.", Year: 2011, Categories: []string{"cs.LG", "stat.ML"}, Venue: "ICML"},
					{ID: "none"}, {ID: "bad", Title: "\xff"}, {ID: "p02", Title: "Paper 2", Abstract: "Normalizing flow models of density.", Year: 2012, Categories: []string{"cs.LG", "stat.ML"}, Venue: "ICML"}})
			},
			"put nothing": func(e Engine) (any, error) { return e.Put(ctx, nil) },
		} {
			engine.asked = nil
			want, wantErr := call(engine)
			wantAsked := engine.asked
			got, gotErr := call(c)
			if d := cmp.Diff(wantAsked, engine.asked, cmpopts.EquateEmpty()); d != "" {
				t.Errorf("%s: another request reached the engine: %s", name, d)
			}
			if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" && wantErr == nil {
				t.Errorf("%s: %s", name, d)
			}
			var wantInvalid, gotInvalid *paper.InvalidError
			if errors.As(wantErr, &wantInvalid) != errors.As(gotErr, &gotInvalid) || errors.Is(wantErr, paper.ErrNotFound) != errors.Is(gotErr, paper.ErrNotFound) ||
				wantInvalid != nil && *wantInvalid != *gotInvalid || (wantErr == nil) != (gotErr == nil) {
				t.Errorf("%s: the engine says %v, the client %v", name, wantErr, gotErr)
			}
		}

		added := make([]paper.Paper, 2500)
		ids := make([]string, len(added))
		for i := range added {
			ids[i] = fmt.Sprintf("new/%d", i)
			added[i] = paper.Paper{ID: ids[i], Title: fmt.Sprintf("New %d & <%d>", i, i), Authors: []string{"A"}}
		}
		results, err := c.Put(ctx, added)
		if err != nil || len(results) != len(added) {
			t.Fatalf("%d results, %v", len(results), err)
		}
		for i, r := range results {
			if r.ID != ids[i] || r.Status != paper.Added {
				t.Fatalf("result %d: %+v", i, r)
			}
		}
		if d := cmp.Diff(added[17], engine.papers["new/17"]); d != "" {
			t.Error(d)
		}
		if n, err := c.Delete(ctx, append(ids[:20:20], "unknown")); n != 20 || err != nil {
			t.Errorf("deleted %d, %v", n, err)
		}
	}
}

func TestClientPages(t *testing.T) {
	base, _ := start(t, newFake(samplePapers()...), Options{})
	c, err := client.New(base, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	seen := make(map[string]bool)
	for hit, err := range c.SearchAll(t.Context(), paper.Query{Text: "flow", Options: paper.Options{Limit: 4}}) {
		if err != nil {
			t.Fatal(err)
		}
		if seen[hit.Paper.ID] {
			t.Errorf("%s came twice", hit.Paper.ID)
		}
		seen[hit.Paper.ID] = true
	}
	if len(seen) != len(samplePapers()) {
		t.Errorf("%d hits of %d", len(seen), len(samplePapers()))
	}
	n := 0
	for range c.SimilarAll(t.Context(), paper.Similar{Positive: []string{"p01"}, Options: paper.Options{Limit: 2}}) {
		if n++; n == 3 {
			break
		}
	}
	for _, err := range c.SearchAll(t.Context(), paper.Query{Text: ""}) {
		if invalid := (*paper.InvalidError)(nil); !errors.As(err, &invalid) {
			t.Errorf("an empty question: %v", err)
		}
	}
	if n != 3 {
		t.Errorf("%d hits, want to stop after 3", n)
	}
}

// TestPrivateRoadHasNoLimits sends more papers and more bytes than the open
// road takes.
func TestPrivateRoadHasNoLimits(t *testing.T) {
	engine := newFake()
	most := 0
	s, _ := newServer(t, &counting{fakeEngine: engine, most: &most}, Options{})
	var body strings.Builder
	for i := range maxBatch + 10 {
		fmt.Fprintf(&body, "{\"id\":\"%d\",\"title\":\"T\"}\n", i)
		if i%4000 == 0 {
			body.WriteString(strings.Repeat(" ", maxLine-100)) // before the next paper
		}
	}
	if body.Len() <= maxBatchBody {
		t.Fatal("the body is within the limit")
	}
	w := ask(t, s.Handler(), "POST", "/internal/v1/papers", strings.NewReader(body.String()), "Content-Type", mediaNDJSON, "Authorization", "Bearer "+testToken)
	if w.Code != 200 || len(engine.papers) != maxBatch+10 {
		t.Errorf("%d %.200s; %d papers", w.Code, w.Body, len(engine.papers))
	}
	if most > privateBatch {
		t.Errorf("%d papers were held at once", most)
	}
	w = ask(t, s.Handler(), "POST", "/internal/v1/papers", strings.NewReader("[{\"title\":\"A\"}"), "Content-Type", mediaJSON, "Authorization", "Bearer "+testToken)
	if w.Code != 400 {
		t.Errorf("a cut array: %d %s", w.Code, w.Body)
	}
	w = ask(t, s.Handler(), "POST", "/internal/v1/delete", strings.NewReader(`{"ids":7}`), "Content-Type", mediaJSON, "Authorization", "Bearer "+testToken)
	if w.Code != 400 {
		t.Errorf("ids that are none: %d %s", w.Code, w.Body)
	}
}

// counting notes the largest batch.
type counting struct {
	*fakeEngine
	most *int
}

func (c *counting) Put(ctx context.Context, papers []paper.Paper) ([]paper.PutResult, error) {
	*c.most = max(*c.most, len(papers))
	return c.fakeEngine.Put(ctx, papers)
}

func TestClientErrors(t *testing.T) {
	engine := newFake(samplePapers()...)
	engine.before = func(context.Context) error { return fmt.Errorf("reloading: %w", paper.ErrUnavailable) }
	base, stop := start(t, engine, Options{})
	c, err := client.New(base, client.Options{Token: "a-token-of-another-server"})
	if err != nil {
		t.Fatal(err)
	}
	var refused *client.Error
	if _, err := c.Stats(t.Context()); !errors.As(err, &refused) || refused.Status != http.StatusUnauthorized || refused.RequestID == "" {
		t.Errorf("with another token: %v", err)
	}
	if _, err := c.Put(t.Context(), samplePapers()); !errors.As(err, &refused) || refused.Code != "unauthorized" {
		t.Errorf("writing with another token: %v", err)
	}
	if c, err = client.New(base, client.Options{}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Search(t.Context(), paper.Query{Text: "flow"}); !errors.Is(err, paper.ErrUnavailable) {
		t.Errorf("while it is unavailable: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Search(ctx, paper.Query{Text: "flow"}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Stats(t.Context()); err == nil {
		t.Error("a stopped server answered")
	}
}
