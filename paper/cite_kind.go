package paper

import "strings"

// venueKind is what kind of place a paper came out in.
type venueKind int

const (
	unpublished venueKind = iota // no venue is known
	journal
	proceedings
	preprint
)

// The words that tell a venue's kind, as FoldName writes them. A journal may
// be named "Proceedings": of an academy or a society.
var (
	preprintWords   = wordSet("arxiv biorxiv medrxiv chemrxiv techrxiv psyarxiv engrxiv corr ssrn preprint preprints")
	conferenceWords = wordSet(`conference conf workshop workshops symposium symp meeting congress colloquium anthology
		neurips nips icml iclr aaai ijcai cvpr iccv eccv wacv bmvc acl naacl eacl aacl emnlp coling conll lrec semeval
		interspeech icassp sigir kdd www wsdm cikm ecir recsys uai aistats colt alt acml colm corl icra iros rss
		siggraph sigmod icde osdi sosp nsdi stoc focs soda pldi popl chi miccai automl 3dv`)
	proceedingsWords = wordSet("proceedings proceeding proc")
	societyWords     = wordSet("academy acad society soc endowment institution suppl")
)

func wordSet(words string) map[string]bool {
	set := make(map[string]bool)
	for w := range strings.FieldsSeq(words) {
		set[w] = true
	}
	return set
}

func kindOfVenue(venue, arxiv string) venueKind {
	folded := FoldName(plainText(venue))
	has := func(set map[string]bool) bool {
		for w := range strings.FieldsSeq(folded) {
			if set[w] || set[strings.TrimRight(w, "0123456789")] { // "icml2020", "neurips'20"
				return true
			}
		}
		return false
	}
	switch {
	case has(preprintWords), folded == "" && arxiv != "":
		return preprint
	case folded == "":
		return unpublished
	case has(conferenceWords):
		return proceedings
	case has(proceedingsWords) && !has(societyWords) && !strings.HasSuffix(folded, "proceedings of the ieee") &&
		!strings.Contains(folded, "proceedings of the acm on"):
		return proceedings
	}
	return journal
}
