package paper

// Embeddings are what an index's model makes of texts.
type Embeddings struct {
	Model   string      // its fingerprint
	Vectors [][]float32 // one a text, of unit length; nil where a text has none
	Tokens  int         // of all texts, estimated
}
