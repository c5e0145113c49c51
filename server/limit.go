package server

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
	"golang.org/x/time/rate"

	"kindred/internal/lru"
)

// callerKey holds who a request counts against.
const callerKey = "caller"

const (
	// limitWindow is what a rate is given for.
	limitWindow = time.Minute
	// maxCallers bounds the callers that are told apart, to some 20 MB; beyond
	// that, those not heard of for longest begin anew.
	maxCallers = 50_000
)

// limits holds a bucket of tokens for each caller: it holds as many as may be
// spent in a minute, and fills at that rate.
type limits struct {
	perMinute int
	buckets   *lru.Cache[string, *rate.Limiter]
}

func newLimits(perMinute int) limits {
	return limits{perMinute, lru.New[string, *rate.Limiter](maxCallers)}
}

// limitedError says how long to wait.
type limitedError struct{ wait time.Duration }

func (e *limitedError) Error() string { return fmt.Sprintf("too many requests; wait %s", e.wait) }

// spend counts n requests against the caller, and tells the client how many
// are left, as draft-ietf-httpapi-ratelimit-headers has it: of the policy "q"
// in "w" seconds, "r" remain, and all are there again in "t" seconds. The error
// is a [*limitedError].
func (s *Server) spend(c *gin.Context, n int) error {
	l := s.limits
	caller, counted := c.Get(callerKey)
	if l.perMinute == 0 || !counted {
		return nil
	}
	every := limitWindow / time.Duration(l.perMinute)
	bucket := l.buckets.GetOr(caller.(string), func() *rate.Limiter { return rate.NewLimiter(rate.Every(every), l.perMinute) })
	now := time.Now()
	n = min(n, l.perMinute) // more at once could never be
	ok := bucket.AllowN(now, n)
	left := bucket.TokensAt(now)
	seconds := func(tokens float64) int { return int(math.Ceil(max(0, tokens) * every.Seconds())) }
	c.Header("RateLimit-Policy", fmt.Sprintf(`"requests";q=%d;w=%d`, l.perMinute, int(limitWindow.Seconds())))
	c.Header("RateLimit", fmt.Sprintf(`"requests";r=%d;t=%d`, int(max(0, left)), seconds(float64(l.perMinute)-left)))
	if ok {
		return nil
	}
	wait := max(1, seconds(float64(n)-left))
	c.Header("Retry-After", strconv.Itoa(wait))
	return &limitedError{time.Duration(wait) * time.Second}
}
