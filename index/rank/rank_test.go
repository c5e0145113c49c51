package rank

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kindred/paper"
)

func TestFuseRecomputesFromSignals(t *testing.T) {
	f := paper.Fusion{
		Lexical:  NewScale(0.6, -0.5, []float64{10, 6, 2}, 3),
		Semantic: NewScale(0.4, -0.5, []float64{0.9, 0.5, 0.4}, 3),
	}
	c := []Candidate{
		{Doc: 3, Lexical: 2, Semantic: 0.9},        // 0 + .4
		{Doc: 1, Lexical: 10, Semantic: 0.4},       // .6 + 0
		{Doc: 2, Lexical: 0, Semantic: math.NaN()}, // .6 × -.25 + .4 × -.5
		{Doc: 0, Lexical: 2, Semantic: 0.9},
	}
	Fuse(f, c)
	var docs []uint32
	for _, x := range c {
		docs = append(docs, x.Doc)
	}
	if d := cmp.Diff([]uint32{1, 0, 3, 2}, docs); d != "" {
		t.Error(d)
	}
	if got, want := c[3].Score, -0.35; math.Abs(got-want) > 1e-12 {
		t.Errorf("neither matching nor near: %v, want %v", got, want)
	}
}

func TestScaleEdges(t *testing.T) {
	if got := NewScale(1, -0.5, nil, 100).At(3); got != 0 {
		t.Errorf("no scores: %v", got)
	}
	one := NewScale(1, -0.5, []float64{7}, 1)
	if one.At(7) != 1 || one.At(0) != 0 {
		t.Errorf("one score for all: %v, %v", one.At(7), one.At(0))
	}
	few := NewScale(1, -0.5, []float64{8, 4}, 100)
	if few.At(8) != 1 || few.At(4) != 0.5 || few.At(0) != 0 {
		t.Errorf("a short list has 0 at its low end: %v", few)
	}
}

func TestMoveVector(t *testing.T) {
	got := MoveVector([]float32{1, 0}, [][]float32{{0, 1}, nil}, []float64{1, 1}, 1)
	if math.Abs(float64(got[0])-math.Sqrt2/2) > 1e-6 || math.Abs(float64(got[1])-math.Sqrt2/2) > 1e-6 {
		t.Errorf("half way: %v", got)
	}
	if got := MoveVector(nil, [][]float32{nil}, []float64{1}, 1); got != nil {
		t.Errorf("nothing to move: %v", got)
	}
	q := []float32{1, 0}
	MoveVector(q, [][]float32{{0, 1}}, []float64{1}, 1)
	if q[0] != 1 {
		t.Error("the question's own vector was changed")
	}
	if got := MoveVector([]float32{1, 0}, [][]float32{{-1, 0}}, []float64{1}, 1); got != nil {
		t.Errorf("a sum of zero has no direction: %v", got)
	}
}

func TestBagAndTop(t *testing.T) {
	bag := Bag([]string{"flow", "the", "flow", "densiti"})
	if d := cmp.Diff([]Term{{"flow", 2}, {"the", 1}, {"densiti", 1}}, bag); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]Term{{"flow", 2}, {"densiti", 1}}, Top(bag, 2)); d != "" {
		t.Errorf("ties go by text: %s", d)
	}
	if got := Top(Bag(nil), 5); len(got) != 0 {
		t.Errorf("no terms: %v", got)
	}
}

func TestWeightsShareOne(t *testing.T) {
	for _, c := range [][]Candidate{{{Score: 3}, {Score: 1}}, {{Score: -1}, {Score: 0}}, {{Score: 2}, {Score: -5}}} {
		var sum float64
		for _, w := range Weights(c) {
			sum += w
		}
		if math.Abs(sum-1) > 1e-12 {
			t.Errorf("%v: weights sum to %v", c, sum)
		}
	}
}
