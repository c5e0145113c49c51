package index_test

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kindred/index"
	"kindred/paper"
	"kindred/paper/source"
)

var (
	joinSeed  = flag.Uint64("joinseed", 0, "the only seed of TestJoiningModel")
	joinSeeds = flag.Int("joinseeds", 6, "how many seeds of TestJoiningModel")
	joinSteps = flag.Int("joinsteps", 80, "steps of each seed")
)

// joinModel is what a folder should hold: what each source says, by the id under
// which it is kept.
type joinModel struct {
	t       *testing.T
	x       *index.Index
	rnd     *rand.Rand
	parts   map[string]paper.Paper
	version int
	apart   map[[2]string]bool
	again   map[string]bool
	log     []string
}

const modelPapers, modelSources = 12, 4

// statement is what a source says of the n-th paper in its newest version.
// Sources 0 and 1 give one id to each paper.
func (m *joinModel) statement(src, n int) paper.Paper {
	words := func(seed, many int) string {
		r := rand.New(rand.NewPCG(uint64(seed), 9))
		var out []string
		for range many {
			out = append(out, fmt.Sprintf("w%c%c%c", 'a'+r.IntN(26), 'a'+r.IntN(26), 'a'+r.IntN(26)))
		}
		return strings.Join(out, " ")
	}
	p := paper.Paper{
		ID: fmt.Sprintf("p%d", n), Title: fmt.Sprintf("Title qq%s %s", string(rune('a'+n)), words(n, 4)), Source: fmt.Sprintf("s%d", src), Origin: uint64(src + 1),
		Abstract: words(100+n, 40), Authors: []string{fmt.Sprintf("Maria Strix%c", 'a'+n)}, Year: 2000 + n, Venue: "v0",
	}
	if src > 1 {
		p.ID = fmt.Sprintf("p%d.s%d", n, src)
	}
	if m.rnd.IntN(3) == 0 {
		p.IDs = map[string]string{"doi": fmt.Sprintf("10.1000/%d", n)}
	}
	switch m.rnd.IntN(4) {
	case 0:
		p.Abstract = "" // no abstract
	case 1:
		p.Abstract += " " + words(m.rnd.IntN(1000), 30)
	}
	if m.rnd.IntN(2) == 0 {
		m.version++
		p.Venue = fmt.Sprintf("v%d", m.version)
	}
	if m.rnd.IntN(3) == 0 {
		p.Collections = []string{fmt.Sprintf("c%d", m.rnd.IntN(3))}
	}
	return p
}

// folder is every record, by id.
func (m *joinModel) folder() map[string]paper.Paper { return contentsOf(m.t, m.x) }

func partsOr(p paper.Paper) []paper.Paper {
	if len(p.Parts) == 0 {
		return []paper.Paper{p}
	}
	return p.Parts
}

// recordOf are the ids of the record that id is in.
func (m *joinModel) recordOf(id string) []string {
	p, err := m.x.Paper(m.t.Context(), id)
	if err != nil {
		return nil
	}
	var out []string
	for _, part := range partsOr(p) {
		out = append(out, part.ID)
	}
	return out
}

// say brings a statement into the model.
func (m *joinModel) say(p paper.Paper, ingested bool) {
	p.Normalize()
	was, ok := m.parts[p.ID]
	if _, named := m.parts[p.ID+"@"+p.Source]; ingested && (ok && was.Source != p.Source && (named || was.Title == p.Title) || !ok && named) {
		p.ID += "@" + p.Source
	}
	if was, ok := m.parts[p.ID]; ok {
		m.again[p.ID] = true
		if len(p.Collections) > 0 {
			all := slices.Concat(was.Corpora(), p.Collections)
			slices.Sort(all)
			p.Collections = slices.Compact(all)
		} else {
			p.Collections = was.Collections
		}
	}
	m.parts[p.ID] = p
}

func (m *joinModel) note(format string, args ...any) {
	m.log = append(m.log, fmt.Sprintf(format, args...))
}

func (m *joinModel) step() {
	t, x, ctx := m.t, m.x, m.t.Context()
	must := func(err error) {
		if err != nil {
			m.fail("%v", err)
		}
	}
	some := func() string {
		if len(m.parts) == 0 {
			return "none"
		}
		ids := slices.Sorted(maps.Keys(m.parts))
		return ids[m.rnd.IntN(len(ids))]
	}
	switch op := m.rnd.IntN(20); {
	case op < 8: // ingest
		merge := m.rnd.IntN(4) > 0
		var what []any
		gone := map[string]bool{}
		for range 1 + m.rnd.IntN(9) {
			p := m.statement(m.rnd.IntN(modelSources), m.rnd.IntN(modelPapers))
			if strings.Contains(p.ID, ".") && m.rnd.IntN(5) == 0 {
				p.ID = fmt.Sprintf("p%d.%s", m.rnd.IntN(modelPapers), p.Source)
			}
			if id := p.ID; m.rnd.IntN(6) == 0 && strings.Contains(id, ".") {
				m.note("gone %s", id)
				what = append(what, id)
				delete(m.parts, id)
				gone[id] = true
				continue
			}
			m.note("ingest merge=%v %s/%s %s %v doi=%v abs=%d", merge, p.ID, p.Source, p.Venue, p.Collections, p.IDs != nil, len(p.Abstract))
			what = append(what, p)
			m.say(p, true)
		}
		_, err := x.Ingest(ctx, func(yield func(paper.Paper, error) bool) {
			for _, w := range what {
				switch w := w.(type) {
				case paper.Paper:
					yield(w, nil)
				case string:
					yield(paper.Paper{}, &source.LineError{Deleted: w})
				}
			}
		}, index.IngestOptions{NoMerge: !merge})
		must(err)
	case op < 10: // withdrawn, an id that sources share among them
		id, _, _ := strings.Cut(some(), "@")
		if _, ok := m.parts[id]; !ok {
			return
		}
		from := ""
		if m.rnd.IntN(2) == 0 {
			from = fmt.Sprintf("s%d", m.rnd.IntN(modelSources))
		}
		m.note("withdrawn %s by %q", id, from)
		others := m.recordOf(id)
		if from != "" {
			others = []string{id, id + "@" + from}
		}
		for _, other := range others {
			if p := m.parts[other]; (other == id || strings.HasPrefix(other, id+"@")) && (from == "" || p.Source == from) {
				delete(m.parts, other)
			}
		}
		_, err := x.Take(ctx, paper.Arrivals{Papers: []paper.Arrival{{Paper: paper.Paper{ID: id, Source: from}, Gone: true}}})
		must(err)
	case op < 12:
		p := m.statement(m.rnd.IntN(modelSources), m.rnd.IntN(modelPapers))
		m.note("put %s/%s %s %v", p.ID, p.Source, p.Venue, p.Collections)
		m.say(p, false)
		put(t, x, p)
	case op == 12:
		id := some()
		m.note("delete %s", id)
		for _, other := range m.recordOf(id) {
			delete(m.parts, other)
		}
		_, err := x.Delete(ctx, []string{id, "none"})
		must(err)
	case op == 13:
		id := some()
		of := m.recordOf(id)
		m.note("split %s of %v", id, of)
		from, err := x.Split(ctx, id)
		if len(of) < 2 {
			if err == nil {
				m.fail("split %s of %v", id, of)
			}
			return
		}
		must(err)
		for _, other := range from {
			m.apart[[2]string{min(id, other), max(id, other)}] = true
		}
	case op < 16:
		c, err := x.Collections(ctx)
		must(err)
		if len(c) == 0 {
			return
		}
		name, now := c[m.rnd.IntN(len(c))].Name, ""
		if m.rnd.IntN(4) > 0 {
			now = fmt.Sprintf("c%d", m.rnd.IntN(4))
		}
		m.note("collection %s becomes %q", name, now)
		for _, r := range m.folder() {
			var goes []string
			var stays []string
			for _, part := range partsOr(r) {
				p := m.parts[part.ID]
				in := slices.Clone(p.Corpora())
				if slices.Contains(in, name) {
					p.Collections = slices.DeleteFunc(in, func(s string) bool { return s == name })
					if now != "" {
						p.Collections = append(p.Collections, now)
						slices.Sort(p.Collections)
						p.Collections = slices.Compact(p.Collections)
					} else if len(p.Collections) == 0 {
						goes = append(goes, p.ID)
						delete(m.parts, p.ID)
						continue
					}
					if now != name {
						m.parts[p.ID] = p
					}
				}
				stays = append(stays, p.ID)
			}
			for _, id := range goes {
				if i := slices.IndexFunc(stays, func(s string) bool { return strings.HasPrefix(s, id+"@") }); i >= 0 {
					p := m.parts[stays[i]]
					delete(m.parts, p.ID)
					p.ID = id
					m.parts[id] = p
				}
			}
		}
		if now == "" {
			_, err = x.DropCollection(ctx, name, false, nil)
		} else if now != name {
			_, err = x.RenameCollection(ctx, name, now, nil)
		}
		must(err)
	case op == 16:
		m.note("dedup")
		d := duplicates(t, x, paper.JoinSame)
		for _, f := range d.Found {
			m.note("  found %s %d", f.ID, len(f.Parts))
		}
	case op == 17:
		if m.rnd.IntN(3) > 0 {
			return
		}
		m.note("learn")
		if err := x.Learn(ctx, quick, nil); err != nil {
			m.note("  %v", err) // too few papers
		}
	default:
		cache := m.rnd.IntN(2) == 0
		m.note("reopen cache=%v", cache)
		before := m.folder()
		vecs := map[string]bool{}
		for id := range before {
			vecs[id] = must1(x.Vectors(ctx, []string{id})).Vectors[0] != nil
		}
		if cache {
			must(x.WriteCache())
		}
		must(x.Close())
		if !cache {
			os.RemoveAll(filepath.Join(x.Dir(), "cache"))
		}
		m.x = open(t, x.Dir(), index.Options{})
		for id := range before {
			if now := must1(m.x.Vectors(ctx, []string{id})).Vectors[0] != nil; now != vecs[id] {
				m.fail("%s: vector %v, reopened %v", id, vecs[id], now)
			}
		}
		if d := cmp.Diff(before, m.folder()); d != "" {
			m.fail("reopened: %s", d)
		}
	}
}

func (m *joinModel) fail(format string, args ...any) {
	m.t.Helper()
	m.t.Fatalf("%s\nafter\n%s", fmt.Sprintf(format, args...), strings.Join(m.log, "\n"))
}

// check holds the folder against the model.
func (m *joinModel) check() {
	ctx, x := m.t.Context(), m.x
	if err := x.Verify(ctx); err != nil {
		m.fail("%v", err)
	}
	records := m.folder()
	if n := stats(m.t, x).Papers; n != len(records) {
		m.fail("%d papers in stats, %d are there", n, len(records))
	}
	got := map[string]paper.Paper{}
	collections := map[string]int{}
	for id, r := range records {
		parts := partsOr(r)
		if len(r.Parts) == 1 || r.ID != id || parts[0].ID != id {
			m.fail("%s: %+v", id, r)
		}
		if want := paper.Combine(parts); len(r.Parts) > 0 {
			if d := cmp.Diff(want, r); d != "" {
				m.fail("%s is not what Combine makes: %s", id, d)
			}
		}
		if r.Normalize(); r.Validate() != nil {
			m.fail("%s: %v", id, r.Validate())
		}
		for _, c := range r.Corpora() {
			collections[c]++
		}
		titles := map[string]bool{}
		for i, part := range parts {
			if _, twice := got[part.ID]; twice {
				m.fail("%s is in two records", part.ID)
			}
			got[part.ID] = part
			titles[part.Title] = true
			q, err := x.Paper(ctx, part.ID)
			if err != nil || q.ID != id {
				m.fail("%s leads to %v, %v", part.ID, q, err)
			}
			for _, b := range parts[:i] {
				if m.apart[[2]string{min(part.ID, b.ID), max(part.ID, b.ID)}] {
					m.fail("%s and %s were split and are one", part.ID, b.ID)
				}
			}
		}
		if len(titles) > 1 {
			m.fail("%s has parts of several papers: %v", id, titles)
		}
		hits := ids(must1(x.Search(ctx, paper.Query{Text: r.Title, Options: paper.Options{Limit: 50}})))
		n := 0
		for _, h := range hits {
			if h == id {
				n++
			}
		}
		if n != 1 {
			m.fail("%s is found %d times by its title: %v", id, n, hits)
		}
		if doi := r.IDs["doi"]; doi != "" {
			f, err := x.Find(ctx, []string{"DOI:" + doi})
			if err != nil || f[0] == nil || f[0].IDs["doi"] != doi {
				m.fail("%s leads to %v, %v", doi, f, err)
			}
		}
	}
	// What is read again without a collection comes into that of its source again,
	// or does not: see the report.
	for id, g := range got {
		w, ok := m.parts[id]
		rest := func(p paper.Paper) []string {
			return slices.DeleteFunc(slices.Clone(p.Collections), func(s string) bool { return s == p.Source })
		}
		if ok && m.again[id] && slices.Equal(rest(w), rest(g)) {
			w.Collections = g.Collections
			m.parts[id] = w
		}
	}
	clear(m.again)
	if d := cmp.Diff(m.parts, got); d != "" {
		m.fail("what sources say (-want +got): %s", d)
	}
	counted := map[string]int{}
	for _, c := range must1(x.Collections(ctx)) {
		counted[c.Name] = c.Papers
	}
	if d := cmp.Diff(collections, counted); d != "" {
		m.fail("collections: %s", d)
	}
	for n := range modelPapers {
		for _, id := range []string{fmt.Sprintf("p%d", n), fmt.Sprintf("p%d.s2", n)} {
			if _, ok := m.parts[id]; !ok {
				if _, err := x.Paper(ctx, id); !errors.Is(err, paper.ErrNotFound) {
					m.fail("%s is there: %v", id, err)
				}
			}
		}
	}
}

func must1[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// TestJoiningModel puts, ingests, splits and deletes at random and holds the
// folder against a model after every step.
func TestJoiningModel(t *testing.T) {
	first, last := uint64(1), uint64(*joinSeeds)
	if *joinSeed != 0 {
		first, last = *joinSeed, *joinSeed
	}
	for seed := first; seed <= last; seed++ {
		t.Run(fmt.Sprint("seed", seed), func(t *testing.T) {
			m := &joinModel{t: t, x: filled(t, index.Options{}), rnd: rand.New(rand.NewPCG(seed, 1)), parts: map[string]paper.Paper{}, apart: map[[2]string]bool{}, again: map[string]bool{}}
			for range *joinSteps {
				m.step()
				m.check()
			}
		})
	}
}
