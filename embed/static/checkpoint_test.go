package static

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCarryOn interrupts a learning half-way, carries on from its checkpoint,
// and expects the bytes of one that was never interrupted.
func TestCarryOn(t *testing.T) {
	for _, base := range []*Model{nil, smallModel(t)} {
		o := LearnOptions{Steps: 20, Dimension: 64}
		straight, err := Learn(t.Context(), base, madeCorpus(100), o)
		if err != nil {
			t.Fatal(err)
		}
		for _, at := range []int{1, 10, 13} {
			ctx, cancel := context.WithCancel(t.Context())
			o.Checkpoint, o.CheckpointSteps = filepath.Join(t.TempDir(), "checkpoint"), 5
			o.Progress = func(done, total int) {
				if done == at {
					cancel()
				}
			}
			if _, err := Learn(ctx, base, madeCorpus(100), o); !errors.Is(err, context.Canceled) {
				t.Fatalf("interrupted: %v", err)
			}
			var calls []int
			o.Progress = func(done, total int) { calls = append(calls, done) }
			m, err := Learn(t.Context(), base, madeCorpus(100), o)
			if err != nil {
				t.Fatal(err)
			}
			if calls[0] != at+1 {
				t.Errorf("carried on with step %d after %d", calls[0], at)
			}
			if !bytes.Equal(fileOf(t, m), fileOf(t, straight)) {
				t.Errorf("interrupted after %d, the bytes differ", at)
			}
			// A finished learning's checkpoint gives the model at once.
			calls = nil
			if m, err = Learn(t.Context(), base, madeCorpus(100), o); err != nil || len(calls) > 0 {
				t.Fatalf("finished: %d steps, error %v", len(calls), err)
			}
			if !bytes.Equal(fileOf(t, m), fileOf(t, straight)) {
				t.Error("finished and called again, the bytes differ")
			}
		}
	}
}

func TestRefusedCheckpoints(t *testing.T) {
	path := filepath.Join(t.TempDir(), "checkpoint")
	o := LearnOptions{Steps: 20, Dimension: 64, Checkpoint: path}
	ctx, cancel := context.WithCancel(t.Context())
	o.Progress = func(done, total int) { cancel() }
	if _, err := Learn(ctx, nil, madeCorpus(100), o); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	o.Progress = nil
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	refused := func(what string, base *Model, c *Corpus, o LearnOptions) {
		t.Helper()
		before, _ := os.ReadFile(path)
		_, err := Learn(t.Context(), base, c, o)
		if !errors.Is(err, ErrCheckpoint) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: error %v", what, err)
		}
		if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
			t.Errorf("%s: the checkpoint was overwritten", what)
		}
	}
	refused("another base", smallModel(t), madeCorpus(100), o)
	refused("another corpus", nil, madeCorpus(101), o)
	other := o
	other.Seed++
	refused("another seed", nil, madeCorpus(100), other)
	other = o
	other.Steps++
	refused("other steps", nil, madeCorpus(100), other)
	for what, data := range map[string][]byte{
		"empty": {}, "cut short": good[:len(good)-5], "altered": append([]byte("KCHECKPX"), good[8:]...),
	} {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		refused(what, nil, madeCorpus(100), o)
	}
}
