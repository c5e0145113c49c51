package server

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"

	"github.com/gin-gonic/gin"
	"golang.org/x/sync/semaphore"
)

// Server answers over HTTP what an [Engine] knows.
type Server struct {
	opts    Options
	log     *slog.Logger
	metrics *metrics
	bodies  *semaphore.Weighted // bytes of bodies held, see bodyBudget
	limits  limits
	intake  intake

	stopping chan struct{} // closed when Serve is told to stop
	stop     sync.Once
	views    views

	reference *reference
	router    *gin.Engine
	handler   http.Handler // router, with answers compressed
}

// New makes a server on engine. The engine stays the caller's to close, once
// Serve has returned.
func New(engine Engine, opts Options) (*Server, error) {
	if err := opts.Validate(); err != nil {
		return nil, err
	}
	s := &Server{
		opts:    opts,
		log:     opts.Logger,
		metrics: newMetrics(engine, opts.ReadDeadline),
		views:   parseViews(),
		bodies:  semaphore.NewWeighted(bodyBudget),
		limits:  newLimits(opts.Rate),

		stopping: make(chan struct{}),
	}
	var err error
	if s.reference, err = newReference(); err != nil {
		return nil, err
	}
	s.router = s.routes(engine)
	if s.handler, err = compressed(s.router); err != nil {
		return nil, err
	}
	return s, nil
}

// Handler is the server without its listener, for tests and for mounting
// elsewhere.
func (s *Server) Handler() http.Handler { return s.handler }

func (s *Server) routes(engine Engine) *gin.Engine {
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	r.HandleMethodNotAllowed = true
	r.RedirectTrailingSlash = false // a redirect loses a POST's body in many clients
	r.Use(s.access, s.recover, secureHeaders, s.guard, s.admit)
	r.NoRoute(s.failing(errNoRoute))
	r.NoMethod(s.failing(errMethod))

	gated := newGate(engine, &s.opts)
	s.metrics.watch(gated)
	reviser, _ := engine.(Reviser)
	open := &api{Server: s, engine: gated, reviser: reviser}
	open.register(r.Group("/v1"))
	open.lend(r.Group("/v1"))
	(&system{Server: s, engine: engine}).register(r)
	(&page{Server: s, engine: gated, reviser: reviser}).register(r)
	(&scholar{Server: s, engine: gated}).register(r)
	(&hub{Server: s, engine: gated}).register(r)
	newAssistant(s, gated).register(r)
	if s.opts.Profiles {
		s.registerProfiles(r)
	}
	if s.opts.Token != "" {
		private := &api{Server: s, engine: engine, private: true}
		group := r.Group(privatePath, s.requireToken, withoutTimeouts)
		private.register(group)
		private.registerPrivate(group)
	}
	return r
}

// get registers a handler for GET and HEAD; net/http drops a HEAD's body.
func get(r gin.IRoutes, path string, h gin.HandlerFunc) {
	r.GET(path, h)
	r.HEAD(path, h)
}

// Serve answers on ln until ctx ends, then takes no more connections, ends a
// learning, lets the other requests under way finish for up to
// [Options.Grace], and returns. The error is nil when every request was answered.
func (s *Server) Serve(ctx context.Context, ln net.Listener) error {
	// Requests outlive ctx on purpose; base ends with this function, and with
	// it those that are still there after the grace.
	base, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	srv := s.httpServer(base)
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(ln) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	s.stop.Do(func() { close(s.stopping) })
	grace, stop := context.WithTimeout(base, s.opts.Grace)
	defer stop()
	err := srv.Shutdown(grace)
	if err != nil {
		err = errors.Join(err, srv.Close())
	}
	if served := <-failed; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}

func (s *Server) httpServer(base context.Context) *http.Server {
	return &http.Server{
		Handler:           s.handler,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       bodyTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		BaseContext:       func(net.Listener) context.Context { return base },
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
	}
}
