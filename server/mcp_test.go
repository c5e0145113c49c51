package server

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"kindred/paper"
)

const mcpAccept = "application/json, text/event-stream"

// rpc is a JSON-RPC answer.
type rpc struct {
	ID     any
	Result struct {
		IsError bool
		Content []struct{ Text string }
	}
	Error *struct {
		Code    int
		Message string
	}
}

func callTool(t *testing.T, h http.Handler, tool, args string) (text string, isError bool) {
	t.Helper()
	w := ask(t, h, "POST", "/mcp", strings.NewReader(`{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"`+tool+`","arguments":`+args+`}}`),
		"Content-Type", "application/json", "Accept", mcpAccept)
	var got rpc
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != 200 || got.Error != nil || len(got.Result.Content) != 1 || got.ID != 7.0 {
		t.Fatalf("%s %s: %d %s", tool, args, w.Code, w.Body)
	}
	return got.Result.Content[0].Text, got.Result.IsError
}

func TestMCPCallsTools(t *testing.T) {
	h, engine := scholarServer(t)
	if text, bad := callTool(t, h, "search", `{"query":"density flow","limit":2}`); bad || !strings.Contains(text, `"next_cursor":"`) {
		t.Error(text)
	}
	if text, bad := callTool(t, h, "fetch", `{"id":"title-only"}`); bad || !strings.Contains(text, `"url":"http://127.0.0.1:8080/paper?id=title-only"`) {
		t.Error(text)
	}
	if text, bad := callTool(t, h, "paper", `{"id":"PMID:77"}`); bad || !strings.Contains(text, `"id":"1605.08803"`) {
		t.Error(text)
	}
	if text, bad := callTool(t, h, "fetch", `{"id":"none"}`); !bad || !strings.Contains(text, "no paper has the id") {
		t.Error(text)
	}
	engine.before = func(context.Context) error { return errors.New("disk secret") }
	if text, bad := callTool(t, h, "search", `{"query":"a"}`); !bad || strings.Contains(text, "secret") || !strings.Contains(text, "inside") {
		t.Error(text)
	}
	engine.before = func(context.Context) error { return paper.ErrUnavailable }
	if text, bad := callTool(t, h, "search", `{"query":"a"}`); !bad || !strings.Contains(text, "try again") {
		t.Error(text)
	}
	bare, _ := newServer(t, bareEngine{newFake(foreignPapers()...)}, Options{})
	if text, bad := callTool(t, bare.Handler(), "paper", `{"id":"p01"}`); bad {
		t.Error(text)
	}
}

func TestMCPRefuses(t *testing.T) {
	h, _ := scholarServer(t)
	const ping = `{"jsonrpc":"2.0","id":1,"method":"ping"}`
	for _, tt := range []struct {
		name, method, body string
		header             []string
		status             int
	}{
		{"a ping", "POST", ping, nil, 200},
		{"no stream to listen to", "GET", "", nil, 405},
		{"no session to end", "DELETE", "", nil, 405},
		{"a foreign host", "POST", ping, []string{"Host", "evil.example"}, 403},
		{"a foreign page", "POST", ping, []string{"Origin", "http://evil.example"}, 403},
		{"a page of another site", "POST", ping, []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"a form", "POST", ping, []string{"Content-Type", "text/plain"}, 415},
		{"an empty body", "POST", " ", nil, 400},
		{"a truncated body", "POST", ping[:20], nil, 400},
		{"no JSON-RPC", "POST", `{"a":1}`, nil, 400},
		{"a deep body", "POST", strings.Repeat("[", 500_000), nil, 400},
		{"deep arguments", "POST", `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"search","arguments":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + `}}`, nil, 400},
		{"a huge body", "POST", ping + strings.Repeat(" ", maxQueryBody), nil, 413},
	} {
		header := append([]string{"Content-Type", "application/json", "Accept", mcpAccept}, tt.header...)
		w := ask(t, h, tt.method, "/mcp", strings.NewReader(tt.body), header...)
		if w.Code != tt.status {
			t.Errorf("%s: %d %.300s, want %d", tt.name, w.Code, w.Body, tt.status)
		}
		if tt.status >= 400 && !strings.Contains(w.Body.String(), `"error"`) && tt.status != 400 {
			t.Errorf("%s: %s", tt.name, w.Body)
		}
	}
}
