package openai

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"kindred/embed"
)

// behaviour is how the test's server answers one request for texts.
type behaviour func(w http.ResponseWriter, texts []string)

// serve starts a server that checks what it is asked and answers by b, the
// first request (Dial's) apart, which is always answered well.
func serve(t *testing.T, b behaviour) (Options, *atomic.Int32) {
	t.Helper()
	var requests atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := requests.Add(1)
		var body map[string]any
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			t.Errorf("body: %v", err)
		}
		if r.URL.Path != "/v1/embeddings" || r.Header.Get("Authorization") != "Bearer secret" || body["model"] != "tiny" {
			t.Errorf("asked %s with %v", r.URL.Path, body)
		}
		for k, v := range body {
			if v == nil {
				t.Errorf("%s is null", k)
			}
		}
		var texts []string
		for _, x := range body["input"].([]any) {
			texts = append(texts, x.(string))
		}
		if n == 1 {
			good(w, texts)
			return
		}
		b(w, texts)
	}))
	t.Cleanup(s.Close)
	return Options{URL: s.URL + "/v1/", Key: "secret", Model: "tiny", Tries: 2, Timeout: 2 * time.Second}, &requests
}

type item struct {
	Object    string    `json:"object"`
	Index     int       `json:"index"`
	Embedding []float64 `json:"embedding"`
}

func send(w http.ResponseWriter, data []item) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"object": "list", "data": data, "model": "tiny"})
}

// good answers with vectors that tell the texts apart, last text first.
func good(w http.ResponseWriter, texts []string) {
	var data []item
	for i := len(texts) - 1; i >= 0; i-- {
		data = append(data, item{"embedding", i, []float64{float64(len(texts[i])), 1, 0}})
	}
	send(w, data)
}

func TestEmbed(t *testing.T) {
	o, requests := serve(t, good)
	o.Batch = 2
	o.DocumentPrefix, o.QueryPrefix = "doc: ", "query: "
	e, err := Dial(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	if e.Dimension() != 3 || !strings.HasPrefix(string(e.Fingerprint()), "openai:tiny") || !strings.HasSuffix(string(e.Fingerprint()), ":3") {
		t.Errorf("dimension %d, fingerprint %s", e.Dimension(), e.Fingerprint())
	}
	docs := []embed.Document{{Title: "a"}, {}, {Title: "abc", Abstract: "def"}, {Abstract: "x"}}
	got, err := e.EmbedDocuments(context.Background(), docs)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []int{len("doc: a"), 0, len("doc: abc\ndef"), len("doc: x")} {
		if want == 0 {
			if got[i] != nil {
				t.Errorf("empty document has a vector %v", got[i])
			}
			continue
		}
		length := math.Hypot(float64(want), 1)
		if math.Abs(float64(got[i][0])-float64(want)/length) > 1e-6 {
			t.Errorf("document %d: %v, want one of a text of %d bytes", i, got[i], want)
		}
	}
	if n := requests.Load(); n != 3 {
		t.Errorf("%d requests for one dial and three texts in batches of two", n)
	}
	if q, err := e.EmbedQueries(context.Background(), []string{"a"}); err != nil || q[0][0] == got[0][0] {
		t.Errorf("a question as a document: %v, %v", q, err)
	}
}

func TestFaults(t *testing.T) {
	status := func(code int, body string) behaviour {
		return func(w http.ResponseWriter, _ []string) { w.WriteHeader(code); fmt.Fprint(w, body) }
	}
	for _, c := range []struct {
		name string
		b    behaviour
		want string
		asks int32 // requests after Dial's
	}{
		{"wrong key", status(401, `{"error":{"message":"bad key","type":"auth"}}`), "refused the key", 1},
		{"wrong model", status(404, `{"error":{"message":"no such model","type":"x"}}`), `model "tiny"`, 1},
		{"too often", status(429, `{"error":{"message":"slow down","type":"x"}}`), "too often", 2},
		{"fault", status(500, `oops`), "status 500", 2},
		{"HTML", status(200, `<html>hello</html>`), "is this its API?", 2},
		{"half a JSON", status(200, `{"data":[{"index":0,`), "is this its API?", 2},
		{"fewer vectors", func(w http.ResponseWriter, texts []string) { good(w, texts[1:]) }, "1 vectors for 2 texts", 1},
		{"another length", func(w http.ResponseWriter, texts []string) {
			send(w, []item{{"embedding", 0, []float64{1, 0, 0}}, {"embedding", 1, []float64{1, 0}}})
		}, "2 numbers", 1},
		{"one place twice", func(w http.ResponseWriter, texts []string) {
			send(w, []item{{"embedding", 0, []float64{1, 0, 0}}, {"embedding", 0, []float64{1, 0, 0}}})
		}, "numbered", 1},
		{"too large a number", func(w http.ResponseWriter, texts []string) {
			send(w, []item{{"embedding", 0, []float64{1e300, 0, 0}}, {"embedding", 1, []float64{1, 0, 0}}})
		}, "", 1},
		{"a hang", func(w http.ResponseWriter, _ []string) { time.Sleep(300 * time.Millisecond) }, "did not answer", 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			o, requests := serve(t, c.b)
			if c.name == "a hang" {
				o.Timeout = 100 * time.Millisecond
			}
			e, err := Dial(context.Background(), o)
			if err != nil {
				t.Fatal(err)
			}
			v, err := e.EmbedQueries(context.Background(), []string{"one", "two"})
			if err == nil {
				t.Fatalf("no error, vectors %v", v)
			}
			if !errors.Is(err, embed.ErrUnavailable) || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), o.URL[:len(o.URL)-1]) {
				t.Errorf("error %v", err)
			}
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("the key is in %v", err)
			}
			if c.name != "too large a number" && requests.Load()-1 != c.asks {
				t.Errorf("asked %d times, want %d", requests.Load()-1, c.asks)
			}
		})
	}
}

func TestVectorOfZerosIsNone(t *testing.T) {
	o, _ := serve(t, func(w http.ResponseWriter, texts []string) {
		send(w, []item{{"embedding", 0, []float64{0, 0, 0}}})
	})
	e, err := Dial(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	if v, err := e.EmbedQueries(context.Background(), []string{"x"}); err != nil || v[0] != nil {
		t.Errorf("%v, %v", v, err)
	}
}

func TestCancelledWhileWaiting(t *testing.T) {
	o, _ := serve(t, func(w http.ResponseWriter, _ []string) { w.WriteHeader(503) })
	o.Tries = 100
	e, err := Dial(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	if _, err := e.EmbedQueries(ctx, []string{"x"}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
}

func TestOptions(t *testing.T) {
	for _, o := range []Options{
		{}, {URL: "127.0.0.1:1", Model: "m"}, {URL: "ftp://x/v1", Model: "m"}, {URL: "http://x/v1"}, {URL: "http://x/v1", Model: "m", Batch: -1},
	} {
		if _, err := Dial(context.Background(), o); err == nil {
			t.Errorf("%+v was taken", o)
		}
	}
	if _, err := Dial(context.Background(), Options{URL: "http://127.0.0.1:1/v1", Model: "m", Tries: 1}); !errors.Is(err, embed.ErrUnavailable) {
		t.Errorf("nobody there: %v", err)
	}
}
