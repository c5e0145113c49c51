package index_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"kindred/embed/openai"
	"kindred/index"
	"kindred/paper"
)

// childJob is the environment variable by which this test binary, run again,
// is told to work on a data folder: "ingest", "join", "learn", "drop" or "change" DIR
// until it is killed, "pay URL PARALLEL DIR" likewise, "measure DIR" for a
// benchmark.
const childJob = "KINDRED_INDEX_TEST_JOB"

const killCorpus = 4500

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
	if work == "pay" {
		fail(pay(ctx, dir))
		fmt.Println("done")
		return
	}
	x, err := index.Open(ctx, dir, index.Options{Base: smallBase()})
	fail(err)
	switch work {
	case "ingest":
		_, err = x.Ingest(ctx, stream(brief(invented(killCorpus))), index.IngestOptions{Progress: func(c index.Counts) { fmt.Println("ingested", c.Read) }})
	case "join":
		for _, papers := range twoSources() {
			_, err = x.Ingest(ctx, stream(papers), index.IngestOptions{Progress: func(c index.Counts) { fmt.Println("joined", c.Read) }})
			fail(err)
		}
	case "change":
		// A cache, then changes of every kind that it knows nothing of.
		papers := brief(invented(killCorpus))
		_, err = x.Put(ctx, papers)
		fail(err)
		fail(x.WriteCache())
		more, gone := samplePapers(), []string(nil)
		for i := range papers[:200] {
			p := papers[i*5]
			p.Year = 1999
			if i%2 == 0 {
				p.Abstract += " And tides, of frozen moons."
			}
			more, gone = append(more, p), append(gone, papers[i*7].ID)
		}
		_, err = x.Put(ctx, more)
		fail(err)
		_, err = x.Delete(ctx, gone)
		fail(err)
		fmt.Println("changed")
		time.Sleep(time.Minute)
	case "drop":
		_, err = x.DropCollection(ctx, "lib", false, func(done, total int) { fmt.Println("dropped", done) })
	case "learn":
		err = x.Learn(ctx, index.LearnOptions{Steps: 3}, func(stage string, done, total int) { fmt.Println(stage, done, total) })
	}
	fail(err)
	fmt.Println("done")
	fail(x.Close())
}

// twoSources have the same papers, under ids of their own.
func twoSources() [2][]paper.Paper {
	one := brief(invented(killCorpus))
	two := brief(invented(killCorpus))
	for i := range two {
		one[i].Origin, two[i].Origin = 1, 2
		two[i].ID, two[i].IDs, two[i].Source = "twin-"+two[i].ID, nil, "other"
		two[i].Venue = "Journal of Twins"
	}
	return [2][]paper.Paper{one, two}
}

// pay ingests papers whose vectors a server makes.
func pay(ctx context.Context, job string) error {
	url, rest, _ := strings.Cut(job, " ")
	number, dir, _ := strings.Cut(rest, " ")
	parallel, err := strconv.Atoi(number)
	if err != nil {
		return err
	}
	e, err := openai.Dial(ctx, openai.Options{URL: url, Model: "m", Batch: paidBatch, Parallel: parallel})
	if err != nil {
		return err
	}
	x, err := index.Open(ctx, dir, index.Options{Embedder: e})
	if err != nil {
		return err
	}
	_, err = x.Ingest(ctx, stream(brief(invented(paidCorpus))), index.IngestOptions{})
	return errors.Join(err, x.Close())
}
