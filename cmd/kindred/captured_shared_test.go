//go:build shared

package main

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"

	"kindred/internal/sharedtest"
)

// TestCapturedRequests replays what the Python clients semanticscholar and
// huggingface_hub and the npm package openai really sent.
func TestCapturedRequests(t *testing.T) {
	lines, err := os.ReadFile(sharedtest.Path(t, "notes", "captured-requests.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	base := serveSample(t)
	sent := 0
	for line := range bytes.Lines(lines) {
		var c captured
		if err := json.Unmarshal(line, &c); err != nil {
			t.Fatal(err)
		}
		c.check(t, base)
		sent++
	}
	if sent < 19 {
		t.Errorf("%d requests", sent)
	}
}
