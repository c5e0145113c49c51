package harvest

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"kindred/internal/filelock"
)

// Limits of one answer and of patience.
const (
	maxBody     = 64 << 20 // bytes, uncompressed; a page of any service has some megabytes
	maxHeader   = 1 << 20
	usualTime   = 5 * time.Minute // for one request with its answer
	maxHops     = 5               // redirects
	maxTries    = 8
	doubtTries  = 4               // where it may be the wrong address
	firstWait   = 5 * time.Second // after a failure; twice as long after the next
	longestWait = 5 * time.Minute
	patience    = time.Hour // the longest wait that a server may ask for
)

// answer is what a server sent, whole.
type answer struct {
	host   string
	status int
	header http.Header
	body   []byte // UTF-8 as far as that can be known

	// What to say behind an error: where the address may be wrong, where a key
	// may be missing or wrong, where one would be allowed more.
	doubt, aboutKey, moreByKey string
	key                        string // which the server may say itself
}

// temporary is a failure that may pass by itself.
type temporary struct {
	err   error
	after time.Duration // how long the server wants to be left alone; 0: it does not say
	told  bool          // it does
	busy  bool          // the service itself says that it may pass
	hint  string        // what helps beside waiting
}

func (t *temporary) Error() string { return t.err.Error() }
func (t *temporary) Unwrap() error { return t.err }

func passing(format string, args ...any) error { return &temporary{err: fmt.Errorf(format, args...)} }

// fetcher asks one service, one request at a time and never sooner after the
// last one than pause.
type fetcher struct {
	base    *url.URL
	host    string // for people
	group   string // of hosts that count requests together
	folder  string
	client  *http.Client
	pause   time.Duration
	timeout time.Duration
	agent   string
	notice  func(string)

	turn     *os.File // the lock of the group, with the time of its last request
	last     time.Time
	answered bool
	known    bool // a page was read, in this run or one before

	// See answer.
	doubt, aboutKey, moreByKey string
	key                        string
}

func newFetcher(dir string, r Request, o Options) (*fetcher, error) {
	base, err := url.Parse(r.base())
	if err != nil {
		return nil, err
	}
	f := &fetcher{
		base: base, host: base.Host, group: base.Hostname(), folder: folder(dir),
		pause: o.Pause, timeout: o.Timeout, agent: "Kindred", notice: o.Notice,
		doubt: r.doubt(), aboutKey: "; it may want to be left alone for a while", key: o.Key,
	}
	switch {
	case o.KeyFrom == "":
	case o.Key == "":
		f.aboutKey = "; it may want a key, which is looked for in " + o.KeyFrom
		f.moreByKey = "; with a key, which is looked for in " + o.KeyFrom + ", it may allow more"
	default:
		f.aboutKey = "; check the key in " + o.KeyFrom
	}
	usual := 3 * time.Second
	switch {
	case isArXiv(f.group):
		f.group = "arxiv.org"
		// https://info.arxiv.org/help/api/tou.html: all its services together
		if 0 < f.pause && f.pause < usual {
			return nil, fmt.Errorf("arXiv asks for at least %v between requests", usual)
		}
	case r.Kind == OpenAlex, r.Kind == SemanticScholar && o.Key != "":
		usual = time.Second
	}
	if f.pause <= 0 {
		f.pause = usual
	}
	if f.timeout <= 0 {
		f.timeout = usualTime
	}
	if o.Mailto != "" {
		f.agent += " (mailto:" + o.Mailto + ")"
	}
	f.client = &http.Client{Transport: o.Transport, CheckRedirect: f.mayFollow}
	if o.Transport == nil {
		t := http.DefaultTransport.(*http.Transport).Clone()
		t.MaxResponseHeaderBytes = maxHeader
		t.MaxConnsPerHost = 1
		f.client.Transport = t
	}
	return f, nil
}

// mayFollow lets a redirect lead on at the same host, and to another one only
// where the connection says who that is: an answer from anywhere would become
// papers. Never from https to http.
func (f *fetcher) mayFollow(next *http.Request, before []*http.Request) error {
	from := before[len(before)-1].URL
	switch {
	case len(before) > maxHops:
		return final("%s redirects more than %d times", f.host, maxHops)
	case next.URL.Scheme != "https" && (next.URL.Host != from.Host || from.Scheme == "https"):
		return final("%s redirects to %s://%s, which is not followed without https%s", f.host, next.URL.Scheme, next.URL.Host, f.doubting())
	case next.URL.Host != before[0].URL.Host:
		next.Header.Del(keyHeader)
	}
	next.Header.Del("Referer") // the address before, in which a key may stand
	return f.wait(next.Context(), time.Now().Add(f.pause))
}

// finalError is an answer that does not get better by asking again.
type finalError struct{ error }

func (e finalError) Unwrap() error { return e.error }

func final(format string, args ...any) error { return finalError{fmt.Errorf(format, args...)} }

// hold takes the turn at the service, which processes of this data folder have
// one after the other, and finds out when it was last asked.
func (f *fetcher) hold(ctx context.Context) (release func(), err error) {
	path := filepath.Join(f.folder, "host-"+strings.Trim(notName.ReplaceAllString(f.group, "-"), "-")+".lock")
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	ok, err := filelock.Try(file)
	if err == nil && !ok {
		file.Close()
		f.say("another harvest is asking %s; this one waits for it", f.group)
		file, err = filelock.Wait(ctx, path)
	}
	if err != nil {
		return nil, err
	}
	f.turn = file
	text, err := io.ReadAll(io.LimitReader(file, 64))
	if err != nil {
		file.Close()
		return nil, err
	}
	if last, err := time.Parse(turnTime, string(text)); err == nil && !last.After(time.Now()) {
		f.last = last
	}
	return func() { file.Close() }, nil
}

// turnTime has one length, so that one time covers the last.
const turnTime = "2006-01-02T15:04:05.000000000Z07:00"

func (f *fetcher) asked() {
	f.last = time.Now()
	if f.turn != nil { // a time that is not kept costs a little politeness
		_, _ = f.turn.WriteAt([]byte(f.last.UTC().Format(turnTime)), 0)
	}
}

// get asks until read takes an answer or it is no use any more.
func (f *fetcher) get(ctx context.Context, query map[string]string, header http.Header, read func(*answer) error) error {
	for try := 1; ; try++ {
		if err := f.wait(ctx, f.last.Add(f.pause)); err != nil {
			return err
		}
		a, err := f.once(ctx, query, header)
		f.asked()
		if err == nil {
			f.answered = true
			if err = read(a); err == nil {
				f.known = true
			}
		}
		if err == nil || ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
		t, ok := errors.AsType[*temporary](err)
		if !ok {
			return err
		}
		doubt := ""
		if !t.busy {
			doubt = f.doubting()
		}
		if doubt != "" && try == doubtTries {
			return fmt.Errorf("%w, %d times%s", t.err, try, doubt)
		}
		if try == maxTries {
			return fmt.Errorf("%w, %d times; %s%s", t.err, try, f.goOn("later"), t.hint)
		}
		wait := t.after
		if !t.told {
			wait = min(firstWait<<(try-1), longestWait)
		}
		wait = max(wait, f.pause)
		if wait > patience {
			return fmt.Errorf("%w, and asks to be left alone until %s; %s%s",
				t.err, time.Now().Add(wait).Format("2006-01-02 15:04"), f.goOn("after that"), t.hint)
		}
		f.say("%v%s; trying again in %v", t.err, cmp.Or(doubt, t.hint), wait.Round(time.Second))
		if err := f.wait(ctx, time.Now().Add(wait)); err != nil {
			return err
		}
	}
}

// goOn says what another run does.
func (f *fetcher) goOn(when string) string {
	if f.known {
		return "what came is kept: the same harvest " + when + " carries on"
	}
	return "nothing came: try the same harvest " + when
}

// doubting says what to check, until a page has come from the address.
func (f *fetcher) doubting() string {
	if f.known {
		return ""
	}
	return f.doubt
}

func (f *fetcher) say(format string, args ...any) {
	if f.notice != nil {
		f.notice(fmt.Sprintf(format, args...))
	}
}

func (f *fetcher) wait(ctx context.Context, until time.Time) error {
	d := time.Until(until)
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// once asks once.
func (f *fetcher) once(ctx context.Context, query map[string]string, header http.Header) (*answer, error) {
	u := *f.base
	values := u.Query()
	for name, value := range query {
		values.Set(name, value)
	}
	u.RawQuery = values.Encode()
	try, cancel := context.WithTimeout(ctx, f.timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(try, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	req.Header = header.Clone()
	req.Header.Set("User-Agent", f.agent)
	resp, err := f.client.Do(req)
	if err != nil {
		return nil, f.unanswered(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	if err != nil {
		if try.Err() != nil {
			return nil, f.unanswered(try.Err())
		}
		return nil, passing("the connection to %s broke off in the middle of an answer (%w)", f.host, err)
	}
	if len(body) > maxBody {
		return nil, final("%s answers with more than %d MiB, which no page of papers has%s", f.host, maxBody>>20, f.doubting())
	}
	a := &answer{host: f.host, status: resp.StatusCode, header: resp.Header, doubt: f.doubting(), aboutKey: f.aboutKey, moreByKey: f.moreByKey, key: f.key}
	a.body = decode(body, resp.Header.Get("Content-Type"))
	return a, nil
}

// unanswered says why a request got no answer, without its address, which may
// hold a key.
func (f *fetcher) unanswered(err error) error {
	for {
		ue, ok := errors.AsType[*url.Error](err)
		if !ok {
			break
		}
		err = ue.Err
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok && dns.IsNotFound && !f.answered {
		return final("there is no host %s, or no network%s", f.base.Hostname(), f.doubting())
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return final("%s does not prove who it is: %w", f.host, err)
	}
	if _, ok := errors.AsType[finalError](err); ok {
		return err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return passing("%s did not answer within %v", f.host, f.timeout)
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" { // which says the address again
		err = op.Err
	}
	return passing("%s cannot be reached (%w)", f.host, err)
}
