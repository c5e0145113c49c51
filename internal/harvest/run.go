package harvest

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io/fs"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/cespare/xxhash/v2"

	"kindred/paper/source"
)

// Interrupted is the [Last.Error] of a run that was told to end.
const Interrupted = "interrupted"

// maxRestarts is how often a run begins a list again whose place was lost.
const maxRestarts = 3

// maxEmpty is how many pages without a record may follow each other.
const maxEmpty = 1000

// maxStale is how many pages may follow each other of which every record was
// seen in this run before.
const maxStale = 20

// Run harvests what r asks for into put, and keeps how far it has come in the
// data folder dir; of one that fails before anything came, nothing is kept. The
// report counts what was written also when there is an error. r needs no
// [Request.Settle] before.
func Run(ctx context.Context, dir string, r Request, o Options, put Put) (Report, error) {
	h, err := newHarvest(dir, r, o)
	if err != nil {
		return Report{}, err
	}
	if o.Dry {
		return h.report, h.taste(ctx, put)
	}
	held, err := lock(dir, h.report.Name)
	if err != nil {
		return h.report, err
	}
	defer held.Close()
	if err := h.resume(o.Restart); err != nil {
		return h.report, err
	}
	started := time.Now().UTC()
	err = h.whole(ctx, put)
	h.state.Last = &Last{Started: started, Ended: time.Now().UTC(), Report: h.report}
	if err != nil {
		if !h.state.begun() {
			return h.report, err
		}
		h.state.Last.Error = err.Error()
		if ctx.Err() != nil {
			h.state.Last.Error = Interrupted
		}
	}
	return h.report, errors.Join(err, h.state.save(dir))
}

// Check refuses what [Run] would refuse before it asks for anything, and settles
// r.
func Check(r *Request, o Options) error {
	if err := r.Settle(); err != nil {
		return err
	}
	_, err := newHarvest("", *r, o)
	return err
}

// harvest is one run.
type harvest struct {
	dir      string
	request  Request
	protocol protocol
	options  Options
	fetch    *fetcher
	state    *State
	report   Report
	papers   int // that came in this run

	ids   map[uint64]bool // of the records seen in this run, hashed
	seed  maphash.Seed
	stale int // pages in a row without a new one
}

func newHarvest(dir string, r Request, o Options) (*harvest, error) {
	if err := r.Settle(); err != nil {
		return nil, err
	}
	p, err := protocolOf(r.Kind)
	if err != nil {
		return nil, err
	}
	if o.Name == "" {
		o.Name = r.Name()
	}
	o.Key = strings.TrimSpace(o.Key)
	if err := CheckName(o.Name); err != nil {
		return nil, err
	}
	h := &harvest{dir: dir, request: r, protocol: p, options: o, report: Report{Name: o.Name}, ids: map[uint64]bool{}, seed: maphash.MakeSeed()}
	h.state = &State{Version: stateVersion, Name: o.Name, Request: r}
	h.fetch, err = newFetcher(dir, r, o)
	return h, err
}

// resume takes up what is kept of earlier runs.
func (h *harvest) resume(restart bool) error {
	if restart {
		return nil
	}
	kept, err := Load(h.dir, h.report.Name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !kept.begun(): // as versions before kept it
		return os.Remove(statePath(h.dir, h.report.Name))
	case !kept.Request.sameAs(h.request):
		return fmt.Errorf("%s was a harvest of something else; give this one another --name, or use that one again after: kindred harvest forget %[1]s", h.report.Name)
	}
	if from := h.request.From; from != "" && kept.Request.From != "" && from < kept.Request.From {
		return nil // earlier papers are wanted than were asked for so far
	}
	h.request.From = kept.Request.From
	h.fetch.known = true
	h.state = kept
	h.state.Request = h.request // the service may have moved
	return nil
}

// taste asks for one page and keeps nothing.
func (h *harvest) taste(ctx context.Context, put Put) error {
	if kept, err := Load(h.dir, h.report.Name); err == nil && kept.Request.sameAs(h.request) && !h.options.Restart {
		h.state = kept
		h.state.Seen = nil // what has not changed is to be seen too
	}
	way := h.state.Way
	if way == nil {
		way = &Way{Since: h.since()}
	}
	p, err := h.page(ctx, way)
	if err != nil {
		return err
	}
	way.Total = p.total
	_, _, err = h.take(ctx, way, p, put)
	if h.options.Progress != nil {
		h.options.Progress(*way, h.report)
	}
	return err
}

// whole takes page after page until there are no more.
func (h *harvest) whole(ctx context.Context, put Put) error {
	release, err := h.fetch.hold(ctx)
	if err != nil {
		return err
	}
	defer release()
	defer h.fetch.client.CloseIdleConnections()
	if h.state.Way == nil {
		h.state.Way = &Way{Since: h.since()}
	}
	var (
		way      = h.state.Way
		seen     = map[uint64]bool{} // the cursors so far, of which there may be a million
		restarts int
		empty    int
	)
	for {
		seen[maphash.String(h.seed, way.Cursor)] = true
		p, err := h.page(ctx, way)
		switch {
		case errors.Is(err, errExpired) && way.Cursor != "" && restarts < maxRestarts:
			restarts++
			h.notice(fmt.Sprintf("%s does not know the place any more; the list is read from its beginning, and papers that have not changed cost nothing", h.fetch.host))
			*way = Way{Since: way.Since}
			clear(seen)
			continue
		case errors.Is(err, errExpired):
			return fmt.Errorf("%s: %w; run the same harvest again later", h.fetch.host, err)
		case err != nil:
			return err
		}
		if way.Mark != p.mark { // not the page of which some was taken
			way.Skip = 0
		}
		if way.Started == "" || way.Cursor == "" && way.Skip == 0 {
			way.Started = day(h.clock(p.date))
		}
		if p.total > 0 {
			way.Total = p.total
		}
		records, last, err := h.take(ctx, way, p, put)
		if err != nil {
			return err
		}
		way.Records += records
		if last == cutByLimit {
			way.Skip += records
			way.Mark = p.mark
			h.progress(way)
			return h.state.save(h.dir)
		}
		way.Pages++
		h.report.Pages++
		h.progress(way)
		if empty++; records > 0 {
			empty = 0
		}
		switch {
		case p.next == "" || last == behindNew:
			h.complete(way, p)
			return h.state.save(h.dir)
		case seen[maphash.String(h.seed, p.next)]:
			return fmt.Errorf("%s sends the same place in its list again and again, so the list would never end; what came is kept, try again later, or from the beginning after: kindred harvest forget %s", h.fetch.host, h.report.Name)
		case h.stale > maxStale:
			return fmt.Errorf("%s sends the same records again and again, so the list would never end; what came is kept, try again later", h.fetch.host)
		case empty > maxEmpty:
			return fmt.Errorf("%s sends page after page without a paper; what came is kept, try again later", h.fetch.host)
		}
		way.Cursor, way.Skip, way.Mark = p.next, 0, ""
		if err := h.state.save(h.dir); err != nil {
			return err
		}
		if h.full() {
			return nil
		}
	}
}

// ending says why no more of a page was taken.
type ending int

const (
	atEnd ending = iota
	cutByLimit
	behindNew // what follows was harvested before
)

// full reports whether as many papers came as are wanted.
func (h *harvest) full() bool { return h.options.Limit > 0 && h.papers >= h.options.Limit }

// take gives the records of a page that were not taken before to put, and
// returns how many it were.
func (h *harvest) take(ctx context.Context, way *Way, p *page, put Put) (records int, why ending, err error) {
	var (
		broken error
		papers int
	)
	origin := xxhash.Sum64String("harvest " + h.report.Name) // all its pages are one file
	fresh := 0
	counts, err := put(ctx, func(yield func(source.Item, error) bool) {
		place := 0
		for item, err := range p.items(ctx, fmt.Sprintf("%s, page %d", h.report.Name, way.Pages+1)) {
			if _, isRecord := errors.AsType[*source.LineError](err); err != nil && !isRecord {
				broken = err
				yield(source.Item{}, err)
				return
			}
			if place++; place <= way.Skip {
				continue
			}
			if err == nil && p.done != nil && p.done(item) {
				why = behindNew
				return
			}
			if err == nil && h.options.Limit > 0 && h.papers+papers == h.options.Limit {
				why = cutByLimit
				return
			}
			records++
			if err == nil {
				papers++
				if id := maphash.String(h.seed, item.Paper.ID); !h.ids[id] {
					h.ids[id] = true
					fresh++
				}
				item.Paper.Origin = origin
				item.Paper.Collections = []string{h.report.Name}
			}
			if !yield(item, err) {
				return
			}
		}
	})
	if err == nil {
		err = broken
	}
	h.report.add(counts)
	if err != nil { // of what was read nobody knows how much is in
		return 0, why, err
	}
	h.report.Read += records
	h.papers += papers
	if h.stale++; fresh > 0 || papers == 0 {
		h.stale = 0
	}
	return records, why, nil
}

// complete notes that a list was read to its end.
func (h *harvest) complete(way *Way, p *page) {
	through := way.Started
	if until := h.request.Until; until != "" {
		through = min(through, until)
	}
	if h.state.Through == "" && way.Records == 0 {
		h.notice(fmt.Sprintf("%s has nothing of what was asked for; the same harvest later takes what has come by then", h.fetch.host))
	}
	h.state.Through = max(h.state.Through, through)
	h.state.Way = nil
	if p.seen != nil {
		h.state.Seen = p.seen
	}
	h.report.Complete = true
}

// since is the day from which the next list is asked for.
func (h *harvest) since() string {
	if h.state.Through == "" {
		return h.request.From
	}
	through, err := time.Parse(time.DateOnly, h.state.Through)
	if now := time.Now(); err != nil || through.After(now) { // never from the future, whatever a clock said
		through = now
	}
	since := day(through.AddDate(0, 0, -h.protocol.lateness(&h.request)))
	return max(since, h.request.From)
}

// clock is now as the server says, unless its clock is ahead of ours: what it
// takes for past may be still to come.
func (h *harvest) clock(server time.Time) time.Time {
	now := time.Now()
	if server.IsZero() || server.After(now) {
		return now
	}
	return server
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// page fetches the page that way is at.
func (h *harvest) page(ctx context.Context, way *Way) (*page, error) {
	query, header := h.protocol.ask(&h.request, way, h.options.Key)
	if header == nil {
		header = http.Header{}
	}
	if h.request.Kind == RSS && h.state.Seen != nil {
		if s := h.state.Seen; s.ETag != "" {
			header.Set("If-None-Match", s.ETag)
		} else if s.Modified != "" {
			header.Set("If-Modified-Since", s.Modified)
		}
	}
	var p *page
	err := h.fetch.get(ctx, query, header, func(a *answer) (err error) {
		p, err = h.protocol.read(&h.request, way, a)
		return err
	})
	return p, err
}

func (h *harvest) notice(text string) {
	if h.options.Notice != nil {
		h.options.Notice(text)
	}
}

func (h *harvest) progress(way *Way) {
	if h.options.Progress != nil {
		h.options.Progress(*way, h.report)
	}
}
