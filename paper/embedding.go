package paper

// Texts are to be embedded.
type Texts struct {
	Texts       []string
	AsQuestions bool // else as papers
	Dimensions  int  // of the vectors, where the model can make shorter ones; 0 is its own
}

// Embeddings are what an index's model makes of texts.
type Embeddings struct {
	Model   string      // its fingerprint
	Vectors [][]float32 // one a text, of unit length; nil where a text has none
	Tokens  int         // of all texts, estimated
}

// Embedded is what a model elsewhere has done since the folder was opened.
type Embedded struct {
	Model    string `json:"model"`    // its fingerprint
	Texts    int64  `json:"texts"`    // that got a vector
	Tokens   int64  `json:"tokens"`   // of these, as the server counts them, else estimated
	Requests int64  `json:"requests"` // sent, those sent again included
	Again    int64  `json:"again"`    // of these, sent because an earlier one failed or came too soon
	Cut      int64  `json:"cut"`      // texts too long, embedded up to a word
	Refused  int64  `json:"refused"`  // texts that got no vector
}
