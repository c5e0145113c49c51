//go:build !race

package index_test

import (
	"bufio"
	"bytes"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kindred/index"
	"kindred/paper"
)

// killed runs a child and kills it a moment after it has printed a line that
// begins with at for the given time. It reports false when the child was done
// before.
func killed(t *testing.T, job, at string, times int, wait time.Duration) bool {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), childJob+"="+job)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done, sent := false, false
	for lines := bufio.NewScanner(out); lines.Scan(); {
		line := lines.Text()
		if strings.HasPrefix(line, "failed:") {
			t.Errorf("%s: %s", job, line)
		}
		done = done || line == "done"
		if strings.HasPrefix(line, at) {
			if times--; times == 0 {
				time.Sleep(wait)
				sent = cmd.Process.Kill() == nil // SIGKILL: nothing is tidied up
			}
		}
	}
	if err := cmd.Wait(); !sent && (err != nil || !done) {
		t.Fatalf("%s: ended by itself: %v", job, err)
	}
	return !done
}

func TestKilledWhileIngesting(t *testing.T) {
	papers := brief(invented(killCorpus))
	dir := t.TempDir()
	kills := 0
	for n, wait := range []time.Duration{0, 3 * time.Millisecond, 9 * time.Millisecond, 20 * time.Millisecond} {
		// Each run gets one batch further than the last one.
		if !killed(t, "ingest "+dir, "ingested", n+1, wait) {
			break
		}
		kills++
		x := open(t, dir, index.Options{MustExist: true})
		st := stats(t, x)
		if st.Papers < 2048*min(n, 1) || st.Papers != st.Vectors {
			t.Errorf("%d papers and %d vectors after kill %d", st.Papers, st.Vectors, n+1)
		}
		for i := range st.Papers { // papers are whole, and none is missing before the last
			if p, err := x.Paper(t.Context(), papers[i].ID); err != nil || p.Abstract != strings.TrimSpace(papers[i].Abstract) || p.Year != papers[i].Year {
				t.Fatalf("after kill %d: paper %d of %d: %+v, %v", n+1, i, st.Papers, p, err)
			}
		}
		if st.Papers > 0 {
			last := papers[st.Papers-1]
			if r := search(t, x, last.Title, paper.Options{Mode: paper.Lexical}); r.Hits[0].Paper.ID != last.ID {
				t.Errorf("after kill %d, %s finds %v", n+1, last.ID, ids(r))
			}
		}
		if err := x.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if kills < 2 {
		t.Errorf("killed %d times only", kills)
	}
	x := open(t, dir, index.Options{MustExist: true})
	was := stats(t, x).Papers
	counts, err := x.Ingest(t.Context(), stream(papers), index.IngestOptions{})
	if err != nil || counts.Unchanged != was || counts.Added != killCorpus-was {
		t.Errorf("%+v, %v; %d papers were there", counts, err, was)
	}
	reopened(t, x, papers[0].ID)
}

// A record of two sources changes whole: killed at any time, each part is in it
// or not there yet, and the ingest that is run again ends the same.
func TestKilledWhileJoining(t *testing.T) {
	dir := t.TempDir()
	kills := 0
	for n, wait := range []time.Duration{0, 4 * time.Millisecond, 11 * time.Millisecond, 25 * time.Millisecond} {
		if !killed(t, "join "+dir, "joined", 3+n, wait) {
			break
		}
		kills++
		x := open(t, dir, index.Options{MustExist: true})
		if err := x.Verify(t.Context()); err != nil {
			t.Fatalf("after kill %d: %v", n+1, err)
		}
		if err := x.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if kills < 2 {
		t.Errorf("killed %d times only", kills)
	}
	x := open(t, dir, index.Options{MustExist: true})
	for _, papers := range twoSources() {
		if _, err := x.Ingest(t.Context(), stream(papers), index.IngestOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	if err := x.Verify(t.Context()); err != nil {
		t.Fatal(err)
	}
	joined := 0
	for _, d := range duplicates(t, x, paper.ReviewJoined).Found {
		if len(d.Parts) != 2 || d.Parts[1].ID != "twin-"+d.Parts[0].ID {
			t.Errorf("%+v", d)
		}
		joined++
	}
	if st := stats(t, x); st.Papers != killCorpus || st.Vectors != killCorpus || joined != killCorpus {
		t.Errorf("%d papers, %d of them of two sources, %d vectors", st.Papers, joined, st.Vectors)
	}
	reopened(t, x, "twin-"+twoSources()[0][0].ID)
}

func TestKilledWhileLearning(t *testing.T) {
	dir := t.TempDir()
	x := open(t, dir, index.Options{})
	put(t, x, brief(invented(killCorpus))...)
	want := said(t, x)
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	for _, kill := range []struct {
		at   string
		wait time.Duration
	}{
		{index.StageReading, 0},
		{index.StageLearning + " 2", 0},
		{index.StageLearning + " 3", 20 * time.Millisecond}, // saving the model
		{index.StageLearning + " 3", 60 * time.Millisecond}, // filling
		{index.StageLearning + " 3", 150 * time.Millisecond},
	} {
		if !killed(t, "learn "+dir, kill.at, 1, kill.wait) {
			t.Logf("killed too late after %s", kill.at)
			break
		}
		x := open(t, dir, index.Options{MustExist: true})
		if st := stats(t, x); !st.Learned {
			if got := said(t, x); got != want {
				t.Errorf("killed after %s, it answers otherwise %s", kill.at, firstDifference(want, got))
			}
		}
		if err := x.Close(); err != nil {
			t.Fatal(err)
		}
	}
	x = open(t, dir, index.Options{MustExist: true})
	learn(t, x)
	if st := stats(t, x); !st.Learned || st.Vectors != killCorpus {
		t.Errorf("%+v", st)
	}
	if m := models(t, dir); len(m) != 1 {
		t.Errorf("models/ holds %v", m)
	}
	reopened(t, x, "invented-000000")
}

// TestKilledAtTheSwitch kills when every paper has its new vector: the folder is
// at the old model or at the new one, whole either way.
func TestKilledAtTheSwitch(t *testing.T) {
	papers := brief(invented(killCorpus + 10))
	dir := t.TempDir()
	x := open(t, dir, index.Options{})
	put(t, x, papers[:killCorpus]...)
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	kills := 0
	for n, wait := range []time.Duration{0, time.Millisecond, 3 * time.Millisecond, 6 * time.Millisecond, 12 * time.Millisecond, 25 * time.Millisecond} {
		if killed(t, "learn "+dir, index.StageEmbedding+" ", 1, wait) {
			kills++
		}
		x := open(t, dir, index.Options{MustExist: true})
		st := stats(t, x)
		if st.Papers != killCorpus+n || st.Vectors != st.Papers {
			t.Errorf("after %v: %+v", wait, st)
		}
		t.Logf("killed %v after the last vector: learned %v, generation %d", wait, st.Learned, st.Generation)
		put(t, x, papers[killCorpus+n]) // with it, the next learning has something to learn
		if sound(t, x) != killCorpus+n+1 {
			t.Errorf("after %v, papers are without vectors", wait)
		}
	}
	if kills == 0 {
		t.Error("never killed in time")
	}
	x = open(t, dir, index.Options{MustExist: true})
	for range 2 { // what was begun, then the last paper
		learn(t, x)
	}
	if st := stats(t, x); !st.Learned || st.Learning.Advice != "" || st.Learning.NewPapers != 0 {
		t.Errorf("%+v %+v", st, st.Learning)
	}
	if m := models(t, dir); len(m) != 1 {
		t.Errorf("models/ holds %v", m)
	}
	sound(t, x)
}

// A kill leaves a cache behind that the folder has outgrown: what came and went
// since is made up for, and the answers are those of a folder without a cache.
func TestKilledAfterTheCache(t *testing.T) {
	dir, seed := t.TempDir(), "invented-000001"
	if !killed(t, "change "+dir, "changed", 1, 0) {
		t.Fatal("the child was not killed")
	}
	without := t.TempDir()
	if err := os.CopyFS(without, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(without, "cache")); err != nil {
		t.Fatal(err)
	}
	var warnings bytes.Buffer
	x := open(t, dir, index.Options{MustExist: true, Logger: slog.New(slog.NewTextHandler(&warnings, nil))})
	if n := x.CachedPapers(); n != killCorpus {
		t.Errorf("opened from a cache of %d papers, not %d", n, killCorpus)
	}
	if st := stats(t, x); warnings.Len() > 0 || st.Papers != st.Vectors || st.Papers < killCorpus {
		t.Errorf("%+v, %s", st, &warnings)
	}
	y := open(t, without, index.Options{MustExist: true})
	got, want := said(t, x, seed), said(t, y, seed)
	if got != want {
		t.Errorf("with the cache it answers otherwise than without %s", firstDifference(want, got))
	}
	x = reopened(t, x, seed)
	if !x.FromCache() {
		t.Error("closing did not write the cache")
	}
}

func TestKilledWhileDropping(t *testing.T) {
	dir := t.TempDir()
	x := open(t, dir, index.Options{})
	put(t, x, shelved(brief(invented(killCorpus)))...)
	want := without(contentsOf(t, x), "lib")
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	kills := 0
	for _, wait := range []time.Duration{0, 4 * time.Millisecond, 15 * time.Millisecond} {
		if killed(t, "drop "+dir, "dropped", 1, wait) {
			kills++
		}
		x := open(t, dir, index.Options{MustExist: true})
		now := contentsOf(t, x)
		for id, p := range want {
			if q, ok := now[id]; !ok || q.Abstract != p.Abstract {
				t.Fatalf("after kill %d: %+v, want %+v", kills, q, p)
			}
		}
		checkCollections(t, x)
		if err := x.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if kills < 2 {
		t.Errorf("killed %d times only", kills)
	}
	x = open(t, dir, index.Options{MustExist: true})
	if _, err := x.DropCollection(t.Context(), "lib", false, nil); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, contentsOf(t, x)); d != "" {
		t.Error(d)
	}
	checkCollections(t, x)
	reopened(t, x)
}
