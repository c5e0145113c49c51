package server

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"kindred/paper"
)

// foreignPapers are samplePapers and some that others have names for.
func foreignPapers() []paper.Paper {
	return append(samplePapers(),
		paper.Paper{ID: "1605.08803", Title: "Density flow", Abstract: "An invented flow of densities.", Year: 2016, Date: "2016-05-27", Updated: "2017-02-27",
			Authors: []string{"Ada One", "Two, Bo", "Cy Three"}, Venue: "ICLR", Categories: []string{"cs.LG", "stat.ML", "cs.AI", "Medicine"},
			IDs: map[string]string{"arxiv": "1605.08803", "doi": "10.1000/One(2)", "corpusid": "8768364", "pmid": "77"}},
		paper.Paper{ID: "W1/2", Title: "Month flow", Abstract: "Flow.", Date: "2020-05", Year: 2020, Authors: []string{"Two, Bo", "Ada One"},
			URL: "https://example.org/w1"},
	)
}

// answered asks and decodes; into may be nil.
func answered(t *testing.T, h http.Handler, method, target, body string, status int, into any) {
	t.Helper()
	w := ask(t, h, method, target, strings.NewReader(body), "Content-Type", "application/json")
	if w.Code != status {
		t.Errorf("%s %.200s: %d %.300s, want %d", method, target, w.Code, w.Body, status)
		return
	}
	if into != nil {
		if err := json.Unmarshal(w.Body.Bytes(), into); err != nil {
			t.Errorf("%s %s: %v in %s", method, target, err, w.Body)
		}
	}
}

func refusal400(t *testing.T, h http.Handler, method, target, body string, status int, want string) {
	t.Helper()
	var got map[string]string
	answered(t, h, method, target, body, status, &got)
	if !strings.Contains(got["error"], want) || status < 500 && len(got) != 1 {
		t.Errorf("%s %.200s: %v, want an error with %q", method, target, got, want)
	}
}

type scholarPage struct {
	Total, Offset int
	Next          *int
	Token         *string
	Data          []map[string]any
}

func scholarServer(t *testing.T) (http.Handler, *fakeEngine) {
	t.Helper()
	engine := newFake(foreignPapers()...)
	s, _ := newServer(t, engine, Options{})
	return s.Handler(), engine
}

func TestScholarSearchPages(t *testing.T) {
	h, engine := scholarServer(t)
	var seen []string
	for offset := 0; ; {
		var page scholarPage
		answered(t, h, "GET", fmt.Sprintf("/graph/v1/paper/search?query=flow&offset=%d&limit=6&openAccessPdf&minCitationCount=9&publicationTypes=Review", offset), "", 200, &page)
		if page.Total != len(engine.papers) || page.Offset != offset || len(page.Data) > 6 {
			t.Fatalf("%+v", page)
		}
		for _, p := range page.Data {
			if len(p) != 2 || p["paperId"] == "" || p["title"] == "" {
				t.Fatalf("%v", p)
			}
			seen = append(seen, p["paperId"].(string))
		}
		if page.Next == nil {
			break
		}
		if *page.Next != offset+6 {
			t.Fatalf("next is %d behind %d", *page.Next, offset)
		}
		offset = *page.Next
	}
	slices.Sort(seen)
	if len(seen) != 16 || len(slices.Compact(seen)) != 16 {
		t.Errorf("%d papers: %v", len(seen), seen)
	}

	var last scholarPage
	answered(t, h, "GET", "/graph/v1/paper/search?query=flow&offset=999&limit=100", "", 200, &last)
	if len(last.Data) != 0 || last.Next != nil {
		t.Errorf("%+v", last)
	}
}

func TestScholarFilters(t *testing.T) {
	h, engine := scholarServer(t)
	answered(t, h, "GET", "/graph/v1/paper/search?query=flow&year=2016-2020&publicationDateOrYear=2016-03-05:2020-06&venue=ICLR,ICML&fieldsOfStudy=Computer+Science,Medicine", "", 200, nil)
	got := engine.asked.(paper.Query).Filter
	if got.Years != (paper.Years{From: 2016, To: 2020}) || got.From != "2016-03-05" || got.To != "2020-06" ||
		!slices.Equal(got.Venues, []string{"ICLR", "ICML"}) || !slices.Equal(got.Categories, []string{"Computer Science", "cs", "Medicine"}) {
		t.Errorf("%+v", got)
	}
	for span, want := range map[string][2]string{"2019": {"2019", "2019"}, "2015:": {"2015", ""}, ":2020-06": {"", "2020-06"}} {
		answered(t, h, "GET", "/graph/v1/paper/search?query=flow&publicationDateOrYear="+span, "", 200, nil)
		if got := engine.asked.(paper.Query).Filter; got.From != want[0] || got.To != want[1] {
			t.Errorf("%s: %+v", span, got)
		}
	}
}

func TestScholarFields(t *testing.T) {
	h, _ := scholarServer(t)
	get := func(id, fields string) (p map[string]any) {
		t.Helper()
		answered(t, h, "GET", "/graph/v1/paper/"+id+"?fields="+fields, "", 200, &p)
		return p
	}
	p := get("1605.08803", "title,abstract,authors,authors.hIndex,year,venue,publicationDate,externalIds,corpusId,url,fieldsOfStudy,s2FieldsOfStudy,"+
		"citationStyles.bibtex,embedding.specter_v2,citationCount,isOpenAccess,openAccessPdf.url,tldr,journal.name,citations,citations.title,references,noSuchField")
	want := map[string]any{
		"paperId": "1605.08803", "title": "Density flow", "abstract": "An invented flow of densities.", "year": 2016.0, "venue": "ICLR",
		"publicationDate": "2016-05-27", "corpusId": 8768364.0, "url": "https://arxiv.org/abs/1605.08803",
		"authors":       []any{map[string]any{"authorId": nil, "name": "Ada One"}, map[string]any{"authorId": nil, "name": "Two, Bo"}, map[string]any{"authorId": nil, "name": "Cy Three"}},
		"externalIds":   map[string]any{"ArXiv": "1605.08803", "DOI": "10.1000/One(2)", "CorpusId": 8768364.0, "PubMed": "77"},
		"fieldsOfStudy": []any{"Computer Science", "Mathematics", "Medicine"},
		"s2FieldsOfStudy": []any{map[string]any{"category": "Computer Science", "source": "external"},
			map[string]any{"category": "Mathematics", "source": "external"}, map[string]any{"category": "Medicine", "source": "external"}},
		"embedding":     map[string]any{"model": "fake:words:0", "vector": []any{10.0, 1.0}},
		"citationCount": nil, "isOpenAccess": nil, "openAccessPdf": nil, "tldr": nil, "journal": nil,
	}
	bibtex, _ := p["citationStyles"].(map[string]any)
	if text, _ := bibtex["bibtex"].(string); !strings.HasPrefix(text, "@inproceedings{one2016density,") {
		t.Errorf("citationStyles: %v", p["citationStyles"])
	}
	delete(p, "citationStyles")
	got, _ := json.Marshal(p)
	expected, _ := json.Marshal(want)
	if string(got) != string(expected) {
		t.Errorf("%s\nwant %s", got, expected)
	}

	if p := get("title-only", "abstract,year,venue,publicationDate,fieldsOfStudy,s2FieldsOfStudy,authors.url,embedding,corpusId,externalIds,url"); p["abstract"] != nil || p["year"] != nil ||
		p["venue"] != "" || p["publicationDate"] != nil || p["fieldsOfStudy"] != nil || len(p["authors"].([]any)) != 0 || p["embedding"] != nil ||
		p["corpusId"] != nil || len(p["externalIds"].(map[string]any)) != 0 || p["url"] != "http://127.0.0.1:8080/paper?id=title-only" {
		t.Errorf("%v", p)
	}
	if p := get("W1/2", "authors.affiliations,publicationDate"); p["publicationDate"] != nil || fmt.Sprint(p["authors"]) != "[map[authorId:<nil>] map[authorId:<nil>]]" {
		t.Errorf("%v", p)
	}
	if p := get("p01", ""); len(p) != 2 || p["title"] != "Paper 1" {
		t.Errorf("%v", p)
	}
}

func TestScholarIDs(t *testing.T) {
	h, _ := scholarServer(t)
	for path, want := range map[string]string{
		"1605.08803":                           "1605.08803",
		"ARXIV:1605.08803v2":                   "1605.08803",
		"DOI:10.1000/one(2)":                   "1605.08803",
		"DOI:10.1000%2FONE(2)":                 "1605.08803",
		"10.1000/one(2)":                       "1605.08803",
		"PMID:77":                              "1605.08803",
		"CorpusId:8768364":                     "1605.08803",
		"URL:https://arxiv.org/abs/1605.08803": "1605.08803",
		"URL:https%3A%2F%2Farxiv.org%2Fabs%2F1605.08803": "1605.08803",
		"URL:https://example.org/w1/":                    "W1/2",
		"W1/2":                                           "W1/2",
		"W1%2F2":                                         "W1/2",
		"hep-th/9901001":                                 "hep-th/9901001",
		"100%25%20odd%20id%3F%23%C3%BC+x":                "100% odd id?#ü+x",
	} {
		var p map[string]any
		answered(t, h, "GET", "/graph/v1/paper/"+path, "", 200, &p)
		if p["paperId"] != want {
			t.Errorf("%s is %v, want %s", path, p["paperId"], want)
		}
		var r map[string][]map[string]any
		answered(t, h, "GET", "/recommendations/v1/papers/forpaper/"+path+"?limit=3&from=recent", "", 200, &r)
		for _, p := range r["recommendedPapers"] {
			if p["paperId"] == want {
				t.Errorf("%s is recommended for itself", want)
			}
		}
	}
	refusal400(t, h, "GET", "/graph/v1/paper/ARXIV:9999.99999", "", 404, "Paper with id ARXIV:9999.99999 not found")
	refusal400(t, h, "GET", "/graph/v1/paper/p01/citations", "", 404, "no list of citations")
	refusal400(t, h, "GET", "/recommendations/v1/papers/forpaper/none", "", 404, "not found")
}

func TestScholarMatch(t *testing.T) {
	h, engine := scholarServer(t)
	engine.change = func(r *paper.Result) {
		if r.Query == "Densty flow" {
			r.Resolved = &paper.Resolved{ID: "1605.08803", Title: "Density flow", Confidence: 0.9}
		}
	}
	var page scholarPage
	answered(t, h, "GET", "/graph/v1/paper/search/match?query=Densty+flow&fields=year&offset=0&limit=100", "", 200, &page)
	if len(page.Data) != 1 || page.Data[0]["paperId"] != "1605.08803" || page.Data[0]["title"] != "Density flow" || page.Data[0]["matchScore"] != 0.9 || page.Data[0]["year"] != 2016.0 {
		t.Errorf("%v", page.Data)
	}
	refusal400(t, h, "GET", "/graph/v1/paper/search/match?query=Densty+flow&year=2017", "", 404, "Title match not found")
	refusal400(t, h, "GET", "/graph/v1/paper/search/match?query=Other", "", 404, "Title match not found")
}

func TestScholarBulk(t *testing.T) {
	var papers []paper.Paper
	for i := range 2500 {
		papers = append(papers, paper.Paper{ID: fmt.Sprintf("%04d", i), Title: "Flow", Date: fmt.Sprintf("20%02d-01-01", i%20)})
	}
	engine := newFake(papers...)
	s, _ := newServer(t, engine, Options{})
	h := s.Handler()
	for _, query := range []string{"query=flow", "query=flow&sort=paperId:desc", "query=flow&sort=publicationDate:asc", "query=-none+|+%22x%22&sort=publicationDate:desc", ""} {
		seen := map[string]bool{}
		target := "/graph/v1/paper/search/bulk?offset=0&limit=100&" + query
		for token, pages := "", 0; ; pages++ {
			var page scholarPage
			answered(t, h, "GET", target+token, "", 200, &page)
			if page.Total != 2500 || pages > 3 {
				t.Fatalf("%s: page %d of %d papers", query, pages, page.Total)
			}
			for _, p := range page.Data {
				seen[p["paperId"].(string)] = true
			}
			if page.Token == nil {
				break
			}
			if url.QueryEscape(*page.Token) != *page.Token {
				t.Errorf("%q does not fit a URL as it is", *page.Token)
			}
			token = "&token=" + *page.Token
			refusal400(t, h, "GET", "/graph/v1/paper/search/bulk?query=other"+token, "", 400, "token: belongs to another")
			refusal400(t, h, "GET", target+token+"x", "", 400, "token: not a token")
		}
		if len(seen) != 2500 {
			t.Errorf("%s: %d papers", query, len(seen))
		}
	}
}

func TestScholarBatchAndRecommendations(t *testing.T) {
	h, engine := scholarServer(t)
	var list []map[string]any
	answered(t, h, "POST", "/graph/v1/paper/batch?fields=title", `{"ids":["p01","none","DOI:10.1000/one(2)","p01"],"more":{}}`, 200, &list)
	if len(list) != 4 || list[0]["title"] != "Paper 1" || list[1] != nil || list[2]["paperId"] != "1605.08803" || list[3]["paperId"] != "p01" {
		t.Errorf("%v", list)
	}
	for _, path := range []string{"/recommendations/v1/papers/", "/recommendations/v1/papers"} {
		for body, want := range map[string]paper.Similar{
			`{"positivePaperIds":["p01"],"negativePaperIds":null}`:                {Positive: []string{"p01"}},
			`{"positivePaperIds":["p01","p01","p02"],"negativePaperIds":["p01"]}`: {Positive: []string{"p01", "p02"}, Negative: []string{"p01"}},
			`{"positivePaperIds":["PMID:77","1605.08803"],"negativePaperIds":[]}`: {Positive: []string{"1605.08803"}},
		} {
			var r map[string][]map[string]any
			answered(t, h, "POST", path+"?limit=4&fields=title", body, 200, &r)
			asked := engine.asked.(paper.Similar)
			if r["recommendedPapers"] == nil || len(r["recommendedPapers"]) > 4 || !slices.Equal(asked.Positive, want.Positive) || !slices.Equal(asked.Negative, want.Negative) || asked.Limit != 4 {
				t.Errorf("%s: %v of %+v", body, r, asked)
			}
		}
		refusal400(t, h, "POST", path, `{"positivePaperIds":["p01","none"]}`, 404, "none")
		refusal400(t, h, "POST", path, `{"positivePaperIds":[]}`, 400, "positivePaperIds")
	}
}

func TestScholarAutocomplete(t *testing.T) {
	h, _ := scholarServer(t)
	var got struct{ Matches []map[string]string }
	answered(t, h, "GET", "/graph/v1/paper/autocomplete?query=density+fl", "", 200, &got)
	if len(got.Matches) != 1 || got.Matches[0]["id"] != "1605.08803" || got.Matches[0]["title"] != "Density flow" || got.Matches[0]["authorsYear"] != "One et al., 2016" {
		t.Errorf("%v", got)
	}
	answered(t, h, "GET", "/graph/v1/paper/autocomplete?query=month", "", 200, &got)
	if len(got.Matches) != 1 || got.Matches[0]["authorsYear"] != "Two & One, 2020" {
		t.Errorf("%v", got)
	}
	got.Matches = nil
	answered(t, h, "GET", "/graph/v1/paper/autocomplete?query="+strings.Repeat("z", 10_000), "", 200, &got)
	if got.Matches == nil || len(got.Matches) != 0 {
		t.Errorf("%v", got)
	}
}

func TestScholarOnAnEngineThatIsNoCatalog(t *testing.T) {
	s, _ := newServer(t, bareEngine{newFake(foreignPapers()...)}, Options{})
	h := s.Handler()
	var p map[string]any
	answered(t, h, "GET", "/graph/v1/paper/1605.08803?fields=embedding", "", 200, &p)
	if v, ok := p["embedding"]; v != nil || !ok {
		t.Errorf("%v", p)
	}
	refusal400(t, h, "GET", "/graph/v1/paper/PMID:77", "", 404, "not found")
	for _, target := range []string{"/graph/v1/paper/search/bulk?query=a", "/graph/v1/paper/autocomplete?query=a", "/api/daily_papers"} {
		refusal400(t, h, "GET", target, "", 503, "cannot list")
	}
}
