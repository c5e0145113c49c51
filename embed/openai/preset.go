package openai

import (
	"maps"
	"slices"
	"strings"
)

// preset is what is known of a kind of server.
type preset struct {
	URL    string // where it usually is
	KeyEnv string // the variable that holds its key; a local server gets none unasked
	// OneModel: the server may be asked which model it has.
	OneModel bool
	// QuerySuffix on the model's name asks for a question's vector.
	QuerySuffix string
	// Limits: texts and tokens a request, requests under way.
	Batch, BatchTokens, Parallel int
}

// presets by name. Batches stay under each server's own limit as it comes:
// OpenAI 2,048 texts and 300,000 tokens, TEI 32 texts and 16,384 tokens; a
// local server gains nothing by larger ones.
var presets = map[string]preset{
	"openai":   {URL: "https://api.openai.com/v1", KeyEnv: "OPENAI_API_KEY", Batch: 256, BatchTokens: 100_000, Parallel: 8},
	"ollama":   {URL: "http://127.0.0.1:11434/v1", Batch: 32, BatchTokens: 16_000, Parallel: 2},
	"vllm":     {URL: "http://127.0.0.1:8000/v1", OneModel: true, Batch: 64, BatchTokens: 32_000, Parallel: 4},
	"tei":      {URL: "http://127.0.0.1:8080/v1", Batch: 32, BatchTokens: 12_000, Parallel: 4},
	"llamacpp": {URL: "http://127.0.0.1:8080/v1", OneModel: true, Batch: 16, BatchTokens: 8_000, Parallel: 2},
	"lmstudio": {URL: "http://127.0.0.1:1234/v1", OneModel: true, Batch: 32, BatchTokens: 16_000, Parallel: 2},
	"kindred":  {URL: "http://127.0.0.1:8080/v1", OneModel: true, QuerySuffix: ":query", Batch: 256, BatchTokens: 200_000, Parallel: 2},
}

// Presets are the names of the servers that are known, sorted.
func Presets() []string { return slices.Sorted(maps.Keys(presets)) }

// UsualURL is where a preset's server usually is; ok is false for a name that is
// none.
func UsualURL(name string) (at string, ok bool) {
	p, ok := presets[name]
	return p.URL, ok
}

// KeyEnv is the variable that holds the key of a preset's server; empty where
// servers of this kind usually need none.
func KeyEnv(preset string) string { return presets[preset].KeyEnv }

// Prefixes are what a family of models wants before a text.
type Prefixes struct{ Document, Query string }

const (
	bgeQuestion   = "Represent this sentence for searching relevant passages: "
	asInstruction = "Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery: "
)

// families of models by a part of the model's name, the first that fits. The
// prefixes are those of the models' own cards.
var families = []struct {
	name  string
	parts []string // all of them stand in the model's name, in lower case
	Prefixes
}{
	{"nomic", []string{"nomic-embed"}, Prefixes{"search_document: ", "search_query: "}},
	{"embeddinggemma", []string{"embeddinggemma"}, Prefixes{"title: none | text: ", "task: search result | query: "}},
	{"qwen3-embedding", []string{"qwen3-embedding"}, Prefixes{"", "Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery:"}},
	{"gte-instruct", []string{"gte", "instruct"}, Prefixes{"", asInstruction}},
	{"e5-instruct", []string{"e5", "instruct"}, Prefixes{"", asInstruction}},
	{"e5-mistral", []string{"e5-mistral"}, Prefixes{"", asInstruction}},
	{"e5", []string{"e5-"}, Prefixes{"passage: ", "query: "}},
	{"bge-m3", []string{"bge-m3"}, Prefixes{}},
	{"bge-zh", []string{"bge-", "-zh"}, Prefixes{"", "为这个句子生成表示以用于检索相关文章："}},
	{"bge", []string{"bge-", "-en"}, Prefixes{"", bgeQuestion}},
	{"bge", []string{"bge-small"}, Prefixes{"", bgeQuestion}},
	{"bge", []string{"bge-base"}, Prefixes{"", bgeQuestion}},
	{"bge", []string{"bge-large"}, Prefixes{"", bgeQuestion}},
	{"mxbai", []string{"mxbai-embed"}, Prefixes{"", bgeQuestion}},
	{"snowflake-arctic-2", []string{"snowflake-arctic-embed2"}, Prefixes{"", "query: "}},
	{"snowflake-arctic-2", []string{"snowflake-arctic-embed", "v2"}, Prefixes{"", "query: "}},
	{"snowflake-arctic", []string{"snowflake-arctic-embed"}, Prefixes{"", bgeQuestion}},
	{"gte", []string{"gte-"}, Prefixes{}},
}

// PrefixesOf are the prefixes of the family that a model's name tells, none
// where it tells none.
func PrefixesOf(model string) Prefixes {
	model = strings.ToLower(model)
	for _, f := range families {
		if !slices.ContainsFunc(f.parts, func(part string) bool { return !strings.Contains(model, part) }) {
			return f.Prefixes
		}
	}
	return Prefixes{}
}

// FamilyPrefixes are the prefixes of a family by its own name; ok is false for
// one that is not known.
func FamilyPrefixes(name string) (p Prefixes, ok bool) {
	for _, f := range families {
		if f.name == name {
			return f.Prefixes, true
		}
	}
	return Prefixes{}, name == "none"
}

// Families are the names that [FamilyPrefixes] knows, sorted.
func Families() []string {
	names := []string{"none"}
	for _, f := range families {
		names = append(names, f.name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}
