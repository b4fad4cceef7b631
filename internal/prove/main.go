// Prove runs the long form of this module's proofs and writes PROOF.md: `make prove`.
//
//	clean tree ─► the commit ─► parts, on two cores ─► bin/prove/<commit>/<part>.json ─► PROOF.md
//
// A part is a list of commands, mostly `go test` with larger numbers than `make test` has, and the time that they get
// (parts.go). What a part printed is read line by line: zeros as `0 of 400000 rows: second invitation`, counts as
// `12345 kills`, and what could not be done as `NOT RUN: why` (fact.go). A part that has ended is not run again for the
// same commit, so that what was interrupted goes on where it stopped; `-again part` runs one anew. Nothing that fails
// keeps the other parts from running, and what failed is said first in PROOF.md.
//
// What a person has to write (the bugs that were found, what reviews found, and what no proof here speaks of) is in
// bugs.md, review.md and outside.md beside this file, and goes into PROOF.md as it is.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

// full is the whole proof's time on two cores, in minutes; `-minutes` asks for less of what is drawn.
const full = 75

// errFailed is a proof that was written, and is not one: a part failed.
var errFailed = errors.New("a part of the proof failed, see PROOF.md")

func main() {
	var again string
	minutes := flag.Float64("minutes", full, "shorten what is drawn (campaigns, kills, images, fuzzing) as if the whole proof had `N` minutes; at most 75")
	flag.StringVar(&again, "again", "", "run this `part` again although it has ended")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, log.New(os.Stderr, "", log.Ltime), *minutes, again); err != nil {
		fmt.Fprintln(os.Stderr, "prove:", err)
		os.Exit(1) //nolint:gocritic // the signals end with the process
	}
}

func run(ctx context.Context, talk *log.Logger, minutes float64, again string) error {
	if minutes <= 0 || minutes > full {
		return fmt.Errorf("-minutes %v: it has to be above 0 and at most %d", minutes, full)
	}
	tree, err := openTree(ctx, ".")
	if err != nil {
		return err
	}
	parts, err := allParts(os.DirFS(tree.root), minutes/full)
	if err != nil {
		return err
	}
	p := proof{tree: tree, dir: filepath.Join(tree.root, "bin", "prove", tree.commit), talk: talk}
	if again != "" {
		if err := p.forget(parts, again); err != nil {
			return err
		}
	}
	results, err := p.all(ctx, parts)
	if err != nil {
		return err
	}
	page := page{tree: tree, machine: thisMachine(), minutes: minutes, parts: parts, results: results, written: time.Now()}
	if err := os.WriteFile(filepath.Join(tree.root, "PROOF.md"), []byte(page.text()), 0o644); err != nil { //nolint:gosec // it is for everybody
		return err
	}
	for i := range parts {
		if results[i].failed() {
			return errFailed
		}
	}
	return nil
}
