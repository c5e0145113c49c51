package openai

import (
	"context"
	"math"
	"sync"
	"time"
)

// pace decides when the next request may go out: a bounded number at once and,
// once the server has said that it is asked too often, at the rate it is seen
// to take. The rate is found as congestion control does it (additive increase,
// multiplicative decrease, here from what was measured): a refusal sets it to
// what got through since the one before, and from there it grows slowly.
type pace struct {
	slots chan struct{} // one a request under way

	mu       sync.Mutex
	requests float64   // a second that the user allows; 0: any number
	tokens   float64   // likewise
	rate     float64   // requests a second that the server takes; 0: not known to be bounded
	next     time.Time // when the next request may go out
	until    time.Time // nothing goes out before, at the server's wish
	since    time.Time // when the counting of served began, with the last change for a refusal
	resumed  time.Time // when requests went out again after that
	served   int       // requests answered well since
	grown    time.Time // when the rate was last raised
}

const (
	// growth is by what share the rate rises in a second without refusals: the
	// cost of a refusal, a pause, comes once in some ten seconds.
	growth = 0.05
	// slowest, in requests a second, is a rate that is not lowered any more: the
	// server asks for longer pauses itself.
	slowest = 1. / 60
	// slack is how much of a late start is made up for, so that timers that
	// wake late do not lower the rate.
	slack = 50 * time.Millisecond
)

func newPace(parallel int, requestsPerMinute, tokensPerMinute float64) *pace {
	return &pace{slots: make(chan struct{}, parallel), requests: requestsPerMinute / 60, tokens: tokensPerMinute / 60}
}

// enter waits for the turn of a request of so many tokens; leave must follow.
func (p *pace) enter(ctx context.Context, tokens int) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case p.slots <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	for {
		wait := p.reserve(time.Now(), tokens)
		if wait <= 0 {
			return nil
		}
		if err := sleep(ctx, wait); err != nil {
			p.leave()
			return err
		}
	}
}

func (p *pace) leave() { <-p.slots }

// reserve takes the turn at now, or says how long it is until the next.
func (p *pace) reserve(now time.Time, tokens int) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := p.next
	if p.until.After(at) {
		at = p.until
	}
	if wait := at.Sub(now); wait > 0 {
		return wait
	}
	if p.since.IsZero() {
		p.since = now
	}
	var cost float64 // seconds
	for _, rate := range []float64{p.rate, p.requests} {
		if rate > 0 {
			cost = max(cost, 1/rate)
		}
	}
	if p.tokens > 0 {
		cost = max(cost, float64(tokens)/p.tokens)
	}
	if early := now.Add(-slack); at.Before(early) {
		at = early
	}
	p.next = at.Add(time.Duration(cost * float64(time.Second)))
	return 0
}

// took notes a request that the server answered well.
func (p *pace) took() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.served++
	if p.rate == 0 {
		return
	}
	now := time.Now()
	p.rate *= 1 + growth*min(now.Sub(p.grown).Seconds(), 1)
	p.grown = now
}

// tooOften notes that the server has refused a request, sent at that time, and
// wants none before the pause has passed. Several requests under way are refused
// together: only one that was sent at the present rate says something of it.
func (p *pace) tooOften(sent time.Time, pause time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if until := now.Add(pause); until.After(p.until) {
		p.until = until
	}
	if sent.Before(p.resumed) {
		return
	}
	seen := float64(p.served) / max(now.Sub(p.since).Seconds(), 0.1)
	switch {
	case p.served == 0 && p.rate == 0:
		p.rate = 1 / max(pause.Seconds(), 1)
	case p.served == 0:
		p.rate = max(p.rate/2, slowest)
	case p.rate == 0 || seen < p.rate:
		p.rate = seen
	default:
		p.rate *= 1 - growth
	}
	p.since, p.served, p.resumed, p.grown = now, 0, p.until, p.until
}

// backoff is the pause before the try that follows the failed one of this
// number, from 1: half a second doubling up to 30 s, less up to half of it at
// random, so that those refused together do not come again together.
func backoff(try int, random func() float64) time.Duration {
	d := min(0.5*math.Pow(2, float64(min(try, 10)-1)), 30)
	return time.Duration(d * (1 - random()/2) * float64(time.Second))
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
