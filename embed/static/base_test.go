package static

import (
	"testing"
	"time"

	"kindred/embed"
	"kindred/internal/text"
)

// TestBase asks the shipped model what any base worth shipping knows, and
// that it is small and quick to load.
func TestBase(t *testing.T) {
	m, err := Base()
	if err != nil {
		t.Fatal(err)
	}
	if len(baseFile) > 16<<20 {
		t.Errorf("%d bytes, at most 16 MiB are wanted", len(baseFile))
	}
	if m.Dimension() != 256 || m.Info().Papers < 600_000 || m.Info().Terms < 40_000 {
		t.Errorf("base is of %+v", m.Info())
	}
	vectors, err := m.EmbedDocuments(t.Context(), []embed.Document{
		{Title: "Attention in neural machine translation", Abstract: "We study how attention aligns words of two languages."},
		{Title: "Dark matter halos", Abstract: "We simulate the halos of galaxies in a cold dark matter universe."},
		{Title: "Elliptic curves over number fields", Abstract: "We bound the rank of elliptic curves."},
	})
	if err != nil {
		t.Fatal(err)
	}
	questions, err := m.EmbedQueries(t.Context(), []string{"sequence to sequence models for translating text", "galaxy formation in cosmology", "arithmetic geometry"})
	if err != nil {
		t.Fatal(err)
	}
	for q := range questions {
		for d := range vectors {
			if d != q && cosine(questions[q], vectors[d]) > cosine(questions[q], vectors[q])-.1 {
				t.Errorf("question %d is as near to paper %d as to its own: %.2f, %.2f", q, d,
					cosine(questions[q], vectors[d]), cosine(questions[q], vectors[q]))
			}
		}
	}
	if fresh, _ := Base(); fresh != m {
		t.Error("read twice")
	}
}

func BenchmarkBase(b *testing.B) {
	for b.Loop() {
		if _, err := decode(baseFile); err != nil {
			b.Fatal(err)
		}
	}
	if each := b.Elapsed() / time.Duration(b.N); each > 200*time.Millisecond {
		b.Logf("%v a load, 200 ms are wanted", each)
	}
}

// abstract is of ordinary length, 150 words.
const abstract = `Large surveys have mapped the positions of millions of galaxies, yet the connection between galaxies
and the dark matter halos they live in remains uncertain. We present a model that relates the stellar mass of a galaxy
to the growth history of its halo, and fit it to clustering and lensing measurements at redshifts below two. The model
has seven parameters and reproduces the observed correlation functions within their errors on scales from one hundred
kiloparsecs to fifty megaparsecs. We find that halos of the mass of the Milky Way turn baryons into stars most
efficiently at all times, and that satellites lose half of their gas within three billion years of falling in. The scatter
of stellar mass at fixed halo mass is 0.18 dex, smaller than earlier studies found. We discuss what future spectroscopic
surveys will add, and we release our mock catalogues and the code that made them.`

func BenchmarkEmbedDoc(b *testing.B) {
	m, err := Base()
	if err != nil {
		b.Fatal(err)
	}
	var a text.Analyzer
	var d text.Doc
	a.Doc(&d, "How galaxies of all masses grow with their halos", abstract)
	v := make(embed.Vector, m.Dimension())
	b.ReportAllocs()
	for b.Loop() {
		m.EmbedDoc(v, &d)
	}
}

// BenchmarkEmbedDocAnalysed is BenchmarkEmbedDoc from the raw text, on all
// cores.
func BenchmarkEmbedDocAnalysed(b *testing.B) {
	m, err := Base()
	if err != nil {
		b.Fatal(err)
	}
	b.RunParallel(func(p *testing.PB) {
		var a text.Analyzer
		var d text.Doc
		v := make(embed.Vector, m.Dimension())
		for p.Next() {
			a.Doc(&d, "How galaxies of all masses grow with their halos", abstract)
			m.EmbedDoc(v, &d)
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "abstracts/s")
}

func BenchmarkEmbedQuery(b *testing.B) {
	m, err := Base()
	if err != nil {
		b.Fatal(err)
	}
	var a text.Analyzer
	var terms []string
	v := make(embed.Vector, m.Dimension())
	for b.Loop() {
		terms = a.Terms(terms[:0], "how do galaxies of different masses grow with their dark matter halos?")
		m.EmbedTerms(v, terms)
	}
}
