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

// splitAuthors reads one string of authors. Semicolons separate if there are
// any; " and " does alone where each name it leaves has one comma (BibTeX's
// "Family, Given and Family, Given"); else both commas and " and " do. One
// word, a comma and a name is one person.
func splitAuthors(s string) []string {
	s = oneLine(s)
	if strings.Contains(s, ";") {
		return strings.Split(s, ";")
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
		switch strings.TrimSuffix(part, ".") {
		case "":
		case "Jr", "Sr", "II", "III", "IV":
			if len(names) > 0 {
				names[len(names)-1] += ", " + part
			}
		default:
			names = append(names, part)
		}
	}
	return names
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
