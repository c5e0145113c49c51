package source

import (
	"fmt"
	"strings"
	"testing"
)

// TestNotice has sentences that say that a paper is withdrawn, and others that
// have the same words.
func TestNotice(t *testing.T) {
	abstract := strings.Repeat(" Pebbles of many shapes are sorted by weight, and the sums are compared.", 5)
	for _, text := range []string{
		"This paper has been withdrawn.",
		"This paper has been withdrawn",
		"this paper is withdrawn: the stones were counted twice",
		"This paper has been withdrawn by the author." + abstract,
		"This paper has been temporarily withdrawn by the authors, who weigh again." + abstract,
		"This paper has been withdrawn\n  by the author(s), due to an error in Table 3.",
		"The article was withdrawn since the scale was broken.",
		"This submission has been withdrawn by arXiv administrators because its stones were borrowed.",
		"arXiv admin note: withdrawn by arXiv admin because nobody signed it.",
		"arXiv admin note: This submission has been withdrawn by arXiv administrators due to a quarrel.",
		"Removed by arXiv administration. It was copied.",
		"This article has been removed by arXiv admin due to a complaint.",
		"Withdrawn",
		"Withdrawn." + abstract,
		"WITHDRAWN: see the second edition",
		"Withdrawn due to a gap in the proof of Lemma 9.",
		"Withdrawn and replaced by a longer paper on gravel.",
		"Withdrawn March 2004. The quarry has moved.",
		"[Withdrawn]" + abstract,
		"(withdrawn.)" + abstract,
		"(This paper has been withdrawn by its author.)" + abstract,
		"- Paper withdrawn by the author -" + abstract,
		"Paper withdrawn because of a mistake in the weights.",
		"Submission withdrawn: sent twice.",
		"This version of the paper has been withdrawn due to an error in a sum.",
		"This note (on the weight of sand) has been withdrawn by the author.",
		"This paper has been administratively withdrawn by arXiv.",
		"This paper has been withdrawn from arXiv.org after a disagreement." + abstract,
		"The authors have decided to withdraw this submission.",
		"We withdraw this paper; Theorem 2 fails for wet stones." + abstract,
		"I have withdrawn the paper, which is now part of another.",
		"Withdrawal notice: the journal wanted it so.",
		"Why withdrawn: Lemma 1 holds for dry stones alone.",
		"There are gaps in the proofs. The paper is withdrawn until further notice.",
		"There is a problem with the scale, and it has been withdrawn.",
	} {
		if !isNotice(text) {
			t.Errorf("no notice: %.100q", text)
		}
	}
	for _, text := range []string{
		"",
		"We weigh stones.",
		"Withdrawn animals groom themselves less often than others." + abstract,
		"Withdrawn cash is counted by two people.",
		"When a plate is withdrawn from a bath of oil, a film stays on it." + abstract,
		"The theory of stones was withdrawn by its author in 1921.",
		"The theory of stones was withdrawn by its author in 1921 and came back." + abstract,
		"In selective withdrawal, fluid is withdrawn through a tube." + abstract,
		"Withdrawal symptoms of gravel collectors are studied.",
		"Withdrawing a stone from a heap may bring it down.",
		"Retracted needles were weighed.",
		"Withdrawn due to side effects in 2004, the drug was weighed again." + abstract + abstract,
		"The paper (Quarry, 1998) was withdrawn by a journal; its readers are asked." + abstract,
		"The preprint arXiv:0901.0001 was withdrawn by its authors; its readers are asked." + abstract,
		"A previous version of this paper was withdrawn due to an error, which is corrected here.",
		"<wrong proofs; the paper was withdrawn from submission> One of the aims of sorting is speed." + abstract,
		"This paper was withdrawn from a conference and is published here instead.",
		"Withdrawn from GRAVEL 2021.",
		"Paper withdrawn by the authors from GRAVEL 2021; 9 pages",
		"The paper is partially withdrawn: Lemma 2 is false, but the rest holds." + abstract,
		"We study why papers are withdrawn by their authors." + abstract,
		"This paper studies papers that have been withdrawn." + abstract,
		"We show that water is withdrawn faster than it comes." + abstract + " This paper has been withdrawn by the author.",
		"Supersedes arXiv:0901.0001, which has been withdrawn",
		"This paper presents a model of the withdrawal of troops.",
		"Papers withdrawn by their authors are a tenth of all." + abstract,
	} {
		if isNotice(text) {
			t.Errorf("a notice: %.100q", text)
		}
	}
	for text, want := range map[string]bool{ // comments, which are short all the same
		"This paper has been withdrawn by the author; a sum is wrong.": true,
		"withdrawn":                                  true,
		"Withdrawn, see arXiv:0901.0001":             true,
		"Withdrawn due to a quarrel":                 true,
		"12 pages; an earlier version was withdrawn": false,
		"12 pages. Version 2 of this paper was withdrawn, version 3 is whole.": false,
		"The previous version of this paper was withdrawn due to an error":     false,
		"Supersedes arXiv:0901.0001, which has been withdrawn":                 false,
		"Withdrawn from GRAVEL 2021 by the authors":                            false,
		"Paper withdrawn by the authors from GRAVEL 2021; 9 pages":             false,
	} {
		if got := beginsNotice(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

// TestWithdrawn has withdrawn papers in each form in which arXiv gives them: all
// are reported with their id, and what stands beside them is read.
func TestWithdrawn(t *testing.T) {
	const notice = "This paper has been withdrawn by the author."
	snapshot := func(id, title, comments, abstract string) string {
		return fmt.Sprintf("{\"id\":%q,\"title\":%q,\"comments\":%q,\"categories\":\"math.GT\",\"abstract\":%q,\"versions\":[],\"update_date\":\"2020-01-01\"}\n", id, title, comments, abstract)
	}
	oai := func(records ...string) string {
		return "<OAI-PMH><ListRecords>" + strings.Join(records, "\n") + "</ListRecords></OAI-PMH>"
	}
	record := func(id, metadata string) string {
		return "<record><header><identifier>oai:arXiv.org:" + id + "</identifier></header><metadata>" + metadata + "</metadata></record>"
	}
	raw := func(id, comments, abstract string, versions ...string) string {
		s := "<arXivRaw><id>" + id + "</id>"
		for _, v := range versions {
			size, sourceType, _ := strings.Cut(v, " ")
			s += "<version><date>Tue, 5 Mar 2019 19:18:42 GMT</date><size>" + size + "</size><source_type>" + sourceType + "</source_type></version>"
		}
		return record(id, s+"<title>T</title><comments>"+comments+"</comments><abstract>"+abstract+"</abstract></arXivRaw>")
	}
	dc := func(id, descriptions string) string {
		return record(id, "<dc><title>T</title>"+descriptions+"<identifier>http://arxiv.org/abs/"+id+"</identifier></dc>")
	}
	entry := func(id, comment, summary string) string {
		return "<entry><id>http://arxiv.org/abs/" + id + "v2</id><title>T</title><summary>" + summary + "</summary><arxiv:comment>" + comment + "</arxiv:comment></entry>"
	}
	for name, tt := range map[string]struct{ in, papers, gone string }{
		"snapshot": {
			snapshot("0901.0001", "A", "3 pages", "We weigh.") + snapshot("0901.0002", "B", "", notice) + snapshot("0901.0003", "C", "Withdrawn, see 0901.0001", "") +
				snapshot("0901.0004", "C", notice, "We weigh.") + snapshot("0901.0005", "C [withdrawn]", "", "We weigh.") + snapshot("0901.0006", "C withdrawn", "3 pages, to be withdrawn", "We weigh."),
			"0901.0001 0901.0006", "0901.0002 0901.0003 0901.0004 0901.0005",
		},
		"arXiv": {
			oai(record("0901.0001", "<arXiv><id>0901.0001</id><title>T</title><comments>9 pages</comments><abstract>We weigh.</abstract></arXiv>"),
				record("0901.0002", "<arXiv><id>0901.0002</id><title>T</title><comments>"+notice+"</comments><abstract>We weigh.</abstract></arXiv>"),
				record("0901.0003", "<arXiv><id>0901.0003</id><title>T</title><abstract>\n  "+notice+"\n</abstract></arXiv>")),
			"0901.0001", "0901.0002 0901.0003",
		},
		"arXivRaw": {
			oai(raw("0901.0001", "", "We weigh.", "20kb D", "0kb I"), raw("0901.0002", "", "We weigh.", "0kb I", "20kb D"),
				raw("0901.0003", notice, "We weigh.", "0kb I", "20kb "), // the comment is the first version's
				raw("0901.0004", notice, "We weigh.", "20kb D", "1kb D"), raw("0901.0005", notice, "We weigh.", ""), raw("0901.0006", "", notice, "90kb D")),
			"0901.0002 0901.0003", "0901.0001 0901.0004 0901.0005 0901.0006",
		},
		"oai_dc": {
			oai(dc("0901.0001", "<description>We weigh.</description><description>Comment: 2 pages</description>"), dc("0901.0002", "<description>"+notice+"</description>"),
				dc("0901.0003", "<description>We weigh.</description><description>Comment: "+notice+"</description>")) +
				"<record><header><identifier>oai:stones.example.org:7</identifier></header><metadata><dc><title>Elsewhere</title><description>" + notice + "</description></dc></metadata></record>",
			"0901.0001 oai:stones.example.org:7", "0901.0002 0901.0003",
		},
		"atom": {
			`<feed xmlns="http://www.w3.org/2005/Atom">` + entry("0901.0001", "4 pages", "We weigh.") + entry("0901.0002", notice, "We weigh.") + entry("0901.0003", "", notice) + "</feed>",
			"0901.0001", "0901.0002 0901.0003",
		},
		"alone": {snapshot("0901.0001", "A", "", notice), "", "0901.0001"},
	} {
		out := readString(t, tt.in, "")
		var papers, gone []string
		for _, i := range out.items {
			papers = append(papers, i.Paper.ID)
		}
		for _, e := range out.rejected {
			gone = append(gone, e.Deleted)
			if !strings.HasPrefix(e.Reason, "withdrawn: "+e.Deleted+": ") {
				t.Errorf("%s: %v", name, e)
			}
		}
		if strings.Join(papers, " ") != tt.papers || strings.Join(gone, " ") != tt.gone || out.err != nil {
			t.Errorf("%s: papers %v, gone %v, %v", name, papers, gone, out.err)
		}
	}
}
