// Package quote makes what another server says fit to stand in an error line.
package quote

import (
	"strings"
	"unicode"
)

// longest is as much as is quoted, in bytes.
const longest = 200

// Line is text on one line: short, valid UTF-8, without control characters, which
// a terminal would obey, and with … where secret stood in it. Servers send keys
// back in what they say of them. An empty secret is none.
func Line(text, secret string) string {
	if secret != "" {
		text = strings.ReplaceAll(text, secret, "…")
	}
	text = strings.ToValidUTF8(text, "\uFFFD")
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
	if len(text) <= longest {
		return text
	}
	return strings.ToValidUTF8(text[:longest], "") + "…"
}
