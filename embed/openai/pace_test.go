package openai

import (
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"kindred/embed"
)

// bucket allows so many requests a second, as servers do: it fills steadily up
// to a burst, and who finds it empty is told when to come again.
type bucket struct {
	rate, burst float64
	whole       bool // Retry-After in whole seconds, as the header was made

	mu   sync.Mutex
	left float64
	last time.Time
}

func (b *bucket) take() (pause time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	if b.last.IsZero() {
		b.left, b.last = b.burst, now
	}
	b.left = min(b.burst, b.left+now.Sub(b.last).Seconds()*b.rate)
	b.last = now
	if b.left >= 1 {
		b.left--
		return 0
	}
	wait := (1 - b.left) / b.rate
	if b.whole {
		wait = float64(int(wait) + 1)
	}
	return time.Duration(wait * float64(time.Second))
}

// TestStaysNearTheAllowedRate embeds against servers of a set latency and rate
// in fake time: at most a tenth of what is allowed is left unused.
func TestStaysNearTheAllowedRate(t *testing.T) {
	for _, c := range []struct {
		rate, burst float64
		whole       bool
		latency     time.Duration
		parallel    int
	}{
		{50, 50, true, 100 * time.Millisecond, 16},
		{50, 50, false, 100 * time.Millisecond, 16},
		{10, 10, true, 200 * time.Millisecond, 8},
		{8, 500.0 / 60, true, 300 * time.Millisecond, 8},
		{200, 200, true, 20 * time.Millisecond, 16},
		{1000, 1000, true, 20 * time.Millisecond, 4}, // the latency bounds: 200 a second
	} {
		t.Run(fmt.Sprintf("%v a second, burst %v, %s", c.rate, c.burst, c.latency), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := &bucket{rate: c.rate, burst: c.burst, whole: c.whole}
				refusals := 0
				e, _ := dial(t, func(w http.ResponseWriter, texts []string) {
					time.Sleep(c.latency)
					if pause := b.take(); pause > 0 {
						b.mu.Lock()
						refusals++
						b.mu.Unlock()
						if c.whole {
							w.Header().Set("Retry-After", strconv.Itoa(int(pause.Seconds())))
						} else {
							w.Header().Set("Retry-After-Ms", fmt.Sprint(pause.Milliseconds()+1))
						}
						w.WriteHeader(429)
						return
					}
					good(w, texts)
				}, func(o *Options) { o.Batch, o.Parallel = 1, c.parallel })
				possible := min(c.rate, float64(c.parallel)/c.latency.Seconds())
				const seconds = 30
				n := int(possible * seconds)
				docs := make([]embed.Document, n)
				for i := range docs {
					docs[i].Title = fmt.Sprint("Paper ", i)
				}
				start := time.Now()
				got, err := stream(t, t.Context(), e, docs)
				if err != nil || len(got) != n {
					t.Fatalf("%d of %d vectors, %v", len(got), n, err)
				}
				rate := float64(n) / time.Since(start).Seconds()
				t.Logf("%.1f a second of %.1f, %d of %d refused", rate, possible, refusals, n+refusals)
				if rate < 0.9*possible {
					t.Errorf("%.1f a second where %.1f are allowed", rate, possible)
				}
				if refusals > n/10 {
					t.Errorf("%d refusals for %d requests", refusals, n)
				}
			})
		})
	}
}

func TestLimitsOfTheUser(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Options)
	}{
		{"requests", func(o *Options) { o.Requests = 120 }},
		{"tokens", func(o *Options) { o.Tokens = 120 * 2 }}, // "Paper n" has two
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e, _ := dial(t, nil, func(o *Options) { o.Batch = 1; c.change(o) })
				docs := documents(60)
				for i := range docs {
					docs[i].Title, docs[i].Abstract = fmt.Sprintf("Paper%3d", i), ""
				}
				start := time.Now()
				if _, err := stream(t, t.Context(), e, docs); err != nil {
					t.Fatal(err)
				}
				if took := time.Since(start); took < 28*time.Second || took > 31*time.Second {
					t.Errorf("60 requests at 120 a minute took %s", took)
				}
			})
		})
	}
}

func TestPauseAsked(t *testing.T) {
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		header, value string
		want          time.Duration
	}{
		{"Retry-After", "3", 3 * time.Second},
		{"Retry-After", "0.5", 500 * time.Millisecond},
		{"Retry-After", now.Add(time.Minute).Format(http.TimeFormat), time.Minute},
		{"Retry-After", now.Add(-time.Minute).Format(http.TimeFormat), 0},
		{"Retry-After", "soon", 0},
		{"Retry-After", "-4", 0},
		{"Retry-After", "1e300", 30 * 24 * time.Hour},
		{"Retry-After-Ms", "250", 250 * time.Millisecond},
	} {
		h := http.Header{}
		h.Set(c.header, c.value)
		if got := pauseAsked(h, now); got != c.want {
			t.Errorf("%s %s: %s, want %s", c.header, c.value, got, c.want)
		}
	}
}

func TestBackoff(t *testing.T) {
	for try, want := range map[int]time.Duration{1: 500 * time.Millisecond, 2: time.Second, 4: 4 * time.Second, 20: 30 * time.Second} {
		longest, shortest := backoff(try, func() float64 { return 0 }), backoff(try, func() float64 { return 1 })
		if longest != want || shortest != want/2 {
			t.Errorf("try %d: %s to %s, want %s at most", try, shortest, longest, want)
		}
	}
}
