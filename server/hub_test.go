package server

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"kindred/paper"
)

func hubServer(t *testing.T) http.Handler {
	t.Helper()
	s, _ := newServer(t, newFake(foreignPapers()...), Options{})
	return s.Handler()
}

func TestHubPaper(t *testing.T) {
	h := hubServer(t)
	for _, id := range []string{"1605.08803", "1605.08803v1", "arxiv:1605.08803", "10.1000%2Fone(2)"} {
		var p map[string]any
		answered(t, h, "GET", "/api/papers/"+id, "", 200, &p)
		if got := fmt.Sprint(p); got != "map[authors:[map[hidden:false name:Ada One] map[hidden:false name:Two, Bo] map[hidden:false name:Cy Three]] "+
			"id:1605.08803 publishedAt:2016-05-27T00:00:00.000Z summary:An invented flow of densities. title:Density flow upvotes:<nil>]" {
			t.Errorf("%s: %s", id, got)
		}
	}
	var p map[string]any
	answered(t, h, "GET", "/api/papers/W1/2", "", 200, &p)
	if v, ok := p["publishedAt"]; v != nil || !ok { // a month is no moment
		t.Errorf("%v", p)
	}
	refusal400(t, h, "GET", "/api/papers/none", "", 404, "Paper not found: none")
}

func TestHubSearch(t *testing.T) {
	h := hubServer(t)
	var list []map[string]any
	answered(t, h, "GET", "/api/papers/search?q=density+flow&limit=2", "", 200, &list)
	if len(list) != 2 {
		t.Fatalf("%v", list)
	}
	for _, e := range list {
		inner := e["paper"].(map[string]any)
		if e["title"] == "" || e["title"] != inner["title"] || e["summary"] != inner["summary"] || inner["id"] == "" {
			t.Errorf("%v", e)
		}
	}
	answered(t, h, "GET", "/api/papers/search?q=zzz", "", 200, &list)
	if list == nil || len(list) != 0 {
		t.Errorf("%v", list)
	}
}

func TestHubDaily(t *testing.T) {
	var papers []paper.Paper
	for day := 1; day <= 28; day++ {
		for i := range 3 {
			papers = append(papers, paper.Paper{ID: fmt.Sprintf("%02d-%d", day, i), Title: "T", Date: fmt.Sprintf("2025-02-%02d", day)})
		}
	}
	papers = append(papers, paper.Paper{ID: "undated", Title: "T"})
	s, _ := newServer(t, newFake(papers...), Options{})
	for query, want := range map[string]string{
		"limit=3":                       "28-2 28-1 28-0",
		"limit=2&p=1&sort=publishedAt":  "28-0 27-2",
		"limit=2&sort=trending":         "28-2 28-1",
		"date=2025-02-05":               "05-2 05-1 05-0",
		"date=2025-02-05&limit=2&p=1":   "05-0",
		"date=2025-02-05&p=99":          "",
		"week=2025-W06&limit=1":         "09-2",
		"week=2025-W06&limit=20&p=1":    "03-0",
		"month=2025-02&limit=1":         "28-2",
		"month=2025-01":                 "",
		"limit=84&p=1":                  "undated",
		"submitter=ada&token=x&limit=1": "28-2",
	} {
		var list []struct{ Paper struct{ ID string } }
		answered(t, s.Handler(), "GET", "/api/daily_papers?"+query, "", 200, &list)
		var got []string
		for _, e := range list {
			got = append(got, e.Paper.ID)
		}
		if list == nil || strings.Join(got, " ") != want {
			t.Errorf("%s: %v, want %s", query, got, want)
		}
	}
}
