package server

import (
	"encoding/json"
	"strings"
	"testing"

	"kindred/paper"
)

func TestPrivateFind(t *testing.T) {
	s, _ := newServer(t, newFake(foreignPapers()...), Options{})
	for body, want := range map[string]string{
		`{"ids":["p01","none","PMID:77"]}`: "p01 - 1605.08803",
		`{"ids":[]}`:                       "",
	} {
		got := found(t, s, body, 200)
		if got != want {
			t.Errorf("%s: %s, want %s", body, got, want)
		}
	}
	for _, body := range []string{`{"ids":"p01"}`, `{"ids":`, `[]`} {
		found(t, s, body, 400)
	}
}

func found(t *testing.T, s *Server, body string, status int) string {
	t.Helper()
	w := ask(t, s.Handler(), "POST", "/internal/v1/find", strings.NewReader(body),
		"Content-Type", "application/json", "Authorization", "Bearer "+testToken)
	if w.Code != status {
		t.Fatalf("%s: %d %s", body, w.Code, w.Body)
	}
	var answer struct{ Papers []*paper.Paper }
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, p := range answer.Papers {
		if p == nil {
			ids = append(ids, "-")
		} else {
			ids = append(ids, p.ID)
		}
	}
	return strings.Join(ids, " ")
}
