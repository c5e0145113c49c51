package server

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
)

// contentPolicy lets a page of ours load its own files and talk to its own
// server, nothing else; what a paper says is never executed.
const contentPolicy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; font-src 'self'; " +
	"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

func secureHeaders(c *gin.Context) {
	h := c.Writer.Header()
	h.Set("Content-Security-Policy", contentPolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}

// guard refuses requests that a browser sends on behalf of somebody else's
// page. Two roads lead there: a foreign name that resolves to this machine
// (DNS rebinding), seen by its Host, and a page elsewhere that calls this
// address, seen by its Origin or Sec-Fetch-Site. Pages of [Options.Origins]
// may call, see cors.go; the search box itself (box.go) is for any page.
func (s *Server) guard(c *gin.Context) {
	r := c.Request
	if !s.hostAllowed(r) {
		s.fail(c, refuse(errHost, "", "this server does not answer to the name %q; --allowed-hosts adds names", shorten(r.Host)))
		return
	}
	if !sameOrigin(r) && !s.shareWith(c) && !ofBox(r) {
		s.fail(c, errOrigin)
	}
}

func (s *Server) hostAllowed(r *http.Request) bool {
	host := hostname(r.Host)
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	if addr, err := netip.ParseAddr(host); err == nil {
		addr = addr.Unmap().WithZone("")
		if addr.IsLoopback() {
			return true
		}
		if local, ok := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr); ok {
			if at, ok := netip.AddrFromSlice(local.IP); ok && at.Unmap() == addr {
				return true
			}
		}
	}
	return slices.ContainsFunc(s.opts.AllowedHosts, func(a string) bool { return hostname(a) == host && host != "" })
}

// hostname is a Host header without its port, brackets and final dot, in
// lower case.
func hostname(hostport string) string {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	return strings.ToLower(strings.TrimSuffix(host, "."))
}

func sameOrigin(r *http.Request) bool {
	if origins := r.Header.Values("Origin"); len(origins) > 0 {
		u, err := url.Parse(origins[0])
		if len(origins) > 1 || err != nil || (u.Scheme != "http" && u.Scheme != "https") || !strings.EqualFold(u.Host, r.Host) {
			return false
		}
	}
	switch site := r.Header.Get("Sec-Fetch-Site"); site {
	case "", "same-origin", "none":
		return true
	default:
		// A link on another site may lead here; nothing else of it may.
		return (r.Method == http.MethodGet || r.Method == http.MethodHead) && r.Header.Get("Sec-Fetch-Mode") == "navigate"
	}
}

// requireToken guards the private road.
func (s *Server) requireToken(c *gin.Context) {
	given, ok := strings.CutPrefix(c.GetHeader("Authorization"), "Bearer ")
	// Hashing first makes the comparison blind to the length too.
	a, b := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(s.opts.Token))
	if !ok || subtle.ConstantTimeCompare(a[:], b[:]) != 1 {
		s.fail(c, errToken)
	}
}

// withoutTimeouts lets a command line on the private road send and wait as
// long as it takes.
func withoutTimeouts(c *gin.Context) {
	ctl := http.NewResponseController(c.Writer)
	// A recorder in a test has no deadlines to lift.
	_ = ctl.SetReadDeadline(time.Time{})
	_ = ctl.SetWriteDeadline(time.Time{})
}
