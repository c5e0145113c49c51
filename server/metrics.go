package server

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"kindred/paper"
)

// metrics are one server's own, in a registry of their own.
type metrics struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	degraded *prometheus.CounterVec
	registry *prometheus.Registry
	handler  http.Handler
}

func newMetrics(engine Engine, deadline time.Duration) *metrics {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "kindred_requests_total", Help: "Requests answered.",
		}, []string{"method", "route", "mode", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "kindred_request_seconds", Help: "Time from request to answer.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"route", "mode"}),
		degraded: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "kindred_degraded_answers_total", Help: "Answers weaker than they could be, by what was unavailable.",
		}, []string{"route", "reason"}),
	}
	m.registry = prometheus.NewRegistry()
	m.registry.MustRegister(m.requests, m.seconds, m.degraded, &indexCollector{engine, deadline},
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	if c, ok := engine.(Counter); ok {
		m.count(c)
	}
	if h, ok := engine.(Harvester); ok {
		m.registry.MustRegister(harvestCollector{h})
	}
	m.handler = promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError})
	return m
}

// count adds what an engine counts itself.
func (m *metrics) count(c Counter) {
	for _, one := range []struct {
		name, help string
		labels     prometheus.Labels
		value      func(paper.Counters) uint64
	}{
		{"kindred_embedder_faults_total", "Calls that an embedder elsewhere did not answer: questions, and papers that came in or were learned.", nil,
			func(c paper.Counters) uint64 { return c.EmbedderFaults }},
		{"kindred_cache_lookups_total", cacheHelp, prometheus.Labels{"cache": "questions", "result": "hit"},
			func(c paper.Counters) uint64 { return c.QuestionsKept }},
		{"kindred_cache_lookups_total", cacheHelp, prometheus.Labels{"cache": "questions", "result": "miss"},
			func(c paper.Counters) uint64 { return c.QuestionsAsked }},
		{"kindred_cache_lookups_total", cacheHelp, prometheus.Labels{"cache": "phrases", "result": "hit"},
			func(c paper.Counters) uint64 { return c.PhrasesKept }},
		{"kindred_cache_lookups_total", cacheHelp, prometheus.Labels{"cache": "phrases", "result": "miss"},
			func(c paper.Counters) uint64 { return c.PhrasesSearched }},
	} {
		m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: one.name, Help: one.help, ConstLabels: one.labels},
			func() float64 { return float64(one.value(c.Counters())) }))
	}
}

const cacheHelp = "Look-ups of what is remembered: questions' vectors of an embedder elsewhere, papers with a phrase."

// watch adds how much goes through a gate.
func (m *metrics) watch(g *gate) {
	for kind, t := range map[string]turnstile{"read": g.reads, "write": g.writes} {
		labels := prometheus.Labels{"kind": kind}
		m.registry.MustRegister(
			prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "kindred_calls_under_way", Help: "Calls that the index is answering.", ConstLabels: labels},
				func() float64 { return float64(len(t.inside)) }),
			prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "kindred_calls_waiting", Help: "Calls that wait for their turn.", ConstLabels: labels},
				func() float64 { return float64(len(t.waiting)) }))
	}
}

func (m *metrics) serve(c *gin.Context) { m.handler.ServeHTTP(c.Writer, c.Request) }

// observe counts one request. Every label has few values: methods a client
// made up are counted together.
func (m *metrics) observe(method, route, mode string, status int, took time.Duration) {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions:
	default:
		method = "other"
	}
	m.requests.WithLabelValues(method, route, mode, strconv.Itoa(status)).Inc()
	m.seconds.WithLabelValues(route, mode).Observe(took.Seconds())
}

// weaker counts an answer that is degraded. The reasons are the program's own
// words, and few.
func (m *metrics) weaker(c *gin.Context, reason string) {
	if reason != "" {
		m.degraded.WithLabelValues(c.FullPath(), reason).Inc()
	}
}

// indexCollector asks the engine when it is scraped.
type indexCollector struct {
	engine   Engine
	deadline time.Duration
}

var (
	descUp         = prometheus.NewDesc("kindred_index_ready", "1 when the index answers.", nil, nil)
	descPapers     = prometheus.NewDesc("kindred_index_papers", "Papers in the index.", nil, nil)
	descVectors    = prometheus.NewDesc("kindred_index_vectors", "Vectors in the index.", nil, nil)
	descTerms      = prometheus.NewDesc("kindred_index_terms", "Distinct terms of the inverted index.", nil, nil)
	descBytes      = prometheus.NewDesc("kindred_index_bytes", "Bytes of the data folder.", nil, nil)
	descGeneration = prometheus.NewDesc("kindred_index_generation", "Generation of the model in use.", nil, nil)

	// Of an embedding server, where there is one, since the folder was opened.
	descTexts    = prometheus.NewDesc("kindred_embedder_texts_total", "Texts that got a vector.", nil, nil)
	descTokens   = prometheus.NewDesc("kindred_embedder_tokens_total", "Tokens of these.", nil, nil)
	descRequests = prometheus.NewDesc("kindred_embedder_requests_total", "Requests sent to the embedding server.", nil, nil)
	descAgain    = prometheus.NewDesc("kindred_embedder_retries_total", "Of these, sent because an earlier one failed or came too soon.", nil, nil)
	descCut      = prometheus.NewDesc("kindred_embedder_cut_total", "Texts too long, embedded up to a word.", nil, nil)
	descRefused  = prometheus.NewDesc("kindred_embedder_refused_total", "Texts that the embedding server refused.", nil, nil)
)

func (ic *indexCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{descUp, descPapers, descVectors, descTerms, descBytes, descGeneration,
		descTexts, descTokens, descRequests, descAgain, descCut, descRefused} {
		ch <- d
	}
}

func (ic *indexCollector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), ic.deadline)
	defer cancel()
	st, err := ic.engine.Stats(ctx)
	up := 0.0
	if err == nil && st.Ready {
		up = 1
	}
	ch <- prometheus.MustNewConstMetric(descUp, prometheus.GaugeValue, up)
	if err != nil {
		return
	}
	for _, g := range []struct {
		desc  *prometheus.Desc
		value float64
	}{
		{descPapers, float64(st.Papers)}, {descVectors, float64(st.Vectors)}, {descTerms, float64(st.Terms)},
		{descBytes, float64(st.Bytes)}, {descGeneration, float64(st.Generation)},
	} {
		ch <- prometheus.MustNewConstMetric(g.desc, prometheus.GaugeValue, g.value)
	}
	e := st.Embedded
	if e == nil {
		return
	}
	for _, c := range []struct {
		desc  *prometheus.Desc
		value int64
	}{
		{descTexts, e.Texts}, {descTokens, e.Tokens}, {descRequests, e.Requests},
		{descAgain, e.Again}, {descCut, e.Cut}, {descRefused, e.Refused},
	} {
		ch <- prometheus.MustNewConstMetric(c.desc, prometheus.CounterValue, float64(c.value))
	}
}
