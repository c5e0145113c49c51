package static

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kindred/embed"
)

func TestReadBack(t *testing.T) {
	m := smallModel(t)
	file := fileOf(t, m)
	back, err := Read(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	if back.Fingerprint() != m.Fingerprint() || back.Info() != m.Info() {
		t.Errorf("read back %s %+v, wrote %s %+v", back.Fingerprint(), back.Info(), m.Fingerprint(), m.Info())
	}
	if !bytes.Equal(fileOf(t, back), file) {
		t.Error("written again, the bytes differ")
	}
	a, b := make(embed.Vector, m.Dimension()), make(embed.Vector, m.Dimension())
	for n := range 50 {
		d, _ := madePaper(n)
		m.EmbedDoc(a, &d)
		back.EmbedDoc(b, &d)
		for i := range a {
			if a[i] != b[i] {
				t.Fatalf("paper %d: %v, read back %v", n, a[i], b[i])
			}
		}
	}
}

// resealed ends changed bytes with the checksum that fits them.
func resealed(file []byte) []byte {
	body := file[:len(file)-sha256.Size]
	sum := sha256.Sum256(body)
	return append(body, sum[:]...)
}

func TestRefusedFiles(t *testing.T) {
	good := fileOf(t, smallModel(t))
	change := func(at int, to byte) []byte {
		b := bytes.Clone(good)
		b[at] = to
		return b
	}
	files := map[string]struct {
		data   []byte
		reason string
	}{
		"empty":           {nil, "begin"},
		"another kind":    {[]byte("PK\x03\x04 some archive, quite long enough to be looked at"), "begin"},
		"magic alone":     {good[:8], "begin"},
		"cut in header":   {good[:40], "cut short"},
		"cut in rows":     {good[:len(good)-100], "checksum"},
		"cut by one":      {good[:len(good)-1], "checksum"},
		"longer":          {append(bytes.Clone(good), 0), "checksum"},
		"altered":         {change(len(good)/2, good[len(good)/2]^1), "checksum"},
		"later version":   {change(8, 2), "version 2"},
		"other analysis":  {resealed(bytes.Replace(bytes.Clone(good), []byte(`"analysis":`), []byte(`"analysis":9`), 1)), "header"},
		"longer header":   {resealed(change(15, 0x7f)), "header"},
		"other dimension": {resealed(bytes.Replace(bytes.Clone(good), []byte(`"dimension":64`), []byte(`"dimension":65`), 1)), "65 dimensions"},
		"no dimension":    {resealed(bytes.Replace(bytes.Clone(good), []byte(`"dimension":64`), []byte(`"dimension":00`), 1)), "header"},
	}
	for name, f := range files {
		path := filepath.Join(t.TempDir(), "weights")
		if err := os.WriteFile(path, f.data, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Open(path)
		if !errors.Is(err, ErrFormat) {
			t.Errorf("%s: error %v, want ErrFormat", name, err)
			continue
		}
		if !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), f.reason) {
			t.Errorf("%s: %q names not both the path and %q", name, err, f.reason)
		}
	}
	if _, err := Open(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
}

func TestSave(t *testing.T) {
	dir := t.TempDir()
	m := smallModel(t)
	path := filepath.Join(dir, "weights")
	if err := m.Save(path); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, fileOf(t, m)) {
		t.Errorf("another file: %v", err)
	}
	path = filepath.Join(dir, "no", "folder")
	if err := m.Save(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("saved to a folder that is not there: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	m, err := Learn(f.Context(), nil, madeCorpus(40), LearnOptions{Steps: 2, Dimension: 4})
	if err != nil {
		f.Fatal(err)
	}
	good := fileOf(f, m)
	f.Add(good)
	f.Add(good[:100])
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, data []byte) {
		// With a checksum that fits, so that the rest is reached.
		if len(data) > sha256.Size {
			data = resealed(bytes.Clone(data))
		}
		m, err := Read(bytes.NewReader(data))
		if err != nil {
			if !errors.Is(err, ErrFormat) {
				t.Fatalf("error %v", err)
			}
			return
		}
		v := make(embed.Vector, m.Dimension())
		for _, term := range m.terms {
			if m.EmbedTerms(v, []string{term}) {
				checkUnit(t, term, v)
			}
		}
	})
}
