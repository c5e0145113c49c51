package harvest

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"kindred/internal/harvest/fakearchive"
)

// BenchmarkPage is what a page of a thousand records costs here: held to be
// whole, and its records read.
func BenchmarkPage(b *testing.B) {
	for _, r := range []Request{
		{Kind: ArXiv, BaseURL: "https://archive.test/oai?verb=ListRecords&metadataPrefix=arXiv"},
		{Kind: ArXivSearch, BaseURL: "https://archive.test/api/query", Query: "x"},
		{Kind: OpenAlex, BaseURL: "https://archive.test/works?cursor=*&filter=has_abstract:true", Filter: "x"},
		{Kind: SemanticScholar, BaseURL: "https://archive.test/bulk", Query: "x"},
		{Kind: RSS, BaseURL: "https://archive.test/feed.rss"},
	} {
		b.Run(r.Kind, func(b *testing.B) {
			archive := fakearchive.New(1000)
			archive.Page = 1000
			rec := httptest.NewRecorder()
			archive.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, r.BaseURL, nil))
			p, err := protocolOf(r.Kind)
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(rec.Body.Len()))
			b.ReportAllocs()
			for b.Loop() {
				a := &answer{host: "archive.test", status: rec.Code, header: rec.Header(), body: decode(rec.Body.Bytes(), "")}
				got, err := p.read(&r, &Way{}, a)
				if err != nil {
					b.Fatal(err)
				}
				n := 0
				for _, err := range got.items(b.Context(), "page") {
					if err == nil {
						n++
					}
				}
				if n != 1000 {
					b.Fatalf("%d papers", n)
				}
			}
		})
	}
}
