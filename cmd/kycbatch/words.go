package main

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// count writes a number as people read it: 12,345.
func count(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// things counts: 1 row, 2 rows.
func things(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return count(n) + " " + noun
}

// span writes a duration as people read it: two units, and never more exact than it is worth.
func span(d time.Duration) string {
	s := int(math.Round(d.Seconds()))
	switch {
	case s < 60:
		return fmt.Sprintf("%d s", max(s, 0))
	case s < 3600:
		return fmt.Sprintf("%d min %02d s", s/60, s%60)
	}
	return fmt.Sprintf("%d h %02d min", s/3600, s/60%60)
}

// moment writes a time as people read it, with its zone.
func moment(t time.Time) string { return t.Format("Mon 2006-01-02 15:04 MST") }

// quoted writes an argument so that a POSIX shell reads it back.
func quoted(arg string) string {
	if regexp.MustCompile(`^[A-Za-z0-9_./:=,@%+-]+$`).MatchString(arg) {
		return arg
	}
	return "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
}

// print writes one JSON object to stdout.
func (p *program) print(v any) error {
	text, err := encoded(v)
	if err == nil {
		_, err = p.out.Write(text)
	}
	return err
}
