package server

import (
	"bytes"
	"context"
	"errors"
	"strconv"
	"strings"

	"kindred/paper"
)

// scholarFields are the fields that a client asked for, and of authors the parts
// of them. Unknown ones are no error: clients ask for nearly all there are.
type scholarFields map[string]bool

func parseScholarFields(vals values) scholarFields {
	f := scholarFields{"paperId": true}
	list := commaValues(vals, "fields")
	if len(list) == 0 {
		list = []string{"title"}
	}
	for _, name := range list {
		f[name] = true
		// A part of a field stands for all of it, but of authors, where most
		// parts are unknown here.
		whole, _, _ := strings.Cut(name, ".")
		f[whole] = true
		if name == "authors" {
			f["authors.name"] = true
		}
	}
	return f
}

// scholarFieldsOf are the fields whose value is known from the paper alone,
// each with how it is made; base is this server's URL, nil becomes null.
var scholarFieldsOf = map[string]func(base string, p *paper.Paper) any{
	"paperId":  func(_ string, p *paper.Paper) any { return p.ID },
	"corpusId": func(_ string, p *paper.Paper) any { return corpusID(p) },
	"externalIds": func(_ string, p *paper.Paper) any {
		return externalIDs(p)
	},
	"url":      func(base string, p *paper.Paper) any { return paperURL(base, p) },
	"title":    func(_ string, p *paper.Paper) any { return p.Title },
	"abstract": func(_ string, p *paper.Paper) any { return orNull(p.Abstract) },
	"venue":    func(_ string, p *paper.Paper) any { return p.Venue },
	"year":     func(_ string, p *paper.Paper) any { return orNull(p.Year) },
	"publicationDate": func(_ string, p *paper.Paper) any {
		if len(p.Date) != len("2006-01-02") {
			return nil // clients read a day
		}
		return p.Date
	},
	"fieldsOfStudy": func(_ string, p *paper.Paper) any {
		if list := studies(p.Categories); list != nil {
			return list
		}
		return nil
	},
	"s2FieldsOfStudy": func(_ string, p *paper.Paper) any {
		list := []map[string]string{}
		for _, field := range studies(p.Categories) {
			list = append(list, map[string]string{"category": field, "source": "external"})
		}
		return list
	},
	"citationStyles": func(_ string, p *paper.Paper) any {
		var b bytes.Buffer
		_ = paper.WriteCitations(&b, paper.BibTeX, *p) // a buffer takes everything
		return map[string]string{"bibtex": b.String()}
	},
	// Of these nothing is known, and clients take null for that. They go through
	// "citations" and "references" without looking, so those are absent.
	"citationCount": unknown, "influentialCitationCount": unknown, "referenceCount": unknown, "isOpenAccess": unknown,
	"openAccessPdf": unknown, "publicationTypes": unknown, "publicationVenue": unknown, "journal": unknown, "tldr": unknown,
}

func unknown(string, *paper.Paper) any { return nil }

// orNull is v, or nil for nothing.
func orNull[T comparable](v T) any {
	var none T
	if v == none {
		return nil
	}
	return v
}

// scholarIDs are Semantic Scholar's names for the kinds of ids.
var scholarIDs = map[string]string{
	"arxiv": "ArXiv", "doi": "DOI", "acl": "ACL", "pmid": "PubMed", "pmcid": "PubMedCentral", "mag": "MAG", "dblp": "DBLP", "corpusid": "CorpusId",
}

func externalIDs(p *paper.Paper) map[string]any {
	out := make(map[string]any, len(p.IDs))
	for kind, id := range p.IDs {
		if name, ok := scholarIDs[kind]; ok {
			kind = name
		}
		out[kind] = id
	}
	if n := corpusID(p); n != nil {
		out["CorpusId"] = n
	}
	return out
}

func corpusID(p *paper.Paper) any {
	if n, err := strconv.ParseInt(p.IDs["corpusid"], 10, 64); err == nil {
		return n
	}
	return nil
}

// papers are papers in their shape, nil for nil. base is this server's URL.
func (s *scholar) papers(ctx context.Context, base string, papers []*paper.Paper, fields scholarFields) ([]map[string]any, error) {
	out := make([]map[string]any, len(papers))
	for i, p := range papers {
		if p == nil {
			continue
		}
		out[i] = make(map[string]any, len(fields))
		for name := range fields {
			if value, ok := scholarFieldsOf[name]; ok {
				out[i][name] = value(base, p)
			}
		}
		if fields["authors"] {
			out[i]["authors"] = scholarAuthors(p, fields["authors.name"])
		}
	}
	if fields["embedding"] {
		return out, s.addEmbeddings(ctx, papers, out)
	}
	return out, nil
}

// scholarAuthors are people without an id of their own.
func scholarAuthors(p *paper.Paper, named bool) []map[string]any {
	list := make([]map[string]any, len(p.Authors))
	for i, name := range p.Authors {
		list[i] = map[string]any{"authorId": nil}
		if named {
			list[i]["name"] = name
		}
	}
	return list
}

// addEmbeddings adds the papers' vectors; null for a paper without one, and
// where the engine gives none.
func (s *scholar) addEmbeddings(ctx context.Context, papers []*paper.Paper, out []map[string]any) error {
	var ids []string
	var at []int
	for i, p := range papers {
		if p != nil {
			out[i]["embedding"] = nil
			ids, at = append(ids, p.ID), append(at, i)
		}
	}
	catalog, err := catalogOf(s.engine)
	if err != nil || len(ids) == 0 {
		return nil
	}
	made, err := catalog.Vectors(ctx, ids)
	if errors.Is(err, paper.ErrNotFound) {
		return nil // one was deleted just now
	}
	if err != nil {
		return err
	}
	for i, v := range made.Vectors {
		if v != nil {
			out[at[i]]["embedding"] = map[string]any{"model": made.Model, "vector": v}
		}
	}
	return nil
}

// pointers are the papers of a list.
func pointers(list []paper.Paper) []*paper.Paper {
	out := make([]*paper.Paper, len(list))
	for i := range list {
		out[i] = &list[i]
	}
	return out
}

func papersOf(hits []paper.Hit) []*paper.Paper {
	out := make([]*paper.Paper, len(hits))
	for i := range hits {
		out[i] = &hits[i].Paper
	}
	return out
}
