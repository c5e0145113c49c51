package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// chatServer starts a chat server for a script: chatserver VAR sets VAR to its
// URL. The model "parrot" says the first sentence of the first paper it is given,
// and something that no paper says; "liar" says only that. The model "wrong" is
// not there. Whoever brings the key "bad" is refused.
func chatServer(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: chatserver VAR")
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body struct {
			Model    string
			Messages []struct{ Role, Content string }
		}
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil || r.URL.Path != "/v1/chat/completions" || len(body.Messages) != 2 {
			w.WriteHeader(400)
			return
		}
		switch {
		case r.Header.Get("Authorization") == "Bearer sk-bad":
			w.WriteHeader(401)
			fmt.Fprint(w, `{"error":{"message":"Incorrect API key provided: sk-bad","type":"auth"}}`)
			return
		case body.Model == "wrong":
			w.WriteHeader(404)
			fmt.Fprint(w, `{"error":{"message":"model not found","type":"x"}}`)
			return
		}
		said := "The capital of France is Paris [1]. "
		if body.Model == "parrot" {
			_, line, _ := strings.Cut(body.Messages[1].Content, "\n")
			line, _, _ = strings.Cut(line, "\n")
			var p struct{ Abstract string }
			if err := json.Unmarshal([]byte(line), &p); err != nil {
				w.WriteHeader(400)
				return
			}
			first, _, _ := strings.Cut(p.Abstract, ". ")
			said = first + " [1]. " + said
		}
		w.Header().Set("Content-Type", "text/event-stream")
		for _, piece := range strings.SplitAfter(said, " ") {
			b, _ := json.Marshal(piece)
			fmt.Fprintf(w, "data: {\"choices\":[{\"delta\":{\"content\":%s},\"finish_reason\":null}]}\n\n", b)
		}
		fmt.Fprint(w, "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n")
	}))
	ts.Defer(s.Close)
	ts.Setenv(args[0], s.URL+"/v1")
}
