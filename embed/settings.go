package embed

// Settings say how an embedder is made again, as a data folder records them.
// Keys are in none of them, only the name of the variable that holds one.
type Settings struct {
	// Provider is "static", the built-in model, or the preset of a server that
	// speaks OpenAI's API.
	Provider string `json:"provider"`
	URL      string `json:"url,omitempty"`
	Model    string `json:"model,omitempty"`
	KeyEnv   string `json:"key_env,omitempty"`

	// What changes the vectors, and so the fingerprint. Dimensions are asked
	// for, 0 is the model's own; MaxTokens is where texts are cut, 0 is at what
	// the server takes.
	DocumentPrefix string `json:"document_prefix,omitempty"`
	QueryPrefix    string `json:"query_prefix,omitempty"`
	Dimensions     int    `json:"dimensions,omitempty"`
	MaxTokens      int    `json:"max_tokens,omitempty"`

	// Length of the vectors that came, so that the embedder is there again
	// without its server being asked; 0 is not known yet.
	Length int `json:"length,omitempty"`
}

// Static is the provider of the built-in model.
const Static = "static"

// SameVectors reports whether both make the same vectors, as far as settings
// tell.
func (s Settings) SameVectors(o Settings) bool {
	return (s.Provider == Static) == (o.Provider == Static) && s.Model == o.Model &&
		s.DocumentPrefix == o.DocumentPrefix && s.QueryPrefix == o.QueryPrefix &&
		s.Dimensions == o.Dimensions && s.MaxTokens == o.MaxTokens
}

// Described is an Embedder that can be made again from settings.
type Described interface {
	Embedder
	Settings() Settings
}
