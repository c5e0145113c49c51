package source

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write what is read into testdata/*.want")

// transcript reads data and writes down all that comes of it.
func transcript(t testing.TB, data []byte, o Options) string {
	t.Helper()
	r, err := NewReader(bytes.NewReader(data), "in", o)
	if err != nil {
		return fmt.Sprintf("error %v\n", err)
	}
	defer r.Close()
	var b strings.Builder
	fmt.Fprintf(&b, "format %s\n", r.Format())
	for item, err := range r.Papers(t.Context()) {
		var bad *LineError
		switch {
		case errors.As(err, &bad):
			fmt.Fprintf(&b, "%d: %s\n", bad.Line, bad.Reason)
		case err != nil:
			fmt.Fprintf(&b, "error %v\n", err)
		default:
			text, err := json.Marshal(item.Paper)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&b, "%d: %s\n", item.Line, text)
		}
	}
	return b.String()
}

// TestGolden reads the files of testdata, each with what comes of it in
// FILE.want: as they are, with Windows line ends, with a byte order mark.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, file := range files {
		if strings.HasSuffix(file, ".want") || filepath.Ext(file) == "" {
			continue
		}
		n++
		t.Run(filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := transcript(t, data, Options{})
			if *update {
				if err := os.WriteFile(file+".want", []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file + ".want")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			for name, data := range map[string][]byte{
				"CRLF": bytes.ReplaceAll(data, []byte("\n"), []byte("\r\n")),
				"BOM":  append([]byte("\ufeff"), data...),
			} {
				if diff := cmp.Diff(got, transcript(t, data, Options{})); diff != "" {
					t.Errorf("%s: -LF +%s\n%s", name, name, diff)
				}
			}
		})
	}
	if n == 0 {
		t.Fatal("no files in testdata")
	}
}
