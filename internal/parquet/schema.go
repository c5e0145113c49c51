package parquet

import (
	"errors"
	"fmt"
	"slices"
)

// Physical types.
const (
	boolean = iota
	int32Type
	int64Type
	int96Type
	floatType
	doubleType
	byteArray
	fixedArray
)

// meaning is what the numbers of a column stand for.
type meaning uint8

const (
	plainMeaning meaning = iota
	dateMeaning          // days since 1970
	millisMeaning
	microsMeaning
	nanosMeaning
	otherMeaning // decimals and whatever else no paper has
)

// element is one of the schema's tree, which is written parents first.
type element struct {
	name                         string
	kind, length, rule, children int64 // rule: 0 required, 1 optional, 2 repeated
	meaning                      meaning
	isLeaf                       bool
}

func readElement(t *thrift) (e element) {
	t.fields(func(id int64, kind byte) bool {
		switch {
		case id == 4 && kind == thriftBinary:
			e.name = t.string()
		case id == 10 && kind == thriftStruct:
			e.meaning = readMeaning(t)
		case kind != thriftI32:
			return false
		case id == 1:
			e.kind, e.isLeaf = t.int(), true
		case id == 2:
			e.length = t.int()
		case id == 3:
			e.rule = t.int()
		case id == 5:
			e.children = t.int()
		case id == 6:
			converted := map[int64]meaning{5: otherMeaning, 6: dateMeaning, 9: millisMeaning, 10: microsMeaning}[t.int()]
			if e.meaning == plainMeaning {
				e.meaning = converted
			}
		default:
			return false
		}
		return true
	})
	return e
}

// readMeaning reads LogicalType, a union.
func readMeaning(t *thrift) (m meaning) {
	t.fields(func(id int64, kind byte) bool {
		switch {
		case id == 5:
			m = otherMeaning
		case id == 6:
			m = dateMeaning
		case id == 8 && kind == thriftStruct:
			t.fields(func(id int64, kind byte) bool {
				if id != 2 || kind != thriftStruct {
					return false
				}
				t.fields(func(id int64, kind byte) bool {
					m = map[int64]meaning{1: millisMeaning, 2: microsMeaning, 3: nanosMeaning}[id]
					return false
				})
				return true
			})
			return true
		}
		return false
	})
	return m
}

// setColumns finds the leaves.
func (f *File) setColumns(schema []element) error {
	if len(schema) == 0 {
		return errors.New("it has no schema")
	}
	rest := schema[1:]
	var walk func(children int64, path []string, rep, def, depth int) error
	walk = func(children int64, path []string, rep, def, depth int) error {
		if depth > maxDepth {
			return errDeep
		}
		for ; children > 0; children-- {
			if len(rest) == 0 {
				return errors.New("its schema lacks columns")
			}
			e := rest[0]
			rest = rest[1:]
			rep, def := rep, def
			switch e.rule {
			case 1:
				def++
			case 2:
				rep++
				def++
			}
			path := append(slices.Clone(path), e.name)
			if !e.isLeaf {
				if err := walk(e.children, path, rep, def, depth+1); err != nil {
					return err
				}
				continue
			}
			if len(f.Columns) == maxLeaves {
				return fmt.Errorf("it has more than %d columns", maxLeaves)
			}
			f.Columns = append(f.Columns, Column{Path: path, Repeated: rep > 0, kind: e.kind, length: e.length, meaning: e.meaning, maxRep: rep, maxDef: def})
		}
		return nil
	}
	return walk(schema[0].children, nil, 0, 0, 0)
}
