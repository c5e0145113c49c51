package server

import (
	"net/http"
	"net/http/pprof"
	"net/netip"

	"github.com/gin-gonic/gin"
)

// registerProfiles adds Go's profiles under /debug/pprof/. They tell what the
// program was started with and what it is at, so only this machine may ask, and
// not through a proxy.
func (s *Server) registerProfiles(r *gin.Engine) {
	group := r.Group("/debug/pprof", func(c *gin.Context) {
		at, err := netip.ParseAddrPort(c.Request.RemoteAddr)
		if err != nil || !at.Addr().Unmap().IsLoopback() || c.GetHeader("X-Forwarded-For") != "" || c.GetHeader("Forwarded") != "" {
			s.fail(c, errNoRoute)
		}
	})
	for path, h := range map[string]http.HandlerFunc{
		"/": pprof.Index, "/cmdline": pprof.Cmdline, "/profile": pprof.Profile, "/symbol": pprof.Symbol, "/trace": pprof.Trace,
	} {
		group.GET(path, gin.WrapF(h))
	}
	for _, name := range []string{"allocs", "block", "goroutine", "heap", "mutex", "threadcreate"} {
		group.GET("/"+name, gin.WrapH(pprof.Handler(name)))
	}
}
