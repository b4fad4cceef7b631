package main

import (
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// line is one row of the table.
type line struct {
	what       string
	figure     string // what was measured, beside the value
	value      float64
	unit       string
	goal       float64
	least      bool // the goal is a lower bound
	unmeasured bool
}

func (l line) reached() bool {
	if l.least {
		return l.value >= l.goal
	}
	return l.value <= l.goal
}

// table is what was measured.
type table struct {
	began  time.Time
	commit string // what was measured, as git calls it
	lines  []line
}

// add keeps a line, and prints it.
func (t *table) add(l line) {
	t.lines = append(t.lines, l)
	fmt.Println(l.markdown())
}

func (l line) markdown() string {
	goal, value, verdict := l.cells()
	return fmt.Sprintf("| %s | %s | %s | %s | %s |", l.what, goal, value, verdict, l.figure)
}

// cells are what is said of the goal, of what was measured, and whether that reached it.
func (l line) cells() (goal, value, verdict string) {
	bound := "at most"
	if l.least {
		bound = "at least"
	}
	goal = bound + " " + short(l.goal) + " " + l.unit
	value, verdict = short(l.value)+" "+l.unit, "reached"
	switch {
	case l.unmeasured:
		value, verdict = "", "not measured"
	case !l.reached():
		verdict = "**missed**"
	}
	return goal, value, verdict
}

func short(v float64) string {
	if v == math.Trunc(v) {
		return strconv.Itoa(int(v))
	}
	return strconv.FormatFloat(v, 'f', 2, 64)
}

// write ends the table: it is written to a file, where one is named.
func (t *table) write(path string) error {
	if path == "" {
		return nil
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	t.print(f)
	return f.Close()
}

// The table of a README stands between these two lines.
const (
	tableBegins = "<!-- the table of `make bench`, never written by hand -->\n"
	tableEnds   = "<!-- its end -->\n"
)

// insert puts the table, without what stands beside it, into a file in place of the one that it has there.
func (t *table) insert(path string) error {
	if path == "" {
		return nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, begins := strings.Cut(string(text), tableBegins)
	_, after, ends := strings.Cut(rest, tableEnds)
	if !begins || !ends {
		return fmt.Errorf("%s: it has no place for the table: a line %q and a line %q", path, tableBegins, tableEnds)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s%sCommit %s, %s, on %s:\n\n| what | measured | goal | |\n|---|---|---|---|\n",
		before, tableBegins, t.commit, t.began.UTC().Format(time.DateOnly), machine())
	for _, l := range t.lines {
		goal, value, verdict := l.cells()
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", l.what, value, goal, verdict)
	}
	b.WriteString("\n" + tableEnds + after)
	return os.WriteFile(path, []byte(b.String()), 0o644)
}

func (t *table) print(w io.Writer) {
	fmt.Fprintf(w, "# How fast\n\nWritten by `make bench`, never by hand. Commit %s, %s, on %s, in %s.\n\n",
		t.commit, t.began.UTC().Format(time.DateOnly), machine(), time.Since(t.began).Round(time.Second))
	fmt.Fprintf(w, "| what | goal | measured | | beside it |\n|---|---|---|---|---|\n")
	for _, l := range t.lines {
		fmt.Fprintln(w, l.markdown())
	}
}

// commit is what was measured, as git calls it.
func commit() string {
	out, err := exec.Command("git", "describe", "--always", "--dirty", "--abbrev=12").Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(out))
}

// machine is what it was measured on.
func machine() string {
	name := "an unknown processor"
	text, err := os.ReadFile("/proc/cpuinfo")
	if err == nil {
		if _, rest, ok := strings.Cut(string(text), "model name\t: "); ok {
			name, _, _ = strings.Cut(rest, "\n")
		}
	}
	return fmt.Sprintf("%d cores of %s, %s, %s/%s", runtime.NumCPU(), name, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

func median(of []float64) float64 {
	sorted := slices.Sorted(slices.Values(of))
	if len(sorted) == 0 {
		return math.NaN()
	}
	middle := len(sorted) / 2
	if len(sorted)%2 == 0 {
		return (sorted[middle-1] + sorted[middle]) / 2
	}
	return sorted[middle]
}

// thousands is a number as people read it.
func thousands(n int) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
