package index_test

import (
	"errors"
	"math"
	"testing"

	"kindred/index"
	"kindred/paper"
)

func TestEmbedShorter(t *testing.T) {
	texts := []string{"tides of frozen moons", "verbs without subjects"}
	invalid := func(x *index.Index, dimensions int) {
		t.Helper()
		_, err := x.Embed(t.Context(), paper.Texts{Texts: texts, Dimensions: dimensions})
		if no, ok := errors.AsType[*paper.InvalidError](err); !ok || no.Field != "dimensions" {
			t.Errorf("%d dimensions: %v", dimensions, err)
		}
	}
	x := open(t, t.TempDir(), index.Options{})
	_, dimension := x.Model()
	whole, err := x.Embed(t.Context(), paper.Texts{Texts: texts, Dimensions: dimension})
	if err != nil || len(whole.Vectors[0]) != dimension {
		t.Fatal(err)
	}
	short, err := x.Embed(t.Context(), paper.Texts{Texts: texts, Dimensions: 8})
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range short.Vectors {
		length, scale := 0.0, v[0]/whole.Vectors[i][0]
		for j, f := range v {
			length += float64(f) * float64(f)
			if math.Abs(float64(f-scale*whole.Vectors[i][j])) > 1e-5 {
				t.Errorf("number %d is not that of the whole vector", j)
			}
		}
		if len(v) != 8 || math.Abs(length-1) > 1e-5 {
			t.Errorf("%d numbers, squared length %v", len(v), length)
		}
	}
	invalid(x, dimension+1)
	invalid(x, -1)

	// A server's model is not asked for what the folder could not use.
	p := newPaid("a")
	y := open(t, t.TempDir(), index.Options{Wanted: &p.settings, Dial: dialer(p)})
	invalid(y, 8)
	if n := p.questions.Load(); n != 0 {
		t.Errorf("asked %d times", n)
	}
	if _, err := y.Embed(t.Context(), paper.Texts{Texts: texts, Dimensions: fakeDimension}); err != nil {
		t.Error(err)
	}
}
