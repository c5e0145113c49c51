package server

import (
	"slices"
	"strings"

	"kindred/paper"
)

// fieldsOfStudy are Semantic Scholar's names of arXiv's archives. Other
// categories stand for themselves.
var fieldsOfStudy = map[string]string{
	"cs": "Computer Science", "eess": "Engineering", "econ": "Economics", "q-fin": "Economics",
	"math": "Mathematics", "stat": "Mathematics", "q-bio": "Biology",
	"physics": "Physics", "astro-ph": "Physics", "cond-mat": "Physics", "gr-qc": "Physics", "hep-ex": "Physics",
	"hep-lat": "Physics", "hep-ph": "Physics", "hep-th": "Physics", "math-ph": "Physics", "nlin": "Physics",
	"nucl-ex": "Physics", "nucl-th": "Physics", "quant-ph": "Physics",
}

// studies are the fields of study of categories, each once.
func studies(categories []string) []string {
	var out []string
	for _, category := range categories {
		archive, _, _ := strings.Cut(category, ".")
		field, ok := fieldsOfStudy[strings.ToLower(archive)]
		if !ok {
			field = category
		}
		if !slices.Contains(out, field) {
			out = append(out, field)
		}
	}
	return out
}

// categoriesOf are the categories that a field of study stands for: arXiv's
// archives, and the one of that name.
func categoriesOf(field string) []string {
	out := []string{field}
	for archive, name := range fieldsOfStudy {
		if strings.EqualFold(name, field) {
			out = append(out, archive)
		}
	}
	slices.Sort(out)
	return out
}

// scholarFilter reads the filters that mean something here.
func scholarFilter(vals values) (f paper.Filter, err error) {
	years, err := single(vals, "year")
	if err == nil && years != "" {
		f.Years, err = paper.ParseYears(years)
	}
	if err != nil {
		return f, err
	}
	const dates = "publicationDateOrYear"
	span, err := single(vals, dates)
	if err != nil {
		return f, err
	}
	if span != "" {
		from, to, ranged := strings.Cut(span, ":")
		if !ranged {
			to = from
		}
		f.From, f.To = strings.TrimSpace(from), strings.TrimSpace(to)
		bounds := paper.Filter{From: f.From, To: f.To}
		if err := bounds.Validate(); err != nil || f.From == "" && f.To == "" {
			return f, paper.Invalid(dates, "%q is not a date or a range such as 2019-03-05, 2016-03:2020, 2015: or :2020-06", shorten(span))
		}
	}
	f.Venues = commaValues(vals, "venue")
	for _, field := range commaValues(vals, "fieldsOfStudy") {
		f.Categories = append(f.Categories, categoriesOf(field)...)
	}
	return f, renamed(f.Validate(), "category", "fieldsOfStudy")
}
