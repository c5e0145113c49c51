//go:build shared

package main

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"kindred/internal/sharedtest"
	"kindred/paper"
)

// The seed is the document this project began with; see the issue "Kindred's
// main job, end to end".
func TestSeed(t *testing.T) {
	seed := sharedtest.Path(t, "seeds", "000_61103107eb4e6de6.txt")
	program := filepath.Join(t.TempDir(), "kindred")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	data := t.TempDir()
	kindred := func(args ...string) string {
		t.Helper()
		var stderr bytes.Buffer
		cmd := exec.Command(program, append(args, "--data", data)...)
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("kindred %q: %v\n%s", args, err, stderr.Bytes())
		}
		return string(out)
	}
	titles := func(out string) []string {
		t.Helper()
		var r paper.Result
		if err := json.Unmarshal([]byte(out), &r); err != nil {
			t.Fatal(err)
		}
		var list []string
		for _, h := range r.Hits {
			list = append(list, h.Paper.Title)
		}
		return list
	}

	if out := kindred("ingest", seed); !strings.HasPrefix(out, "232 added, 0 updated, 0 unchanged, ") || !strings.Contains(out, "learning") {
		t.Fatalf("ingest: %s", out)
	}
	if out := kindred("ingest", seed); !strings.HasPrefix(out, "0 added, 0 updated, 232 unchanged, ") || strings.Contains(out, "learning") {
		t.Errorf("ingest again: %s", out)
	}

	const flow = "FlowCon: Out-of-Distribution Detection using Flow-Based Contrastive Learning"
	found := titles(kindred("search", "--json", "-n", "5", "how can normalizing flows detect out-of-distribution inputs"))
	if !slices.Contains(found, flow) {
		t.Errorf("%q is not among the first five: %q", flow, found)
	}

	like := titles(kindred("similar", "--json", "--title", "Density estimation using Real NVP", "-n", "10"))
	if slices.Contains(like, "Density estimation using Real NVP") {
		t.Errorf("the paper is similar to itself: %q", like)
	}
	flows := []string{
		"FFJORD: Free-form Continuous Dynamics for Scalable Reversible Generative Models",
		"TraDE: Transformers for Density Estimation", "Neural Spline Flows",
		"NanoFlow: Scalable Normalizing Flows with Sublinear Parameter Complexity",
		"Residual Flows for Invertible Generative Modeling",
		"Flow++: Improving Flow-Based Generative Models with Variational Dequantization and Architecture Design",
		"STARFlow: Scaling Latent Normalizing Flows for High-resolution Image Synthesis",
		"Black-Box Autoregressive Density Estimation for State-Space Models",
		"Density Modeling of Images using a Generalized Normalization Transformation",
	}
	of := 0
	for _, title := range like[:5] {
		if slices.Contains(flows, title) {
			of++
		}
	}
	if !slices.Contains(flows, like[0]) || of < 3 {
		t.Errorf("similar to Real NVP is not led by flows and density models: %q", like)
	}
}
