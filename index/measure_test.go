package index_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"kindred/index"
	"kindred/paper"
)

// measured is what a process of its own measures of a data folder; times are
// in milliseconds.
type measured struct {
	Open     float64            // until the first answer can be asked for
	First    float64            // the first answer
	RSS      float64            // MiB resident after everything; 0 where /proc does not tell
	P50, P95 map[string]float64 // by what was asked
}

// measure opens a folder, asks the questions and ids on standard input ("q
// TEXT", "id ID"), and prints a measured as JSON.
func measure(ctx context.Context, dir string) error {
	var m measured
	start := time.Now()
	x, err := index.Open(ctx, dir, index.Options{MustExist: true})
	if err != nil {
		return err
	}
	defer x.Close()
	m.Open = ms(start)
	took := map[string][]float64{}
	ask := func(name string, do func() (*paper.Result, error)) error {
		start := time.Now()
		r, err := do()
		if err == nil && len(r.Hits) == 0 {
			err = fmt.Errorf("%s: no hits for %q", name, r.Query)
		}
		if m.First == 0 {
			m.First = ms(start)
			return err
		}
		took[name] = append(took[name], ms(start))
		return err
	}
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		kind, text, _ := strings.Cut(lines.Text(), " ")
		if kind == "id" {
			err := ask("similar", func() (*paper.Result, error) { return x.Similar(ctx, paper.Similar{Positive: []string{text}}) })
			if err != nil {
				return err
			}
			continue
		}
		for name, o := range map[string]paper.Options{
			"hybrid": {}, "semantic": {Mode: paper.Semantic}, "lexical": {Mode: paper.Lexical},
			"filtered": {Filter: paper.Filter{Years: paper.Years{From: 2012}}},
		} {
			if err := ask(name, func() (*paper.Result, error) { return x.Search(ctx, paper.Query{Text: text, Options: o}) }); err != nil {
				return err
			}
		}
	}
	m.P50, m.P95 = map[string]float64{}, map[string]float64{}
	for name, all := range took {
		slices.Sort(all)
		m.P50[name], m.P95[name] = all[len(all)/2], all[len(all)*95/100]
	}
	m.RSS = residentMiB()
	return json.NewEncoder(os.Stdout).Encode(m)
}

func ms(since time.Time) float64 { return float64(time.Since(since).Microseconds()) / 1000 }

func residentMiB() float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if f := strings.Fields(line); f[0] == "VmRSS:" {
			kib, _ := strconv.ParseFloat(f[1], 64)
			return kib / 1024
		}
	}
	return 0
}
