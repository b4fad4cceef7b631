package main

import (
	"bufio"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
)

// kind says what a line that a proof prints is.
type kind string

const (
	zero   kind = "zero"    // `0 of 400000 rows: second invitation`: what must not happen, and how often it was tried
	count  kind = "count"   // `12345 kills`
	notRun kind = "not run" // `NOT RUN: there is no strace`
)

// fact is one such line, or the sum of several.
type fact struct {
	Kind  kind   `json:"kind"`
	Found int    `json:"found,omitempty"` // of a zero: how often it happened all the same
	N     int    `json:"n,omitempty"`     // of a zero: how often it was tried; of a count: the number
	Unit  string `json:"unit,omitempty"`  // what N counts
	Text  string `json:"text,omitempty"`  // of a zero: what must not happen; of what was not run: why
}

// Lines are printed by tests, or by a program at the beginning of a line. What is indented belongs to something else, such
// as the trace of a mutant.
var (
	logged  = regexp.MustCompile(`^\s+[\w-]+_test\.go:\d+: +`)
	zeroed  = regexp.MustCompile(`^(\d+) of (\d+) ([^:]+): (.+)$`)
	counted = regexp.MustCompile(`^(\d+) (?:× )?([^\d\s][^:;=%\[{]*)$`)
	second  = regexp.MustCompile(`, \d`) // a line with several numbers is talk
	skipped = regexp.MustCompile(`^\s*--- SKIP: (\S+)`)
)

// parse reads one line; ok is false if it is no fact.
func parse(line string) (f fact, ok bool) {
	line = strings.TrimRight(line, " \r")
	if m := skipped.FindStringSubmatch(line); m != nil {
		return fact{Kind: notRun, Text: m[1] + " skipped itself"}, true
	}
	line = logged.ReplaceAllString(line, "")
	if why, missed := strings.CutPrefix(line, "NOT RUN: "); missed {
		return fact{Kind: notRun, Text: why}, true
	}
	if m := zeroed.FindStringSubmatch(line); m != nil {
		f := fact{Kind: zero, Unit: m[3], Text: m[4]}
		found, err1 := strconv.Atoi(m[1])
		tried, err2 := strconv.Atoi(m[2])
		f.Found, f.N = found, tried
		return f, err1 == nil && err2 == nil
	}
	if m := counted.FindStringSubmatch(line); m != nil && !second.MatchString(line) {
		n, err := strconv.Atoi(m[1])
		return fact{Kind: count, N: n, Unit: m[2]}, err == nil
	}
	return fact{}, false
}

// facts reads all lines of what one command printed.
func facts(r io.Reader) ([]fact, error) {
	var all []fact
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		if f, ok := parse(lines.Text()); ok {
			all = append(all, f)
		}
	}
	return all, lines.Err()
}

// sum adds up facts of one text, in the order in which they came first.
func sum(all []fact) []fact {
	type key struct {
		kind       kind
		unit, text string
	}
	var sums []fact
	at := map[key]int{}
	for _, f := range all {
		k := key{f.Kind, f.Unit, f.Text}
		i, known := at[k]
		if !known {
			at[k] = len(sums)
			sums = append(sums, f)
			continue
		}
		sums[i].Found += f.Found
		sums[i].N += f.N
	}
	return sums
}

// String is the fact as a test prints it.
func (f fact) String() string {
	switch f.Kind {
	case zero:
		return fmt.Sprintf("%d of %d %s: %s", f.Found, f.N, f.Unit, f.Text)
	case count:
		return fmt.Sprintf("%d %s", f.N, f.Unit)
	}
	return "NOT RUN: " + f.Text
}

// bound is how many draws there were for each that may have been missed: what did not happen in n independent draws
// happens, at 95 %, in fewer than 3/n of them, so in fewer than 1 of bound. 0: too few to say anything.
func bound(n int) int {
	if n <= 3 {
		return 0
	}
	return n / 3 // rounded to the weaker claim
}
