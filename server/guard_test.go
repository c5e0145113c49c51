package server

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestHosts(t *testing.T) {
	s, _ := newServer(t, newFake(), Options{AllowedHosts: []string{"Papers.Example.org", "192.0.2.7"}})
	for _, tt := range []struct {
		host  string
		local string // address the connection came in on
		ok    bool
	}{
		{"127.0.0.1", "", true},
		{"127.0.0.1:8080", "", true},
		{"127.8.8.8:1", "", true},
		{"localhost", "", true},
		{"LocalHost.:8080", "", true},
		{"kindred.localhost:8080", "", true},
		{"[::1]:8080", "", true},
		{"[::1]", "", true},
		{"[::ffff:127.0.0.1]", "", true},
		{"papers.example.org", "", true},
		{"PAPERS.example.org:443", "", true},
		{"192.0.2.7:8080", "", true},
		{"192.168.1.5:8080", "192.168.1.5", true},
		{"[fe80::1]:8080", "fe80::1", true},
		{"192.168.1.5:8080", "192.168.1.6", false},
		{"192.168.1.5", "", false},
		{"example.org", "", false},
		{"evil.example.org", "", false},
		{"papers.example.org.evil.com", "", false},
		{"localhost.evil.com", "", false},
		{"notlocalhost", "", false},
		{"127.0.0.1.evil.com", "", false},
		{"0.0.0.0:8080", "", false},
		{"", "", false},
		{"[", "", false},
		{":8080", "", false},
		{"127.0.0.1@evil.com", "", false},
	} {
		for _, target := range []string{"/v1/search?q=a", "/", "/metrics", "/healthz", "/openapi.json", "/static/style.css", "/nothing"} {
			r := httptest.NewRequest("GET", target, nil)
			r.Host = tt.host
			if tt.local != "" {
				local := &net.TCPAddr{IP: net.ParseIP(tt.local), Port: 8080}
				r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, local))
			}
			w := httptest.NewRecorder()
			s.Handler().ServeHTTP(w, r)
			if (w.Code == 403) == tt.ok {
				t.Errorf("%s at %q: %d %.100s", target, tt.host, w.Code, w.Body)
			}
		}
	}
}

func TestOrigins(t *testing.T) {
	engine := newFake(samplePapers()...)
	s, _ := newServer(t, engine, Options{})
	const host = "127.0.0.1:8080"
	for _, tt := range []struct {
		method string
		header []string
		ok     bool
	}{
		{"POST", nil, true}, // curl
		{"POST", []string{"Origin", "http://127.0.0.1:8080", "Sec-Fetch-Site", "same-origin"}, true},
		{"GET", []string{"Sec-Fetch-Site", "none", "Sec-Fetch-Mode", "navigate"}, true},
		{"GET", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate"}, true}, // a link
		{"GET", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors"}, false}, // <script src>
		{"GET", []string{"Sec-Fetch-Site", "same-site", "Sec-Fetch-Mode", "cors"}, false},
		{"GET", []string{"Origin", "https://evil.example"}, false},
		{"POST", []string{"Origin", "http://127.0.0.1:9090"}, false}, // another program on this machine
		{"POST", []string{"Origin", "http://localhost:8080"}, false},
		{"POST", []string{"Origin", "null"}, false},
		{"POST", []string{"Origin", "file://127.0.0.1:8080"}, false},
		{"POST", []string{"Origin", ""}, false},
		{"POST", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate"}, false}, // a form
		{"POST", []string{"Sec-Fetch-Site", "same-site"}, false},
		{"POST", []string{"Sec-Fetch-Site", "anything"}, false},
	} {
		header := append([]string{"Host", host, "Content-Type", "application/json"}, tt.header...)
		w := ask(t, s.Handler(), tt.method, "/v1/search?q=flow"[:len("/v1/search")]+map[bool]string{true: "?q=flow"}[tt.method == "GET"], strings.NewReader(`{"q":"flow"}`), header...)
		if (w.Code == 200) != tt.ok || !tt.ok && sentError(t, w.Body.Bytes()).Code != "origin_not_allowed" {
			t.Errorf("%s %q: %d %s", tt.method, tt.header, w.Code, w.Body)
		}
	}
	for _, method := range []string{"PUT", "DELETE"} {
		if w := ask(t, s.Handler(), method, "/v1/papers/p01", strings.NewReader(`{"title":"X"}`), "Content-Type", "application/json", "Origin", "https://evil.example"); w.Code != 403 {
			t.Errorf("%s from elsewhere: %d", method, w.Code)
		}
	}
	if engine.papers["p01"].Title != "Paper 1" {
		t.Error("a foreign page changed a paper")
	}
}

func TestSecurityHeadersAreEverywhere(t *testing.T) {
	s, _ := newServer(t, newFake(samplePapers()...), Options{})
	for _, target := range []string{"/", "/search?q=flow", "/v1/search?q=flow", "/v1/nothing", "/nothing", "/metrics", "/static/style.css"} {
		h := ask(t, s.Handler(), "GET", target, nil).Header()
		for name, want := range map[string]string{
			"Content-Security-Policy": "frame-ancestors 'none'", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
		} {
			if !strings.Contains(h.Get(name), want) {
				t.Errorf("%s: %s is %q", target, name, h.Get(name))
			}
		}
		if strings.Contains(h.Get("Content-Security-Policy"), "unsafe") || h.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: %v", target, h)
		}
	}
}

func TestPrivateRoadNeedsItsToken(t *testing.T) {
	s, _ := newServer(t, newFake(samplePapers()...), Options{})
	for _, tt := range []struct {
		given string
		code  int
	}{
		{"", 401}, {"Bearer", 401}, {"Bearer ", 401}, {"Bearer wrong", 401}, {testToken, 401}, {"Basic " + testToken, 401},
		{"Bearer " + testToken + "x", 401}, {"Bearer " + testToken[:5], 401}, {"Bearer " + testToken, 200},
	} {
		if w := ask(t, s.Handler(), "GET", "/internal/v1/stats", nil, "Authorization", tt.given); w.Code != tt.code {
			t.Errorf("with %q: %d %s", tt.given, w.Code, w.Body)
		}
	}
	if w := ask(t, s.Handler(), "GET", "/internal/v1/stats", nil, "Authorization", "Bearer "+testToken, "Host", "evil.example"); w.Code != 403 {
		t.Errorf("by a foreign name: %d", w.Code)
	}
	without, err := New(newFake(), Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if w := ask(t, without.Handler(), "GET", "/internal/v1/stats", nil, "Authorization", "Bearer "); w.Code != 404 {
		t.Errorf("without a token there is no road: %d", w.Code)
	}
}
