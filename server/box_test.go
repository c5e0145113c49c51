package server

import (
	"strings"
	"testing"
)

// TestBoxIsForAnyPage asks as a browser does for a page elsewhere.
func TestBoxIsForAnyPage(t *testing.T) {
	s, _, _, _ := keyed(t, Options{Origins: []string{"https://papers.example.org"}})
	for path, kind := range map[string]string{"/embed.js": "text/javascript; charset=utf-8", "/embed.css": "text/css; charset=utf-8"} {
		for name, header := range map[string][]string{
			"directly":           {},
			"as a script":        {"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors", "Sec-Fetch-Dest", "script"},
			"of any origin":      {"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "cors", "Origin", "https://elsewhere.example"},
			"of a listed origin": {"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "cors", "Origin", "https://papers.example.org"},
		} {
			w := ask(t, s.Handler(), "GET", path, nil, header...)
			h := w.Header()
			if w.Code != 200 || h.Get("Content-Type") != kind || h.Get("Cross-Origin-Resource-Policy") != "cross-origin" || h.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("%s %s: %d %v", path, name, w.Code, h)
			}
			if allowed := h.Get("Access-Control-Allow-Origin"); (allowed != "") != (name == "of a listed origin") {
				t.Errorf("%s %s: Access-Control-Allow-Origin is %q", path, name, allowed)
			}
			again := ask(t, s.Handler(), "GET", path, nil, append(header, "If-None-Match", h.Get("ETag"))...)
			if again.Code != 304 || again.Header().Get("Cross-Origin-Resource-Policy") != "cross-origin" {
				t.Errorf("%s %s again: %d %v", path, name, again.Code, again.Header())
			}
		}
		// What is not the box itself stays closed.
		for _, request := range []struct {
			method, target string
			status         int
		}{{"POST", path, 403}, {"GET", path + "x", 403}, {"GET", "/v1/search?q=flow", 403}} {
			w := ask(t, s.Handler(), request.method, request.target, nil, "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors")
			if w.Code != request.status {
				t.Errorf("%s %s from elsewhere: %d", request.method, request.target, w.Code)
			}
		}
		if w := ask(t, s.Handler(), "GET", path, nil, "Host", "evil.example"); w.Code != 403 {
			t.Errorf("%s by a foreign name: %d", path, w.Code)
		}
	}
}

// TestBoxNeedsNothingInline keeps the script within a strict policy of the page
// it stands in, and a paper's words out of its markup.
func TestBoxNeedsNothingInline(t *testing.T) {
	script, err := assets.ReadFile("box/embed.js")
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", ".style", "createContextualFragment", "cookie"} {
		if strings.Contains(string(script), bad) {
			t.Errorf("the script has %q", bad)
		}
	}
	style, err := assets.ReadFile("box/embed.css")
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"@import", "url("} {
		if strings.Contains(string(style), bad) {
			t.Errorf("the style sheet has %q", bad)
		}
	}
}
