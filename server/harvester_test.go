package server

import (
	"strings"
	"testing"
	"time"

	"kindred/paper"
)

// harvesting is a fake that fetches papers by itself.
type harvesting struct {
	*fakeEngine
	harvests []paper.Harvest
}

func (h harvesting) Harvests() []paper.Harvest { return h.harvests }

func TestHarvests(t *testing.T) {
	at := time.Date(2024, 6, 1, 5, 31, 0, 0, time.Local)
	engine := harvesting{newFake(samplePapers()...), []paper.Harvest{
		{Name: "arxiv-cs", Schedule: "30 5 * * *", Last: at, Added: 1412, Updated: 33, Deleted: 2, Next: at.AddDate(0, 0, 1),
			Runs: 4, Failures: 1, AllAdded: 2000, AllUpdated: 50, AllDeleted: 3},
		{Name: "feed", Last: at, Error: "b.test answers <503>", Next: at.Add(time.Hour), Runs: 1, Failures: 1},
		{Name: "new", Next: at},
		{Name: "busy", Running: true, Read: 12345},
	}}
	s, _ := newServer(t, engine, Options{})
	metrics := ask(t, s.Handler(), "GET", "/metrics", nil).Body.String()
	for _, want := range []string{
		`kindred_harvest_runs_total{harvest="arxiv-cs",result="done"} 3`, `kindred_harvest_runs_total{harvest="arxiv-cs",result="failed"} 1`,
		`kindred_harvest_papers_total{harvest="arxiv-cs",result="added"} 2000`, `kindred_harvest_papers_total{harvest="arxiv-cs",result="deleted"} 3`,
		`kindred_harvest_failed{harvest="feed"} 1`, `kindred_harvest_failed{harvest="arxiv-cs"} 0`, `kindred_harvest_running{harvest="busy"} 1`,
		`kindred_harvest_last_run_timestamp_seconds{harvest="new"} 0`, `kindred_harvest_next_run_timestamp_seconds{harvest="arxiv-cs"} 1.71`,
	} {
		if !strings.Contains(metrics, want) {
			t.Errorf("no %s in /metrics", want)
		}
	}
	page := ask(t, s.Handler(), "GET", "/", nil).Body.String()
	for _, want := range []string{
		"last 2024-06-01 05:31: 1,412 new, 33 changed, 2 deleted; next 2024-06-02 05:31", "b.test answers &lt;503&gt;",
		"not run yet; next 2024-06-01 05:31", "running now, 12,345 records so far", "The harvest busy is fetching papers: 12,345 so far",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q on the page", want)
		}
	}
	open, _ := newServer(t, engine, Options{Open: true})
	if page = ask(t, open.Handler(), "GET", "/", nil).Body.String(); strings.Contains(page, "b.test") || !strings.Contains(page, "log says why") {
		t.Error("everybody may read why a harvest failed")
	}
}

func TestNoHarvests(t *testing.T) {
	for _, engine := range []Engine{newFake(), harvesting{newFake(), nil}} {
		s, _ := newServer(t, engine, Options{})
		if page := ask(t, s.Handler(), "GET", "/", nil).Body.String(); strings.Contains(page, "Harvests") {
			t.Error("harvests where there are none")
		}
		if metrics := ask(t, s.Handler(), "GET", "/metrics", nil).Body.String(); strings.Contains(metrics, "kindred_harvest") {
			t.Error("metrics of harvests where there are none")
		}
	}
}
