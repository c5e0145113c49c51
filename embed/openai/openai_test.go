package openai

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kindred/embed"
)

func TestEmbed(t *testing.T) {
	e, s := dial(t, nil, func(o *Options) {
		o.Batch = 2
		o.DocumentPrefix, o.QueryPrefix = "doc: ", "query: "
	})
	if e.Dimension() != 3 || !strings.HasPrefix(string(e.Fingerprint()), "openai:tiny+") || !strings.HasSuffix(string(e.Fingerprint()), ":3") {
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
	if s.requests != 3 {
		t.Errorf("%d requests for one dial and three texts in batches of two", s.requests)
	}
	if q, err := e.EmbedQueries(context.Background(), []string{"a"}); err != nil || q[0][0] == got[0][0] {
		t.Errorf("a question as a document: %v, %v", q, err)
	}
	if w := e.Work(); w.Texts != 4 || w.Requests != 4 || w.Tokens == 0 || w.Again != 0 {
		t.Errorf("work %+v", w)
	}
}

// failures are faults that end the work with one clear message.
var failures = []struct {
	name  string
	b     behaviour
	want  []string
	tries int // requests for one batch; 0: not counted
}{
	{"wrong key", status(401, `{"error":{"message":"bad key `+secret+`","type":"auth"}}`), []string{"refused the key", "OPENAI_API_KEY"}, 1},
	{"wrong model", status(404, `{"error":{"message":"no such model","type":"x"}}`), []string{`model "tiny"`, "no such model", "/v1"}, 1},
	{"wrong path", status(404, `<html>not here</html>`), []string{`path /embeddings`}, 1},
	{"no credit", status(429, `{"error":{"message":"quota","type":"x","code":"insufficient_quota"}}`), []string{"credit is used up"}, 1},
	{"too often", status(429, `{"error":{"message":"slow down","type":"x"}}`, "Retry-After", "400"), []string{"too often", "slow down", "waited for"}, 2},
	{"fault", status(500, `oops `+secret), []string{"status 500", "oops", "(3 tries)"}, 3},
	{"overloaded", status(503, `{"error":{"message":"busy","type":"x"}}`), []string{"status 503"}, 3},
	{"HTML", status(200, `<html>hello</html>`), []string{"no embedding API", "web page", "/v1"}, 1},
	{"elsewhere", status(301, ``, "Location", "http://other/"), []string{"no embedding API", "301"}, 1},
	{"half a JSON", status(200, `{"data":[{"index":0,`), []string{"ends in the middle"}, 3},
	{"no JSON", status(200, `hello`), []string{"not JSON"}, 3},
	{"nothing", status(200, ``), []string{"ends in the middle"}, 3},
	{"broken", func(w http.ResponseWriter, texts []string) { w.Header().Set("Cut-After", "10"); good(w, texts) }, []string{"connection broke"}, 3},
	{"reset", func(http.ResponseWriter, []string) { panic(http.ErrAbortHandler) }, []string{"is it running"}, 3},
	{"a hang", func(http.ResponseWriter, []string) { time.Sleep(time.Hour) }, []string{"did not answer within 2s"}, 3},
	{"fewer vectors", func(w http.ResponseWriter, texts []string) { good(w, texts[1:]) }, []string{"vectors for"}, 0},
	{"another length", func(w http.ResponseWriter, texts []string) {
		var data []item
		for i := range texts {
			data = append(data, item{"embedding", i, []float64{1, 0, 0}[:3-i%2]})
		}
		send(w, data)
	}, []string{"2 numbers, 3 were expected"}, 1},
	{"one place twice", func(w http.ResponseWriter, texts []string) {
		data := make([]item, len(texts))
		for i := range data {
			data[i] = item{"embedding", 0, []float64{1, 0, 0}}
		}
		send(w, data)
	}, []string{"numbered"}, 1},
	{"refuses everything", status(400, `{"error":{"message":"input_type is required","type":"x"}}`), []string{"refuses the request", "input_type"}, 0},
	{"NaN everywhere", status(200, `{"data":[{"index":0,"embedding":[NaN,0,1]}]}`), []string{"no finite numbers"}, 0},
	{"null for NaN", status(200, `{"data":[{"index":0,"embedding":[1, null,0]}]}`), []string{"no finite numbers"}, 0},
}

func TestFaults(t *testing.T) {
	for _, c := range failures {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e, s := dial(t, c.b, func(o *Options) {
					o.Tries, o.Timeout, o.Patience, o.Parallel, o.Batch = 3, 2*time.Second, 10*time.Minute, 1, 16
				})
				defer time.Sleep(2 * time.Hour) // the hang ends
				got, err := stream(t, t.Context(), e, documents(16))
				if err == nil {
					t.Fatalf("no error, %d vectors", len(got))
				}
				if !errors.Is(err, embed.ErrUnavailable) {
					t.Errorf("%v is not a failure of the embedder", err)
				}
				for _, want := range append(c.want, "http://embed.example/v1") {
					if !strings.Contains(err.Error(), want) {
						t.Errorf("error %q lacks %q", err, want)
					}
				}
				if said := fmt.Sprintf("%v %+v", err, err); strings.Contains(said, secret) {
					t.Errorf("the key is in %s", said)
				}
				if strings.Contains(err.Error(), "\n") {
					t.Errorf("more than a line: %q", err)
				}
				if n := s.requests - 1; c.tries > 0 && n != c.tries || n > 64 {
					t.Errorf("asked %d times, want %d", n, c.tries)
				}
			})
		})
	}
}

func TestOneTextIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, s := dial(t, refuse("Paper 6", "content policy"), nil)
		docs := documents(11)
		got, err := stream(t, t.Context(), e, docs)
		no, ok := errors.AsType[*embed.RefusedError](err)
		if !ok || len(no.Refusals) != 1 || no.Refusals[0].Place != 6 || !strings.Contains(no.Refusals[0].Reason, "content policy") {
			t.Fatalf("error %v", err)
		}
		if len(got) != 10 {
			t.Errorf("%d of the others have vectors", len(got))
		}
		for text, n := range s.texts {
			if n > 1 {
				t.Errorf("%q was embedded %d times", text, n)
			}
		}
		if w := e.Work(); w.Refused != 1 || w.Texts != 10 {
			t.Errorf("work %+v", w)
		}
		if v, err := e.EmbedDocuments(t.Context(), docs); len(v) != 11 || v[6] != nil || v[5] == nil || err == nil {
			t.Errorf("%d vectors, %v", len(v), err)
		}
	})
}

func TestTextsThatAreTooLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const limit = 400 // bytes
		said := 0
		b := func(w http.ResponseWriter, texts []string) {
			for _, x := range texts {
				if len(x) > limit {
					// llama.cpp says so with 500, others with 400 or 413.
					status(500, `{"error":{"message":"input is too large to process. increase the physical batch size","type":"server_error"}}`)(w, texts)
					return
				}
			}
			good(w, texts)
		}
		e, s := dial(t, b, func(o *Options) { o.Warn = func(string) { said++ } })
		docs := documents(6)
		docs[2].Abstract, docs[5].Abstract = strings.Repeat("word ", 150), strings.Repeat("term ", 300)
		got, err := stream(t, t.Context(), e, docs)
		if err != nil || len(got) != 6 {
			t.Fatalf("%d vectors, %v", len(got), err)
		}
		if w := e.Work(); w.Cut != 2 || w.Refused != 0 {
			t.Errorf("work %+v", w)
		}
		if said != 1 {
			t.Errorf("told %d times", said)
		}
		for text := range s.texts {
			if len(text) > 200 && !strings.HasSuffix(text, "word") && !strings.HasSuffix(text, "term") {
				t.Errorf("cut within a word: …%q", text[len(text)-10:])
			}
		}

		e, s = dial(t, nil, func(o *Options) { o.MaxTokens = 50 })
		if _, err := stream(t, t.Context(), e, docs); err != nil || e.Work().Cut != 2 {
			t.Errorf("with a limit of ours: %+v, %v", e.Work(), err)
		}
		for text := range s.texts {
			if len(text) > 200 {
				t.Errorf("sent %d bytes", len(text))
			}
		}
	})
}

func TestPassingFaultsPass(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := 0
		e, s := dial(t, func(w http.ResponseWriter, texts []string) {
			n++
			switch n {
			case 1:
				status(502, "<html>bad gateway</html>")(w, texts)
			case 2:
				panic(http.ErrAbortHandler)
			case 3:
				status(200, `{"data":[`)(w, texts)
			case 4:
				status(429, `{}`, "Retry-After", "30")(w, texts)
			default:
				good(w, texts)
			}
		}, func(o *Options) { o.Parallel = 1 })
		start := time.Now()
		got, err := stream(t, t.Context(), e, documents(10))
		if err != nil || len(got) != 10 {
			t.Fatalf("%d vectors, %v", len(got), err)
		}
		if took := time.Since(start); took < 30*time.Second {
			t.Errorf("Retry-After was not obeyed: all done in %s", took)
		}
		inTime(t, start, 2*time.Minute)
		if w := e.Work(); w.Again != 4 || s.requests != 1+3+4 {
			t.Errorf("work %+v, %d requests", w, s.requests)
		}
	})
}

func TestWhatWasEmbeddedStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := 0
		e, _ := dial(t, func(w http.ResponseWriter, texts []string) {
			if n++; n == 3 {
				status(401, `{}`)(w, texts)
				return
			}
			good(w, texts)
		}, func(o *Options) { o.Parallel = 1 })
		got, err := stream(t, t.Context(), e, documents(20))
		if err == nil || len(got) != 8 {
			t.Errorf("%d documents were handed out before %v", len(got), err)
		}
	})
}

func TestStopWaitsForWhatIsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, s := dial(t, func(w http.ResponseWriter, texts []string) {
			time.Sleep(2 * time.Second)
			good(w, texts)
		}, nil)
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		start := time.Now()
		got, err := stream(t, ctx, e, documents(40))
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		if len(got) != 16 { // two batches of four, twice
			t.Errorf("%d vectors", len(got))
		}
		if len(s.texts)-1 != len(got) {
			t.Errorf("%d texts were embedded, %d handed out", len(s.texts)-1, len(got))
		}
		inTime(t, start, 5*time.Second)
	})
}

func TestStopDoesNotWaitForAHang(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, _ := dial(t, func(http.ResponseWriter, []string) { time.Sleep(time.Hour) }, nil)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		if _, err := stream(t, ctx, e, documents(40)); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		inTime(t, start, 6*time.Second)
		q, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start = time.Now()
		if _, err := e.EmbedQueries(q, []string{"x"}); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		inTime(t, start, time.Second)
		time.Sleep(2 * time.Hour) // the fake's goroutines end
	})
}

func TestQuestionDoesNotWaitForDocuments(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, _ := dial(t, func(w http.ResponseWriter, texts []string) {
			if strings.HasPrefix(texts[0], "Paper") {
				time.Sleep(10 * time.Second)
			}
			good(w, texts)
		}, func(o *Options) { o.Requests = 6 })
		done := make(chan error)
		go func() {
			_, err := stream(t, t.Context(), e, documents(12))
			done <- err
		}()
		time.Sleep(time.Second)
		start := time.Now()
		if _, err := e.EmbedQueries(t.Context(), []string{"why?"}); err != nil {
			t.Error(err)
		}
		inTime(t, start, 0)
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestVectorOfZerosIsNone(t *testing.T) {
	e, _ := dial(t, func(w http.ResponseWriter, texts []string) {
		send(w, []item{{"embedding", 0, []float64{0, 0, 0}}})
	}, nil)
	if v, err := e.EmbedQueries(context.Background(), []string{"x"}); err != nil || v[0] != nil {
		t.Errorf("%v, %v", v, err)
	}
}

// unresolved knows no host.
type unresolved struct{}

func (unresolved) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, &net.DNSError{Err: "no such host", IsNotFound: true}
}

func TestOptions(t *testing.T) {
	for _, o := range []Options{
		{Model: "m", Preset: "word2vec"}, {URL: "127.0.0.1:1", Model: "m"}, {URL: "ftp://x/v1", Model: "m"}, {URL: "http://x/v1"},
		{URL: "http://x/v1", Model: "m", Batch: -1}, {URL: "http://x/v1", Model: "m", MaxTokens: 3},
		{URL: "http://u:" + secret + "@x/v1", Model: "m"}, {URL: "http://x/v1?key=" + secret, Model: "m"}, {URL: secret + "@%zz", Model: "m"},
	} {
		if _, err := Dial(context.Background(), o); err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%+v: %v", o, err)
		}
	}
	if _, err := Dial(context.Background(), Options{URL: "http://127.0.0.1:1/v1", Model: "m", Tries: 1}); !errors.Is(err, embed.ErrUnavailable) ||
		!strings.Contains(err.Error(), "nothing listens there") {
		t.Errorf("nobody there: %v", err)
	}
	nowhere := &http.Client{Transport: unresolved{}}
	if _, err := Dial(context.Background(), Options{URL: "http://nowhere.test/v1", Model: "m", Tries: 1, HTTPClient: nowhere}); !errors.Is(err, embed.ErrUnavailable) ||
		!strings.Contains(err.Error(), "there is no such host, or no network; check the URL") {
		t.Errorf("no such host: %v", err)
	}
	// With the length known, nobody is asked.
	e, err := Dial(context.Background(), Options{URL: "http://127.0.0.1:1/v1", Model: "m", Length: 5})
	if err != nil || e.Dimension() != 5 {
		t.Errorf("known length: %v", err)
	}
	again, err := Dial(context.Background(), FromSettings(e.Settings()))
	if err != nil || again.Fingerprint() != e.Fingerprint() || again.Settings() != e.Settings() {
		t.Errorf("made again: %+v, %v", again, err)
	}
}

func TestTheOneModel(t *testing.T) {
	var list string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Path == "/v1/models" {
			fmt.Fprintf(w, `{"object":"list","data":[%s]}`, list)
			return
		}
		good(w, []string{"x"})
	}))
	defer s.Close()
	for _, c := range []struct{ preset, list, want string }{
		{"llamacpp", `{"id":"nomic.gguf"}`, "openai:nomic.gguf:3"},
		{"vllm", `{"id":"a"},{"id":"b"}`, "several models: name one with --embed-model, such as a, b"},
		{"lmstudio", ``, "no model loaded"},
		{"kindred", `{"id":"static:abc:256"},{"id":"kindred"}`, "openai:static_abc_256:3"},
	} {
		list = c.list
		e, err := Dial(t.Context(), Options{Preset: c.preset, URL: s.URL + "/v1"})
		got := fmt.Sprint(err)
		if err == nil {
			got = string(e.Fingerprint())
		}
		if !strings.Contains(got, c.want) {
			t.Errorf("%s: %s, want %s", c.preset, got, c.want)
		}
		if c.preset == "kindred" && err == nil && e.opt.QueryModel != "static:abc:256:query" {
			t.Errorf("questions go to %s", e.opt.QueryModel)
		}
	}
}

func TestPrefixes(t *testing.T) {
	for model, want := range map[string]string{
		"nomic-embed-text":                        "search_query: ",
		"nomic-ai/nomic-embed-text-v1.5":          "search_query: ",
		"intfloat/multilingual-e5-large":          "query: ",
		"intfloat/e5-mistral-7b-instruct":         asInstruction,
		"BAAI/bge-small-en-v1.5":                  bgeQuestion,
		"bge-large":                               bgeQuestion,
		"BAAI/bge-m3":                             "",
		"thenlper/gte-large":                      "",
		"Alibaba-NLP/gte-Qwen2-1.5B-instruct":     asInstruction,
		"mxbai-embed-large":                       bgeQuestion,
		"snowflake-arctic-embed2":                 "query: ",
		"Snowflake/snowflake-arctic-embed-l-v2.0": "query: ",
		"snowflake-arctic-embed:335m":             bgeQuestion,
		"Qwen/Qwen3-Embedding-0.6B":               asInstruction[:len(asInstruction)-1],
		"embeddinggemma:300m":                     "task: search result | query: ",
		"text-embedding-3-small":                  "",
		"all-minilm":                              "",
	} {
		if got := PrefixesOf(model).Query; got != want {
			t.Errorf("%s: %q, want %q", model, got, want)
		}
	}
	for _, name := range Families() {
		if _, ok := FamilyPrefixes(name); !ok {
			t.Errorf("family %s is not known", name)
		}
	}
}
