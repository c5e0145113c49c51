package source

import (
	"strconv"
	"strings"
	"time"

	"kindred/paper"
)

// dateForms are the forms of dates that are not already ours: what others
// write, and how exactly it is known.
var dateForms = []struct{ form, out string }{
	{time.RFC1123, time.DateOnly},
	{"Mon, 2 Jan 2006 15:04:05 MST", time.DateOnly}, // the arXiv snapshot
	{time.RFC1123Z, time.DateOnly},
	{"2 Jan 2006", time.DateOnly},
	{"2 January 2006", time.DateOnly},
	{"January 2, 2006", time.DateOnly},
	{"Jan 2, 2006", time.DateOnly},
	{"January 2006", "2006-01"},
	{"Jan 2006", "2006-01"},
}

// isoDate is a date as YYYY-MM-DD, YYYY-MM or YYYY, empty if s is none. A time
// of day is cut off.
func isoDate(s string) string {
	s = strings.TrimSpace(s)
	if s == "" {
		return ""
	}
	short := strings.ReplaceAll(s[:min(len(s), 10)], "/", "-")
	if i := strings.IndexAny(short, "T "); i > 0 {
		short = short[:i]
	}
	if len(s) == len(short) || len(short) < len(s) && (s[len(short)] == 'T' || s[len(short)] == ' ') {
		if _, err := paper.ParseDate(short); err == nil {
			return short
		}
	}
	for _, f := range dateForms {
		if t, err := time.Parse(f.form, s); err == nil {
			return t.Format(f.out)
		}
	}
	return ""
}

// yearNumber reads a year that is a number, a string or, from pandas, a
// number with decimals. What is none is 0.
func yearNumber(s string) int {
	s, _, _ = strings.Cut(strings.TrimSpace(s), ".")
	if y, err := strconv.Atoi(s); err == nil && y > 0 && y <= 9999 {
		return y
	}
	return 0
}
