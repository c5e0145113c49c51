package server

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"kindred/paper"
)

// Harvester is an [Engine] that fetches papers by itself, on a schedule. An
// engine without it serves all the same.
type Harvester interface {
	// Harvests tells how each harvest is, in the schedule's order; none where
	// there is no schedule. It costs next to nothing.
	Harvests() []paper.Harvest
}

// harvestsOf are those of the engine, or of the one behind the gate.
func harvestsOf(e Engine) []paper.Harvest {
	if g, ok := e.(*gate); ok {
		e = g.engine
	}
	if h, ok := e.(Harvester); ok {
		return h.Harvests()
	}
	return nil
}

// harvestView is a harvest as the start page shows it.
type harvestView struct {
	paper.Harvest
	Ran, Comes string // times in words; empty where there are none
}

// harvests are those for the start page. Where everybody may look, why one
// failed is for the log alone.
func (p *page) harvests() []harvestView {
	var views []harvestView
	for _, h := range harvestsOf(p.engine) {
		if h.Error != "" && p.opts.Open {
			h.Error = "it failed, and the server's log says why"
		}
		views = append(views, harvestView{h, clockTime(h.Last), clockTime(h.Next)})
	}
	return views
}

func clockTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Local().Format("2006-01-02 15:04")
}

// harvestCollector asks how the harvests are when it is scraped.
type harvestCollector struct{ harvester Harvester }

func harvestDesc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("kindred_harvest_"+name, help, append([]string{"harvest"}, labels...), nil)
}

var (
	descHarvestRuns    = harvestDesc("runs_total", "Runs since the server began.", "result")
	descHarvestPapers  = harvestDesc("papers_total", "Papers of these runs.", "result")
	descHarvestRunning = harvestDesc("running", "1 while it runs.")
	descHarvestFailed  = harvestDesc("failed", "1 when its last run failed.")
	descHarvestLast    = harvestDesc("last_run_timestamp_seconds", "When its last run ended; 0 before the first.")
	descHarvestNext    = harvestDesc("next_run_timestamp_seconds", "When it is to run next.")
)

func (harvestCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{descHarvestRuns, descHarvestPapers, descHarvestRunning, descHarvestFailed, descHarvestLast, descHarvestNext} {
		ch <- d
	}
}

func (c harvestCollector) Collect(ch chan<- prometheus.Metric) {
	for _, h := range c.harvester.Harvests() {
		counter := func(d *prometheus.Desc, n uint64, result string) {
			ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), h.Name, result)
		}
		gauge := func(d *prometheus.Desc, x float64) {
			ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, x, h.Name)
		}
		counter(descHarvestRuns, h.Runs-h.Failures, "done")
		counter(descHarvestRuns, h.Failures, "failed")
		counter(descHarvestPapers, h.AllAdded, "added")
		counter(descHarvestPapers, h.AllUpdated, "updated")
		counter(descHarvestPapers, h.AllDeleted, "deleted")
		gauge(descHarvestRunning, oneIf(h.Running))
		gauge(descHarvestFailed, oneIf(h.Error != ""))
		gauge(descHarvestLast, unixSeconds(h.Last))
		gauge(descHarvestNext, unixSeconds(h.Next))
	}
}

func oneIf(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

func unixSeconds(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.Unix())
}
