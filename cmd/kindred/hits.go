package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"strings"

	"kindred/paper"
)

// printResult prints the answer of e to a question or a similar within a filter:
// as the API returns it, for another program, or for a person.
func printResult(ctx context.Context, e engine, r *paper.Result, within *paper.Filter, out *outputFlags) error {
	if out.asJSON {
		return printJSON(os.Stdout, r)
	}
	if r.Degraded != "" {
		fmt.Fprintf(os.Stderr, "kindred: warning: %s\n", r.Degraded)
	}
	if !out.forPerson() {
		papers := make([]paper.Paper, len(r.Hits))
		for i := range r.Hits {
			papers[i] = r.Hits[i].Paper
		}
		return out.cite(papers...)
	}
	screen := newScreen(os.Stdout)
	printHits(screen, r)
	if len(r.Hits) == 0 {
		fmt.Fprintln(screen, whyNone(ctx, e, within))
	}
	return screen.err
}

// printJSON writes v as one line.
func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

func printHits(s *screen, r *paper.Result) {
	if c := r.Resolved; c != nil && c.Confidence < 1 {
		// 99.6% is not yet the same title.
		s.paragraph("", fmt.Sprintf("closest title: %s (%.0f%%)", c.Title, math.Floor(100*c.Confidence)))
		fmt.Fprintln(s)
	}
	for i, h := range r.Hits {
		if i > 0 {
			fmt.Fprintln(s)
		}
		printHit(s, i+1, &h)
	}
}

// whyNone says that nothing was found, and where it can why.
func whyNone(ctx context.Context, e engine, within *paper.Filter) string {
	if st, err := e.Stats(ctx); err == nil && st.Papers == 0 {
		return "There are no papers yet; put some in with: kindred ingest FILE"
	}
	if !within.Empty() {
		return "No paper found within the filters."
	}
	return "No paper found."
}

// printHit prints rank and title, who, when and where, and the sentence that
// answers.
func printHit(s *screen, rank int, h *paper.Hit) {
	const indent = "    "
	title, sentences := h.Paper.Title, h.Highlights
	var marks [][2]int
	if len(sentences) > 0 && sentences[0].Text == title {
		marks, sentences = sentences[0].Matches, nil
	}
	if title == "" {
		title = "(no title)"
	}
	s.print(fmt.Sprintf("%2d. ", rank), s.words(title, marks))
	s.paragraph(indent, byline(&h.Paper)+" · "+scoreLine(h))
	for _, x := range sentences[:min(1, len(sentences))] {
		s.print(indent, s.words(x.Text, x.Matches))
	}
}

// byline is who wrote p, when, where, and its id.
func byline(p *paper.Paper) string {
	var parts []string
	if len(p.Authors) > 0 {
		parts = append(parts, shortAuthors(p.Authors))
	}
	if p.Year > 0 {
		parts = append(parts, fmt.Sprint(p.Year))
	}
	if p.Venue != "" {
		parts = append(parts, p.Venue)
	}
	return strings.Join(append(parts, p.ID), " · ")
}

// shortAuthors names up to three authors.
func shortAuthors(names []string) string {
	const most = 3
	if len(names) > most {
		return strings.Join(names[:most-1], ", ") + " et al."
	}
	return strings.Join(names, ", ")
}

// placed is a signal's rank, which those beyond its candidates have none of.
func placed(s *paper.Signal) string {
	if s.Rank == 0 {
		return "far down"
	}
	return fmt.Sprintf("#%d", s.Rank)
}

// scoreLine is the score and the places in the two rankings behind it.
func scoreLine(h *paper.Hit) string {
	var from []string
	if l := h.Signals.Lexical; l != nil {
		from = append(from, "lexical "+placed(l))
	}
	if m := h.Signals.Semantic; m != nil {
		from = append(from, "semantic "+placed(m))
	}
	line := fmt.Sprintf("%.3f", h.Score)
	if len(from) > 0 {
		line += " (" + strings.Join(from, ", ") + ")"
	}
	return line
}
