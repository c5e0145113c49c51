package text

// stopWords carry no topic. They stay in the inverted index and in the model
// and are left out of questions only. Words of place and measure ("over",
// "within", "only") are not among them: some questions turn on them.
var stopWords = set(`a about above after again against all also am an and any are as at be because been
	being below between both but by can cannot could did do does doing down during each either else ever
	few for from further had has have having he her here hers him his how i if in into is it its itself just
	may me might more most much must my neither no nor not now of off on once one or other our ours out
	own per same shall she should since so some such than that the their theirs them then there therefore
	these they this those thus to too until upon us use used uses using very via was we were
	what when where whether which while who whom whose why will with would yet you your yours`)

// askWords are what people put around a topic when they ask for papers.
var askWords = set(`paper papers article articles literature publication publications
	find show give tell list please anything something exist exists available`)

func set(words string) map[string]bool {
	var a Analyzer
	m := map[string]bool{}
	for _, t := range a.Terms(nil, words) {
		m[t] = true
	}
	return m
}

// Stop reports whether a term carries no topic.
func Stop(term string) bool { return stopWords[term] }

// Question returns the terms of a question that carry its topic, in order:
// without stop words and without the words of asking for papers, unless
// nothing would be left.
func (a *Analyzer) Question(s string) []string {
	all := a.Terms(nil, s)
	topic := keep(all, func(t string) bool { return !stopWords[t] && !askWords[t] })
	if len(topic) == 0 {
		topic = keep(all, func(t string) bool { return !stopWords[t] })
	}
	if len(topic) == 0 {
		return all
	}
	return topic
}

func keep(terms []string, ok func(string) bool) []string {
	var out []string
	for _, t := range terms {
		if ok(t) {
			out = append(out, t)
		}
	}
	return out
}
