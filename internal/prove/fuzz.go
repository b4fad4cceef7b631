package main

import (
	"context"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// target is one fuzz target of the module.
type target struct{ dir, name string }

var targeted = regexp.MustCompile(`(?m)^func (Fuzz\w+)\(`)

// fuzzTargets finds every target, as the Makefile's fuzz does, by folder and name.
func fuzzTargets(source fs.FS) ([]target, error) {
	var all []target
	err := fs.WalkDir(source, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && name != "." && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "bin" || entry.Name() == "testdata") {
			return fs.SkipDir
		}
		if !strings.HasSuffix(name, "_test.go") {
			return nil
		}
		text, err := fs.ReadFile(source, name)
		for _, m := range targeted.FindAllStringSubmatch(string(text), -1) {
			all = append(all, target{dir: path.Dir(name), name: m[1]})
		}
		return err
	})
	slices.SortFunc(all, func(a, b target) int { return strings.Compare(a.dir+" "+a.name, b.dir+" "+b.name) })
	return all, err
}

func fuzzCommands(targets []target, each time.Duration) []command {
	var all []command
	for _, t := range targets {
		all = append(all, command{fuzz: t.name, dir: t.dir, args: []string{"go", "test", "./" + t.dir, "-run=^$", "-fuzz=^" + t.name + "$", "-fuzztime=" + each.String(), "-parallel=1"}})
	}
	return all
}

var executed = regexp.MustCompile(`(?m)^fuzz: elapsed: .*execs: (\d+) `)

// fuzzed is what one target was tried on, by the newest line in which the go command says how far it is.
func fuzzed(said, name, dir string) fact {
	f := fact{Kind: zero, Unit: "inputs of " + name + " in " + dir, Text: "failing one"}
	if all := executed.FindAllStringSubmatch(said, -1); len(all) > 0 {
		f.N, _ = strconv.Atoi(all[len(all)-1][1]) // digits, by the pattern
	}
	if broken.MatchString(said) {
		f.Found = 1 // it stops there
	}
	return f
}

// takeFinds moves the inputs that a target failed on out of the tree, which stays that of the commit, to what is kept of
// the proof. Whoever mends what they show puts them back, as regressions.
func (p proof) takeFinds(c command) ([]string, error) {
	corpus := path.Join(c.dir, "testdata", "fuzz", c.fuzz)
	// Without the proof's context: what a find leaves in the tree is taken out of it also where the proof is interrupted.
	out, err := git(context.Background(), p.tree.root, "ls-files", "--others", "--", corpus)
	if err != nil || out == "" {
		return nil, err
	}
	finds := strings.Split(out, "\n")
	for _, name := range finds {
		to := filepath.Join(p.dir, "finds", filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
			return finds, err
		}
		if err := os.Rename(filepath.Join(p.tree.root, filepath.FromSlash(name)), to); err != nil {
			return finds, err
		}
	}
	return finds, nil
}

var (
	passed = regexp.MustCompile(`(?m)^--- (?:PASS|FAIL): `)
	racing = regexp.MustCompile(`(?m)^WARNING: DATA RACE`)
)

// raced is what the race detector says: of so many tests, so many races.
func raced(said string) []fact {
	return []fact{{Kind: zero, Found: len(racing.FindAllString(said, -1)), N: len(passed.FindAllString(said, -1)), Unit: "tests", Text: "data race"}}
}
