package harvest_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"kindred/internal/harvest"
)

// TestEndlessLists has lists that go round, and lists of nothing.
func TestEndlessLists(t *testing.T) {
	list := func(record, token string) string {
		return `<?xml version="1.0"?><OAI-PMH><responseDate>2024-06-01T00:00:00Z</responseDate><ListRecords>` + record +
			`<resumptionToken>` + token + `</resumptionToken></ListRecords></OAI-PMH>`
	}
	const record = `<record><header><identifier>oai:x:1</identifier></header><metadata><dc><title>One</title></dc></metadata></record>`
	tokens := map[string]string{"": "a", "a": "b", "b": "c", "c": "a"}
	n := 0
	for name, tt := range map[string]struct {
		answer func(token string) string
		want   string
	}{
		"the same token":  {func(string) string { return list(record, "a") }, "again and again"},
		"a round":         {func(t string) string { return list(record, tokens[t]) }, "again and again"},
		"nothing for now": {func(string) string { n++; return list("", fmt.Sprint("t", n)) }, "without a paper"},
	} {
		t.Run(name, func(t *testing.T) {
			inJune(t, func(t *testing.T) {
				h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					text("text/xml", tt.answer(r.URL.Query().Get("resumptionToken")))(w, r)
				})
				_, err := run(t, t.TempDir(), requests()["oai"], h, newCorpus(), harvest.Options{})
				contains(t, err, tt.want)
			})
		})
	}
}

// TestEmptyLists are no errors: no records match, an empty list, empty pages.
func TestEmptyLists(t *testing.T) {
	for name, r := range requests() {
		t.Run(name, func(t *testing.T) {
			inJune(t, func(t *testing.T) {
				dir, c := t.TempDir(), newCorpus()
				a := archive(0, r)
				if report := fine(t, dir, r, a, c, harvest.Options{}); report.Read != 0 || !report.Complete {
					t.Errorf("%+v", report)
				}
				a.Change(1, "2024-06-01", nil)
				time.Sleep(time.Hour)
				if report := fine(t, dir, r, a, c, harvest.Options{}); report.Added != 1 {
					t.Errorf("%+v", report)
				}
			})
		})
	}
}

// TestBrokenRecord has one record in a page that is no XML: it costs itself and
// no more, and the list goes on.
func TestBrokenRecord(t *testing.T) {
	for name, spoil := range map[string]func(string) string{
		"a bare bracket":   func(record string) string { return strings.Replace(record, "&lt;", "<", 1) },
		"an open tag":      func(record string) string { return strings.Replace(record, "<metadata>", "<metadata><x>", 1) },
		"no end":           func(record string) string { return strings.Replace(record, "</record>", "", 1) },
		"an open section":  func(record string) string { return strings.Replace(record, "<title>", "<title><![CDATA[", 1) },
		"an open comment":  func(record string) string { return strings.Replace(record, "<title>", "<title><!--", 1) },
		"a broken tag":     func(record string) string { return strings.Replace(record, "</header>", "</header", 1) },
		"an endless value": func(record string) string { return strings.Replace(record, "<header>", "<header a=\"", 1) },
	} {
		for _, nth := range []int{1, 4, 10} { // of the page, the first and the last among them
			t.Run(fmt.Sprint(name, "/", nth), func(t *testing.T) {
				inJune(t, func(t *testing.T) {
					r := requests()["oai"]
					a := archive(47, r)
					spoiled := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						rec := httptest.NewRecorder()
						a.ServeHTTP(rec, r)
						records := strings.SplitAfter(rec.Body.String(), "</record>\n")
						if len(a.Requests()) == 2 {
							records[nth-1] = spoil(records[nth-1])
						}
						_, _ = io.WriteString(w, strings.Join(records, ""))
					})
					c := newCorpus()
					report := fine(t, t.TempDir(), r, spoiled, c, harvest.Options{})
					if !report.Complete || len(c.papers) < 45 || len(a.Requests()) != 5 {
						t.Errorf("%d papers, %d requests, %+v", len(c.papers), len(a.Requests()), report)
					}
				})
			})
		}
	}
}

// TestEncodings sends the same page in different character sets, told in
// different places.
func TestEncodings(t *testing.T) {
	const title = "Zählung der Kieselsteine in Łódź"
	const latin = "Zählung der Kieselsteine à Évian"
	page := func(declared, title string) string {
		return `<?xml version="1.0" encoding="` + declared + `"?><OAI-PMH><responseDate>2024-06-01T00:00:00Z</responseDate><ListRecords>` +
			`<record><header><identifier>oai:x:1</identifier></header><metadata><dc><title>` + title + `</title></dc></metadata></record></ListRecords></OAI-PMH>`
	}
	encode := func(s string, err error) string {
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	for name, tt := range map[string]struct{ contentType, body, want string }{
		"UTF-8":                 {"text/xml; charset=utf-8", page("UTF-8", title), title},
		"UTF-8 called Latin-1":  {"text/xml; charset=iso-8859-1", page("UTF-8", title), title},
		"a byte order mark":     {"text/xml", "\ufeff" + page("UTF-8", title), title},
		"Latin-1 in the header": {"text/xml; charset=ISO-8859-1", encode(charmap.ISO8859_1.NewEncoder().String(page("x", latin))), latin},
		"Latin-2 declared":      {"text/xml", encode(charmap.ISO8859_2.NewEncoder().String(page("ISO-8859-2", title))), title},
		"Latin-1 not told":      {"text/xml", encode(charmap.ISO8859_1.NewEncoder().String(page("UTF-8", latin))), latin},
		"UTF-16":                {"text/xml", encode(unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewEncoder().String(page("UTF-16", title))), title},
		"UTF-16 in the header":  {"text/xml; charset=utf-16le", encode(unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewEncoder().String(page("UTF-16", title))), title},
		"a control character":   {"text/xml", page("UTF-8", title+"&#x1F;&#11;"), title},
	} {
		t.Run(name, func(t *testing.T) {
			inJune(t, func(t *testing.T) {
				c := newCorpus()
				fine(t, t.TempDir(), requests()["oai"], text(tt.contentType, tt.body), c, harvest.Options{})
				got := ""
				for _, s := range c.papers {
					got = strings.TrimSpace(strings.Map(func(r rune) rune {
						if r < ' ' && r != '\n' {
							return -1
						}
						return r
					}, s))
				}
				if got != tt.want {
					t.Errorf("%q", got)
				}
			})
		})
	}
}
