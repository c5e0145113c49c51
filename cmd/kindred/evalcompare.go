package main

import (
	"fmt"
	"os"

	"kindred/internal/eval"
)

// compareRuns prints how the run in file b differs from the one in file a.
func compareRuns(a, b, qrelsFile string, asJSON bool) error {
	qrels, err := eval.ReadFile(qrelsFile, eval.ReadQrels)
	if err != nil {
		return err
	}
	if len(qrels) == 0 {
		return fmt.Errorf("%s holds no judgement above 0", qrelsFile)
	}
	runs := map[string]eval.Run{}
	for _, file := range []string{a, b} {
		if runs[file], err = eval.ReadFile(file, eval.ReadRun); err != nil {
			return err
		}
		if runs[file].Judged(qrels) == 0 {
			return fmt.Errorf("%s answers none of the %d questions that %s judges; are they of one collection?", file, len(qrels), qrelsFile)
		}
	}
	c := eval.CompareRuns(runs[a], runs[b], qrels)
	if asJSON {
		return printJSON(os.Stdout, struct {
			A     string `json:"a"`
			B     string `json:"b"`
			Qrels string `json:"qrels"`
			*eval.RunComparison
		}{a, b, qrelsFile, c})
	}
	for i, file := range []string{a, b} {
		fmt.Printf("%c  %s, which answers %d of %d judged questions\n", 'A'+i, file, runs[file].Judged(qrels), len(qrels))
	}
	fmt.Println()
	return c.Print(os.Stdout)
}
