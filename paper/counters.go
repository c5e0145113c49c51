package paper

// Counters are what an engine has counted since it was opened.
type Counters struct {
	EmbedderFaults  uint64 // calls that an embedder elsewhere did not answer: questions, and papers that came in or were learned
	QuestionsKept   uint64 // questions whose vector was remembered, so that no embedder elsewhere was asked
	QuestionsAsked  uint64 // questions that one was asked
	PhrasesKept     uint64 // phrases whose papers were remembered
	PhrasesSearched uint64 // phrases for which papers were read
}
