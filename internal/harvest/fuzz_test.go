package harvest

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"kindred/paper/source"
)

// FuzzRead gives any answer to each protocol: it becomes a page whose records
// can be read, or an error that is one short line.
func FuzzRead(f *testing.F) {
	for _, body := range []string{
		`<?xml version="1.0"?><OAI-PMH><responseDate>2024-06-01T00:00:00Z</responseDate><ListRecords><record><header><identifier>oai:x:1</identifier></header><metadata><dc><title>One</title></dc></metadata></record><resumptionToken completeListSize="5">a</resumptionToken></ListRecords></OAI-PMH>`,
		`<OAI-PMH><error code="badResumptionToken">no</error></OAI-PMH>`,
		`<?xml version="1.0" encoding="ISO-8859-1"?><feed xmlns="http://www.w3.org/2005/Atom"><updated>2024-06-01T00:00:00Z</updated><totalResults>9</totalResults><entry><id>http://arxiv.org/abs/2401.00001v1</id><title>One</title></entry></feed>`,
		`<feed><entry><id>http://arxiv.org/api/errors#x</id><summary>no</summary></entry></feed>`,
		`{"meta":{"count":1,"next_cursor":"n"},"results":[{"id":"https://openalex.org/W1","display_name":"One","abstract_inverted_index":{"We":[0]}}]}`,
		`{"total":3,"token":"t","data":[{"paperId":"a","title":"One"},{}]}`,
		`{"error":"x","message":"y"}`,
		`<rss version="2.0"><channel><item><title>One</title></item></channel></rss>`,
		"<!doctype html>\n<html>", "\xff\xfe<\x00a\x00", "<a>&#1;&#x1f;\x00</a>",
	} {
		for kind := range Kinds() {
			f.Add(kind, 200, "text/xml; charset=utf-8", []byte(body))
		}
		f.Add(0, 429, "text/plain; charset=utf-16", []byte(body))
	}
	f.Fuzz(func(t *testing.T, kind, status int, contentType string, body []byte) {
		if kind < 0 || kind >= len(Kinds()) || status < 200 || status > 599 {
			return
		}
		r := &Request{Kind: Kinds()[kind], BaseURL: "https://archive.test/x", Query: "x"}
		if r.Kind == ArXiv || r.Kind == RSS {
			r.Query = ""
		}
		if err := r.Settle(); err != nil {
			t.Fatal(err)
		}
		p, err := protocolOf(r.Kind)
		if err != nil {
			t.Fatal(err)
		}
		a := &answer{host: "archive.test", status: status, header: http.Header{"Content-Type": {contentType}}, body: decode(body, contentType)}
		for _, w := range []*Way{{}, {Cursor: "7", Since: "2024-01-01"}} {
			got, err := p.read(r, w, a)
			switch {
			case err == nil && got == nil:
				t.Fatal("neither a page nor an error")
			case err != nil:
				if text := err.Error(); strings.Contains(text, "\n") || len(text) > 1000 || !utf8.ValidString(text) && utf8.Valid(a.body) {
					t.Fatalf("error %q", text)
				}
				continue
			}
			for _, err := range got.items(t.Context(), "page") {
				if line, ok := errors.AsType[*source.LineError](err); err != nil && (!ok || line.Reason == "") {
					t.Fatalf("a record ends the page: %v", err)
				}
			}
		}
	})
}

func FuzzRetryAfter(f *testing.F) {
	f.Add("120", "")
	f.Add("Fri, 31 May 2024 13:30:00 GMT", "Fri, 31 May 2024 13:20:00 GMT")
	f.Add("-1", "x")
	f.Add("1e300", "")
	f.Fuzz(func(t *testing.T, after, date string) {
		h := http.Header{"Retry-After": {after}, "Date": {date}}
		if wait, ok := retryAfter(h, time.Unix(1717200000, 0)); wait < 0 || !ok && wait != 0 {
			t.Fatalf("%v %v", wait, ok)
		}
	})
}
