package main

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"kindred/internal/harvest"
	"kindred/paper"
	"kindred/paper/source"
)

// scheduler runs the harvests of a schedule in a server's process, one at a
// time. A nil one has none.
type scheduler struct {
	dir       string
	log       *slog.Logger
	jobs      []*job
	transport http.RoundTripper // nil: the usual one

	mu    sync.Mutex
	views []paper.Harvest // by place in jobs
}

// maxNap bounds how long a scheduler sleeps: where the machine slept or its
// clock was set, it finds out.
const maxNap = time.Minute

func newScheduler(dir string, jobs []*job, log *slog.Logger) *scheduler {
	s := &scheduler{dir: dir, log: log, jobs: jobs, views: make([]paper.Harvest, len(jobs))}
	for i, j := range jobs {
		s.views[i] = paper.Harvest{Name: j.options.Name, Schedule: j.cron}
	}
	return s
}

// Harvests is how the harvests are at this moment, in the schedule's order.
func (s *scheduler) Harvests() []paper.Harvest {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]paper.Harvest(nil), s.views...)
}

func (s *scheduler) change(i int, edit func(*paper.Harvest)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	edit(&s.views[i])
}

// run harvests into e until ctx ends. A harvest that never brought anything, or
// should have run while there was no server, runs at once and once.
func (s *scheduler) run(ctx context.Context, e engine) {
	if s == nil {
		return
	}
	began := time.Now()
	next := make([]time.Time, len(s.jobs))
	for i, j := range s.jobs {
		next[i] = began
		if last := s.recall(i); !last.IsZero() && last.Before(began) {
			next[i] = j.after(last)
		}
		s.change(i, func(h *paper.Harvest) { h.Next = next[i] })
	}
	for {
		i := 0 // the first of those that are to run first
		for k := range next {
			if next[k].Before(next[i]) {
				i = k
			}
		}
		if wait := time.Until(next[i]); wait > 0 {
			before := time.Now().Round(0) // without the clock that cannot be set
			if !nap(ctx, min(wait, maxNap)) {
				return
			}
			if time.Now().Round(0).Before(before) { // set back: what was to come is further away than it should be
				for k, j := range s.jobs {
					next[k] = j.after(time.Now())
					s.change(k, func(h *paper.Harvest) { h.Next = next[k] })
				}
			}
			continue
		}
		if s.harvest(ctx, e, i); ctx.Err() != nil {
			return
		}
		next[i] = s.jobs[i].after(time.Now())
		s.change(i, func(h *paper.Harvest) { h.Next = next[i] })
	}
}

// nap waits, and reports whether ctx goes on.
func nap(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// recall reads what is kept of the last run, and returns when it began; the zero
// time where it is to go on at once, as none is kept or it was interrupted.
func (s *scheduler) recall(i int) time.Time {
	st, err := harvest.Load(s.dir, s.jobs[i].options.Name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return time.Time{}
	case err != nil:
		s.change(i, func(h *paper.Harvest) { h.Error = err.Error() })
		return time.Time{}
	case st.Last == nil:
		return time.Time{}
	}
	s.change(i, func(h *paper.Harvest) {
		h.Last, h.Error = st.Last.Ended, st.Last.Error
		h.Added, h.Updated, h.Deleted = st.Last.Added, st.Last.Updated, st.Last.Deleted
	})
	if st.Last.Error == harvest.Interrupted {
		return time.Time{}
	}
	return st.Last.Started
}

// harvest runs one job.
func (s *scheduler) harvest(ctx context.Context, e engine, i int) {
	j := s.jobs[i]
	log := s.log.With("harvest", j.options.Name)
	o := j.settled()
	o.Transport = s.transport
	o.Notice = func(text string) { log.Info(text) }
	o.Progress = func(_ harvest.Way, r harvest.Report) { s.change(i, func(h *paper.Harvest) { h.Read = r.Read }) }
	s.change(i, func(h *paper.Harvest) { h.Running, h.Read = true, 0 })
	report, err := harvest.Run(ctx, s.dir, j.request, o, takeIn(e, func(line *source.LineError) { log.Warn(line.Error()) }))
	s.change(i, func(h *paper.Harvest) {
		h.Running, h.Last, h.Error = false, time.Now(), ""
		h.Added, h.Updated, h.Deleted = report.Added, report.Updated, report.Deleted
		h.Next = j.after(h.Last) // which learning may keep waiting
		h.Runs++
		h.AllAdded += uint64(report.Added)
		h.AllUpdated += uint64(report.Updated)
		h.AllDeleted += uint64(report.Deleted)
		if err != nil {
			h.Failures++
			h.Error = err.Error()
			if ctx.Err() != nil {
				h.Error = harvest.Interrupted
			}
		}
	})
	switch {
	case ctx.Err() != nil:
		log.Info("harvest interrupted; it carries on after the next start")
	case err != nil:
		log.Warn("harvest failed; it is tried again at its next time", "error", err, "added", report.Added)
	default:
		log.Info("harvested", "read", report.Read, "added", report.Added, "updated", report.Updated, "deleted", report.Deleted)
		s.learn(ctx, e, log)
	}
}

// learn teaches the model the first papers, as an ingest does.
func (s *scheduler) learn(ctx context.Context, e engine, log *slog.Logger) {
	st, err := e.Stats(ctx)
	if err != nil || st.Learned || st.Learning == nil || st.Learning.Advice == "" {
		return
	}
	err = e.Learn(ctx, paper.LearnOptions{}, func(string, int, int) {})
	if err != nil && ctx.Err() == nil && !errors.Is(err, paper.ErrLearning) && !errors.Is(err, paper.ErrCannotLearn) {
		log.Warn("the papers are in, but learning them failed", "error", err)
	}
}
