package source

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go"
)

// benchText writes n papers in each format, of the usual length: a title of 90
// bytes, an abstract of 1,100, four authors.
func benchText(format string, n int) []byte {
	abstract := strings.Repeat(`We weigh a hundred invented stones, and ask how heavy they would be on the moon. `, 13)
	var b bytes.Buffer
	for i := range n {
		title := fmt.Sprintf("On the weight of invented stone number %d, with remarks on the moon and on its dust", i)
		switch format {
		case "lines":
			fmt.Fprintf(&b, "%s\n%s\n", title, abstract)
		case "jsonl":
			fmt.Fprintf(&b, `{"id": "stone-%d", "title": "%s", "abstract": "%s", "authors": ["Ada Quarry", "B. Pebble", "Jos\u00e9 Grava", "D. Gneiss"], "venue": "Stones", "year": 2019}`+"\n", i, title, abstract)
		case "arxiv":
			fmt.Fprintf(&b, `{"id": "19%02d.%05d", "authors": "Ada Quarry, B. Pebble, Jos\u00e9 Grava, D. Gneiss", "title": "%s", "doi": null, "categories": "physics.pop-ph astro-ph.EP", "abstract": "%s", "versions": [{"version": "v1", "created": "Mon, 2 Apr 2019 19:18:42 GMT"}], "update_date": "2019-04-02"}`+"\n", i%12+1, i, title, strings.ReplaceAll(abstract, "stones, and", `stones,\nand`))
		case "openalex":
			inverted, _ := json.Marshal(invert(abstract))
			fmt.Fprintf(&b, `{"id": "https://openalex.org/W%d", "title": "%s", "publication_year": 2019, "authorships": [{"author": {"display_name": "Ada Quarry"}}, {"author": {"display_name": "B. Pebble"}}], "abstract_inverted_index": %s}`+"\n", i, title, inverted)
		case "s2":
			fmt.Fprintf(&b, `{"paperId": "%040d", "externalIds": {"CorpusId": %d}, "title": "%s", "abstract": "%s", "authors": [{"authorId": "1", "name": "Ada Quarry"}, {"authorId": "2", "name": "B. Pebble"}], "year": 2019}`+"\n", i, i, title, abstract)
		case "csl":
			fmt.Fprintf(&b, `{"id": "key%d", "type": "article-journal", "title": "%s", "abstract": "%s", "author": [{"family": "Quarry", "given": "Ada"}, {"family": "Pebble", "given": "B."}], "issued": {"date-parts": [[2019, 4]]}, "DOI": "10.1234/%d"}`+"\n", i, title, abstract, i)
		case "bibtex":
			fmt.Fprintf(&b, "@article{key%d,\n  title = {%s},\n  author = {Quarry, Ada and Pebble, B. and Grava, Jos{\\'e}},\n  abstract = {%s},\n  year = {2019},\n  doi = {10.1234/%d}\n}\n", i, title, abstract, i)
		case "ris":
			fmt.Fprintf(&b, "TY  - JOUR\nTI  - %s\nAU  - Quarry, Ada\nAU  - Pebble, B.\nPY  - 2019\nDO  - 10.1234/%d\nAB  - %s\nER  - \n", title, i, abstract)
		case "nbib":
			fmt.Fprintf(&b, "\nPMID- %d\nTI  - %s\nAB  - %s\nFAU - Quarry, Ada\nAU  - Quarry A\nFAU - Pebble, B\nDP  - 2019 Apr 2\nJT  - Stones\nLID - 10.1234/%d [doi]\n", i+1, title, strings.ReplaceAll(abstract, "stones, and", "stones,\n      and"), i)
		case "wos":
			fmt.Fprintf(&b, "PT J\nAU Quarry, A\n   Pebble, B\nAF Quarry, Ada\n   Pebble, B.\nTI %s\nSO STONES\nAB %s\nPY 2019\nPD APR 2\nDI 10.1234/%d\nUT WOS:%015d\nER\n\n", title, abstract, i, i)
		case "oai":
			fmt.Fprintf(&b, "<OAI-PMH><record><header><identifier>oai:arXiv.org:1903.%05d</identifier></header><metadata><arXiv><id>1903.%05d</id><created>2019-03-05</created><authors><author><keyname>Quarry</keyname><forenames>Ada</forenames></author><author><keyname>Pebble</keyname><forenames>B.</forenames></author></authors><title>%s</title><categories>math.GT</categories><abstract>%s</abstract></arXiv></metadata></record></OAI-PMH>\n", i, i, title, abstract)
		case "atom":
			fmt.Fprintf(&b, "<feed xmlns=\"http://www.w3.org/2005/Atom\"><entry><id>http://arxiv.org/abs/1903.%05dv1</id><published>2019-03-05T00:00:00Z</published><title>%s</title><summary>%s</summary><author><name>Ada Quarry</name></author><author><name>B. Pebble</name></author><category term=\"math.GT\"/></entry></feed>\n", i, title, abstract)
		case "rss":
			if i == 0 {
				b.WriteString("<rss version=\"2.0\"><channel><title>Stones</title>\n")
			}
			fmt.Fprintf(&b, "<item><title>%s</title><link>https://example.org/%d</link><guid>stone-%d</guid><description>%s</description><author>Ada Quarry</author><pubDate>Tue, 05 Mar 2019 00:00:00 GMT</pubDate></item>\n", title, i, i, abstract)
		case "pubmed":
			fmt.Fprintf(&b, "<PubmedArticle><MedlineCitation><PMID>%d</PMID><Article><ArticleTitle>%s</ArticleTitle><Abstract><AbstractText Label=\"BACKGROUND\">%s</AbstractText></Abstract><AuthorList><Author><LastName>Quarry</LastName><ForeName>Ada</ForeName><Initials>A</Initials></Author></AuthorList><Journal><Title>Stones</Title><JournalIssue><PubDate><Year>2019</Year></PubDate></JournalIssue></Journal></Article></MedlineCitation><PubmedData><ReferenceList>%s</ReferenceList></PubmedData></PubmedArticle>\n", i+1, title, abstract,
				strings.Repeat("<Reference><Citation>Stones. 2001;1(2):3-4.</Citation><ArticleIdList><ArticleId IdType=\"pubmed\">1</ArticleId></ArticleIdList></Reference>", 10))
		case "acl":
			if i == 0 {
				b.WriteString("<collection id=\"2020.acl\"><volume id=\"main\"><meta><year>2020</year></meta>\n")
			}
			fmt.Fprintf(&b, "<paper id=\"%d\"><title>%s</title><author><first>Ada</first><last>Quarry</last></author><abstract>%s</abstract></paper>\n", i+1, title, abstract)
		case "csv", "tsv":
			sep := map[string]string{"csv": ",", "tsv": "\t"}[format]
			if i == 0 {
				b.WriteString(strings.Join([]string{"id", "title", "authors", "year", "abstract"}, sep) + "\n")
			}
			b.WriteString(strings.Join([]string{fmt.Sprint(i), `"` + title + `"`, `"Ada Quarry; B. Pebble"`, "2019", `"` + abstract + `"`}, sep) + "\n")
		}
	}
	return b.Bytes()
}

// benchParquet is the same as Parquet, not compressed.
func benchParquet(b *testing.B, n int) []byte {
	type row struct {
		ID       string   `parquet:"id"`
		Title    string   `parquet:"title"`
		Abstract string   `parquet:"abstract"`
		Authors  []string `parquet:"authors,list"`
		Year     int32    `parquet:"year"`
	}
	var rows []row
	for item, err := range open(b, benchText("jsonl", n)).Papers(b.Context()) {
		if err != nil {
			b.Fatal(err)
		}
		p := item.Paper
		rows = append(rows, row{p.ID, p.Title, p.Abstract, p.Authors, int32(p.Year)})
	}
	return parquetFile(b, rows, parquet.Compression(&parquet.Uncompressed), parquet.MaxRowsPerRowGroup(5000))
}

func open(t testing.TB, data []byte) *Reader {
	r, err := NewReader(bytes.NewReader(data), "bench", Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func BenchmarkRead(b *testing.B) {
	for _, f := range formats() {
		var text []byte
		if f.name == "parquet" {
			text = benchParquet(b, 10_000)
		} else {
			text = benchText(f.name, 10_000)
		}
		b.Run(f.name, func(b *testing.B) { benchmarkRead(b, text, len(text)) })
	}
	text := benchText("arxiv", 10_000)
	enc, _ := zstd.NewWriter(nil)
	packed := enc.EncodeAll(text, nil)
	b.Run("arxiv.zst", func(b *testing.B) { benchmarkRead(b, packed, len(text)) })
}

func benchmarkRead(b *testing.B, data []byte, size int) {
	b.SetBytes(int64(size))
	b.ReportAllocs()
	start := cpuTime()
	defer func() {
		if used := cpuTime() - start; used > 0 {
			b.ReportMetric(float64(size)*float64(b.N)/1e6/used.Seconds(), "MB/cpu-s")
		}
	}()
	for b.Loop() {
		r := open(b, data)
		n := 0
		for _, err := range r.Papers(b.Context()) {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
		if n != 10_000 {
			b.Fatal(n)
		}
		r.Close()
	}
}

// invert is a text as OpenAlex has it.
func invert(text string) map[string][]int {
	index := make(map[string][]int)
	for at, word := range strings.Fields(text) {
		index[word] = append(index[word], at)
	}
	return index
}
