package server

import (
	"net/http/httptest"
	"strings"
	"testing"
)

func TestProfilesAreForThisMachine(t *testing.T) {
	s, _ := newServer(t, newFake(), Options{Profiles: true})
	without, _ := newServer(t, newFake(), Options{})
	for _, tt := range []struct {
		remote string
		header []string
		server *Server
		status int
	}{
		{"127.0.0.1:1", nil, s, 200}, {"[::1]:1", nil, s, 200}, {"192.0.2.1:1", nil, s, 404}, {"nonsense", nil, s, 404},
		{"127.0.0.1:1", []string{"X-Forwarded-For", "192.0.2.1"}, s, 404}, {"127.0.0.1:1", []string{"Forwarded", "for=192.0.2.1"}, s, 404},
		{"127.0.0.1:1", nil, without, 404},
	} {
		for path, want := range map[string]string{"/debug/pprof/": "goroutine", "/debug/pprof/heap?debug=1": "heap profile", "/debug/pprof/cmdline": ""} {
			r := httptest.NewRequest("GET", path, nil)
			r.Host, r.RemoteAddr = "localhost", tt.remote
			if tt.header != nil {
				r.Header.Set(tt.header[0], tt.header[1])
			}
			w := httptest.NewRecorder()
			tt.server.Handler().ServeHTTP(w, r)
			if w.Code != tt.status || w.Code == 200 && !strings.Contains(w.Body.String(), want) {
				t.Errorf("%s from %s with %v: %d %.100s", path, tt.remote, tt.header, w.Code, w.Body)
			}
		}
	}
	keyed, _, reader, writer := keyed(t, Options{Profiles: true})
	for given, status := range map[string]int{"": 401, reader: 403, writer: 200} {
		r := httptest.NewRequest("GET", "/debug/pprof/cmdline", nil)
		r.Host, r.RemoteAddr = "localhost", "127.0.0.1:1"
		r.Header.Set("X-Api-Key", given)
		w := httptest.NewRecorder()
		keyed.Handler().ServeHTTP(w, r)
		if w.Code != status {
			t.Errorf("with a key: %d, want %d", w.Code, status)
		}
	}
}
