package parquet

import (
	"encoding/binary"
	"math"
	"strconv"
	"time"
)

// text is a value as a reader of papers wants it; empty for what says nothing
// to one.
func (c *Column) text(s scalar) string {
	switch c.kind {
	case byteArray, fixedArray:
		if c.meaning == otherMeaning {
			return ""
		}
		return string(s.bytes)
	case boolean:
		return strconv.FormatBool(s.number != 0)
	case floatType, doubleType:
		if math.IsNaN(s.float) || math.IsInf(s.float, 0) { // as pandas writes what is missing
			return ""
		}
		return strconv.FormatFloat(s.float, 'f', -1, 64)
	case int96Type: // nanoseconds of the day and a Julian day, of old writers
		return day(int64(binary.LittleEndian.Uint32(s.bytes[8:])) - 2440588)
	}
	if c.kind == int32Type { // differences wrap around
		s.number = int64(int32(s.number))
	}
	const seconds = 24 * 60 * 60
	switch c.meaning {
	case dateMeaning:
		return day(s.number)
	case millisMeaning:
		return day(floorDiv(s.number, seconds*1e3))
	case microsMeaning:
		return day(floorDiv(s.number, seconds*1e6))
	case nanosMeaning:
		return day(floorDiv(s.number, seconds*1e9))
	case otherMeaning:
		return ""
	}
	return strconv.FormatInt(s.number, 10)
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// day is a number of days since 1970 as YYYY-MM-DD; empty where no year of
// four digits has it.
func day(n int64) string {
	if n < -719162 || n > 2932896 {
		return ""
	}
	return time.Unix(n*24*60*60, 0).UTC().Format(time.DateOnly)
}
