package source

import (
	"regexp"
	"strconv"
	"strings"
)

// arXiv keeps a withdrawn paper as a record (https://info.arxiv.org/help/withdraw.html).
// Only arXivRaw has a field for it; else a sentence says so, with which the
// abstract or the comments begin. What is told from such a sentence is meant to
// be right rather than complete: a paper about withdrawn plates, or one that was
// withdrawn from a conference, must stay.

// fileState is what arXivRaw tells of a paper's last version.
type fileState uint8

const (
	filesUnknown fileState = iota
	noFiles                // it is withdrawn
	someFiles              // it is not
)

// mostOfNotice is the size in kB of what was uploaded in place of a withdrawn
// paper before arXiv had a way to withdraw one: a page that says so.
const mostOfNotice = 10

// filesOf reads a version's source_type, in which I is what arXiv's own
// programs take for withdrawn (class SourceFlag of arxiv-base), and its size, as
// 12kb.
func filesOf(sourceType, size string) fileState {
	kb, err := strconv.Atoi(strings.TrimSuffix(strings.ToLower(size), "kb"))
	switch {
	case strings.Contains(sourceType, "I"):
		return noFiles
	case err == nil && kb > mostOfNotice:
		return someFiles
	}
	return filesUnknown
}

// notice is what says that the record's paper is withdrawn; empty where nothing
// does. Comments may have been left standing when a later version came.
func (r *record) notice() string {
	switch {
	case isNotice(r.abstract):
		return r.abstract
	case r.files != someFiles && isNotice(r.comments):
		return r.comments
	case mayBeNotice(r.title) && titleNotice.MatchString(strings.TrimSpace(r.title)):
		return r.title
	case r.files == noFiles:
		return "its last version has no files"
	}
	return ""
}

// noticeStart is how much of a text is looked at for the sentence, and
// noticeAlone how long a text may be that holds little else and need not begin
// with it, in bytes.
const (
	noticeStart = 400
	noticeAlone = 210
)

// Parts of the sentence, in lower case.
const (
	aPaper = `(?:(?:short|present|above|above named) )?(?:paper|article|submission|manuscript|pre-?print|e-?print|work|note|version|document|report|comment|letter|translation|thesis|draft)`
	aside  = `(?: \([^)]{1,120}\)|, [^;]{1,120},|(?: (?:and )?\S*\d{4}\S*)+)?` // "(which …)", ", published …,", the paper's numbers
	anIs   = `(?:is|was|are|were|ha(?:s|ve|d)|(?:is|are) being|ha(?:s|ve|d) been)(?: (?:now|been|hereby|therefore|temporarily|administratively))*`
	gone   = `(?:withdr[ao]w(?:n|m|ed)|retracted|removed by (?:the authors?|arxiv(?: \w+)?))`
	// the end of the sentence, who did it, why, or when
	behind = `(?:$|\s*[.;:!)\]>–—-]|,? (?:by|due|because|since|as|for|at|in|on|after|until|effective|with|while|to|from|paper|see|please|and (?:replaced|included|merged|superseded|incorporated|combined|will|is|has)|` +
		`(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*|abstract))`
)

var (
	noticeBegins = regexp.MustCompile(`^(?:(?:arxiv )?(?:admin|administrator)?(?:'s)? ?note:? |%auto-ignore |withdrawal notice:? )?(?:` +
		`(?:(?:this|these|the|our|my) ` + aPaper + `s?|` + aPaper + `)` + aside + ` (?:` + anIs + ` )?` + gone + behind +
		`|` + gone + behind +
		`|(?:why withdrawn|withdrawal notice)\b` +
		`|(?:the )?(?:authors?|we|i)(?: have| has| hereby| now| decided to| wish to| would like to)* withdr[ae]wn? (?:this|the|our|my) ` + aPaper + `\b` +
		`)`)
	noticeWithin  = regexp.MustCompile(`\b(?:it|this ` + aPaper + `|the ` + aPaper + `|version of the ` + aPaper + `) ` + anIs + ` withdrawn\b|\bremoved by arxiv\b|\b(?:i|we|to) withdraw (?:it|this ` + aPaper + `)\b`)
	fromElsewhere = regexp.MustCompile(gone + `(?: by (?:the |its |all )?(?:\w+ )?authors?(?:\(s\))?)? from (.{1,40})`)
	titleNotice   = regexp.MustCompile(`(?i)^\W*withdrawn\W*$|[\[(]\s*withdrawn\s*[\])]$`)
)

// isNotice reports whether a text says of its own paper that it is withdrawn.
func isNotice(text string) bool {
	if !mayBeNotice(text) {
		return false
	}
	s := strings.ToLower(oneLine(text[:min(len(text), 2*noticeStart)]))
	s = strings.TrimLeft(s, " ([<{*_-–—\"'`")
	alone := len(s) <= noticeAlone
	s = s[:min(len(s), noticeStart)]
	if !noticeBegins.MatchString(s) && !(alone && noticeWithin.MatchString(s)) {
		return false
	}
	from := fromElsewhere.FindStringSubmatch(s)
	return from == nil || strings.Contains(from[1], "arxiv") || strings.Contains(from[1], "archive")
}

// mayBeNotice is quick: every paper of arXiv comes by.
func mayBeNotice(text string) bool {
	for _, part := range []string{"ithdr", "ITHDR", "etract", "emoved by"} {
		if strings.Contains(text[:min(len(text), 2*noticeStart)], part) {
			return true
		}
	}
	return false
}
