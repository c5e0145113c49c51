package source

import (
	"fmt"
	"html"
	"strings"
)

// element is an element of XML (https://www.w3.org/TR/xml), or a piece of text
// in one, which has no name.
type element struct {
	name  string // without prefix
	attrs string // as they are written
	text  string
	in    []*element
}

// parseXML reads one element, whose text is valid UTF-8. Entities are those of
// HTML and numbers: what a document type defines is not expanded, so nothing
// grows.
func parseXML(s string) (*element, error) {
	root := &element{}
	open := []*element{root}
	for s != "" {
		now := open[len(open)-1]
		n := strings.IndexByte(s, '<')
		if n != 0 {
			if n < 0 {
				n = len(s)
			}
			now.in = append(now.in, &element{text: html.UnescapeString(s[:n])})
			s = s[n:]
			continue
		}
		end, skip := ">", 1
		switch {
		case strings.HasPrefix(s, "<!--"):
			end, skip = "-->", 4
		case strings.HasPrefix(s, "<![CDATA["):
			end, skip = "]]>", 9
		case strings.HasPrefix(s, "<?"):
			end, skip = "?>", 2
		}
		inner, rest, ok := strings.Cut(s[skip:], end)
		if !ok {
			return nil, fmt.Errorf("%s has no %s", quoteClip(s), end)
		}
		s = rest
		switch {
		case skip == 9:
			now.in = append(now.in, &element{text: inner})
		case skip > 1 || strings.HasPrefix(inner, "!"):
		case strings.HasPrefix(inner, "/"):
			if name := localName(strings.TrimSpace(inner[1:])); name != now.name || len(open) == 1 {
				return nil, fmt.Errorf("</%s> closes <%s>", clip(name), clip(now.name))
			}
			open = open[:len(open)-1]
		default:
			tag, closed := strings.CutSuffix(inner, "/")
			e := &element{name: tag}
			if i := strings.IndexAny(tag, " \t\r\n"); i >= 0 {
				e.name, e.attrs = tag[:i], tag[i:]
			}
			e.name = localName(e.name)
			now.in = append(now.in, e)
			if closed {
				break
			}
			if len(open) > maxDepth {
				return nil, fmt.Errorf("nested more than %d deep", maxDepth)
			}
			open = append(open, e)
		}
	}
	if len(open) > 1 {
		return nil, fmt.Errorf("<%s> is not closed", clip(open[len(open)-1].name))
	}
	if len(root.in) == 0 {
		return root, nil
	}
	return root.in[0], nil
}

func localName(name string) string { return name[strings.IndexByte(name, ':')+1:] }

// attr is an attribute's value, empty if there is none.
func (e *element) attr(name string) string {
	for rest := e.attrs; ; {
		before, after, ok := strings.Cut(rest, "=")
		after = strings.TrimLeft(after, " \t\r\n")
		if !ok || after == "" {
			return ""
		}
		value, next, _ := strings.Cut(after[1:], after[:1])
		if localName(strings.TrimSpace(before)) == name {
			return html.UnescapeString(value)
		}
		rest = next
	}
}

// all are the elements at a path of names below e.
func (e *element) all(path ...string) []*element {
	level := []*element{e}
	for _, name := range path {
		var next []*element
		for _, parent := range level {
			for _, child := range parent.in {
				if child.name == name {
					next = append(next, child)
				}
			}
		}
		level = next
	}
	return level
}

// first is the first element at a path, empty if there is none.
func (e *element) first(path ...string) *element {
	if all := e.all(path...); len(all) > 0 {
		return all[0]
	}
	return &element{}
}

// words is the text in e on one line.
func (e *element) words() string {
	var b strings.Builder
	e.write(&b)
	return oneLine(b.String())
}

// passage is the text in e as it is broken into lines.
func (e *element) passage() string {
	var b strings.Builder
	e.write(&b)
	return strings.TrimSpace(b.String())
}

func (e *element) write(b *strings.Builder) {
	b.WriteString(e.text)
	if e.name == "tex-math" { // of the ACL Anthology
		b.WriteByte('$')
		defer b.WriteByte('$')
	}
	for _, child := range e.in {
		child.write(b)
	}
}
