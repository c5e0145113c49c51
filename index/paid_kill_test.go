package index_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
)

const (
	paidBatch  = 8
	paidCorpus = 1200 // more than are prepared at once
)

// tollServer is an embedding server that kills its client at a point: when a
// request of that number comes, in the middle of its answer, or after it.
type tollServer struct {
	*httptest.Server
	mu       sync.Mutex
	requests [][]string // the texts of each, in the order they came
	at       int        // the request, from 1; 0: never
	when     string
	kill     func()
}

func newTollServer(t *testing.T) *tollServer {
	s := &tollServer{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body struct{ Input []string }
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			return // of one that was killed
		}
		s.mu.Lock()
		if len(body.Input) > 1 || !strings.HasSuffix(body.Input[0], "dimension") { // the first asks how long vectors are
			s.requests = append(s.requests, body.Input)
		}
		when := ""
		if len(s.requests) == s.at {
			when, s.at = s.when, 0
		}
		kill := s.kill
		s.mu.Unlock()
		type item struct {
			Index     int       `json:"index"`
			Embedding []float32 `json:"embedding"`
		}
		data := make([]item, len(body.Input))
		for i, text := range body.Input {
			data[i] = item{i, wordVector(text)}
		}
		answer, err := json.Marshal(map[string]any{"data": data})
		if err != nil {
			t.Error(err)
		}
		switch when {
		case "asked":
			kill()
			return
		case "half":
			answer = answer[:len(answer)/2]
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(answer)
		_ = http.NewResponseController(w).Flush()
		if when != "" {
			kill()
		}
	}))
	t.Cleanup(s.Close)
	return s
}

// ingest has a child ingest until it is killed, or done; the server kills it at
// a request's point.
func (s *tollServer) ingest(t *testing.T, dir string, parallel, at int, when string) (done bool) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=pay %s/v1 %d %s", childJob, s.URL, parallel, dir))
	cmd.Stderr = os.Stderr
	s.mu.Lock()
	started := make(chan struct{})
	s.at, s.when, s.kill = at, when, func() { <-started; _ = cmd.Process.Kill() }
	s.mu.Unlock()
	var out strings.Builder
	cmd.Stdout = &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	close(started)
	err = cmd.Wait()
	if strings.Contains(out.String(), "failed:") || err != nil && at == 0 {
		t.Fatalf("%s, %v", out.String(), err)
	}
	return strings.Contains(out.String(), "done")
}

// A request is sent when there is a place for it, and an answer is kept before
// it gives its place up: of a program that is killed, no more requests are lost
// than were under way. With one at a time, that is the last one and no other.
func TestKilledPaysOnlyForWhatWasUnderWay(t *testing.T) {
	for _, parallel := range []int{1, 3} {
		t.Run(fmt.Sprintf("%d at once", parallel), func(t *testing.T) {
			s, dir := newTollServer(t), t.TempDir()
			mayComeAgain := map[string]bool{} // with one at a time
			kills := 0
			for _, kill := range []struct {
				further int
				when    string
			}{{1, "asked"}, {2, "answered"}, {7, "half"}, {20, "asked"}, {25, "answered"}, {30, "answered"}, {31, "asked"}} {
				at := len(s.requests) + kill.further
				if s.ingest(t, dir, parallel, at, kill.when) {
					t.Fatalf("done before request %d", at)
				}
				kills++
				s.mu.Lock()
				for _, text := range s.requests[len(s.requests)-1] {
					mayComeAgain[text] = true
				}
				s.mu.Unlock()
			}
			if !s.ingest(t, dir, parallel, 0, "") {
				t.Fatal("not done")
			}
			asked := map[string]int{}
			for _, texts := range s.requests {
				for _, text := range texts {
					asked[text]++
				}
			}
			var twice []string
			for text, n := range asked {
				if n > 1 {
					twice = append(twice, text)
				}
			}
			t.Logf("%d texts in %d requests, %d kills, %d asked for again", len(asked), len(s.requests), kills, len(twice))
			if len(asked) != paidCorpus || len(twice) > kills*parallel*paidBatch {
				t.Errorf("%d texts, of which %d were asked for again", len(asked), len(twice))
			}
			if parallel == 1 && slices.ContainsFunc(twice, func(text string) bool { return !mayComeAgain[text] }) {
				t.Error("a text was asked for again whose answer was there")
			}
		})
	}
}
