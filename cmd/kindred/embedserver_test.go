package main

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// embedServer starts an embedding server for a script: embedserver VAR sets VAR
// to its URL. It counts the texts of each model; GET URL/count tells them. The
// model "wrong" is not there, the key "bad" is refused, and models "slow…" take a
// tenth of a second a request. GET URL/many/MODEL/N waits until the model was
// asked for N texts.
func embedServer(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: embedserver VAR")
	}
	var mu sync.Mutex
	texts := map[string]map[string]int{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Path == "/v1/count" {
			mu.Lock()
			defer mu.Unlock()
			for model, of := range texts {
				twice := 0
				for _, n := range of {
					if n > 1 {
						twice++
					}
				}
				fmt.Fprintf(w, "%s: %d texts, %d twice\n", model, len(of), twice)
			}
			return
		}
		if rest, ok := strings.CutPrefix(r.URL.Path, "/v1/many/"); ok {
			model, number, _ := strings.Cut(rest, "/")
			n, _ := strconv.Atoi(number)
			for range 1000 {
				mu.Lock()
				enough := len(texts[model]) >= n
				mu.Unlock()
				if enough {
					return
				}
				time.Sleep(10 * time.Millisecond)
			}
			w.WriteHeader(504)
			return
		}
		var body struct {
			Model string
			Input []string
		}
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			w.WriteHeader(400)
			return
		}
		switch {
		case r.Header.Get("Authorization") == "Bearer bad":
			w.WriteHeader(401)
			fmt.Fprint(w, `{"error":{"message":"Incorrect API key provided: bad","type":"auth"}}`)
			return
		case body.Model == "wrong":
			w.WriteHeader(404)
			fmt.Fprint(w, `{"error":{"message":"model not found","type":"x"}}`)
			return
		case strings.Contains(strings.Join(body.Input, " "), "unspeakable"):
			w.WriteHeader(400)
			fmt.Fprint(w, `{"error":{"message":"content policy","type":"x"}}`)
			return
		case strings.HasPrefix(body.Model, "slow"):
			select {
			case <-time.After(100 * time.Millisecond):
			case <-r.Context().Done(): // killed; what nobody hears is not counted
				return
			}
		}
		type item struct {
			Index     int       `json:"index"`
			Embedding []float32 `json:"embedding"`
		}
		var data []item
		mu.Lock()
		for i, text := range body.Input {
			if texts[body.Model] == nil {
				texts[body.Model] = map[string]int{}
			}
			if !strings.HasSuffix(text, "dimension") { // asked to learn the length
				texts[body.Model][text]++
			}
			v := make([]float32, 16)
			for word := range strings.FieldsSeq(strings.ToLower(text)) {
				h := fnv.New32a()
				h.Write([]byte(word))
				v[h.Sum32()%16]++
			}
			data = append(data, item{i, v})
		}
		mu.Unlock()
		_ = json.NewEncoder(w).Encode(map[string]any{"data": data, "usage": map[string]int{"prompt_tokens": 7 * len(data)}})
	}))
	ts.Defer(s.Close)
	ts.Setenv(args[0], s.URL+"/v1")
}
