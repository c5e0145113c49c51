package source

import (
	"bufio"
	"fmt"
	"strconv"
)

// aclFormat is the ACL Anthology's XML, a file for each collection of volumes
// (https://github.com/acl-org/acl-anthology, data/xml/schema.rnc). The id is the
// Anthology's, P19-1001 or 2020.acl-main.1; formulas become $…$. Volumes tell
// the year and the venue. Papers that were removed are reported like the
// deleted ones of oai.
func aclFormat() *format {
	return &format{name: "acl", sniff: sniffXML("<collection id="), read: readACL}
}

func readACL(text *bufio.Reader, out *sink) error {
	var collection, volume string
	meta := &element{}
	parts := map[string]bool{"collection": false, "volume": false, "meta": true, "paper": true}
	return readXML(text, out, parts, func(line int, e *element) error {
		switch e.name {
		case "collection":
			collection = e.attr("id")
			return nil
		case "volume":
			volume, meta = e.attr("id"), &element{}
			return nil
		case "meta":
			meta = e
			return nil
		}
		id := aclID(collection, volume, e.attr("id"))
		if len(e.all("removed"))+len(e.all("retracted")) > 0 {
			return out.deleted(line, out.format, id)
		}
		r := &record{
			shape: markupShape, id: id, title: e.first("title").words(), abstract: e.first("abstract").words(),
			venue: meta.first("booktitle").words(),
		}
		if id != "" {
			r.url = "https://aclanthology.org/" + id
		}
		r.date = joinDate(meta.first("year").words(), meta.first("month").words())
		r.addID("acl", id)
		r.addID("doi", e.first("doi").words())
		for _, a := range e.all("author") {
			r.authors.list = append(r.authors.list, joinName(a.first("first").words(), a.first("last").words(), ""))
		}
		return out.paper(line, r.paper())
	})
}

// aclID puts a paper's id together, as the Anthology does: P19-1001, W19-0401
// and 2020.acl-main.1.
func aclID(collection, volume, number string) string {
	n, err := strconv.Atoi(number)
	switch {
	case err != nil || collection == "" || volume == "":
		return ""
	case collection[0] >= '0' && collection[0] <= '9':
		return fmt.Sprintf("%s-%s.%d", collection, volume, n)
	case collection[0] == 'W' || collection == "C69" || collection == "D19" && len(volume) > 1:
		v, _ := strconv.Atoi(volume)
		return fmt.Sprintf("%s-%02d%02d", collection, v, n)
	}
	return fmt.Sprintf("%s-%s%03d", collection, volume, n)
}
