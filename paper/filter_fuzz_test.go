package paper

import (
	"strings"
	"testing"
	"time"
)

// FuzzParseYears holds a range that is read to one that is written.
func FuzzParseYears(f *testing.F) {
	for _, s := range []string{"2019", "2016-2020", "2010-", "-2015", " 2016 - 2020 ", "0000", "2020-2016", "-", "+201", "2016-2020-", "２０１９"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		y, err := ParseYears(s)
		if err != nil {
			if y != (Years{}) {
				t.Errorf("%q is %v with %v", s, y, err)
			}
			return
		}
		if y == (Years{}) || y.From < 0 || y.From > 9999 || y.To < 0 || y.To > 9999 || y.From > 0 && y.To > 0 && y.From > y.To {
			t.Errorf("%q is %v", s, y)
		}
		if again, err := ParseYears(y.String()); err != nil || again != y {
			t.Errorf("%q is %v, which is %v, %v", s, y, again, err)
		}
		if err := (&Filter{Years: y}).Validate(); err != nil {
			t.Errorf("%q is %v: %v", s, y, err)
		}
	})
}

// FuzzParseDate holds the days of a date to the calendar: they are those that
// begin as it does, all of them.
func FuzzParseDate(f *testing.F) {
	for _, s := range []string{"2019", "2019-03", "2019-03-05", "2020-02-29", "2019-02-29", "1900-02", "0000", "9999", "9999-12-31", "2019-13", "2019-3-05", "+201"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ParseDate(s)
		if err != nil {
			if d != (Date{}) {
				t.Errorf("%q is %v with %v", s, d, err)
			}
			return
		}
		day := func(n int32) time.Time {
			return time.Date(int(n)/10000, time.Month(n/100%100), int(n)%100, 0, 0, 0, 0, time.UTC)
		}
		first, last := day(d.First), day(d.Last)
		begins := func(t time.Time) bool { return strings.HasPrefix(t.Format(time.DateOnly), s) }
		if dayNumber(first) != d.First || dayNumber(last) != d.Last || d.First > d.Last {
			t.Errorf("%q is %v, which are no days", s, d)
		}
		if !begins(first) || !begins(last) || begins(first.AddDate(0, 0, -1)) || begins(last.AddDate(0, 0, 1)) {
			t.Errorf("%q is from %v to %v", s, first, last)
		}
	})
}
