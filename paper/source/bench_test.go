package source

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
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
		}
	}
	return b.Bytes()
}

func BenchmarkRead(b *testing.B) {
	for _, f := range formats() {
		text := benchText(f.name, 10_000)
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
	for b.Loop() {
		r, err := NewReader(bytes.NewReader(data), "bench", Options{})
		if err != nil {
			b.Fatal(err)
		}
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
