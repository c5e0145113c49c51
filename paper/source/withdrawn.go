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
	case r.files != someFiles && beginsNotice(r.comments):
		return r.comments
	case mayBeNotice(r.title) && titleNotice.MatchString(strings.TrimSpace(r.title)):
		return r.title
	case r.files == noFiles:
		return "its last version has no files"
	}
	return ""
}

// noticeStart is how much of a text is looked at for the sentence, and
// noticeAlone how long an abstract may be that is nothing but a notice and need
// not begin with it, in bytes.
const (
	noticeStart = 600
	noticeAlone = 210
)

// Parts of the sentence, in lower case.
const (
	aPaper = `(?:(?:short|present|above|above named) )?(?:paper|article|submission|manuscript|pre-?print|e-?print|work|note|version(?: of the paper)?|document|report|comment|letter|translation|thesis|draft)`
	anIs   = `(?:is|was|are|were|ha(?:s|ve|d)|(?:is|are) being|ha(?:s|ve|d) been)(?: (?:now|been|hereby|therefore|temporarily|administratively))*`
	gone   = `(?:withdr[ao]w(?:n|m|ed)|removed by (?:the authors?|arxiv(?: \w+)?))`
	ends   = `\s*(?:$|[.;:!)\]>–—-])`
	// who, why or when
	because = `,? (?:by|due|because|since|as|for|at|in|on|after|until|effective|with|while|to|from|paper|see|please|abstract|` +
		`and (?:replaced|included|merged|superseded|incorporated|combined|will|is|has)|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*)\b`
)

var (
	noticeBegins = regexp.MustCompile(`^(?:(?:arxiv )?(?:admin|administrator)?(?:'s)? ?note:? |%auto-ignore |withdrawal notice:? )?(?:` +
		// "This paper (on stones) has been withdrawn by", "Paper withdrawn due to"
		`(?:(?:this|these|our|my|the above) ` + aPaper + `s?(?: \([^)]{1,120}\)|, [^;]{1,120},)?|(?:the )?` + aPaper + `) (?:` + anIs + ` )?` + gone + `(?:` + ends + `|` + because + `)` +
		`|` + gone + `(?:` + ends + `|,? by (?:the )?(?:authors?|arxiv)\b)` +
		`|(?:why withdrawn|withdrawal notice)\b` +
		`|(?:the )?(?:authors?|we|i)(?: have| has| hereby| now| decided to| wish to| would like to)* withdr[ae]wn? (?:this|the|our|my) ` + aPaper + `\b` +
		`)`)
	// A longer text that begins so may be about something else that was withdrawn.
	shortBegins   = regexp.MustCompile(`^` + gone + because)
	noticeWithin  = regexp.MustCompile(`\b(?:it|(?:this|the) ` + aPaper + `) ` + anIs + ` withdrawn\b|\bremoved by arxiv\b|\b(?:i|we|to) withdraw (?:it|this ` + aPaper + `)\b`)
	otherVersion  = regexp.MustCompile(`\b(?:previous|earlier|first|old|older|original|former) version`)
	fromElsewhere = regexp.MustCompile(gone + `(?: by (?:the |its |all )?(?:\w+ )?authors?(?:\(s\))?)? from (.{1,40})`)
	titleNotice   = regexp.MustCompile(`(?i)^\W*withdrawn\W*$|[\[(]\s*withdrawn\s*[\])]$`)
)

// isNotice reports whether an abstract says of its own paper that it is
// withdrawn: it begins with that, or has room for little else.
func isNotice(abstract string) bool {
	if beginsNotice(abstract) {
		return true
	}
	if len(abstract) > 2*noticeAlone || !mayBeNotice(abstract) {
		return false
	}
	s := foldNotice(abstract)
	return len(s) <= noticeAlone && noticeWithin.MatchString(s) && !otherVersion.MatchString(s) && !isFromElsewhere(s)
}

// beginsNotice reports whether a text begins so.
func beginsNotice(text string) bool {
	if !mayBeNotice(text) {
		return false
	}
	s := foldNotice(text)
	return (noticeBegins.MatchString(s) || len(s) < noticeStart && shortBegins.MatchString(s)) && !isFromElsewhere(s)
}

// isFromElsewhere reports whether it is a journal or a conference from which the
// paper was withdrawn.
func isFromElsewhere(s string) bool {
	from := fromElsewhere.FindStringSubmatch(s)
	return from != nil && !strings.Contains(from[1], "arxiv") && !strings.Contains(from[1], "archive")
}

// foldNotice is the beginning of a text, in lower case, on one line and without
// the signs before it.
func foldNotice(text string) string {
	s := strings.ToLower(oneLine(text[:min(len(text), 2*noticeStart)]))
	s = strings.TrimLeft(s, " ([<{*_-–—\"'`")
	return s[:min(len(s), noticeStart)]
}

// mayBeNotice is quick: every paper of arXiv comes by.
func mayBeNotice(text string) bool {
	text = text[:min(len(text), 2*noticeStart)]
	return strings.Contains(text, "ithdr") || strings.Contains(text, "ITHDR") || strings.Contains(text, "emoved by")
}
