package source

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"kindred/paper"
)

// dateForms are others' ways to write a day or a month, after the weekday and
// the time of day are gone, and how we write what they say.
var dateForms = []struct{ form, out string }{
	{"2 Jan 2006", time.DateOnly}, // the arXiv snapshot, RSS, mail
	{"2 January 2006", time.DateOnly},
	{"January 2, 2006", time.DateOnly},
	{"Jan 2, 2006", time.DateOnly},
	{"January 2006", "2006-01"},
	{"Jan 2006", "2006-01"},
	{"2006 Jan 2", time.DateOnly}, // PubMed
	{"2006 Jan", "2006-01"},
}

// isoDate is the date in s as YYYY-MM-DD, YYYY-MM or YYYY, whatever time of
// day follows it; empty if there is none.
func isoDate(s string) string {
	s = strings.TrimSpace(s)
	if s == "" {
		return ""
	}
	if '0' <= s[0] && s[0] <= '9' {
		end := strings.IndexAny(s, "T ")
		if end < 0 {
			end = len(s)
		}
		iso := strings.ReplaceAll(s[:end], "/", "-")
		if _, err := paper.ParseDate(iso); err == nil && (end >= len("2006-01") || end == len(s)) {
			return iso
		}
	}
	if len(s) > 5 && s[3] == ',' { // "Mon, "
		s = strings.TrimSpace(s[4:])
	}
	if colon := strings.IndexByte(s, ':'); colon > 0 { // "… 2006 15:04"
		s = strings.TrimSpace(s[:max(0, strings.LastIndexByte(s[:colon], ' '))])
	}
	for _, f := range dateForms {
		if t, err := time.Parse(f.form, s); err == nil {
			return t.Format(f.out)
		}
	}
	return ""
}

// joinDate is the date of a year, a month and a day, as far as they are given
// and make sense: the month may be a number or an English name or its
// beginning. It is empty without a year.
func joinDate(parts ...string) string {
	parts = append(parts, "", "", "")
	year := yearNumber(parts[0])
	if year == 0 {
		return ""
	}
	date := fmt.Sprintf("%04d", year)
	month := monthNumber(parts[1])
	if month == 0 {
		return date
	}
	date += fmt.Sprintf("-%02d", month)
	if day, err := strconv.Atoi(strings.TrimSpace(parts[2])); err == nil && day > 0 {
		whole := date + fmt.Sprintf("-%02d", day)
		if _, err := paper.ParseDate(whole); err == nil {
			return whole
		}
	}
	return date
}

// monthNumber is a month's number, 0 for what is none.
func monthNumber(s string) int {
	s = strings.ToLower(strings.TrimSpace(s))
	if n, err := strconv.Atoi(s); err == nil && 1 <= n && n <= 12 {
		return n
	}
	if len(s) >= 3 {
		if n := strings.Index("janfebmaraprmayjunjulaugsepoctnovdec", s[:3]); n >= 0 && n%3 == 0 {
			return n/3 + 1
		}
	}
	return 0
}

// yearNumber reads a year that is a number, a string, a number with decimals
// (pandas) or the beginning of a date. What is none is 0.
func yearNumber(s string) int {
	s = strings.TrimSpace(s)
	if i := strings.IndexAny(s, ".-/"); i > 0 {
		s = s[:i]
	}
	if y, err := strconv.Atoi(s); err == nil && y > 0 && y <= 9999 {
		return y
	}
	return 0
}
