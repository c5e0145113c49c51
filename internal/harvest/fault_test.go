package harvest_test

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"kindred/internal/harvest"
	"kindred/internal/harvest/fakearchive"
)

func status(code int, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		http.Error(w, "not now", code)
	}
}

func text(contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		_, _ = io.WriteString(w, body)
	}
}

// TestPassingFaults meets each fault once, in the middle of each kind of
// harvest: it is waited out, and the corpus is whole.
func TestPassingFaults(t *testing.T) {
	for fault, tt := range map[string]struct {
		do     http.HandlerFunc
		waited time.Duration // before the request is made again
	}{
		"503":                    {status(503), 5 * time.Second},
		"503 with seconds":       {status(503, "Retry-After", "77"), 77 * time.Second},
		"503 with a date":        {status(503, "Retry-After", "Sat, 01 Jun 2024 13:30:00 GMT", "Date", "Sat, 01 Jun 2024 13:20:00 GMT"), 10 * time.Minute},
		"503 with a date past":   {status(503, "Retry-After", "Fri, 31 May 2024 13:30:00 GMT"), 3 * time.Second},
		"503 with nonsense":      {status(503, "Retry-After", "soon"), 5 * time.Second},
		"503 at once":            {status(503, "Retry-After", "0"), 3 * time.Second},
		"429":                    {status(429, "Retry-After", "12"), 12 * time.Second},
		"500":                    {status(500), 5 * time.Second},
		"a web page":             {text("text/html", "<!DOCTYPE html>\n<html><p>Down for maintenance"), 5 * time.Second},
		"a web page as XHTML":    {text("text/html", "<?xml version='1.0'?>\n<html xmlns='http://www.w3.org/1999/xhtml'/>"), 5 * time.Second},
		"nothing":                {text("text/xml", ""), 5 * time.Second},
		"garbage":                {text("text/xml", "\x00\x01\x02"), 5 * time.Second},
		"other XML":              {text("text/xml", "<error>x</error>"), 5 * time.Second},
		"other JSON":             {text("application/json", `{"total":5}`), 5 * time.Second},
		"a dropped connection":   {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, 5 * time.Second},
		"dropped in mid-record":  {nil, 5 * time.Second},
		"cut off and not said":   {nil, 5 * time.Second},
		"a server that hangs":    {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, 5 * time.Minute},
		"records without a list": {text("text/xml", `<OAI-PMH><responseDate>2024-06-01T00:00:00Z</responseDate></OAI-PMH>`), 5 * time.Second},
	} {
		for name, r := range requests() {
			if name == "oai raw" || name == "oai dc" || name == "rdf" {
				continue
			}
			t.Run(fault+"/"+name, func(t *testing.T) {
				inJune(t, func(t *testing.T) {
					dir, c := t.TempDir(), newCorpus()
					a := archive(47, r)
					do, nth := tt.do, 3
					if r.Kind == harvest.RSS {
						nth = 1
					}
					switch fault {
					case "dropped in mid-record":
						do = func(w http.ResponseWriter, r *http.Request) {
							halfway(a, w, r)
							panic(http.ErrAbortHandler)
						}
					case "cut off and not said":
						do = func(w http.ResponseWriter, r *http.Request) { halfway(a, w, r) }
					}
					a.Break(onNth(nth, do))
					var said []string
					report := fine(t, dir, r, a, c, harvest.Options{Notice: func(s string) { said = append(said, s) }})
					c.holds(t, a, r)
					if report.Rejected > 0 || report.Read != 47 {
						t.Errorf("%+v", report)
					}
					all := a.Requests()
					least := tt.waited
					if r.Kind == harvest.OpenAlex && least == 3*time.Second {
						least = time.Second
					}
					if waited := all[nth].At.Sub(all[nth-1].At); waited < least || waited > least+time.Minute {
						t.Errorf("waited %v, want %v", waited, least)
					}
					if len(said) != 1 || !strings.Contains(said[0], "archive.test") || !strings.Contains(said[0], "trying again in") {
						t.Errorf("said %q", said)
					}
				})
			})
		}
	}
}

// TestLastingFaults has faults that do not pass: the harvest ends with one
// line, what came before is in, and once the server is well again the next run
// carries on.
func TestLastingFaults(t *testing.T) {
	for name, tt := range map[string]struct {
		do   http.HandlerFunc
		want string
	}{
		"503":           {status(503), "answers 503 Service Unavailable: not now, 8 times; what came is kept"},
		"a long 503":    {status(503, "Retry-After", "86400"), "asks to be left alone until 2024-06-02"},
		"400":           {status(400), "refuses the request with 400 Bad Request: not now"},
		"401":           {status(401), "may want a key"},
		"403":           {status(403), "left alone for a while"},
		"404":           {status(404), "check the address"},
		"a web page":    {text("text/html", "<html>"), "answers with a web page and not with papers, 8 times"},
		"a redirect":    {status(302, "Location", "http://other.test/oai"), "not followed without https"},
		"redirects":     {status(302, "Location", "/oai?again"), "redirects more than 5 times"},
		"endless":       {endless, "more than 64 MiB"},
		"a bomb":        {bomb, "more than 64 MiB"},
		"a hanging one": {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, "did not answer within 5m0s, 8 times"},
	} {
		t.Run(name, func(t *testing.T) {
			inJune(t, func(t *testing.T) {
				r := requests()["oai"]
				dir, c := t.TempDir(), newCorpus()
				a := archive(47, r)
				a.Break(func(n int, w http.ResponseWriter, r *http.Request) bool {
					if n >= 3 {
						tt.do(w, r)
					}
					return n >= 3
				})
				report, err := run(t, dir, r, a, c, harvest.Options{Transport: unzipping{wire{a}}})
				contains(t, err, tt.want)
				if report.Added != 20 || len(c.papers) != 20 || report.Complete {
					t.Errorf("%+v", report)
				}
				s := load(t, dir, r)
				if s.Last == nil || s.Last.Error != err.Error() || s.Way == nil || s.Way.Records != 20 || s.Through != "" {
					t.Errorf("state %+v %+v", s, s.Last)
				}
				a.Break(nil)
				if report = fine(t, dir, r, a, c, harvest.Options{}); report.Added != 27 {
					t.Errorf("carried on: %+v", report)
				}
				c.holds(t, a, r)
			})
		})
	}
}

// unzipping does what net/http's transport does with a compressed answer.
type unzipping struct{ wire }

func (u unzipping) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := u.wire.RoundTrip(r)
	if err == nil && resp.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(resp.Body)
		if err != nil {
			return nil, err
		}
		resp.Body = z
	}
	return resp, err
}

func endless(w http.ResponseWriter, _ *http.Request) {
	block := strings.Repeat("<record>", 1<<17)
	for range 70 {
		_, _ = io.WriteString(w, block)
	}
}

func bomb(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Encoding", "gzip")
	z := gzip.NewWriter(w)
	block := make([]byte, 1<<20)
	for range 70 {
		_, _ = z.Write(block)
	}
	_ = z.Close()
}

// TestRefusals are answers of the protocols that say no.
func TestRefusals(t *testing.T) {
	oai := requests()["oai"]
	wrongSet := oai
	wrongSet.Set = "cooking"
	malformed := requests()["arxiv-search"]
	malformed.Query = "((x"
	filter := requests()["openalex"]
	filter.Filter = "author_name:x"
	paid := requests()["openalex"]
	paid.NewBy, paid.From = "updated", "2024-01-01"
	for _, tt := range []struct {
		r    harvest.Request
		want string
	}{
		{wrongSet, "(badArgument): no such set; check --set"},
		{malformed, "refuses the query: malformed query"},
		{filter, "400 Bad Request: unknown filter author_name"},
		{paid, "403 Forbidden: from_updated_date is for paid plans"},
	} {
		inJune(t, func(t *testing.T) {
			a := archive(30, tt.r)
			_, err := run(t, t.TempDir(), tt.r, a, newCorpus(), harvest.Options{})
			contains(t, err, tt.want)
			if n := len(a.Requests()); n != 1 {
				t.Errorf("asked %d times", n)
			}
		})
	}
	inJune(t, func(t *testing.T) {
		fine(t, t.TempDir(), paid, archive(30, paid), newCorpus(), harvest.Options{Key: "paid"})
	})
}

// TestExpiredPlace has tokens expire while a harvest is interrupted, and while it
// runs.
func TestExpiredPlace(t *testing.T) {
	for _, name := range []string{"oai", "openalex", "s2"} {
		r := requests()[name]
		t.Run(name, func(t *testing.T) {
			inJune(t, func(t *testing.T) {
				dir, c := t.TempDir(), newCorpus()
				a := archive(47, r)
				a.Break(func(n int, w http.ResponseWriter, r *http.Request) bool {
					if n == 3 {
						status(404)(w, r)
					}
					return n == 3
				})
				if _, err := run(t, dir, r, a, c, harvest.Options{}); err == nil {
					t.Fatal("no error")
				}
				a.Expire()
				said := ""
				report := fine(t, dir, r, a, c, harvest.Options{Notice: func(s string) { said = s }})
				if report.Added != 27 || report.Unchanged != 20 || !strings.Contains(said, "from its beginning") {
					t.Errorf("%+v %q", report, said)
				}
				c.holds(t, a, r)

				a.Break(func(int, http.ResponseWriter, *http.Request) bool { a.Expire(); return false })
				_, err := run(t, dir, r, a, c, harvest.Options{Restart: true})
				contains(t, err, "does not know the place any more")
			})
		})
	}
}

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

// TestPause counts the time between all requests of all harvests at arXiv's
// hosts, redirects and runs that follow each other included.
func TestPause(t *testing.T) {
	inJune(t, func(t *testing.T) {
		dir := t.TempDir()
		archives := map[string]*fakearchive.Archive{}
		h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { archives[r.URL.Host].ServeHTTP(w, r) })
		var at []time.Time
		record := func(_ int, w http.ResponseWriter, r *http.Request) bool {
			at = append(at, time.Now())
			if r.URL.Path == "/oai2" {
				http.Redirect(w, r, "https://oaipmh.arxiv.org/oai?"+r.URL.RawQuery, http.StatusMovedPermanently)
				return true
			}
			return false
		}
		for _, host := range []string{"oaipmh.arxiv.org", "export.arxiv.org", "rss.arxiv.org"} {
			archives[host] = fakearchive.New(33)
			archives[host].Break(record)
		}
		c := newCorpus()
		for _, r := range []harvest.Request{
			{Kind: harvest.ArXiv},
			{Kind: harvest.ArXiv, Set: "cs", BaseURL: "http://export.arxiv.org/oai2"},
			{Kind: harvest.ArXivSearch, Query: "x"},
			{Kind: harvest.RSS, BaseURL: "https://rss.arxiv.org/feed.rss"},
		} {
			if r.Kind == harvest.ArXivSearch {
				archives["export.arxiv.org"].Page = 500
				r.BaseURL = "https://export.arxiv.org/api/query"
			}
			fine(t, dir, r, h, c, harvest.Options{})
		}
		if len(at) < 4+4+4+1+1 {
			t.Fatalf("%d requests", len(at))
		}
		for i := 1; i < len(at); i++ {
			if d := at[i].Sub(at[i-1]); d < 3*time.Second || d > 5*time.Second {
				t.Errorf("request %d came %v after the one before", i+1, d)
			}
		}
	})
}

// TestTurns lets two harvests of one service go one after the other.
func TestTurns(t *testing.T) {
	inJune(t, func(t *testing.T) {
		dir := t.TempDir()
		a := fakearchive.New(47)
		one, two := requests()["oai"], requests()["oai raw"]
		waited := make(chan string, 10)
		done := make(chan error)
		c := newCorpus()
		c.after = func() error {
			if c.puts == 1 {
				go func() {
					_, err := harvest.Run(t.Context(), dir, two, harvest.Options{Transport: wire{a}, Notice: func(s string) { waited <- s }}, newCorpus().put)
					done <- err
				}()
			}
			return nil
		}
		fine(t, dir, one, a, c, harvest.Options{})
		if err := <-done; err != nil {
			t.Error(err)
		}
		if said := <-waited; !strings.Contains(said, "another harvest is asking archive.test") {
			t.Error(said)
		}
		for i, r := range a.Requests() {
			if raw := r.Query["metadataPrefix"]; i > 0 && i < 5 && len(raw) > 0 {
				t.Errorf("request %d was of the second harvest", i)
			}
		}
	})
}

// TestKeyStaysHome has a service redirect elsewhere.
func TestKeyStaysHome(t *testing.T) {
	inJune(t, func(t *testing.T) {
		r := requests()["s2"]
		a := archive(5, r)
		var keys, from []string
		h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			keys, from = append(keys, r.Header.Get("X-Api-Key")), append(from, r.Referer())
			if r.URL.Host == "archive.test" {
				http.Redirect(w, r, "https://other.test/bulk?"+r.URL.RawQuery, http.StatusFound)
				return
			}
			a.ServeHTTP(w, r)
		})
		fine(t, t.TempDir(), r, h, newCorpus(), harvest.Options{Key: "secret"})
		if len(keys) != 2 || keys[0] != "secret" || keys[1] != "" {
			t.Errorf("keys %q", keys)
		}
		if strings.Join(from, "") != "" {
			t.Errorf("told where it came from: %q", from)
		}
	})
}

// TestNoSecretsInErrors has OpenAlex, whose key stands in the address, fail in
// ways that net/http tells with the address.
func TestNoSecretsInErrors(t *testing.T) {
	for name, transport := range map[string]http.RoundTripper{
		"refused": failing{errors.New("connection refused")},
		"parsing": failing{&url.Error{Op: "Get", URL: "https://x/?api_key=secret", Err: io.EOF}},
	} {
		t.Run(name, func(t *testing.T) {
			inJune(t, func(t *testing.T) {
				dir := t.TempDir()
				said := ""
				_, err := run(t, dir, requests()["openalex"], nil, newCorpus(),
					harvest.Options{Key: "secret", Transport: transport, Notice: func(s string) { said += s }})
				contains(t, err, "cannot be reached")
				for _, text := range []string{err.Error(), said, everything(t, dir)} {
					if strings.Contains(text, "secret") {
						t.Errorf("told: %s", text)
					}
				}
			})
		})
	}
}

// TestNoHost ends at once where a name is wrong, and waits where the network
// went away in the middle.
func TestNoHost(t *testing.T) {
	inJune(t, func(t *testing.T) {
		gone := failing{&net.DNSError{Err: "no such host", Name: "archive.test", IsNotFound: true}}
		began := time.Now()
		_, err := run(t, t.TempDir(), requests()["oai"], nil, newCorpus(), harvest.Options{Transport: gone})
		contains(t, err, "there is no host archive.test, or no network")
		if time.Since(began) > time.Minute {
			t.Errorf("waited %v", time.Since(began))
		}
		r := requests()["oai"]
		a := archive(47, r)
		n := 0
		flaky := trip(func(req *http.Request) (*http.Response, error) {
			if n++; n == 3 {
				return gone.RoundTrip(req)
			}
			return wire{a}.RoundTrip(req)
		})
		c := newCorpus()
		fine(t, t.TempDir(), r, a, c, harvest.Options{Transport: flaky})
		c.holds(t, a, r)
	})
}

type trip func(*http.Request) (*http.Response, error)

func (f trip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

type failing struct{ err error }

func (f failing) RoundTrip(*http.Request) (*http.Response, error) { return nil, f.err }

// everything is what all files below dir hold.
func everything(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	files, err := filepath.Glob(filepath.Join(dir, "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(text)
	}
	return b.String()
}

// pipes is a listener without a network, whose connections end at the dialler.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (p pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p pipes) Close() error   { close(p.closed); return nil }
func (p pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

func (p pipes) dial(context.Context, string, string) (net.Conn, error) {
	here, there := net.Pipe()
	p.conns <- there
	return here, nil
}

// TestSlowBody has net/http's own client and server at both ends, and an answer
// of which a byte comes a minute: it is given up after its time, and asked for
// again.
func TestSlowBody(t *testing.T) {
	inJune(t, func(t *testing.T) {
		r := requests()["oai"]
		r.BaseURL = "http://archive.test/oai"
		a := archive(47, r)
		a.Break(onNth(2, func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				_, _ = io.WriteString(w, " ")
				_ = http.NewResponseController(w).Flush()
				select {
				case <-time.After(time.Minute):
				case <-r.Context().Done():
				}
			}
		}))
		p := pipes{make(chan net.Conn), make(chan struct{})}
		s := &http.Server{Handler: a}
		served := make(chan error)
		go func() { served <- s.Serve(p) }()
		c := newCorpus()
		said := ""
		began := time.Now()
		fine(t, t.TempDir(), r, nil, c, harvest.Options{Transport: &http.Transport{DialContext: p.dial}, Notice: func(s string) { said = s }})
		c.holds(t, a, r)
		if took := time.Since(began); took < 5*time.Minute || took > 6*time.Minute || !strings.Contains(said, "did not answer within") {
			t.Errorf("took %v, said %q", took, said)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		<-served
	})
}

// TestRealConnections goes over a socket: a connection that drops in the middle
// of an answer, and a compressed one.
func TestRealConnections(t *testing.T) {
	a := fakearchive.New(47)
	a.Break(func(n int, w http.ResponseWriter, r *http.Request) bool {
		switch n {
		case 2:
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(http.StatusServiceUnavailable)
		case 4:
			w.Header().Set("Content-Encoding", "gzip")
			rec := httptest.NewRecorder()
			b := fakearchive.New(47)
			b.ServeHTTP(rec, r)
			z := gzip.NewWriter(w)
			_, _ = z.Write(rec.Body.Bytes())
			_ = z.Close()
		default:
			return false
		}
		return true
	})
	s := httptest.NewServer(a)
	defer s.Close()
	r := harvest.Request{Kind: harvest.ArXiv, BaseURL: s.URL + "/oai", Prefix: "arXiv"}
	c := newCorpus()
	dir := t.TempDir()
	if _, err := harvest.Run(t.Context(), dir, r, harvest.Options{Pause: time.Millisecond}, c.put); err != nil {
		t.Fatal(err)
	}
	c.holds(t, a, r)

	ctx, stop := context.WithCancel(t.Context())
	a.Break(func(_ int, w http.ResponseWriter, r *http.Request) bool {
		_, _ = io.WriteString(w, "<OAI-PMH><ListRecords><record>")
		_ = http.NewResponseController(w).Flush()
		stop() // Ctrl-C while an answer comes
		<-r.Context().Done()
		return true
	})
	if _, err := harvest.Run(ctx, dir, r, harvest.Options{Pause: time.Millisecond}, c.put); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}
