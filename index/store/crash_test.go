package store

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"kindred/paper"
)

// childFolder has the test binary write to that folder until it is killed.
const childFolder = "KINDRED_STORE_TEST_FOLDER"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childFolder); dir != "" {
		if err := writeForever(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// writeForever adds, replaces and deletes papers, and prints each batch's
// number when it is written. A batch ends with a paper that names it.
func writeForever(dir string) error {
	s, err := Open(dir, Options{NoSync: true, tune: small})
	if err != nil {
		return err
	}
	gens := s.Generations()
	if len(gens) == 0 {
		for _, dim := range []int{testDim, 100} {
			g, err := s.CreateGeneration(Generation{Fingerprint: "test:m:0", Dimension: dim})
			if err != nil {
				return err
			}
			gens = append(gens, g)
		}
	}
	papers := inventedPapers(500)
	rng := rand.New(rand.NewPCG(uint64(os.Getpid()), 1))
	for n := int(s.NextDoc()); ; n++ {
		b := Batch{Generations: []uint32{gens[0].Number, gens[1].Number}}
		put := func(p *paper.Paper) {
			seed := rng.IntN(1000)
			b.Puts = append(b.Puts, Put{Paper: p, Vectors: [][]float32{inventedVector(seed, testDim), inventedVector(seed, 100)}})
		}
		for range rng.IntN(100) {
			put(papers[rng.IntN(len(papers))])
		}
		for range rng.IntN(20) {
			p := *papers[rng.IntN(len(papers))]
			p.Year = 1 + rng.IntN(3000)
			b.Puts = append(b.Puts, Put{Paper: &p, KeepVectors: true, Vectors: [][]float32{inventedVector(1, testDim), nil}})
			b.Deletes = append(b.Deletes, papers[rng.IntN(len(papers))].ID)
		}
		put(short("batch "+strconv.Itoa(n), "the last of its batch"))
		if _, err := s.Write(context.Background(), &b); err != nil {
			return err
		}
		fmt.Println(n)
	}
}

var kills = flag.Int("kills", 3, "how often TestKilledWhileWriting kills its writer")

func TestKilledWhileWriting(t *testing.T) {
	dir := t.TempDir()
	for round := range *kills {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), childFolder+"="+dir)
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		if !lines.Scan() {
			t.Fatal("the child wrote nothing")
		}
		time.AfterFunc(time.Duration(50+rand.IntN(500))*time.Millisecond, func() { cmd.Process.Kill() })
		last := lines.Text()
		for lines.Scan() {
			last = lines.Text()
		}
		if err := cmd.Wait(); err == nil {
			t.Fatal("the child ended by itself")
		}

		s := open(t, dir)
		whole(t, s)
		e, err := s.Lookup(t.Context(), []string{"batch " + last})
		if err != nil || !e[0].Found {
			t.Errorf("round %d: batch %s had been written and is gone (%v)", round, last, err)
		}
		t.Logf("round %d: killed after batch %s; %d papers", round, last, s.Len())
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// whole checks that every paper has its id and its vectors, and nothing else
// is there.
func whole(t *testing.T, s *Store) {
	t.Helper()
	verify(t, s)
	for _, g := range s.Generations() {
		missing, err := s.Missing(t.Context(), g.Number, 0, 10)
		if err != nil || len(missing) > 0 {
			t.Fatalf("generation %d lacks papers %v (%v)", g.Number, missing, err)
		}
	}
}

// A power cut leaves a log that ends anywhere, or whose end is not what was
// written. Whatever is left of it, the batches before are there whole.
func TestTornLog(t *testing.T) {
	s, err := Open(t.TempDir(), Options{NoSync: true}) // one large table in memory: all is in the log
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	gen := newGeneration(t, s, testDim)
	papers := inventedPapers(300)
	for i := 0; i < 300; i += 10 {
		write(t, s, Batch{Puts: putAll(papers[i:i+10], 1), Generations: []uint32{gen}})
	}
	logs, err := filepath.Glob(filepath.Join(s.Dir(), badgerName, "*.mem"))
	if err != nil || len(logs) != 1 {
		t.Fatal(logs, err)
	}
	log, err := readSparse(logs[0])
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(3, 4))
	seen := map[int]bool{}
	for i := range 9 {
		at := rng.IntN(len(log))
		damaged := append([]byte{}, log...)
		switch i % 3 {
		case 0: // ends here
			damaged = damaged[:at]
		case 1: // a page was never written
			clear(damaged[at:min(at+4096, len(damaged))])
		case 2: // a page is something else's
			for j := at; j < min(at+4096, len(damaged)); j++ {
				damaged[j] = byte(rng.Uint32())
			}
		}
		dir := t.TempDir()
		copyFolder(t, s.Dir(), dir)
		path := filepath.Join(dir, badgerName, filepath.Base(logs[0]))
		if err := os.WriteFile(path, damaged, 0o644); err != nil {
			t.Fatal(err)
		}
		torn := open(t, dir)
		verify(t, torn)
		if len(torn.Generations()) > 0 {
			whole(t, torn)
		}
		if torn.Len()%10 != 0 || int(torn.NextDoc()) != torn.Len() {
			t.Errorf("half a batch is there: %d papers, next %d", torn.Len(), torn.NextDoc())
		}
		seen[torn.Len()] = true
		if err := torn.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if len(seen) < 4 {
		t.Errorf("the damage made no difference: %v", seen)
	}
}

// A process can be killed between making a log and giving it its length.
func TestEmptyLogs(t *testing.T) {
	s := open(t, t.TempDir())
	write(t, s, Batch{Puts: putAll(inventedPapers(10), 0)})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"00099.mem", "000099.vlog"} {
		if err := os.WriteFile(filepath.Join(s.Dir(), badgerName, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s = open(t, s.Dir())
	verify(t, s)
	if s.Len() != 10 {
		t.Errorf("%d papers", s.Len())
	}
}

// readSparse reads a file up to the last byte that is not zero.
func readSparse(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var all []byte
	buf := make([]byte, 64<<10)
	zeros := 0
	for zeros < 1<<20 {
		n, err := io.ReadFull(f, buf)
		all = append(all, buf[:n]...)
		if err != nil {
			break
		}
		zeros += n
		for _, b := range buf {
			if b != 0 {
				zeros = 0
				break
			}
		}
	}
	for len(all) > 0 && all[len(all)-1] == 0 {
		all = all[:len(all)-1]
	}
	return all, nil
}

// copyFolder copies all files, the holes in Badger's logs left out.
func copyFolder(t *testing.T, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, rel)
		if d.IsDir() {
			return os.MkdirAll(target, 0o755)
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		data, err := readSparse(path)
		if err != nil {
			return err
		}
		if err := os.WriteFile(target, data, 0o644); err != nil {
			return err
		}
		return os.Truncate(target, info.Size())
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Damage to a file is found, by Open or by Verify at the latest, and no call
// panics on it.
func TestDamage(t *testing.T) {
	s := open(t, t.TempDir())
	gen := newGeneration(t, s, testDim)
	write(t, s, Batch{Puts: putAll(inventedPapers(3000), 1), Generations: []uint32{gen}})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	tables, err := filepath.Glob(filepath.Join(s.Dir(), badgerName, "*.sst"))
	if err != nil || len(tables) < 3 {
		t.Fatal(tables, err)
	}
	table := filepath.Base(tables[len(tables)/2])
	flip := func(at float64) func(path string) error {
		return func(path string) error {
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			data[int(at*float64(len(data)-1))] ^= 0x55
			return os.WriteFile(path, data, 0o644)
		}
	}
	cut := func(path string) error {
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		return os.Truncate(path, info.Size()/2)
	}
	for _, test := range []struct {
		name, file string
		damage     func(path string) error
	}{
		{"first block", table, flip(0)},
		{"a block", table, flip(0.3)},
		{"another block", table, flip(0.6)},
		{"a table's end", table, flip(1)},
		{"a table cut short", table, cut},
		{"a table gone", table, os.Remove},
		{"a table empty", table, func(path string) error { return os.Truncate(path, 0) }},
		{"manifest gone", "MANIFEST", os.Remove},
		{"manifest empty", "MANIFEST", func(path string) error { return os.Truncate(path, 0) }},
		{"manifest altered", "MANIFEST", flip(0.5)},
		{"manifest's first byte", "MANIFEST", flip(0)},
		{"key registry altered", "KEYREGISTRY", flip(0.5)},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			copyFolder(t, s.Dir(), dir)
			if err := test.damage(filepath.Join(dir, badgerName, test.file)); err != nil {
				t.Fatal(err)
			}
			before, _ := filepath.Glob(filepath.Join(dir, badgerName, "*.sst"))
			damaged, err := Open(dir, Options{NoSync: true, tune: small})
			if err != nil {
				if !errors.Is(err, ErrDamaged) || strings.Contains(err.Error(), "\n") {
					t.Errorf("%v", err)
				}
				if after, _ := filepath.Glob(filepath.Join(dir, badgerName, "*.sst")); len(after) != len(before) {
					t.Errorf("%d of %d tables are left", len(after), len(before))
				}
				return
			}
			defer damaged.Close()
			switch err := damaged.Verify(t.Context()); {
			case err == nil: // the damage must be of no consequence
				if n := len(contents(t, damaged)); n != 3000 {
					t.Errorf("Verify finds nothing, %d papers are left", n)
				}
			case !errors.Is(err, ErrDamaged):
				t.Errorf("Verify: %v", err)
			}
			damaged.Each(t.Context(), 2, func(int, uint32, *paper.Paper) error { return nil })
			damaged.EachVector(t.Context(), gen, 2, func(int, uint32, []float32) error { return nil })
			docs := make([]uint32, 3000)
			for i := range docs {
				docs[i] = uint32(i)
			}
			damaged.Papers(t.Context(), docs)
			damaged.Vectors(t.Context(), gen, docs)
		})
	}
}
