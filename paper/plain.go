package paper

// PlainText is s on one line for people to read: LaTeX's accents and signs as
// Unicode, without commands that only say how it looks. Formulas and commands
// that it does not know stay as they are.
func PlainText(s string) string { return plainText(s) }
