package server

import (
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-gonic/gin"
)

// from asks for a search as somebody at an address.
func from(s *Server, address, given string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", "/v1/search?q=flow", nil)
	r.Host, r.RemoteAddr = "127.0.0.1:8080", address+":1234"
	r.Header.Set("X-Api-Key", given)
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	return w
}

func TestLimits(t *testing.T) {
	s, _, reader, writer := keyed(t, Options{Rate: 6, Open: true})
	synctest.Test(t, func(t *testing.T) {
		for i := range 6 {
			w := from(s, "192.0.2.1", reader)
			h := w.Header()
			if w.Code != 200 || h.Get("RateLimit-Policy") != `"requests";q=6;w=60` || h.Get("RateLimit") != `"requests";r=`+string(rune('5'-i))+`;t=`+[]string{"10", "20", "30", "40", "50", "60"}[i] {
				t.Errorf("%d: %d %v", i, w.Code, h)
			}
		}
		w := from(s, "192.0.2.1", reader)
		if w.Code != 429 || w.Header().Get("Retry-After") != "10" || sentError(t, w.Body.Bytes()).Code != "rate_limited" || w.Header().Get("RateLimit") != `"requests";r=0;t=60` {
			t.Errorf("over the limit: %d %v %s", w.Code, w.Header(), w.Body)
		}
		// Another key has its own limit, and so has an address without one; a
		// wrong key counts against the address.
		if w := from(s, "192.0.2.1", writer); w.Code != 200 {
			t.Errorf("another key: %d", w.Code)
		}
		for i, given := range []string{"", "wrong", "wrong too", "", "wrong", "", ""} {
			want := map[bool]int{true: 200, false: 401}[given == ""]
			if i == 6 {
				want = 429
			}
			if w := from(s, "192.0.2.1", given); w.Code != want {
				t.Errorf("%d without a key: %d, want %d", i, w.Code, want)
			}
		}
		if w := from(s, "192.0.2.1", "wrong"); w.Code != 429 {
			t.Errorf("keys can be tried out: %d", w.Code)
		}
		if w := from(s, "192.0.2.2", ""); w.Code != 200 {
			t.Errorf("another address: %d", w.Code)
		}
		for range 20 { // probes are not counted
			if w := ask(t, s.Handler(), "GET", "/healthz", nil); w.Code != 200 || w.Header().Get("RateLimit") != "" {
				t.Errorf("a probe: %d", w.Code)
			}
		}
		time.Sleep(10 * time.Second)
		if w := from(s, "192.0.2.1", reader); w.Code != 200 {
			t.Errorf("after the wait: %d", w.Code)
		}
		if w := from(s, "192.0.2.1", reader); w.Code != 429 {
			t.Errorf("and again: %d", w.Code)
		}
	})
}

// TestLimitOfABatch counts each question of a batch.
func TestLimitOfABatch(t *testing.T) {
	s, _ := newServer(t, newFake(samplePapers()...), Options{Rate: 10})
	synctest.Test(t, func(t *testing.T) {
		batch := func(n int) *httptest.ResponseRecorder {
			return askJSON(t, s.Handler(), "POST", "/v1/search/batch", "["+strings.TrimSuffix(strings.Repeat(`{"q":"flow"},`, n), ",")+"]")
		}
		if w := batch(7); w.Code != 200 || !strings.HasPrefix(w.Header().Get("RateLimit"), `"requests";r=3;`) {
			t.Errorf("seven: %d %v", w.Code, w.Header())
		}
		if w := batch(4); w.Code != 429 {
			t.Errorf("four more: %d", w.Code)
		}
		time.Sleep(time.Minute)
		if w := batch(50); w.Code != 429 || w.Header().Get("Retry-After") == "" {
			t.Errorf("more than there are in a minute: %d", w.Code)
		}
	})
}

func TestCallersAreBounded(t *testing.T) {
	l := newLimits(10)
	s := &Server{limits: l}
	for i := range maxCallers + 100 {
		c := testContext(httptest.NewRecorder())
		c.Set(callerKey, string(rune(i)))
		if err := s.spend(c, 1); err != nil {
			t.Fatal(err)
		}
	}
	if n := l.buckets.Len(); n != maxCallers {
		t.Errorf("%d callers are kept", n)
	}
}

func testContext(w *httptest.ResponseRecorder) *gin.Context {
	c, _ := gin.CreateTestContext(w)
	return c
}
