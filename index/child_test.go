package index_test

import (
	"context"
	"fmt"
	"os"
	"strings"

	"kindred/index"
)

// childJob is the environment variable by which this test binary, run again,
// is told to work on a data folder: "ingest DIR" or "learn DIR" until it is
// killed, "measure DIR" for a benchmark.
const childJob = "KINDRED_INDEX_TEST_JOB"

const killCorpus = 2300

// child does a job and prints a line at each step.
func child(job string) {
	work, dir, _ := strings.Cut(job, " ")
	fail := func(err error) {
		if err != nil {
			fmt.Println("failed:", err)
			os.Exit(1)
		}
	}
	ctx := context.Background()
	if work == "measure" {
		fail(measure(ctx, dir))
		return
	}
	x, err := index.Open(ctx, dir, index.Options{Base: smallBase()})
	fail(err)
	switch work {
	case "ingest":
		_, err = x.Ingest(ctx, stream(brief(invented(killCorpus))), func(c index.Counts) { fmt.Println("ingested", c.Read) })
	case "learn":
		err = x.Learn(ctx, index.LearnOptions{Steps: 3}, func(stage string, done, total int) { fmt.Println(stage, done, total) })
	}
	fail(err)
	fmt.Println("done")
	fail(x.Close())
}
