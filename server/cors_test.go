package server

import (
	"net/http/httptest"
	"strings"
	"testing"
)

func TestCORS(t *testing.T) {
	const friend = "https://papers.example.org"
	s, _ := newServer(t, newFake(samplePapers()...), Options{Origins: []string{"http://other.example:8080", friend}})
	preflight := func(target, origin string) *httptest.ResponseRecorder {
		return ask(t, s.Handler(), "OPTIONS", target, nil, "Origin", origin, "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "cors",
			"Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "content-type,authorization")
	}
	w := preflight("/v1/search", friend)
	if h := w.Header(); w.Code != 204 || h.Get("Access-Control-Allow-Origin") != friend || !strings.Contains(h.Get("Access-Control-Allow-Methods"), "POST") ||
		h.Get("Access-Control-Allow-Headers") != "content-type,authorization" || h.Get("Access-Control-Allow-Credentials") != "" || h.Get("Vary") == "" {
		t.Errorf("asked beforehand: %d %v", w.Code, h)
	}
	for _, tt := range []struct {
		target, origin string
	}{
		{"/v1/search", "https://evil.example"}, {"/v1/search", "null"}, {"/v1/search", "http://papers.example.org"},
		{"/v1/search", friend + ".evil.example"}, {"/v1/search", ""}, {"/internal/v1/search", friend},
	} {
		if w := preflight(tt.target, tt.origin); w.Code != 403 || w.Header().Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s from %q: %d %v", tt.target, tt.origin, w.Code, w.Header())
		}
	}
	for _, method := range []string{"GET", "POST"} {
		target, body := "/v1/search?q=flow", ""
		if method == "POST" {
			target, body = "/v1/search", `{"q":"flow"}`
		}
		w := ask(t, s.Handler(), method, target, strings.NewReader(body), "Content-Type", "application/json",
			"Origin", friend, "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "cors")
		if w.Code != 200 || w.Header().Get("Access-Control-Allow-Origin") != friend {
			t.Errorf("%s: %d %v", method, w.Code, w.Header())
		}
	}
	w = ask(t, s.Handler(), "GET", "/internal/v1/stats", nil, "Origin", friend, "Authorization", "Bearer "+testToken)
	if w.Code != 403 {
		t.Errorf("the private road is shared: %d", w.Code)
	}
	if w = ask(t, s.Handler(), "GET", "/v1/search", nil, "Origin", friend); w.Code != 400 || w.Header().Get("Access-Control-Allow-Origin") != friend {
		t.Errorf("an error a page may read: %d %v", w.Code, w.Header())
	}
	if w = ask(t, s.Handler(), "GET", "/v1/search?q=flow", nil, "Origin", friend, "Host", "evil.example"); w.Code != 403 {
		t.Errorf("by a foreign name: %d", w.Code)
	}
	for _, bad := range []string{"", "*", "papers.example.org", "https://papers.example.org/", "ftp://a", "null", "https://", "https://a b"} {
		if err := (&Options{Origins: []string{bad}}).Validate(); err == nil {
			t.Errorf("the origin %q is taken", bad)
		}
	}
}
