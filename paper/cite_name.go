package paper

import (
	"slices"
	"strings"
)

// name is an author's name in parts. A group and a person of one name have
// only a literal.
type name struct {
	given, particle, family, suffix string
	literal                         string
}

// sorted is the name as lists have it: "van der Kallen, Wilberd", "King,
// Martin Luther, Jr.".
func (n name) sorted() string {
	if n.literal != "" {
		return n.literal
	}
	s := n.familyName()
	if n.given != "" || n.suffix != "" {
		s += ", " + n.given
	}
	if n.suffix != "" {
		s += ", " + n.suffix
	}
	return s
}

// familyName is the family name with its particle.
func (n name) familyName() string {
	if n.particle == "" {
		return n.family
	}
	return n.particle + " " + n.family
}

var (
	// particles stand before a family name in small letters: "de", "van der".
	particles = wordSet("af al ben bin da dal de dei del della dem den der des di do dos du el ibn la las le lo los te ten ter van vom von zu zum zur")
	// joined are those which in capitals too belong to the family name behind
	// them, between a given name and it: "Luc Van Gool". Bin, Do, San and the
	// like are as often part of an Asian given name.
	joined = wordSet("Al Ben Da Dal Das De Degli Del Della Den Der Di Dos Du El Ibn La Las Le Lo Los Mac St. Ten Ter Van Von")
	// suffixes are those of a person, without their dot.
	suffixes = wordSet("jr sr jnr snr ii iii iv 2nd 3rd")
	// groupWords are in the names of groups and of no person.
	groupWords = wordSet(`collaboration collaborations consortium team group groups committee project initiative network
		society association institute university laboratory organization organisation foundation corporation`)
)

func isSuffix(word string) bool {
	return suffixes[strings.ToLower(strings.TrimSuffix(word, "."))]
}

// parseName reads "Given Family", "Given Family Jr.", "Family, Given",
// "Family, Given, Jr." and BibTeX's "Family, Jr., Given", each with particles.
// s is plain text on one line; the zero name says that it names nobody.
func parseName(s string) name {
	parts := strings.Split(s, ",")
	for i, part := range parts {
		parts[i] = strings.TrimSpace(part)
	}
	for len(parts) > 0 && parts[len(parts)-1] == "" {
		parts = parts[:len(parts)-1]
	}
	switch {
	case len(parts) == 0:
		return name{}
	case len(parts) > 3 || parts[0] == "" || isGroup(s):
		return name{literal: strings.Join(parts, ", ")}
	case len(parts) == 1:
		return displayName(strings.Fields(parts[0]))
	case len(parts) == 3 && isSuffix(parts[1]):
		return listName(parts[0], parts[2], parts[1])
	case len(parts) == 3:
		return listName(parts[0], parts[1], parts[2])
	case isSuffix(parts[1]):
		return displayName(append(strings.Fields(parts[0]), parts[1]))
	}
	return listName(parts[0], parts[1], "")
}

// isGroup reports whether s names no single person. A list of two persons that
// a source took for one is left as it is too.
func isGroup(s string) bool {
	words := strings.Fields(FoldName(s))
	return slices.Contains(words, "and") ||
		len(words) > 1 && (words[0] == "the" || slices.ContainsFunc(words, func(w string) bool { return groupWords[w] }))
}

// displayName reads the words of "Given particle Family Suffix".
func displayName(words []string) name {
	var n name
	if last := len(words) - 1; last > 0 && isSuffix(words[last]) && (last > 1 || strings.HasSuffix(words[last], ".")) {
		n.suffix, words = words[last], words[:last]
	}
	family := len(words) - 1
	for family > 0 && (particles[words[family-1]] || family > 1 && joined[words[family-1]]) {
		family--
	}
	n.given = givenName(words[:family])
	n.setFamily(words[family:])
	return n.orLiteral()
}

// listName reads what stands between the commas of "particle Family, Given
// particle, Suffix".
func listName(family, given, suffix string) name {
	words := strings.Fields(given)
	first := len(words)
	for first > 1 && particles[words[first-1]] {
		first--
	}
	n := name{given: givenName(words[:first]), suffix: suffix}
	n.setFamily(append(slices.Clone(words[first:]), strings.Fields(family)...))
	return n.orLiteral()
}

// givenName joins initials as they belong together: arXiv writes "J. -F." for
// "J.-F.".
func givenName(words []string) string {
	return strings.ReplaceAll(strings.Join(words, " "), ". -", ".-")
}

// setFamily takes the particles in small letters off the family name.
func (n *name) setFamily(words []string) {
	first := 0
	for first < len(words)-1 && particles[words[first]] {
		first++
	}
	n.particle, n.family = strings.Join(words[:first], " "), strings.Join(words[first:], " ")
}

// orLiteral makes a name without given name and particle a literal.
func (n name) orLiteral() name {
	if n.given != "" || n.particle != "" && n.suffix == "" {
		return n
	}
	literal := n.familyName()
	if n.suffix != "" {
		literal += ", " + n.suffix
	}
	return name{literal: literal}
}
