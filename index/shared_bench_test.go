//go:build shared

package index_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"kindred/index"
	"kindred/internal/sharedtest/abstracts"
	"kindred/internal/text"
	"kindred/paper"
)

// BenchmarkShared is issue 2's: 50,000 real abstracts taken in, opened and
// searched by sentences of others. docs/performance.md has the results.
//
//	go test -tags shared ./index -run '^$' -bench Shared -benchtime 1x -timeout 30m
func BenchmarkShared(b *testing.B) {
	const corpus = 50_000
	var papers []paper.Paper
	var lines []string
	n := 0
	abstracts.Each(b, abstracts.ArXiv, func(p paper.Paper) bool {
		switch n++; {
		case n%8 == 0:
			papers = append(papers, p)
		case n%2000 == 1:
			if s := middleSentence(p.Abstract); s != "" {
				lines = append(lines, "q "+s)
			}
		}
		return len(papers) < corpus
	})
	if len(papers) < corpus || len(lines) < 190 {
		b.Fatalf("%d papers, %d questions", len(papers), len(lines))
	}
	for i := 0; i < corpus; i += corpus / 200 {
		lines = append(lines, "id "+papers[i].ID)
	}
	var dir string
	b.Run("ingest", func(b *testing.B) {
		for b.Loop() {
			dir = b.TempDir()
			x, err := index.Open(b.Context(), dir, index.Options{}) // with syncing, as users have it
			if err != nil {
				b.Fatal(err)
			}
			if c, err := x.Ingest(b.Context(), stream(papers), index.IngestOptions{}); err != nil || c.Added != corpus {
				b.Fatal(c, err)
			}
			b.StopTimer()
			if err := x.Close(); err != nil {
				b.Fatal(err)
			}
			b.StartTimer()
		}
		b.ReportMetric(float64(b.N)*corpus/b.Elapsed().Seconds(), "papers/s")
		b.ReportMetric(float64(folderBytes(b, dir))/corpus, "bytes/paper")
		papers = nil

		m := measureChild(b, dir, lines)
		b.ReportMetric(m.Open/1000, "open-s")
		b.ReportMetric(m.First, "first-ms")
		b.ReportMetric(m.RSS, "MiB")
		for name := range m.P50 {
			b.ReportMetric(m.P50[name], name+"-p50-ms")
			b.ReportMetric(m.P95[name], name+"-p95-ms")
		}
	})
}

func middleSentence(abstract string) string {
	var all []string
	for s := range text.Sentences(abstract) {
		sentence := strings.Join(strings.Fields(abstract[s.Start:s.End]), " ")
		if len(strings.Fields(sentence)) >= 8 {
			all = append(all, sentence)
		}
	}
	if len(all) == 0 {
		return ""
	}
	return all[len(all)/2]
}

func folderBytes(tb testing.TB, dir string) (bytes int64) {
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			bytes += info.Size()
		}
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return bytes
}

// measureChild has a process of its own measure the folder.
func measureChild(tb testing.TB, dir string, lines []string) measured {
	tb.Helper()
	exe, err := os.Executable()
	if err != nil {
		tb.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), childJob+"=measure "+dir)
	cmd.Stdin = strings.NewReader(strings.Join(lines, "\n"))
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	var m measured
	if err == nil {
		err = json.Unmarshal(out, &m)
	}
	if err != nil {
		tb.Fatalf("measuring: %v: %s", err, out)
	}
	return m
}
