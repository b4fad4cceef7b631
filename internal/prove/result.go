package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// result is what became of a part, as it is kept in bin/prove/<commit>/<part>.json.
type result struct {
	Part    string    `json:"part"`
	Minutes float64   `json:"minutes"` // the time that it had
	Started time.Time `json:"started"`
	Seconds float64   `json:"seconds"`
	Ends    []ending  `json:"ends"`  // one for each command
	Facts   []fact    `json:"facts"` // of all commands, added up
}

// ending is what became of one command.
type ending struct {
	Command string   `json:"command"`
	Begun   bool     `json:"begun"` // false: the part's time was over before
	Cut     bool     `json:"cut"`   // ended because the part's time was over
	Exit    int      `json:"exit"`
	Missed  bool     `json:"missed"`           // it said NOT RUN, and may do that
	Empty   bool     `json:"empty"`            // no test has the name that the command asks for
	Broken  []string `json:"broken,omitempty"` // the tests that failed, also where the rest was cut
	Finds   []string `json:"finds,omitempty"`  // inputs that fuzzing found, kept beside this file
	Tail    []string `json:"tail,omitempty"`   // the end of what a command printed that failed
}

// note is what PROOF.md says behind a command that did not end by itself.
func (e ending) note() string {
	switch {
	case !e.Begun:
		return "   # did not begin"
	case e.Cut:
		return "   # ended by its time"
	}
	return ""
}

// failed reports whether the command ended badly by itself.
func (e ending) failed() bool {
	return e.Empty || len(e.Broken)+len(e.Finds) > 0 || e.Begun && !e.Cut && !e.Missed && e.Exit != 0
}

// failed reports whether something was found that must not be.
func (r result) failed() bool {
	for _, e := range r.Ends {
		if e.failed() {
			return true
		}
	}
	for _, f := range r.Facts {
		if f.Kind == zero && f.Found > 0 {
			return true
		}
	}
	return false
}

// save writes the result whole: a part whose file is there has ended.
func (r result) save(dir string) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	path := filepath.Join(dir, r.Part+".json")
	if err := os.WriteFile(path+".new", append(text, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// saved reads what an earlier run kept of a part. It is none where that run gave the part another time.
func saved(dir string, p part) (result, bool, error) {
	text, err := os.ReadFile(filepath.Join(dir, p.name+".json")) //nolint:gosec // our own
	if errors.Is(err, fs.ErrNotExist) {
		return result{}, false, nil
	}
	if err != nil {
		return result{}, false, err
	}
	var r result
	if err := json.Unmarshal(text, &r); err != nil {
		return result{}, false, fmt.Errorf("what is kept of %s can't be read, run it anew with -again %s: %w", p.name, p.name, err)
	}
	return r, r.Minutes == p.minutes, nil
}

// tailLines is how much of a failed command's output PROOF.md shows.
const tailLines = 30

// broken is the line that the testing package prints of a test that failed.
var broken = regexp.MustCompile(`(?m)^\s*--- FAIL: (\S+)`)

// fails are the lines with which a test says what went wrong.
var fails = regexp.MustCompile(`^\s*--- FAIL|Error( Trace)?:|Messages:|replay with|panic:|DATA RACE`)

// tail is the end of a log, after the lines that say what failed before it, with places of this machine left out.
func tail(path, root string) ([]string, error) {
	file, err := os.Open(path) //nolint:gosec // our own
	if err != nil {
		return nil, err
	}
	defer file.Close() //nolint:errcheck // only read
	var said, last []string
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<24)
	places := strings.NewReplacer(root, ".", strings.TrimSuffix(os.TempDir(), "/"), "TMP")
	for lines.Scan() {
		last = append(last, places.Replace(lines.Text()))
		if len(last) > tailLines {
			if fails.MatchString(last[0]) && len(said) < tailLines {
				said = append(said, last[0])
			}
			last = last[1:]
		}
	}
	return append(said, last...), lines.Err()
}

// drawn is how many of the first of its part's draws were counted.
func (r result) drawn(p part) (n int) {
	for _, f := range r.Facts {
		if f.Kind == count && len(p.draws) > 0 && f.Unit == p.draws[0] {
			n += f.N
		}
	}
	return n
}
