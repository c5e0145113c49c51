package server

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"kindred/paper"
)

// TestRawRequests speaks to the listener without a client's manners.
func TestRawRequests(t *testing.T) {
	base, _ := start(t, newFake(samplePapers()...), Options{})
	for _, tt := range []struct {
		name, request string
		status        string
		cut           bool // the sending side is closed after it
	}{
		{"HTTP/1.0 without a host", "GET /v1/search?q=flow HTTP/1.0\r\n\r\n", "403", false},
		{"two hosts", "GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n", "400", false},
		{"an absolute URL names the host", "GET http://evil.example/v1/stats HTTP/1.1\r\nHost: localhost\r\n\r\n", "403", false},
		{"headers over the limit", "GET / HTTP/1.1\r\nHost: localhost\r\nX: " + strings.Repeat("a", maxHeader+8192) + "\r\n\r\n", "431", false},
		{"a question at its limit, all escaped", "GET /v1/search?q=" + strings.Repeat("%41", paper.MaxQuestion) + " HTTP/1.1\r\nHost: localhost\r\n\r\n", "200", false},
		{"raw spaces", "GET /v1/search?q=a b HTTP/1.1\r\nHost: localhost\r\n\r\n", "400", false},
		{"raw UTF-8", "GET /v1/search?q=flöw HTTP/1.1\r\nHost: localhost\r\n\r\n", "200", false},
		{"a body that ends early", "POST /v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{\"q\":", "400", true},
		{"chunks that are none", "POST /v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "400", true},
		{"a GET with a body", "GET /v1/search?q=flow HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello", "200", false},
	} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			_, _ = io.WriteString(conn, tt.request)
			if tt.cut { // otherwise a closed side means that the client has gone
				_ = conn.(*net.TCPConn).CloseWrite()
			}
		}()
		_ = conn.SetReadDeadline(time.Now().Add(5 * time.Second))
		line, err := bufio.NewReader(conn).ReadString('\n')
		if err != nil || !strings.Contains(line, " "+tt.status+" ") {
			t.Errorf("%s: %q %v, want %s", tt.name, line, err, tt.status)
		}
		conn.Close()
	}
}

// TestTimeouts has a server that gives a request a fifth of a second to arrive.
func TestTimeouts(t *testing.T) {
	const given = 200 * time.Millisecond
	engine := newFake()
	engine.before = func(ctx context.Context) error { // writing takes longer than that
		select {
		case <-time.After(3 * given):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	s, _ := newServer(t, engine, Options{})
	srv := s.httpServer(t.Context())
	srv.ReadTimeout = given
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = srv.Serve(ln) }()
	defer srv.Close()
	var requests sync.WaitGroup
	for _, tt := range []struct {
		name, path string
		slow       bool
		status     int
	}{
		{"a long write", "/v1/papers", false, 200},
		{"a slow body", "/v1/papers", true, 408},
		{"a slow body on the private road", "/internal/v1/papers", true, 200},
	} {
		requests.Go(func() {
			reader, writer := io.Pipe()
			go func() {
				_, _ = io.WriteString(writer, `[{"title":"A"}`)
				if tt.slow {
					time.Sleep(3 * given)
				}
				_, _ = io.WriteString(writer, `]`)
				writer.Close()
			}()
			req, err := http.NewRequest("POST", "http://"+ln.Addr().String()+tt.path, reader)
			if err != nil {
				t.Error(err)
				return
			}
			req.Header.Set("Content-Type", mediaJSON)
			req.Header.Set("Authorization", "Bearer "+testToken)
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Errorf("%s: %v", tt.name, err)
				return
			}
			if resp.StatusCode != tt.status {
				t.Errorf("%s: %d, want %d", tt.name, resp.StatusCode, tt.status)
			}
			resp.Body.Close()
		})
	}
	requests.Wait()
}
