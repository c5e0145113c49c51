package harvest_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"kindred/internal/harvest"
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
		"503":           {status(503), "answers 503 Service Unavailable: not now, 8 times; what came is kept: the same harvest later carries on"},
		"a long 503":    {status(503, "Retry-After", "86400"), "asks to be left alone until 2024-06-02 12:00; what came is kept: the same harvest after that carries on"},
		"400":           {status(400), "refuses the request with 400 Bad Request: not now"},
		"401":           {status(401), "401 Unauthorized: not now; it may want to be left alone"},
		"403":           {status(403), "left alone for a while"},
		"404":           {status(404), "404 Not Found: not now; it may have moved"},
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
