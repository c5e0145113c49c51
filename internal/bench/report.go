package bench

import (
	"fmt"
	"io"
	"math"
	"slices"
	"time"
)

// Report is what was measured.
type Report struct {
	Machine string
	Start   time.Time
	Papers  int
	Rows    []Row
}

// Row is one line of the table.
type Row struct {
	What  string
	Value string
	Reach string // what is asked for; empty where nothing is
}

func (r *Report) row(reach, what, value string, args ...any) {
	r.Rows = append(r.Rows, Row{what, fmt.Sprintf(value, args...), reach})
}

// Markdown writes the report.
func (r *Report) Markdown(w io.Writer) error {
	_, err := fmt.Fprintf(w, "%d papers; %s; %s\n\n| | measured | to reach, at 480,000 papers |\n|---|---|---|\n",
		r.Papers, r.Start.Format(time.DateOnly), r.Machine)
	for _, row := range r.Rows {
		if err == nil {
			_, err = fmt.Fprintf(w, "| %s | %s | %s |\n", row.What, row.Value, row.Reach)
		}
	}
	return err
}

// Times are how long single calls took.
type Times []time.Duration

// At is a quantile, such as 0.5 for the median; 0 of none.
func (t Times) At(q float64) time.Duration {
	if len(t) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(t))
	return sorted[max(0, min(len(sorted), int(math.Ceil(q*float64(len(sorted)))))-1)]
}

// String is the median and the 99th percentile.
func (t Times) String() string { return fmt.Sprintf("p50 %s, p99 %s", ms(t.At(.5)), ms(t.At(.99))) }

func ms(d time.Duration) string { return fmt.Sprintf("%.3g ms", float64(d.Microseconds())/1000) }
