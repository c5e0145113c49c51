// Package archtest holds the rules of docs/design.md as tests: who may import
// whom, and that every package says what it is for.
package archtest

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// pkg is what `go list -json` says of a package that matters here.
type pkg struct {
	ImportPath   string
	Dir          string
	GoFiles      []string
	Imports      []string
	TestImports  []string
	XTestImports []string
}

func packages(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Dir,GoFiles,Imports,TestImports,XTestImports", "kindred/...", "kindred/testdata")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []pkg
	for d := json.NewDecoder(strings.NewReader(string(out))); d.More(); {
		var p pkg
		if err := d.Decode(&p); err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	if len(all) < 12 {
		t.Fatalf("go list found %d packages; the rules would hold of nothing", len(all))
	}
	return all
}

// mayImport says which packages of ours each folder's packages may import;
// every one not named here may be imported by nobody but cmd. A name with a
// trailing slash stands for the folder and all below it.
var mayImport = map[string][]string{
	"kindred/paper":             {},
	"kindred/paper/source":      {"kindred/paper", "kindred/internal/parquet"},
	"kindred/paper/sink":        {"kindred/paper"},
	"kindred/internal/parquet":  {},
	"kindred/internal/text":     {},
	"kindred/internal/simd":     {},
	"kindred/internal/section":  {},
	"kindred/internal/answer":   {"kindred/paper", "kindred/internal/text", "kindred/internal/quote"},
	"kindred/internal/lru":      {},
	"kindred/internal/filelock": {},
	"kindred/internal/parallel": {},
	"kindred/internal/quote":    {},
	"kindred/embed":             {},
	"kindred/embed/static":      {"kindred/embed", "kindred/internal/text", "kindred/internal/simd", "kindred/internal/whole"},
	"kindred/embed/openai":      {"kindred/embed", "kindred/internal/quote"},
	"kindred/index/store":       {"kindred/paper", "kindred/embed", "kindred/internal/filelock"},
	"kindred/index/filter":      {"kindred/paper", "kindred/internal/section"},
	"kindred/index/lexical":     {"kindred/internal/text", "kindred/internal/simd", "kindred/internal/section"},
	"kindred/index/vector":      {"kindred/embed", "kindred/internal/simd", "kindred/internal/parallel"},
	"kindred/index/rank":        {"kindred/paper"},
	"kindred/index/kin":         {"kindred/paper"},
	"kindred/index/plane":       {"kindred/internal/simd", "kindred/internal/section", "kindred/internal/parallel"},
	"kindred/index":             {"kindred/index/", "kindred/embed/", "kindred/paper", "kindred/paper/source", "kindred/internal/text", "kindred/internal/section", "kindred/internal/lru", "kindred/internal/parallel"},
	"kindred/server/mcp":        {"kindred/paper"},
	"kindred/server":            {"kindred/paper", "kindred/server/mcp", "kindred/server/key", "kindred/internal/lru"},
	"kindred/server/key":        {"kindred/internal/filelock", "kindred/internal/whole"},
	"kindred/server/client":     {"kindred/paper"},
	"kindred/internal/eval":     {"kindred/index", "kindred/paper", "kindred/paper/source"},
	"kindred/internal/bench":    {"kindred/index", "kindred/index/lexical", "kindred/index/vector", "kindred/embed", "kindred/internal/text", "kindred/paper", "kindred/paper/source", "kindred/server/client"},
	"kindred/internal/whole":    {},
	"kindred/internal/archtest": {},

	"kindred/internal/sharedtest":           {},
	"kindred/internal/sharedtest/abstracts": {"kindred/internal/sharedtest", "kindred/paper", "kindred/paper/source"},

	"kindred/testdata": {},

	"kindred/internal/harvest":             {"kindred/paper/source", "kindred/internal/filelock", "kindred/internal/quote", "kindred/internal/whole"},
	"kindred/internal/harvest/fakearchive": {}, // which tests alone import
}

// onlyIn names the libraries that few packages may see, and why.
var onlyIn = []struct{ library, homes, why string }{
	{"github.com/dgraph-io/badger", "kindred/index/store", "what is on disk is one package's business"},
	{"github.com/philippgille/chromem-go", "kindred/index/vector", "its traps are avoided in one place"},
	{"github.com/sashabaranov/go-openai", "kindred/embed/openai kindred/internal/answer", "the rest speaks embed.Embedder, and in words"},
	{"github.com/gin-gonic/gin", "kindred/server", "the engine does not know HTTP"},
	{"github.com/modelcontextprotocol/go-sdk", "kindred/server/mcp", "the protocol is one package's business"},
	{"github.com/parquet-go/parquet-go", "kindred/paper/sink", "it writes what we trust; what others wrote is read by internal/parquet"},
	{"github.com/spf13/cobra", "kindred/cmd/kindred", "configuration is read in cmd and handed down"},
}

func TestImportsPointOneWay(t *testing.T) {
	for _, p := range packages(t) {
		if strings.HasPrefix(p.ImportPath, "kindred/cmd/") {
			continue
		}
		allowed, known := mayImport[p.ImportPath]
		if !known {
			t.Errorf("%s is not in mayImport: add it with what it may import, and to docs/design.md", p.ImportPath)
			continue
		}
		for _, imp := range p.Imports {
			if !strings.HasPrefix(imp, "kindred/") {
				continue
			}
			if !slices.ContainsFunc(allowed, func(a string) bool {
				return imp == a || strings.HasSuffix(a, "/") && strings.HasPrefix(imp+"/", a)
			}) {
				t.Errorf("%s imports %s: it may import %v", p.ImportPath, imp, allowed)
			}
		}
	}
}

func TestLibrariesStayAtHome(t *testing.T) {
	for _, p := range packages(t) {
		for _, rule := range onlyIn {
			for _, imp := range p.Imports {
				if strings.HasPrefix(imp+"/", rule.library+"/") && !slices.Contains(strings.Fields(rule.homes), p.ImportPath) {
					t.Errorf("%s imports %s, which only %s may: %s", p.ImportPath, imp, rule.homes, rule.why)
				}
			}
		}
	}
}

func TestNoTestingInTheProgram(t *testing.T) {
	const help = "kindred/internal/sharedtest" // which tests alone import
	for _, p := range packages(t) {
		for _, imp := range p.Imports {
			if (imp == "testing" || strings.HasPrefix(imp, help)) && !strings.HasPrefix(p.ImportPath, help) {
				t.Errorf("%s imports %s outside its tests", p.ImportPath, imp)
			}
		}
	}
}

func TestPackagesSayWhatTheyAreFor(t *testing.T) {
	for _, p := range packages(t) {
		if len(p.GoFiles) == 0 {
			continue
		}
		var docs []string
		for _, name := range p.GoFiles {
			f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, name), nil, parser.PackageClauseOnly|parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			if text := docText(f); text != "" {
				docs = append(docs, name)
			}
		}
		switch len(docs) {
		case 0:
			t.Errorf("%s has no package comment", p.ImportPath)
		case 1:
		default:
			t.Errorf("%s has package comments in %v: one is enough", p.ImportPath, docs)
		}
	}
}

func docText(f *ast.File) string {
	if f.Doc == nil {
		return ""
	}
	return strings.TrimSpace(f.Doc.Text())
}
