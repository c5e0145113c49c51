//go:build shared

package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// TestCapturedRequests replays what the Python clients semanticscholar and
// huggingface_hub and the npm package openai really sent.
func TestCapturedRequests(t *testing.T) {
	lines, err := os.ReadFile(filepath.Join(root(t), "..", "shared", "notes", "captured-requests.jsonl"))
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
