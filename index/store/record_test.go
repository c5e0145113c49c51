package store

import (
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"google.golang.org/protobuf/encoding/protowire"

	"kindred/paper"
)

var everyField = &paper.Paper{
	ID: "arxiv:1", Title: "Tïtle $x$", Abstract: "a\nb", Authors: []string{"A. B", "", "C"},
	Year: 2019, Date: "2019-03", Updated: "2020", Venue: "V", Categories: []string{"cs.CL", "cs"},
	IDs: map[string]string{"doi": "10/x", "arxiv": "1", "": "e"}, URL: "http://x", Source: "s",
}

func TestRecordRoundTrip(t *testing.T) {
	versioned := *everyField
	versioned.Version, versioned.Collections, versioned.Origin = 3, []string{"c"}, 7
	if ContentHash(&versioned) == ContentHash(everyField) {
		t.Error("a version makes no other content")
	}
	for _, p := range append(inventedPapers(50), everyField, &versioned, &paper.Paper{}) {
		got, err := decodeRecord(appendRecord(nil, p))
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(p, got); d != "" {
			t.Error(d)
		}
	}
}

// The bytes are a promise to every data folder there is.
func TestRecordBytes(t *testing.T) {
	const want = "01" + "0a0761727869763a31" + "120a54c3af746c6520247824" + "1a03610a62" +
		"2204412e2042" + "2200" + "220143" + "28e30f" + "3207323031392d3033" + "3a0432303230" + "420156" +
		"4a0563732e434c" + "4a026373" +
		"52050a00120165" + "520a0a0561727869761201" + "31" + "520b0a03646f69120431302f78" +
		"5a08687474703a2f2f78" + "620173"
	if got := hex.EncodeToString(appendRecord(nil, everyField)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := hex.EncodeToString(hashOf(ContentHash(everyField))); got != "58440590dbfcce629bb23b06285e0656" {
		t.Errorf("content hash %s", got)
	}
	if got := hex.EncodeToString(hashOf(TextHash(everyField))); got != "c69ea41522b1c43ce408c1b672844620" {
		t.Errorf("text hash %s", got)
	}
}

func hashOf(h Hash) []byte { return h[:] }

func TestHashes(t *testing.T) {
	base := *everyField
	for name, change := range map[string]func(p *paper.Paper){
		"id": func(p *paper.Paper) { p.ID = "x" }, "authors": func(p *paper.Paper) { p.Authors = []string{"A. B", "C"} },
		"year": func(p *paper.Paper) { p.Year++ }, "ids": func(p *paper.Paper) { p.IDs = nil },
		"source": func(p *paper.Paper) { p.Source = "" },
	} {
		p := base
		change(&p)
		if ContentHash(&p) == ContentHash(&base) || TextHash(&p) != TextHash(&base) {
			t.Error(name)
		}
	}
	p := base
	p.Title, p.Abstract = p.Title+p.Abstract[:1], p.Abstract[1:]
	if TextHash(&p) == TextHash(&base) {
		t.Error("a letter moved from abstract to title does not show")
	}
}

func TestRecordsOfOthers(t *testing.T) {
	rec := appendRecord(nil, short("a", "t"))
	rec = protowire.AppendTag(rec, 99, protowire.BytesType)
	rec = protowire.AppendString(rec, "from the future")
	rec = protowire.AppendTag(rec, 98, protowire.Fixed32Type)
	rec = protowire.AppendFixed32(rec, 7)
	rec = protowire.AppendTag(rec, fieldTitle, protowire.VarintType) // of another type
	rec = protowire.AppendVarint(rec, 7)
	got, err := decodeRecord(rec)
	if err != nil || got.ID != "a" || got.Title != "t" {
		t.Errorf("%+v, %v", got, err)
	}
	for name, test := range map[string]struct {
		rec  []byte
		want error
	}{
		"empty":         {nil, ErrDamaged},
		"newer version": {[]byte{3, 1, 2}, ErrNewer},
		"cut short":     {rec[:5], ErrDamaged},
		"bad tag":       {[]byte{1, 0xff}, ErrDamaged},
		"year too late": {[]byte{1, 5 << 3, 0xff, 0xff, 0x7f}, ErrDamaged},
		"bad map":       {[]byte{1, 10<<3 | 2, 2, 0x0a, 0x09}, ErrDamaged},
	} {
		if _, err := decodeRecord(test.rec); !errors.Is(err, test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzDecodeRecord(f *testing.F) {
	f.Add(appendRecord(nil, everyField))
	f.Add(appendRecord(nil, short("a", strings.Repeat("x", 300))))
	f.Add(appendRecord(nil, joined("a", "t", "a", "b")))
	f.Add([]byte{1, 10<<3 | 2, 2, 0x0a, 0x09})
	f.Fuzz(func(t *testing.T, rec []byte) {
		p, err := decodeRecord(rec)
		if err != nil {
			return
		}
		again, err := decodeRecord(appendRecord(nil, p))
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(p, again, cmpopts.EquateEmpty()); d != "" {
			t.Fatal(d)
		}
	})
}
