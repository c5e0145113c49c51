package source

import "strings"

// joinName writes a name in its order of display.
func joinName(given, family, suffix string) string {
	parts := make([]string, 0, 3)
	for _, s := range []string{given, family, suffix} {
		if s = strings.TrimSpace(s); s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, " ")
}

// displayName is a name written "Family, Given", "Family, Jr, Given" (BibTeX)
// or "Family, Given, Jr." (RIS) in the order of display; others are left as
// they are.
func displayName(s string) string {
	parts := strings.Split(s, ",")
	switch len(parts) {
	case 2:
		return joinName(parts[1], parts[0], "")
	case 3:
		if isSuffix(parts[1]) {
			return joinName(parts[2], parts[0], parts[1])
		}
		return joinName(parts[1], parts[0], parts[2])
	}
	return strings.TrimSpace(s)
}

// splitAuthors reads one string of authors. Semicolons or bars separate if
// there are any; " and " does alone where each name it leaves has one comma (BibTeX's
// "Family, Given and Family, Given"); else both commas and " and " do. One
// word, a comma and a name is one person.
func splitAuthors(s string) []string {
	s = oneLine(s)
	for _, sign := range []string{";", "|"} {
		if strings.Contains(s, sign) {
			return strings.Split(s, sign)
		}
	}
	parts := strings.Split(s, " and ")
	families := true
	for _, part := range parts {
		families = families && strings.Count(part, ",") == 1
	}
	if families {
		family, _, _ := strings.Cut(s, ",")
		if len(parts) > 1 || !strings.ContainsAny(strings.TrimSpace(family), " .") {
			return parts
		}
	}
	return splitNames(s)
}

// splitNames splits arXiv's "A. Smith (1), B. Jones and C. Lee ((1) Some
// University, Some Town)": commas and " and " separate, what stands in
// parentheses is an affiliation and left out.
func splitNames(s string) []string {
	s = dropParentheses(oneLine(s))
	var names []string
	for _, part := range strings.Split(strings.ReplaceAll(s, " and ", ","), ",") {
		part = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(part), "and "))
		part = strings.TrimSpace(strings.TrimSuffix(strings.TrimSuffix(part, "et al."), "et al"))
		switch {
		case part == "" || part == ".":
		case !isSuffix(part):
			names = append(names, part)
		case len(names) > 0:
			names[len(names)-1] += ", " + part
		}
	}
	return names
}

// isSuffix reports whether s stands behind a family name.
func isSuffix(s string) bool {
	switch strings.TrimSuffix(strings.TrimSpace(s), ".") {
	case "Jr", "Sr", "II", "III", "IV":
		return true
	}
	return false
}

// oneLine makes every run of white space one space.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// dropParentheses removes what stands in parentheses, nested ones included. An
// open one that nothing closes reaches to the end.
func dropParentheses(s string) string {
	if !strings.Contains(s, "(") {
		return s
	}
	depth := 0
	return strings.Map(func(r rune) rune {
		switch {
		case r == '(':
			depth++
			return -1
		case r == ')' && depth > 0:
			depth--
			return -1
		case depth > 0:
			return -1
		}
		return r
	}, s)
}
