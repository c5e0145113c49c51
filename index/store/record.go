package store

import (
	"fmt"
	"maps"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"

	"kindred/paper"
)

// A record is one byte, the record version, and then a message in the wire
// format of Protocol Buffers:
//
//	message Paper {
//	  string id = 1;          string updated = 7;
//	  string title = 2;       string venue = 8;
//	  string abstract = 3;    repeated string categories = 9;
//	  repeated string authors = 4;
//	  uint32 year = 5;        map<string, string> ids = 10;
//	  string date = 6;        string url = 11;
//	  repeated string collections = 13;
//	  fixed64 origin = 14;
//	  repeated Paper parts = 15; // theirs have no record version
//	  uint32 version = 16;
//	}
//
// Fields are written in the order of their numbers, empty ones left out, the
// map's entries sorted by key, so that a paper has one encoding and a field
// added later does not change the encoding of papers that lack it. The first
// twelve and the version are the paper as its source has it, and what the
// content hash is of; 13 to 15 come behind them.
// Fields with unknown numbers are passed over; the version goes up only when
// that would be wrong, as it is for parts: an id leads to each of them.
const (
	plainRecord  = 1 // of a paper without parts
	joinedRecord = 2 // of one with parts
)

const (
	fieldID protowire.Number = 1 + iota
	fieldTitle
	fieldAbstract
	fieldAuthors
	fieldYear
	fieldDate
	fieldUpdated
	fieldVenue
	fieldCategories
	fieldIDs
	fieldURL
	fieldSource
	fieldCollections
	fieldOrigin
	fieldParts
	fieldVersion
)

// recordRoom is about as many bytes as p's record takes, rarely fewer.
func recordRoom(p *paper.Paper) int {
	const field = 4 // tag and length
	n := 64 + len(p.ID) + len(p.Title) + len(p.Abstract) + len(p.Venue) + len(p.URL) + len(p.Source)
	for _, list := range [...][]string{p.Authors, p.Categories, p.Collections} {
		for _, s := range list {
			n += field + len(s)
		}
	}
	for k, v := range p.IDs {
		n += 2*field + len(k) + len(v)
	}
	for i := range p.Parts {
		n += field + recordRoom(&p.Parts[i])
	}
	return n
}

// appendRecord appends p's record to dst.
func appendRecord(dst []byte, p *paper.Paper) []byte {
	version := byte(plainRecord)
	if len(p.Parts) > 0 {
		version = joinedRecord
	}
	return appendKept(appendSaid(append(dst, version), p), p)
}

// appendSaid appends the fields that p's source fills.
func appendSaid(dst []byte, p *paper.Paper) []byte {
	str := func(field protowire.Number, s string) {
		if s != "" {
			dst = protowire.AppendTag(dst, field, protowire.BytesType)
			dst = protowire.AppendString(dst, s)
		}
	}
	list := func(field protowire.Number, values []string) {
		for _, s := range values { // an empty entry counts
			dst = protowire.AppendTag(dst, field, protowire.BytesType)
			dst = protowire.AppendString(dst, s)
		}
	}
	str(fieldID, p.ID)
	str(fieldTitle, p.Title)
	str(fieldAbstract, p.Abstract)
	list(fieldAuthors, p.Authors)
	if p.Year > 0 {
		dst = protowire.AppendTag(dst, fieldYear, protowire.VarintType)
		dst = protowire.AppendVarint(dst, uint64(p.Year))
	}
	str(fieldDate, p.Date)
	str(fieldUpdated, p.Updated)
	str(fieldVenue, p.Venue)
	list(fieldCategories, p.Categories)
	for _, k := range slices.Sorted(maps.Keys(p.IDs)) {
		v := p.IDs[k]
		entry := protowire.SizeTag(1) + protowire.SizeBytes(len(k)) + protowire.SizeTag(2) + protowire.SizeBytes(len(v))
		dst = protowire.AppendTag(dst, fieldIDs, protowire.BytesType)
		dst = protowire.AppendVarint(dst, uint64(entry))
		dst = protowire.AppendTag(dst, 1, protowire.BytesType)
		dst = protowire.AppendString(dst, k)
		dst = protowire.AppendTag(dst, 2, protowire.BytesType)
		dst = protowire.AppendString(dst, v)
	}
	str(fieldURL, p.URL)
	str(fieldSource, p.Source)
	if p.Version > 0 {
		dst = protowire.AppendTag(dst, fieldVersion, protowire.VarintType)
		dst = protowire.AppendVarint(dst, uint64(p.Version))
	}
	return dst
}

// appendKept appends the fields that say how p is kept here.
func appendKept(dst []byte, p *paper.Paper) []byte {
	for _, s := range p.Collections {
		dst = protowire.AppendTag(dst, fieldCollections, protowire.BytesType)
		dst = protowire.AppendString(dst, s)
	}
	if p.Origin != 0 {
		dst = protowire.AppendTag(dst, fieldOrigin, protowire.Fixed64Type)
		dst = protowire.AppendFixed64(dst, p.Origin)
	}
	for i := range p.Parts {
		part := &p.Parts[i]
		dst = protowire.AppendTag(dst, fieldParts, protowire.BytesType)
		dst = protowire.AppendBytes(dst, appendKept(appendSaid(nil, part), part))
	}
	return dst
}

// decodeRecord reads a record. The paper's strings are parts of one copy of
// it, so whoever keeps one of them keeps the whole text in memory.
func decodeRecord(rec []byte) (*paper.Paper, error) {
	if len(rec) == 0 {
		return nil, fmt.Errorf("%w: an empty record", ErrDamaged)
	}
	if rec[0] != plainRecord && rec[0] != joinedRecord {
		return nil, fmt.Errorf("%w: a record of version %d", ErrNewer, rec[0])
	}
	b := rec[1:]
	p := new(paper.Paper)
	if err := decodeFields(p, b, string(b), false); err != nil {
		return nil, err
	}
	return p, nil
}

// decodeFields sets p's fields, which may be a part's, to what b says; text is
// the same as b.
func decodeFields(p *paper.Paper, b []byte, text string, isPart bool) (err error) {
	for len(b) > 0 {
		field, kind, n := protowire.ConsumeTag(b)
		if n < 0 {
			return fmt.Errorf("%w: a record's field: %w", ErrDamaged, protowire.ParseError(n))
		}
		b = b[n:]
		switch {
		case kind == protowire.VarintType && (field == fieldYear || field == fieldVersion):
			number, n := protowire.ConsumeVarint(b)
			if n < 0 || number > 9999 {
				return fmt.Errorf("%w: a record's year or version", ErrDamaged)
			}
			if field == fieldYear {
				p.Year = int(number)
			} else {
				p.Version = int(number)
			}
			b = b[n:]
		case kind == protowire.Fixed64Type && field == fieldOrigin:
			origin, n := protowire.ConsumeFixed64(b)
			if n < 0 {
				return fmt.Errorf("%w: a record's origin", ErrDamaged)
			}
			p.Origin = origin
			b = b[n:]
		case kind == protowire.BytesType:
			value, n := protowire.ConsumeBytes(b)
			if n < 0 {
				return fmt.Errorf("%w: a record's field %d: %w", ErrDamaged, field, protowire.ParseError(n))
			}
			end := len(text) - len(b) + n
			s := text[end-len(value) : end]
			if field == fieldParts && !isPart {
				p.Parts = append(p.Parts, paper.Paper{})
				err = decodeFields(&p.Parts[len(p.Parts)-1], value, s, true)
			} else {
				err = setField(p, field, value, s)
			}
			if err != nil {
				return err
			}
			b = b[n:]
		default:
			n := protowire.ConsumeFieldValue(field, kind, b)
			if n < 0 {
				return fmt.Errorf("%w: a record's field %d: %w", ErrDamaged, field, protowire.ParseError(n))
			}
			b = b[n:]
		}
	}
	return nil
}

// setField sets a field to s, or adds s to it; b is the same as s.
func setField(p *paper.Paper, field protowire.Number, b []byte, s string) error {
	switch field {
	case fieldID:
		p.ID = s
	case fieldTitle:
		p.Title = s
	case fieldAbstract:
		p.Abstract = s
	case fieldAuthors:
		p.Authors = append(p.Authors, s)
	case fieldDate:
		p.Date = s
	case fieldUpdated:
		p.Updated = s
	case fieldVenue:
		p.Venue = s
	case fieldCategories:
		p.Categories = append(p.Categories, s)
	case fieldIDs:
		k, v, err := mapEntry(b, s)
		if err != nil {
			return err
		}
		if p.IDs == nil {
			p.IDs = make(map[string]string, 2)
		}
		p.IDs[k] = v
	case fieldURL:
		p.URL = s
	case fieldSource:
		p.Source = s
	case fieldCollections:
		p.Collections = append(p.Collections, s)
	}
	return nil
}

// mapEntry reads one entry of a map: field 1 is the key, field 2 the value.
// text is the same as b.
func mapEntry(b []byte, text string) (key, value string, err error) {
	for at := 0; at < len(b); {
		field, kind, n := protowire.ConsumeTag(b[at:])
		if n < 0 {
			return "", "", fmt.Errorf("%w: a record's ids: %w", ErrDamaged, protowire.ParseError(n))
		}
		at += n
		if n = protowire.ConsumeFieldValue(field, kind, b[at:]); n < 0 {
			return "", "", fmt.Errorf("%w: a record's ids: %w", ErrDamaged, protowire.ParseError(n))
		}
		if kind == protowire.BytesType && field <= 2 {
			v, _ := protowire.ConsumeBytes(b[at:])
			s := text[at+n-len(v) : at+n]
			if field == 1 {
				key = s
			} else {
				value = s
			}
		}
		at += n
	}
	return key, value, nil
}
