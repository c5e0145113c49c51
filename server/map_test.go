package server

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"kindred/paper"
)

func TestMapPage(t *testing.T) {
	fake := newFake(paper.Paper{ID: "a", Title: "Flows <script>alert(1)</script>", Categories: []string{"cs.LG"}}, paper.Paper{ID: "b", Title: "Glaciers"})
	fake.stats.Papers = 2
	s, err := New(fake, Options{})
	if err != nil {
		t.Fatal(err)
	}
	get := func(target string) (int, string) {
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://localhost"+target, nil))
		return w.Code, w.Body.String()
	}
	for _, tt := range []struct {
		target string
		status int
		want   string
	}{
		{"/map", 200, `href="/paper?id=b"`},
		{"/map?z=2&x=1&y=3", 200, `data-zoom="2" data-x="1" data-y="3"`},
		{"/map?z=999&x=999&y=999", 200, `data-zoom="7"`},
		{"/map?q=flows", 200, `class="dot found"`},
		{"/map?category=cs.LG", 200, "1 paper lies here, within the filters"},
		{"/map?z=near", 400, "<strong>z</strong>"},
		{"/map/tiles/0/0/0", 200, `"total":2`},
		{"/map/tiles/0/0/0?category=cs.LG", 200, `"total":1`},
		{"/map/tiles/0/1/0", 400, `"x"`},
		{"/map/pictures/0/0/0", 200, "PNG"},
		{"/map/pictures/0/0/0?colour=red", 400, "unknown parameter"},
	} {
		status, body := get(tt.target)
		if status != tt.status || !strings.Contains(body, tt.want) {
			t.Errorf("%s: %d, without %q:\n%.600s", tt.target, status, tt.want, body)
		}
		// A tile is JSON, whose texts map.js shows as texts.
		html := !strings.HasPrefix(tt.target, "/map/")
		if html && (strings.Contains(body, "<script>alert") || strings.Contains(body, "<b>flows")) {
			t.Errorf("%s lets a title's HTML through", tt.target)
		}
	}
	fake.unmapped = true
	if status, body := get("/map"); status != 200 || !strings.Contains(body, "There is no map yet") {
		t.Errorf("%d: %.300s", status, body)
	}
}

// A browser that comes back to a place gets 304 until the square looks different,
// whichever process serves it.
func TestMapTags(t *testing.T) {
	papers := []paper.Paper{{ID: "a", Title: "Flows"}, {ID: "b", Title: "Glaciers"}}
	for _, target := range []string{"/map/tiles/0/0/0", "/map/pictures/0/0/0"} {
		one, _ := newServer(t, newFake(papers...), Options{})
		w := ask(t, one.Handler(), "GET", target, nil)
		tag := w.Header().Get("ETag")
		if w.Code != 200 || tag == "" || w.Header().Get("Cache-Control") != "private, no-cache" {
			t.Fatalf("%s: %d %v", target, w.Code, w.Header())
		}
		again, _ := newServer(t, newFake(papers...), Options{})
		for _, method := range []string{"GET", "HEAD"} {
			if w := ask(t, again.Handler(), method, target, nil, "If-None-Match", tag); w.Code != 304 || w.Body.Len() > 0 || w.Header().Get("ETag") != tag {
				t.Errorf("%s %s again: %d %v %s", method, target, w.Code, w.Header(), w.Body)
			}
		}
		more, _ := newServer(t, newFake(append(papers, paper.Paper{ID: "c", Title: "Moss"})...), Options{})
		if w := ask(t, more.Handler(), "GET", target, nil, "If-None-Match", tag); w.Code != 200 || w.Header().Get("ETag") == tag {
			t.Errorf("%s with a paper more: %d %v", target, w.Code, w.Header())
		}
		if w := ask(t, more.Handler(), "GET", target+"?year=x", nil, "If-None-Match", tag); w.Code != 400 || w.Header().Get("ETag") != "" {
			t.Errorf("%s of no year: %d %v", target, w.Code, w.Header())
		}
	}
}

func TestLiveState(t *testing.T) {
	fake := newFake()
	s, err := New(fake, Options{})
	if err != nil {
		t.Fatal(err)
	}
	state := func() string {
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://localhost/state", nil))
		return w.Body.String()
	}
	if got := state(); !strings.Contains(got, `role="status"></p>`) {
		t.Error(got)
	}
	s.intake.add(make([]paper.PutResult, 1200))
	s.intake.add(make([]paper.PutResult, 34))
	if got := state(); !strings.Contains(got, "1,234 so far") {
		t.Error(got)
	}
	fake.stats.State, fake.stats.Progress = "learning", 0.42
	if got := state(); !strings.Contains(got, "42 % done") {
		t.Error(got)
	}
}
