package index_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"kindred/index"
	"kindred/paper"
)

// ocean are papers on two topics.
var ocean = []paper.Paper{
	{ID: "reef", Title: "Coral reefs in warming water", Year: 2021,
		Abstract: "Corals bleach when the sea stays warm for weeks. We count colonies before and after a marine heatwave."},
	{ID: "acid", Title: "Shells in acid oceans", Year: 2019,
		Abstract: "Carbon dioxide makes sea water acidic. Oyster larvae build thinner shells in it."},
	{ID: "flow", Title: "Normalizing flows for images", Year: 2018,
		Abstract: "An invertible neural network maps images to a Gaussian. Its likelihood is exact."},
	{ID: "ood", Title: "Do generative models know what they do not know?", Year: 2020,
		Abstract: "Normalizing flows give high likelihood to images unlike those they were trained on."},
}

// openOcean opens a new data folder with these papers in it.
func openOcean(ctx context.Context) (x *index.Index, remove func()) {
	dir, err := os.MkdirTemp("", "kindred")
	if err != nil {
		log.Fatal(err)
	}
	if x, err = index.Open(ctx, dir, index.Options{}); err != nil {
		log.Fatal(err)
	}
	if _, err := x.Put(ctx, append([]paper.Paper(nil), ocean...)); err != nil {
		log.Fatal(err)
	}
	return x, func() {
		x.Close()
		os.RemoveAll(dir)
	}
}

// A data folder is opened, papers are put in, and found as soon as Put has
// returned.
func Example() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "kindred")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	x, err := index.Open(ctx, dir, index.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer x.Close()

	results, err := x.Put(ctx, []paper.Paper{
		{ID: "reef", Title: "Coral reefs in warming water", Abstract: "Corals bleach when the sea stays warm for weeks."},
		{ID: "flow", Title: "Normalizing flows for images", Abstract: "An invertible neural network maps images to a Gaussian."},
		{ID: "empty"},
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, r := range results {
		fmt.Println(r.ID, r.Status)
	}
	fmt.Println(results[2].Error)
	answer, err := x.Search(ctx, paper.Query{Text: "why do corals bleach?"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(answer.Hits[0].Paper.Title)
	// Output:
	// reef added
	// flow added
	// empty rejected
	// title: neither a title nor an abstract
	// Coral reefs in warming water
}

func ExampleIndex_Search() {
	ctx := context.Background()
	x, remove := openOcean(ctx)
	defer remove()

	answer, err := x.Search(ctx, paper.Query{
		Text: "What does carbon dioxide do to shells?",
		Options: paper.Options{
			Limit:  2,
			Filter: paper.Filter{Years: paper.Years{From: 2019}},
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(answer.Total, "papers since 2019")
	best := answer.Hits[0]
	fmt.Println(best.Paper.ID, best.Paper.Title)
	fmt.Println(best.Highlights[0].Text)
	// Output:
	// 3 papers since 2019
	// acid Shells in acid oceans
	// Carbon dioxide makes sea water acidic.
}

func ExampleIndex_Similar() {
	ctx := context.Background()
	x, remove := openOcean(ctx)
	defer remove()

	answer, err := x.Similar(ctx, paper.Similar{Title: "Normalising flow for images", Options: paper.Options{Limit: 1}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("taken for %q, %.2f\n", answer.Resolved.Title, answer.Resolved.Confidence)
	for _, h := range answer.Hits {
		fmt.Println(h.Paper.Title)
	}
	// Output:
	// taken for "Normalizing flows for images", 0.92
	// Do generative models know what they do not know?
}

func ExampleIndex_Ingest() {
	ctx := context.Background()
	x, remove := openOcean(ctx)
	defer remove()

	source := func(yield func(paper.Paper, error) bool) {
		news := append([]paper.Paper(nil), ocean...)
		news[0].Venue = "Journal of Invented Seas"
		for _, p := range append(news, paper.Paper{Title: "Kelp forests at night"}) {
			if !yield(p, nil) {
				return
			}
		}
	}
	counts, err := x.Ingest(ctx, source, index.IngestOptions{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%+v\n", counts)
	// Output:
	// {Read:5 Added:1 Updated:1 Unchanged:3 Merged:0 Rejected:0 Deleted:0}
}
