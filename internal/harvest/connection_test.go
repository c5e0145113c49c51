package harvest_test

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"kindred/internal/harvest"
	"kindred/internal/harvest/fakearchive"
)

// pipes is a listener without a network, whose connections end at the dialler.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (p pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p pipes) Close() error   { close(p.closed); return nil }
func (p pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

func (p pipes) dial(context.Context, string, string) (net.Conn, error) {
	here, there := net.Pipe()
	p.conns <- there
	return here, nil
}

// TestSlowBody has net/http's own client and server at both ends, and an answer
// of which a byte comes a minute: it is given up after its time, and asked for
// again.
func TestSlowBody(t *testing.T) {
	inJune(t, func(t *testing.T) {
		r := requests()["oai"]
		r.BaseURL = "http://archive.test/oai"
		a := archive(47, r)
		a.Break(onNth(2, func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				_, _ = io.WriteString(w, " ")
				_ = http.NewResponseController(w).Flush()
				select {
				case <-time.After(time.Minute):
				case <-r.Context().Done():
				}
			}
		}))
		p := pipes{make(chan net.Conn), make(chan struct{})}
		s := &http.Server{Handler: a}
		served := make(chan error)
		go func() { served <- s.Serve(p) }()
		c := newCorpus()
		said := ""
		began := time.Now()
		fine(t, t.TempDir(), r, nil, c, harvest.Options{Transport: &http.Transport{DialContext: p.dial}, Notice: func(s string) { said = s }})
		c.holds(t, a, r)
		if took := time.Since(began); took < 5*time.Minute || took > 6*time.Minute || !strings.Contains(said, "did not answer within") {
			t.Errorf("took %v, said %q", took, said)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		<-served
	})
}

// TestRealConnections goes over a socket: a connection that drops in the middle
// of an answer, and a compressed one.
func TestRealConnections(t *testing.T) {
	a := fakearchive.New(47)
	a.Break(func(n int, w http.ResponseWriter, r *http.Request) bool {
		switch n {
		case 2:
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(http.StatusServiceUnavailable)
		case 4:
			w.Header().Set("Content-Encoding", "gzip")
			rec := httptest.NewRecorder()
			b := fakearchive.New(47)
			b.ServeHTTP(rec, r)
			z := gzip.NewWriter(w)
			_, _ = z.Write(rec.Body.Bytes())
			_ = z.Close()
		default:
			return false
		}
		return true
	})
	s := httptest.NewServer(a)
	defer s.Close()
	r := harvest.Request{Kind: harvest.ArXiv, BaseURL: s.URL + "/oai", Prefix: "arXiv"}
	c := newCorpus()
	dir := t.TempDir()
	if _, err := harvest.Run(t.Context(), dir, r, harvest.Options{Pause: time.Millisecond}, c.put); err != nil {
		t.Fatal(err)
	}
	c.holds(t, a, r)

	ctx, stop := context.WithCancel(t.Context())
	a.Break(func(_ int, w http.ResponseWriter, r *http.Request) bool {
		_, _ = io.WriteString(w, "<OAI-PMH><ListRecords><record>")
		_ = http.NewResponseController(w).Flush()
		stop() // Ctrl-C while an answer comes
		<-r.Context().Done()
		return true
	})
	if _, err := harvest.Run(ctx, dir, r, harvest.Options{Pause: time.Millisecond}, c.put); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}
