package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"kindred/index"
	"kindred/paper"
	"kindred/server"
	"kindred/testdata"
)

// serveSample serves the sample corpus and three papers more that the captured
// requests ask for, and returns the server's URL.
func serveSample(t *testing.T) string {
	t.Helper()
	x, err := index.Open(t.Context(), t.TempDir(), index.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	papers := []paper.Paper{
		{ID: "p0", Title: "Density estimation using Real NVP", Abstract: "An invented abstract about normalizing flows that estimate densities.",
			Authors: []string{"Ada One", "Bo Two"}, Year: 2016, Date: "2016-05-27", Categories: []string{"cs.LG"}, IDs: map[string]string{"doi": "10.1000/nvp/0"}},
		{ID: "2401.00001", Title: "Diffusion of moons", Abstract: "A flow of frozen moons.", Authors: []string{"Cy Three"}, Date: "2031-01-01",
			IDs: map[string]string{"arxiv": "2401.00001"}},
		{ID: "flow/3", Title: "Flows in three dimensions", Abstract: "Normalizing flows, again.", Date: "2021-03"},
	}
	for d := json.NewDecoder(testdata.Papers()); d.More(); {
		var p paper.Paper
		if err := d.Decode(&p); err != nil {
			t.Fatal(err)
		}
		papers = append(papers, p)
	}
	if _, err := x.Put(t.Context(), papers); err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ready, served := make(chan string, 1), make(chan error, 1)
	go func() {
		served <- serve(ctx, func(context.Context, func(done, total int)) (*index.Index, error) { return x, nil },
			ln, server.Options{Logger: slog.New(slog.DiscardHandler)}, nil, func(address string) { ready <- address })
	}()
	t.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	select {
	case address := <-ready:
		return address
	case err := <-served:
		served <- err
		t.Fatal(err)
	}
	return ""
}

// captured is a request as a client really sent it.
type captured struct {
	Method, Path, Query, Body string
	Headers                   map[string]string
}

func (c *captured) String() string { return c.Method + " " + c.Path + "?" + c.Query }

func (c *captured) send(t *testing.T, base string) (status int, body []byte) {
	t.Helper()
	target := base + c.Path
	if c.Query != "" {
		target += "?" + c.Query
	}
	r, err := http.NewRequestWithContext(t.Context(), c.Method, target, strings.NewReader(c.Body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range c.Headers {
		if name != "Accept-Encoding" { // the transport asks for gzip and unpacks it
			r.Header.Set(name, value)
		}
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error {
		t.Errorf("%s is redirected, which loses a body in many clients", c)
		return http.ErrUseLastResponse
	}}
	answer, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if body, err = io.ReadAll(answer.Body); err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, body
}

// check sends the request and reads its answer as the client that sends it does.
func (c *captured) check(t *testing.T, base string) {
	t.Helper()
	status, body := c.send(t, base)
	wanted := http.StatusOK
	switch {
	case strings.HasSuffix(c.Path, "/ARXIV:9999.99999"):
		wanted = http.StatusNotFound
	case c.Path == "/v1/embeddings" && strings.Contains(c.Body, `"model":"m"`):
		wanted = http.StatusNotFound // this server has no such model, and says so in OpenAI's shape
	}
	if status != wanted {
		t.Errorf("%s: %d %.300s, want %d", c, status, body, wanted)
		return
	}
	var err error
	switch {
	case wanted == http.StatusNotFound && strings.HasPrefix(c.Path, "/v1/"):
		var e struct {
			Error struct{ Message, Type, Code string }
		}
		if err = json.Unmarshal(body, &e); err == nil && (e.Error.Message == "" || e.Error.Code != "model_not_found") {
			err = fmt.Errorf("not an error of OpenAI's")
		}
	case wanted == http.StatusNotFound:
		var e struct{ Error string }
		if err = json.Unmarshal(body, &e); err == nil && e.Error == "" {
			err = fmt.Errorf("not an error of Semantic Scholar's")
		}
	case strings.HasPrefix(c.Path, "/graph/"), strings.HasPrefix(c.Path, "/recommendations/"):
		err = c.readScholar(body)
	case strings.HasPrefix(c.Path, "/api/"):
		err = c.readHub(body)
	case c.Path == "/v1/models":
		var list struct{ Data []struct{ ID string } }
		if err = json.Unmarshal(body, &list); err == nil && len(list.Data) == 0 {
			err = fmt.Errorf("no model")
		}
	case c.Path == "/v1/embeddings":
		err = readEmbeddings(body)
	default:
		err = fmt.Errorf("no client is known to send this")
	}
	if err != nil {
		t.Errorf("%s: %v in %.500s", c, err, body)
	}
}

// readScholar reads what the Python client semanticscholar does, which goes
// through lists without looking whether they are null.
func (c *captured) readScholar(body []byte) error {
	query, err := url.ParseQuery(c.Query)
	if err != nil {
		return err
	}
	var page struct {
		Data              []map[string]json.RawMessage
		Total, Offset     *int
		Next              *int
		Token             *json.RawMessage
		RecommendedPapers []map[string]json.RawMessage
		Matches           []struct{ ID, Title, AuthorsYear string }
	}
	decode := func(v any) error { return json.Unmarshal(body, v) }
	papers := func(list []map[string]json.RawMessage, least int) error {
		if len(list) < least {
			return fmt.Errorf("%d papers, want %d or more", len(list), least)
		}
		for _, p := range list {
			if err := readScholarPaper(p, strings.Split(query.Get("fields"), ",")); err != nil {
				return err
			}
		}
		return nil
	}
	switch path := strings.TrimSuffix(c.Path, "/"); {
	case path == "/graph/v1/paper/batch":
		var list []map[string]json.RawMessage
		if err := decode(&list); err != nil {
			return err
		}
		if len(list) != 2 || list[1] != nil {
			return fmt.Errorf("not one paper and null")
		}
		return papers(list[:1], 1)
	case path == "/graph/v1/paper/autocomplete":
		if err := decode(&page); err != nil {
			return err
		}
		if len(page.Matches) == 0 || page.Matches[0].ID != "p0" || page.Matches[0].AuthorsYear != "One & Two, 2016" {
			return fmt.Errorf("matches %v", page.Matches)
		}
		return nil
	case strings.HasPrefix(path, "/recommendations/v1/"):
		if err := decode(&page); err != nil {
			return err
		}
		for _, p := range page.RecommendedPapers {
			if string(p["paperId"]) == `"p0"` {
				return fmt.Errorf("p0 is recommended for itself")
			}
		}
		return papers(page.RecommendedPapers, 4)
	case path == "/graph/v1/paper/search/match":
		if err := decode(&page); err != nil {
			return err
		}
		if len(page.Data) != 1 || page.Data[0]["matchScore"] == nil || page.Next != nil || page.Token != nil {
			return fmt.Errorf("not one match")
		}
		return papers(page.Data, 1)
	case path == "/graph/v1/paper/search/bulk":
		if err := decode(&page); err != nil {
			return err
		}
		if page.Total == nil || *page.Total != len(page.Data) || page.Token != nil {
			return fmt.Errorf("more pages of %v papers", page.Total)
		}
		return papers(page.Data, 3)
	case path == "/graph/v1/paper/search":
		if err := decode(&page); err != nil {
			return err
		}
		if page.Total == nil || page.Offset == nil || fmt.Sprint(*page.Offset) != query.Get("offset") {
			return fmt.Errorf("total %v, offset %v", page.Total, page.Offset)
		}
		if limit := len(page.Data); page.Next == nil || *page.Next != *page.Offset+limit || fmt.Sprint(limit) != query.Get("limit") {
			return fmt.Errorf("%d papers and next %v", limit, page.Next)
		}
		return papers(page.Data, 3)
	}
	var p map[string]json.RawMessage
	if err := decode(&p); err != nil {
		return err
	}
	return papers([]map[string]json.RawMessage{p}, 1)
}

func readScholarPaper(p map[string]json.RawMessage, fields []string) error {
	var id, title string
	if json.Unmarshal(p["paperId"], &id) != nil || id == "" || json.Unmarshal(p["title"], &title) != nil || title == "" {
		return fmt.Errorf("paperId %s, title %s", p["paperId"], p["title"])
	}
	for _, field := range fields {
		whole, _, _ := strings.Cut(field, ".")
		value, ok := p[whole]
		switch whole {
		case "citations", "references": // null would end the client
			if ok {
				return fmt.Errorf("%s is %s", whole, value)
			}
			continue
		}
		if !ok {
			return fmt.Errorf("%s is not there", whole)
		}
		switch whole {
		case "authors":
			var list []struct {
				AuthorID *string
				Name     string
			}
			if string(value) == "null" || json.Unmarshal(value, &list) != nil || slices.ContainsFunc(list, func(a struct {
				AuthorID *string
				Name     string
			}) bool {
				return a.Name == ""
			}) {
				return fmt.Errorf("authors are %s", value)
			}
		case "publicationDate":
			var day *string
			if json.Unmarshal(value, &day) != nil {
				return fmt.Errorf("publicationDate is %s", value)
			}
			if day != nil {
				if _, err := time.Parse("2006-01-02", *day); err != nil {
					return err
				}
			}
		case "externalIds":
			var ids map[string]any
			if json.Unmarshal(value, &ids) != nil || ids == nil {
				return fmt.Errorf("externalIds are %s", value)
			}
		case "url":
			var link string
			if json.Unmarshal(value, &link) != nil || !strings.HasPrefix(link, "http") {
				return fmt.Errorf("url is %s", value)
			}
		case "embedding":
			var e struct {
				Model  string
				Vector []float32
			}
			if json.Unmarshal(value, &e) != nil || e.Model == "" || len(e.Vector) != 256 {
				return fmt.Errorf("embedding is %.100s", value)
			}
		case "citationStyles":
			var styles struct{ Bibtex string }
			if json.Unmarshal(value, &styles) != nil || !strings.HasPrefix(styles.Bibtex, "@") {
				return fmt.Errorf("citationStyles are %s", value)
			}
		}
	}
	return nil
}

// readHub reads what huggingface_hub's PaperInfo does: the outer title, and of
// the inner paper the rest.
func (c *captured) readHub(body []byte) error {
	type entry struct {
		Paper       map[string]any
		ID          string
		Title       string
		Summary     *string
		PublishedAt *string
		Authors     []struct{ Name string }
	}
	var list []entry
	if strings.HasSuffix(c.Path, "/search") || strings.HasSuffix(c.Path, "/daily_papers") {
		if err := json.Unmarshal(body, &list); err != nil {
			return err
		}
		query, _ := url.ParseQuery(c.Query)
		if fmt.Sprint(len(list)) != query.Get("limit") {
			return fmt.Errorf("%d papers", len(list))
		}
		for i := range list {
			if inner, _ := list[i].Paper["id"].(string); list[i].ID == "" {
				list[i].ID = inner
			}
		}
	} else {
		list = make([]entry, 1)
		if err := json.Unmarshal(body, &list[0]); err != nil {
			return err
		}
		if len(list[0].Authors) != 1 || list[0].Authors[0].Name != "Cy Three" {
			return fmt.Errorf("authors %v", list[0].Authors)
		}
	}
	for _, e := range list {
		if e.ID == "" || e.Title == "" || e.Summary == nil {
			return fmt.Errorf("not a paper: %+v", e)
		}
		if e.PublishedAt != nil {
			if _, err := time.Parse("2006-01-02T15:04:05.000Z", *e.PublishedAt); err != nil {
				return err
			}
		}
	}
	return nil
}

// readEmbeddings reads vectors as numbers or as base64 of them.
func readEmbeddings(body []byte) error {
	var answer struct {
		Data []struct{ Embedding json.RawMessage }
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return err
	}
	for _, d := range answer.Data {
		var packed string
		var floats []float32
		if json.Unmarshal(d.Embedding, &packed) == nil {
			raw, err := base64.StdEncoding.DecodeString(packed)
			if err != nil || len(raw) != 4*256 {
				return fmt.Errorf("%d bytes: %v", len(raw), err)
			}
		} else if err := json.Unmarshal(d.Embedding, &floats); err != nil || len(floats) != 256 {
			return fmt.Errorf("%d numbers: %v", len(floats), err)
		}
	}
	if len(answer.Data) == 0 {
		return fmt.Errorf("no vector")
	}
	return nil
}

// TestClientsOfOthers sends what the clients of other services do, to a server
// on a real index. All that was captured of them is in ../shared, see
// TestCapturedRequests.
func TestClientsOfOthers(t *testing.T) {
	base := serveSample(t)
	const fields = "fields=abstract,authors,authors.hIndex,citationCount,citationStyles,citations,citations.title,corpusId,externalIds,fieldsOfStudy,paperId,publicationDate,tldr,title,url,venue,year"
	jsonBody := map[string]string{"Content-Type": "application/json"}
	for _, c := range []captured{
		{Method: "GET", Path: "/graph/v1/paper/search", Query: "query=normalizing+flows&" + fields + "&offset=0&limit=5"},
		{Method: "GET", Path: "/graph/v1/paper/search", Query: "query=normalizing+flows&" + fields + "&offset=5&limit=5"},
		{Method: "GET", Path: "/graph/v1/paper/search/match", Query: "query=Density+estimation+using+Real+NVP&" + fields + "&offset=0&limit=100"},
		{Method: "GET", Path: "/graph/v1/paper/search/bulk", Query: "query=flow&sort=publicationDate%3Adesc&" + fields + "&offset=0&limit=100"},
		{Method: "GET", Path: "/graph/v1/paper/p0", Query: fields + ",embedding"},
		{Method: "GET", Path: "/graph/v1/paper/DOI:10.1000/NVP/0", Query: fields},
		{Method: "GET", Path: "/graph/v1/paper/ARXIV:9999.99999", Query: fields},
		{Method: "GET", Path: "/graph/v1/paper/autocomplete", Query: "query=density+est"},
		{Method: "POST", Path: "/graph/v1/paper/batch", Query: fields, Body: `{"ids": ["p0", "nope-nope"]}`, Headers: jsonBody},
		{Method: "GET", Path: "/recommendations/v1/papers/forpaper/p0", Query: fields + "&limit=4&from=recent"},
		{Method: "POST", Path: "/recommendations/v1/papers/", Query: fields + "&limit=4", Body: `{"positivePaperIds": ["p0"], "negativePaperIds": ["p0"]}`, Headers: jsonBody},
		{Method: "GET", Path: "/api/papers/search", Query: "q=normalizing+flows&limit=5"},
		{Method: "GET", Path: "/api/papers/2401.00001"},
		{Method: "GET", Path: "/api/daily_papers", Query: "limit=3"},
		{Method: "GET", Path: "/v1/models"},
		{Method: "POST", Path: "/v1/embeddings", Body: `{"model":"kindred","input":["flows"],"encoding_format":"base64"}`, Headers: jsonBody},
		{Method: "POST", Path: "/v1/embeddings", Body: `{"model":"m","input":"flows"}`, Headers: jsonBody},
	} {
		c.check(t, base)
	}

	// The newest first, as the daily list says.
	newest := captured{Method: "GET", Path: "/api/daily_papers", Query: "limit=1"}
	if _, body := newest.send(t, base); !bytes.Contains(body, []byte(`"id":"2401.00001"`)) {
		t.Errorf("the newest paper: %s", body)
	}
}
