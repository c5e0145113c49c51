package openai

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"kindred/embed"
)

// fakeServer answers without a network, so that time in a test may be
// synctest's. The first request (Dial's) is always answered well.
type fakeServer struct {
	t      *testing.T
	answer behaviour // of the later requests; nil is good

	mu       sync.Mutex
	requests int
	texts    map[string]int // how often each was answered well
}

// behaviour is how the test's server answers one request for texts.
type behaviour func(w http.ResponseWriter, texts []string)

const secret = "sk-secret-0123456789"

func (s *fakeServer) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	var sent map[string]any
	if err := json.Unmarshal(body, &sent); err != nil {
		s.t.Errorf("body: %v", err)
	}
	if r.URL.Path != "/v1/embeddings" || r.Header.Get("Authorization") != "Bearer "+secret || sent["model"] != "tiny" {
		s.t.Errorf("asked %s with %v", r.URL.Path, sent)
	}
	var texts []string
	for k, v := range sent {
		if v == nil {
			s.t.Errorf("%s is null, which some servers reject", k)
		}
	}
	for _, x := range sent["input"].([]any) {
		texts = append(texts, x.(string))
	}
	s.mu.Lock()
	s.requests++
	first := s.requests == 1
	s.mu.Unlock()
	answer := s.answer
	if first || answer == nil {
		answer = good
	}
	w := httptest.NewRecorder()
	done := make(chan any, 1)
	go func() {
		defer func() { done <- recover() }()
		answer(w, texts)
	}()
	select {
	case <-r.Context().Done():
		return nil, r.Context().Err()
	case aborted := <-done:
		if aborted != nil {
			return nil, errors.New("connection reset by peer")
		}
	}
	res := w.Result()
	if res.StatusCode == 200 {
		s.mu.Lock()
		for _, x := range texts {
			s.texts[x]++
		}
		s.mu.Unlock()
		if n := res.Header.Get("Cut-After"); n != "" {
			res.Body = io.NopCloser(io.MultiReader(bytes.NewReader(w.Body.Bytes()[:10]), brokenReader{}))
		}
	}
	return res, nil
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errors.New("reset") }

type item struct {
	Object    string    `json:"object"`
	Index     int       `json:"index"`
	Embedding []float64 `json:"embedding"`
}

func send(w http.ResponseWriter, data []item) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"object": "list", "data": data, "model": "tiny", "usage": nil})
}

// good answers with vectors that tell the texts apart, last text first.
func good(w http.ResponseWriter, texts []string) {
	var data []item
	for i := len(texts) - 1; i >= 0; i-- {
		data = append(data, item{"embedding", i, []float64{float64(len(texts[i])), 1, 0}})
	}
	send(w, data)
}

// status answers with an error.
func status(code int, body string, header ...string) behaviour {
	return func(w http.ResponseWriter, _ []string) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(code)
		fmt.Fprint(w, body)
	}
}

// refuse answers with status 400 where a text holds the word.
func refuse(word, message string) behaviour {
	return func(w http.ResponseWriter, texts []string) {
		for _, t := range texts {
			if strings.Contains(t, word) {
				status(400, fmt.Sprintf(`{"error":{"message":%q,"type":"invalid_request_error"}}`, message))(w, texts)
				return
			}
		}
		good(w, texts)
	}
}

func dial(t *testing.T, b behaviour, change func(*Options)) (*Embedder, *fakeServer) {
	t.Helper()
	s := &fakeServer{t: t, answer: b, texts: map[string]int{}}
	o := Options{URL: "http://embed.example/v1/", Key: secret, KeyEnv: "OPENAI_API_KEY", Model: "tiny", Parallel: 2, Batch: 4,
		HTTPClient: &http.Client{Transport: s}}
	if change != nil {
		change(&o)
	}
	e, err := Dial(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	return e, s
}

func documents(n int) []embed.Document {
	docs := make([]embed.Document, n)
	for i := range docs {
		docs[i] = embed.Document{Title: fmt.Sprintf("Paper %d", i), Abstract: strings.Repeat("x", i)}
	}
	return docs
}

// stream embeds documents and checks that each is handed out once at most.
func stream(t *testing.T, ctx context.Context, e *Embedder, docs []embed.Document) (map[int]embed.Vector, error) {
	t.Helper()
	got := map[int]embed.Vector{}
	err := e.StreamDocuments(ctx, docs, func(places []int, vectors []embed.Vector) error {
		if len(places) != len(vectors) {
			t.Errorf("%d places of %d vectors", len(places), len(vectors))
		}
		for i, at := range places {
			if _, twice := got[at]; twice {
				t.Errorf("document %d is handed out twice", at)
			}
			got[at] = vectors[i]
		}
		return nil
	})
	return got, err
}

// inTime fails where the fake clock has moved further than most.
func inTime(t *testing.T, start time.Time, most time.Duration) {
	t.Helper()
	if took := time.Since(start); took > most {
		t.Errorf("took %s, %s at most were expected", took, most)
	}
}
