package mcp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"kindred/paper"
)

// library is an Engine that finds all its papers, in order, and pages them.
type library struct {
	papers   []paper.Paper
	err      error
	mu       sync.Mutex
	searched paper.Query
	like     paper.Similar
}

func (l *library) page(o paper.Options, except []string) (*paper.Result, error) {
	if l.err != nil {
		return nil, l.err
	}
	from := 0
	if o.Cursor != "" {
		if _, err := fmt.Sscanf(o.Cursor, "c%d", &from); err != nil {
			return nil, paper.Invalid("cursor", "not a cursor")
		}
	}
	r := &paper.Result{Total: len(l.papers)}
	for i, p := range l.papers[from:] {
		if slices.Contains(except, p.ID) {
			continue
		}
		if len(r.Hits) == o.Limit {
			r.NextCursor = fmt.Sprintf("c%d", from+i)
			break
		}
		r.Hits = append(r.Hits, paper.Hit{Paper: p, Highlights: []paper.Highlight{{Text: p.Abstract}}})
	}
	return r, nil
}

func (l *library) Search(_ context.Context, q paper.Query) (*paper.Result, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.searched = q
	return l.page(q.Options, nil)
}

func (l *library) Similar(_ context.Context, s paper.Similar) (*paper.Result, error) {
	l.like = s
	r, err := l.page(s.Options, append(slices.Clone(s.Positive), s.Negative...))
	if err == nil && s.Title != "" {
		r.Resolved = &paper.Resolved{ID: "a/1", Title: s.Title, Confidence: 1}
	}
	return r, err
}

func (l *library) Paper(_ context.Context, id string) (paper.Paper, error) {
	for _, p := range l.papers {
		if p.ID == id {
			return p, l.err
		}
	}
	return paper.Paper{}, paper.ErrNotFound
}

// knowing also finds papers by others' ids.
type knowing struct{ *library }

func (k knowing) Find(_ context.Context, ids []string) ([]*paper.Paper, error) {
	out := make([]*paper.Paper, len(ids))
	for i, id := range ids {
		ref, _ := paper.ParseRef(id)
		for _, p := range k.papers {
			if p.ID == id || slices.Contains(p.Refs(), ref) {
				out[i] = &p
			}
		}
	}
	return out, k.err
}

func someLibrary() *library {
	return &library{papers: []paper.Paper{
		{ID: "a/1", Title: "Real flows", Abstract: "Flows of densities.", Authors: []string{"Ada One", "Bo Two"}, Year: 2016, Date: "2016-05-27", Venue: "ICLR",
			Categories: []string{"cs.LG"}, IDs: map[string]string{"doi": "10.1000/One"}},
		{ID: "100% b?#", Title: "Odd", Abstract: "An odd id."},
		{ID: "c", Abstract: "No title here."},
		{ID: "d", Title: "Elsewhere", URL: "https://example.org/d"},
	}}
}

// clients connect to a server over both transports.
func clients(t *testing.T, s *Server) map[string]*sdk.ClientSession {
	t.Helper()
	connect := func(tr sdk.Transport) *sdk.ClientSession {
		session, err := sdk.NewClient(&sdk.Implementation{Name: "test", Version: "1"}, nil).Connect(t.Context(), tr, nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { session.Close() })
		return session
	}
	toServer, in := io.Pipe()
	fromServer, out := io.Pipe()
	ran := make(chan error, 1)
	go func() { ran <- s.Run(context.WithoutCancel(t.Context()), toServer, out) }()
	web := httptest.NewServer(s.Handler())
	t.Cleanup(web.Close)
	stdio := connect(&sdk.IOTransport{Reader: fromServer, Writer: in})
	t.Cleanup(func() { // runs after the sessions are closed
		in.Close()
		if err := <-ran; err != nil {
			t.Errorf("at the end of its input: %v", err)
		}
	})
	return map[string]*sdk.ClientSession{
		"stdio": stdio,
		"http":  connect(&sdk.StreamableClientTransport{Endpoint: web.URL, DisableStandaloneSSE: true}),
	}
}

// call calls a tool and decodes its one JSON text.
func call(t *testing.T, c *sdk.ClientSession, tool string, args map[string]any, into any) {
	t.Helper()
	r, err := c.CallTool(t.Context(), &sdk.CallToolParams{Name: tool, Arguments: args})
	if err != nil {
		t.Fatalf("%s %v: %v", tool, args, err)
	}
	if len(r.Content) != 1 {
		t.Fatalf("%s has %d contents", tool, len(r.Content))
	}
	text := r.Content[0].(*sdk.TextContent).Text
	if r.IsError {
		t.Fatalf("%s %v: %s", tool, args, text)
	}
	if len(text) > MaxAnswer {
		t.Errorf("%s: an answer of %d characters", tool, len(text))
	}
	structured, err := json.Marshal(r.StructuredContent)
	var a, b any
	if err != nil || json.Unmarshal(structured, &a) != nil || json.Unmarshal([]byte(text), &b) != nil || fmt.Sprint(a) != fmt.Sprint(b) {
		t.Errorf("%s: the text is not the structured content: %s, %s", tool, text, structured)
	}
	if err := json.Unmarshal([]byte(text), into); err != nil {
		t.Fatalf("%s: %v in %s", tool, err, text)
	}
}

// refused calls a tool with what it must refuse and returns its words.
func refused(t *testing.T, c *sdk.ClientSession, tool string, args any) string {
	t.Helper()
	r, err := c.CallTool(t.Context(), &sdk.CallToolParams{Name: tool, Arguments: args})
	if err != nil {
		return err.Error()
	}
	if !r.IsError {
		t.Errorf("%s takes %v", tool, args)
	}
	return r.Content[0].(*sdk.TextContent).Text
}

func TestToolsOverBothTransports(t *testing.T) {
	lib := someLibrary()
	s := New(knowing{lib}, Options{Version: "9", Page: func(r *http.Request, id string) string {
		if r == nil {
			return ""
		}
		return "http://" + r.Host + "/paper?id=" + url.QueryEscape(id)
	}, Collections: func(context.Context) ([]paper.Collection, error) {
		return []paper.Collection{{Name: "arxiv", Papers: 3}, {Name: "…"}, {Name: "My <Library>", Papers: 2}}, nil
	}})
	for name, c := range clients(t, s) {
		t.Run(name, func(t *testing.T) {
			if info := c.InitializeResult(); info.ServerInfo.Name != "kindred" || info.ServerInfo.Version != "9" || info.Instructions == "" {
				t.Errorf("%+v", info.ServerInfo)
			}
			listed, err := c.ListTools(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, tool := range listed.Tools {
				names = append(names, tool.Name)
				if len(tool.Description) < 60 || tool.InputSchema == nil || tool.OutputSchema == nil || !tool.Annotations.ReadOnlyHint || *tool.Annotations.OpenWorldHint {
					t.Errorf("%+v", tool)
				}
			}
			if got := strings.Join(names, " "); got != "cite collections fetch paper recommend search similar" {
				t.Errorf("tools %s", got)
			}

			var l list
			var shelves collections
			call(t, c, "collections", map[string]any{}, &shelves)
			if len(shelves.Collections) != 2 || shelves.Collections[1] != (collection{"My <Library>", 2}) || shelves.More != 0 {
				t.Errorf("%+v", shelves)
			}
			call(t, c, "similar", map[string]any{"id": "a/1", "collection": []string{"arxiv"}, "not_collection": []string{"my library", "b"}}, &l)
			if f := lib.like.Filter; !slices.Equal(f.Collections, []string{"arxiv"}) || !slices.Equal(f.NotCollections, []string{"my library", "b"}) {
				t.Errorf("%+v", f)
			}
			l = list{}
			call(t, c, "search", map[string]any{"query": "flows", "limit": 3, "year": "2010-", "category": []string{"cs"}}, &l)
			if lib.searched.Text != "flows" || lib.searched.Filter.Years.From != 2010 || lib.searched.Filter.Categories[0] != "cs" {
				t.Errorf("%+v", lib.searched)
			}
			if len(l.Results) != 3 || l.NextCursor != "c3" || l.Total != 4 {
				t.Fatalf("%+v", l)
			}
			if r := l.Results[0]; r != (result{"a/1", "Real flows", "https://doi.org/10.1000/One", "Ada One; Bo Two", 2016, "ICLR", "Flows of densities."}) {
				t.Errorf("%+v", r)
			}
			if r := l.Results[2]; r.Title != "Untitled: No title here." {
				t.Errorf("%+v", r)
			}
			for _, r := range l.Results {
				if u, err := url.Parse(r.URL); err != nil || u.Scheme == "" || r.Title == "" {
					t.Errorf("%+v", r)
				}
			}
			page := l.Results[1].URL
			if name == "stdio" && page != "kindred://paper/100%25%20b%3F%23" || name == "http" && !strings.HasSuffix(page, "/paper?id=100%25+b%3F%23") {
				t.Errorf("the page is %s", page)
			}
			l = list{}
			call(t, c, "search", map[string]any{"query": "flows", "limit": 3, "cursor": "c3"}, &l)
			if len(l.Results) != 1 || l.NextCursor != "" || l.Results[0].URL != "https://example.org/d" {
				t.Errorf("%+v", l)
			}

			call(t, c, "similar", map[string]any{"id": "10.1000/ONE"}, &l)
			if !slices.Equal(lib.like.Positive, []string{"a/1"}) || len(l.Results) != 3 {
				t.Errorf("%+v", lib.like)
			}
			call(t, c, "similar", map[string]any{"title": "Real flows"}, &l)
			if lib.like.Title != "Real flows" || l.StartedAt != "Real flows (id a/1)" {
				t.Errorf("%+v %+v", lib.like, l)
			}
			call(t, c, "similar", map[string]any{"text": "an abstract"}, &l)
			call(t, c, "recommend", map[string]any{"liked": []string{"a/1", "d"}, "disliked": []string{"c"}}, &l)
			if !slices.Equal(lib.like.Positive, []string{"a/1", "d"}) || !slices.Equal(lib.like.Negative, []string{"c"}) {
				t.Errorf("%+v", lib.like)
			}

			var d document
			call(t, c, "fetch", map[string]any{"id": "a/1"}, &d)
			if d.ID != "a/1" || d.Title != "Real flows" || d.Text != "Real flows\n\nFlows of densities." || d.URL == "" || d.NextCursor != "" ||
				d.Metadata["authors"] != "Ada One; Bo Two" || d.Metadata["year"] != "2016" || d.Metadata["doi"] != "10.1000/One" {
				t.Errorf("%+v", d)
			}
			var r record
			call(t, c, "paper", map[string]any{"id": "DOI:10.1000/one"}, &r)
			if r.ID != "a/1" || r.Abstract != "Flows of densities." || len(r.Authors) != 2 || r.Links[0] != r.URL || r.LeftOut != "" {
				t.Errorf("%+v", r)
			}

			for format, want := range map[string]string{"": "@inproceedings{one2016real,", "bibtex": "@inproceedings{one2016real,", "ris": "TY  - ", "csl": "[\n{", "csv": "id,title,", "jsonl": `{"id":"a/1"`} {
				var cited citations
				call(t, c, "cite", map[string]any{"ids": []string{"a/1", "d"}, "format": format}, &cited)
				if !strings.HasPrefix(cited.Text, want) || cited.Count != 2 || strings.Contains(cited.Text, "Flows of densities") {
					t.Errorf("%s: %+v", format, cited)
				}
			}

			templates, err := c.ListResourceTemplates(t.Context(), nil)
			if err != nil || len(templates.ResourceTemplates) != 2 || templates.ResourceTemplates[1].URITemplate != "kindred://paper/{id}" {
				t.Errorf("%+v %v", templates, err)
			}
			for uri, want := range map[string]string{"kindred://paper/a%2F1": "a/1", "kindred://paper/a/1": "a/1", "kindred://paper/100%25%20b%3F%23": "100% b?#", "kindred://paper/10.1000%2Fone": "a/1"} {
				read, err := c.ReadResource(t.Context(), &sdk.ReadResourceParams{URI: uri})
				if err != nil {
					t.Errorf("%s: %v", uri, err)
					continue
				}
				var r record
				if err := json.Unmarshal([]byte(read.Contents[0].Text), &r); err != nil || r.ID != want || read.Contents[0].URI != uri || read.Contents[0].MIMEType != "application/json" {
					t.Errorf("%s: %+v %v", uri, read.Contents[0], err)
				}
			}
			for _, uri := range []string{"kindred://paper/none", "kindred://other/a", "file:///etc/passwd", "kindred://paper/"} {
				if _, err := c.ReadResource(t.Context(), &sdk.ReadResourceParams{URI: uri}); err == nil || !strings.Contains(err.Error(), "not found") {
					t.Errorf("%s: %v", uri, err)
				}
			}
		})
	}
}

func TestToolsRefuse(t *testing.T) {
	c := clients(t, New(someLibrary(), Options{}))["stdio"]
	many := slices.Repeat([]string{"d"}, 600)
	for _, tt := range []struct {
		tool string
		args any
		want string
	}{
		{"search", map[string]any{}, "query"},
		{"search", map[string]any{"query": " "}, "query: the question is empty"},
		{"search", map[string]any{"query": 1}, "query"},
		{"search", map[string]any{"query": "a\x00"}, "NUL"},
		{"search", map[string]any{"query": strings.Repeat("a", paper.MaxQuestion+1)}, "bytes"},
		{"search", map[string]any{"query": "a", "limit": 51}, "limit: 51"},
		{"search", map[string]any{"query": "a", "limit": -1}, "limit"},
		{"search", map[string]any{"query": "a", "limit": "3"}, "limit"},
		{"search", map[string]any{"query": "a", "year": "soon"}, "year"},
		{"search", map[string]any{"query": "a", "catgory": []string{"cs"}}, "catgory"},
		{"search", map[string]any{"query": "a", "cursor": "x"}, "cursor"},
		{"search", map[string]any{"query": "a", "venue": many}, "venue"},
		{"similar", map[string]any{}, "exactly one"},
		{"similar", map[string]any{"id": "d", "title": "x"}, "exactly one"},
		{"similar", map[string]any{"id": "none"}, "no paper has the id"},
		{"similar", map[string]any{"text": strings.Repeat("a ", paper.MaxAbstract)}, "bytes"},
		{"recommend", map[string]any{"liked": []string{}}, "liked"},
		{"recommend", map[string]any{"liked": many}, "600 ids"},
		{"recommend", map[string]any{"liked": []string{"d"}, "disliked": []string{"none"}}, "no paper has the id"},
		{"fetch", map[string]any{"id": "none"}, "no paper has the id"},
		{"fetch", map[string]any{"id": ""}, "no paper has the id"},
		{"fetch", map[string]any{"id": strings.Repeat("x", 100_000)}, "no paper has the id"},
		{"fetch", map[string]any{"id": "d", "cursor": "-1"}, "cursor"},
		{"fetch", map[string]any{"id": "d", "cursor": "99"}, "cursor"},
		{"paper", map[string]any{"id": "none"}, "no paper has the id"},
		{"paper", nil, "id"},
		{"cite", map[string]any{"ids": []string{}}, "ids"},
		{"cite", map[string]any{"ids": many}, "600 ids"},
		{"cite", map[string]any{"ids": []string{"d"}, "format": "word"}, "word"},
		{"cite", map[string]any{"ids": []string{"d"}, "cursor": "1"}, "cursor"},
		{"cite", map[string]any{"ids": nil}, "ids"},
		{"delete", map[string]any{}, "delete"},
	} {
		got := refused(t, c, tt.tool, tt.args)
		if !strings.Contains(got, tt.want) || len(got) > 2000 {
			t.Errorf("%s %.100v: %.300s, want %s", tt.tool, tt.args, got, tt.want)
		}
	}
}

// TestAnswersAreBounded has papers as long as papers may be.
func TestAnswersAreBounded(t *testing.T) {
	lib := &library{}
	for i := range 60 {
		lib.papers = append(lib.papers, paper.Paper{
			ID: fmt.Sprintf("%02d", i) + strings.Repeat("<", paper.MaxID-2), Title: strings.Repeat("<title> ", 2000), Abstract: strings.Repeat("ä&b ", 50_000),
			Authors: slices.Repeat([]string{strings.Repeat("N<", 1000)}, 3000), Venue: strings.Repeat("<v>", 1000), URL: "https://example.org/" + strings.Repeat("<", 3000),
			Categories: slices.Repeat([]string{"cs.<x>"}, 5000), IDs: map[string]string{"doi": strings.Repeat("<", 3000), "acl": strings.Repeat("<", 3000)},
		})
	}
	c := clients(t, New(lib, Options{}))["stdio"]
	var seen []string
	for args := map[string]any{"query": "flows", "limit": 50}; ; {
		var l list
		call(t, c, "search", args, &l)
		if len(l.Results) == 0 {
			t.Fatal("an empty page")
		}
		for _, r := range l.Results {
			seen = append(seen, r.ID[:2])
			if len(r.URL) == 0 || len(r.URL) > 2000 {
				t.Errorf("a URL of %d bytes", len(r.URL))
			}
		}
		if l.NextCursor == "" {
			break
		}
		args["cursor"] = l.NextCursor
	}
	if len(seen) != 60 || !slices.IsSorted(seen) || len(slices.Compact(seen)) != 60 {
		t.Errorf("%d papers: %v", len(seen), seen)
	}

	p := lib.papers[0]
	var text strings.Builder
	for args := map[string]any{"id": p.ID}; ; {
		var d document
		call(t, c, "fetch", args, &d)
		text.WriteString(d.Text)
		if d.NextCursor == "" {
			break
		}
		args["cursor"] = d.NextCursor
	}
	if want := strings.TrimSpace(p.Title + "\n\n" + p.Abstract); text.String() != want {
		t.Errorf("the pieces make %d bytes, not %d", text.Len(), len(want))
	}
	var r record
	call(t, c, "paper", map[string]any{"id": p.ID}, &r)
	if r.LeftOut == "" {
		t.Error("nothing was left out")
	}
	if got := refused(t, c, "cite", map[string]any{"ids": []string{p.ID}}); !strings.Contains(got, "longer") {
		t.Error(got)
	}
}

func TestCitationPagesFitTogether(t *testing.T) {
	lib := &library{}
	var ids []string
	for i := range 100 {
		id := fmt.Sprintf("p%02d", i)
		ids = append(ids, id)
		lib.papers = append(lib.papers, paper.Paper{ID: id, Title: "Flow", Authors: slices.Repeat([]string{"Ada One"}, 30), Year: 2020})
	}
	c := clients(t, New(lib, Options{}))["http"]
	for _, format := range []string{"bibtex", "ris", "csl", "csv", "jsonl"} {
		var whole bytes.Buffer
		if err := paper.WriteCitations(&whole, paper.CitationFormat(format), lib.papers...); err != nil {
			t.Fatal(err)
		}
		var pages []string
		for args := map[string]any{"ids": ids, "format": format}; ; {
			var got citations
			call(t, c, "cite", args, &got)
			pages = append(pages, got.Text)
			if got.NextCursor == "" {
				break
			}
			args["cursor"] = got.NextCursor
		}
		if len(pages) < 2 {
			t.Errorf("%s: one page", format)
		}
		joined := strings.Join(pages, map[string]string{"bibtex": "\n"}[format])
		if format == "csl" {
			for _, page := range pages {
				if !json.Valid([]byte(page)) {
					t.Errorf("a page is not JSON: %.200s", page)
				}
			}
			joined = strings.ReplaceAll(joined, "\n]\n[\n", ",\n")
		}
		if format == "csv" {
			header, _, _ := strings.Cut(pages[0], "\n")
			joined = header + "\n" + strings.ReplaceAll(joined, header+"\n", "")
		}
		if joined != whole.String() {
			t.Errorf("%s: the pages make %d bytes, the file %d", format, len(joined), whole.Len())
		}
	}
}

func TestErrorsAreExplained(t *testing.T) {
	lib := someLibrary()
	lib.err = errors.New("disk secret")
	var logged error
	c := clients(t, New(lib, Options{Explain: func(_ context.Context, err error) string {
		logged = err
		return "something went wrong inside"
	}}))["stdio"]
	for tool, args := range map[string]map[string]any{"search": {"query": "a"}, "similar": {"text": "a"}, "fetch": {"id": "d"}, "cite": {"ids": []string{"d"}}} {
		logged = nil
		if got := refused(t, c, tool, args); got != "something went wrong inside" || !errors.Is(logged, lib.err) {
			t.Errorf("%s: %s, logged %v", tool, got, logged)
		}
	}
	if _, err := c.ReadResource(t.Context(), &sdk.ReadResourceParams{URI: "kindred://paper/d"}); err == nil || strings.Contains(err.Error(), "secret") {
		t.Error(err)
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	in, _ := io.Pipe()
	_, out := io.Pipe()
	ran := make(chan error, 1)
	go func() { ran <- New(someLibrary(), Options{}).Run(ctx, in, out) }()
	stop()
	if err := <-ran; err != nil {
		t.Error(err)
	}
}

// FuzzMessage sends any bytes as a message, by HTTP.
func FuzzMessage(f *testing.F) {
	for _, s := range []string{
		`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"search","arguments":{"query":"a"}}}`,
		`{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"kindred://paper/%2"}}`,
		`[{"jsonrpc":"2.0","id":1,"method":"ping"}]`, `{"jsonrpc":"2.0","id":{},"method":1}`, `null`, ``, strings.Repeat("[", 5000),
	} {
		f.Add([]byte(s))
	}
	h := New(someLibrary(), Options{}).Handler()
	f.Fuzz(func(t *testing.T, body []byte) {
		r := httptest.NewRequest("POST", "http://localhost/mcp", bytes.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Accept", "application/json, text/event-stream")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code >= 500 {
			t.Errorf("%q: %d %s", body, w.Code, w.Body)
		}
	})
}

// TestPipedCallsAreAnswered has input that ends before the answers are made.
func TestPipedCallsAreAnswered(t *testing.T) {
	lib := someLibrary()
	var in, out bytes.Buffer
	in.WriteString(`{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}` + "\n" +
		`{"jsonrpc":"2.0","method":"notifications/initialized"}` + "\n")
	for i := range 50 {
		fmt.Fprintf(&in, `{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"search","arguments":{"query":"flows"}}}`+"\n", i+1)
	}
	if err := New(lib, Options{}).Run(t.Context(), io.NopCloser(&in), nopCloser{&out}); err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(out.Bytes(), []byte("\n")); n != 51 {
		t.Errorf("%d answers to 51 calls", n)
	}
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }
