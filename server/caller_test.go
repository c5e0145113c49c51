package server

import (
	"encoding/base64"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kindred/server/key"
)

// keyed is a server that asks for keys, with one of each scope.
func keyed(t *testing.T, opts Options) (s *Server, log *logBuffer, reader, writer string) {
	t.Helper()
	opts.Keys = key.New(filepath.Join(t.TempDir(), key.FileName))
	var err error
	if reader, err = opts.Keys.Add("the reader", key.Read); err != nil {
		t.Fatal(err)
	}
	if writer, err = opts.Keys.Add("the writer", key.Write); err != nil {
		t.Fatal(err)
	}
	s, log = newServer(t, newFake(samplePapers()...), opts)
	return s, log, reader, writer
}

// TestScopes asks every route of the router without a key, with one that reads
// and with one that writes.
func TestScopes(t *testing.T) {
	s, log, reader, writer := keyed(t, Options{})
	writes := map[string]bool{"PUT /v1/papers/*id": true, "DELETE /v1/papers/*id": true, "POST /v1/papers": true, "DELETE /v1/collections/*name": true}
	free := map[string]bool{"/healthz": true, "/readyz": true, "/openapi.json": true, "/docs": true, "/embed.js": true, "/embed.css": true}
	seen := 0
	for _, r := range s.router.Routes() {
		if strings.HasPrefix(r.Path, privatePath) {
			continue
		}
		target := strings.NewReplacer("*id", "p01", "*name", "arXiv").Replace(r.Path)
		status := func(given string) int {
			w := ask(t, s.Handler(), r.Method, target, strings.NewReader(`{}`), "Content-Type", "application/json", "X-Api-Key", given)
			return w.Code
		}
		switch without, read, write := status(""), status(reader), status(writer); {
		case free[r.Path] || strings.HasPrefix(r.Path, "/static/"):
			if without != 200 {
				t.Errorf("%s %s needs a key: %d", r.Method, r.Path, without)
			}
		case writes[r.Method+" "+r.Path]:
			seen++
			if without != 401 || read != 403 || write == 401 || write == 403 {
				t.Errorf("%s %s: %d without, %d reading, %d writing", r.Method, r.Path, without, read, write)
			}
		default:
			if without != 401 || read == 401 || read == 403 || write == 401 || write == 403 {
				t.Errorf("%s %s: %d without, %d reading, %d writing", r.Method, r.Path, without, read, write)
			}
		}
	}
	if seen != len(writes) {
		t.Errorf("%d of %d routes that write were asked", seen, len(writes))
	}
	if w := ask(t, s.Handler(), "GET", "/nothing", nil); w.Code != 401 {
		t.Errorf("what there is not can be found out without a key: %d", w.Code)
	}
	if text := log.String(); strings.Contains(text, reader) || strings.Contains(text, writer) || !strings.Contains(text, `"key":"the reader"`) {
		t.Error("the log has a key, or lacks its name")
	}
}

// TestUnknownMethodsWrite is for routes to come: one that nobody has thought of
// needs the key that may do more.
func TestUnknownMethodsWrite(t *testing.T) {
	for _, tt := range []struct {
		method, route string
		want          key.Scope
	}{
		{"POST", "/v1/new", key.Write}, {"PATCH", "/v1/search", key.Write}, {"QUERY", "/v1/papers/*id", key.Write}, {"POST", "/graph/v2/*path", key.Write},
		{"GET", "/v1/new", key.Read}, {"HEAD", "/v1/new", key.Read}, {"POST", "/graph/v1/*path", key.Read}, {"POST", "/mcp", key.Read},
		{"GET", "/debug/pprof/", key.Write}, {"POST", "", key.Read},
	} {
		if got, free := neededScope(tt.method, tt.route); free || got != tt.want {
			t.Errorf("%s %s: %q, %t", tt.method, tt.route, got, free)
		}
	}
}

func TestWaysToSendAKey(t *testing.T) {
	s, _, reader, _ := keyed(t, Options{})
	basic := func(password string) string {
		return "Basic " + base64.StdEncoding.EncodeToString([]byte("anybody:"+password))
	}
	for _, tt := range []struct {
		name, value string
		status      int
	}{
		{"Authorization", "Bearer " + reader, 200}, {"Authorization", "bearer " + reader, 200}, {"X-Api-Key", reader, 200},
		{"Authorization", basic(reader), 200}, {"Authorization", basic("x"), 401}, {"Authorization", reader, 401},
		{"Authorization", "Bearer", 401}, {"Authorization", "Bearer " + reader + "x", 401}, {"X-Api-Key", strings.ToLower(reader), 401},
		{"Authorization", "Bearer " + testToken, 401}, {"Cookie", "key=" + reader, 401}, {"X-Api-Key", strings.Repeat("x", 10_000), 401},
	} {
		w := ask(t, s.Handler(), "GET", "/v1/search?q=flow", nil, tt.name, tt.value)
		if w.Code != tt.status || w.Code == 401 && w.Header().Get("WWW-Authenticate") != `Bearer realm="kindred"` {
			t.Errorf("%s %.60s: %d %v", tt.name, tt.value, w.Code, w.Header())
		}
	}
	// A browser asks the person.
	w := ask(t, s.Handler(), "GET", "/search?q=flow", nil, "Accept", "text/html,*/*")
	if w.Code != 401 || !strings.HasPrefix(w.Header().Get("WWW-Authenticate"), "Basic ") || !strings.Contains(w.Body.String(), "<html") {
		t.Errorf("a page without a key: %d %v", w.Code, w.Header())
	}
	if w = ask(t, s.Handler(), "GET", "/search?q=flow", nil, "Accept", "text/html", "Authorization", basic(reader)); w.Code != 200 {
		t.Errorf("a page with one: %d", w.Code)
	}
	// The private road is another door.
	if w = ask(t, s.Handler(), "GET", "/internal/v1/stats", nil, "Authorization", "Bearer "+reader); w.Code != 401 {
		t.Errorf("a key opens the private road: %d", w.Code)
	}
	if w = ask(t, s.Handler(), "GET", "/internal/v1/stats", nil, "Authorization", "Bearer "+testToken); w.Code != 200 {
		t.Errorf("the token does not: %d", w.Code)
	}
	// Before the key comes the question who is calling.
	if w = ask(t, s.Handler(), "GET", "/v1/search?q=flow", nil, "X-Api-Key", reader, "Origin", "https://evil.example"); w.Code != 403 {
		t.Errorf("a foreign page with a key: %d", w.Code)
	}
}

func TestOpenToReaders(t *testing.T) {
	const friend = "https://papers.example.org"
	s, _, reader, writer := keyed(t, Options{Open: true, Origins: []string{friend}})
	put := func(given string, header ...string) int {
		header = append([]string{"Content-Type", "application/json", "X-Api-Key", given}, header...)
		return ask(t, s.Handler(), "PUT", "/v1/papers/new", strings.NewReader(`{"title":"New"}`), header...).Code
	}
	for given, want := range map[string]int{"": 200, "wrong": 401, reader: 200, writer: 200} {
		if w := ask(t, s.Handler(), "GET", "/v1/search?q=flow", nil, "X-Api-Key", given); w.Code != want {
			t.Errorf("reading: %d, want %d", w.Code, want)
		}
	}
	for given, want := range map[string]int{"": 401, "wrong": 401, reader: 403} {
		if code := put(given); code != want {
			t.Errorf("writing: %d, want %d", code, want)
		}
	}
	if code := put(writer, "Origin", friend, "Sec-Fetch-Site", "cross-site"); code != 201 {
		t.Errorf("writing from a listed page with a key: %d", code)
	}
	for _, name := range []string{"the reader", "the writer"} {
		if err := s.opts.Keys.Revoke(name); err != nil {
			t.Fatal(err)
		}
	}
	if code := put(""); code != 401 {
		t.Errorf("with the last key gone, anybody writes: %d", code)
	}

	// No key was ever made: --open means open.
	s, _ = newServer(t, newFake(), Options{Open: true, Keys: key.New(filepath.Join(t.TempDir(), key.FileName)), Origins: []string{friend}})
	if code := put(""); code != 201 {
		t.Errorf("writing while there are no keys: %d", code)
	}
	if code := put("any, as OpenAI's clients send"); code != 200 {
		t.Errorf("with a key while there are none: %d", code)
	}
	if code := put("", "Origin", friend, "Sec-Fetch-Site", "cross-site"); code != 401 {
		t.Errorf("a listed page may write without a key: %d", code)
	}
	s, _ = newServer(t, newFake(), Options{Origins: []string{friend}})
	if code := put("", "Origin", friend, "Sec-Fetch-Site", "cross-site"); code != 403 {
		t.Errorf("a listed page may write where there are no keys: %d", code)
	}
}

func TestKeysThatCannotBeRead(t *testing.T) {
	s, log, reader, _ := keyed(t, Options{Open: true})
	path := filepath.Join(t.TempDir(), key.FileName)
	if err := os.WriteFile(path, []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.opts.Keys = key.New(path)
	for _, given := range []string{"", reader} {
		w := ask(t, s.Handler(), "GET", "/v1/search?q=flow", nil, "X-Api-Key", given)
		if w.Code != 503 || strings.Contains(w.Body.String(), path) {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	}
	if !strings.Contains(log.String(), "damaged") {
		t.Error("the log does not say why")
	}
}

func TestAddresses(t *testing.T) {
	for _, tt := range []struct {
		remote, forwarded string
		trust             bool
		want              string
	}{
		{"192.0.2.1:1234", "", false, "192.0.2.1"},
		{"192.0.2.1:1234", "198.51.100.7", false, "192.0.2.1"},
		{"127.0.0.1:1234", "198.51.100.7", true, "198.51.100.7"},
		{"127.0.0.1:1234", "1.1.1.1, 198.51.100.7", true, "198.51.100.7"},
		{"127.0.0.1:1234", "198.51.100.7:4711", true, "198.51.100.7"},
		{"127.0.0.1:1234", "", true, "127.0.0.1"},
		{"127.0.0.1:1234", "nonsense", true, ""},
		{"127.0.0.1:1234", "198.51.100.7,", true, ""},
		{"[2001:db8:1:2:3:4:5:6]:1234", "", false, "2001:db8:1:2::/64"},
		{"[::ffff:192.0.2.1]:1234", "", false, "192.0.2.1"},
		{"[fe80::1%eth0]:1234", "", false, "fe80::/64"},
		{"127.0.0.1:1234", "2001:db8:1:2::9", true, "2001:db8:1:2::/64"},
		{"@", "", false, ""},
	} {
		s := &Server{opts: Options{TrustProxy: tt.trust}}
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = tt.remote
		if tt.forwarded != "" {
			r.Header.Set("X-Forwarded-For", tt.forwarded)
		}
		if got := s.address(r); got != tt.want {
			t.Errorf("%+v: %q", tt, got)
		}
	}
}
