// Bench measures what everything around a request costs: `make bench` fills one table with kycbatch's real binary beside
// contestants that keep nothing, against a lean API in a process of its own, and writes it to BENCH.md.
//
//	go run ./internal/bench                           the table, in under 15 minutes
//	go run ./internal/bench -only create -share 0.1   a part of it, with a tenth of the rows
//	go run ./internal/bench -large                    memory with 10,000,000 rows
//
// Machines differ, and so does what else they do: a speed is a ratio of two things that took turns, the median of several.
//
//	server.go, sessions.go, tallies.go   the API: create, list and get; a latency, a limit
//	loop.go, parse.go, scan.go           the contestants: a bare HTTP loop, bare CSV readers, a bare walk over a ledger
//	process.go                           processes: started, timed, their memory sampled
//	create.go, disk.go, pace.go          the rows of the table about requests
//	many.go, reports.go                  those about many records
//	table.go                             the table
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

func main() {
	var err error
	switch args := os.Args[1:]; {
	case len(args) == 3 && args[0] == "serve":
		err = serveArgs(args[1], args[2])
	case len(args) == 5 && args[0] == "loop":
		err = loopArgs(args[1], args[2], args[3], args[4])
	case len(args) == 2 && (args[0] == "csv" || args[0] == "gocsv"):
		err = parse(args[1], args[0] == "gocsv")
	case len(args) == 4 && args[0] == "scan":
		err = scan(args[1], args[2], args[3])
	default:
		err = all(args)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func serveArgs(latency, limit string) error {
	d, err := time.ParseDuration(latency)
	if err != nil {
		return err
	}
	perSecond, err := strconv.Atoi(limit)
	if err != nil {
		return err
	}
	return serve(d, perSecond)
}

func loopArgs(base, path, workers, look string) error {
	n, err := strconv.Atoi(workers)
	if err != nil {
		return err
	}
	return loop(base, path, n, look == "look")
}

// bench is one filling of the table.
type bench struct {
	self    string // this program, for its contestants
	program string // kycbatch, as it ships
	dir     string // for everything that the runs write
	size    size
	table   table
}

// size says how much is measured.
type size struct {
	pairs    int // of alternating runs
	fewer    int // pairs where each differs little from the next
	rows     int // of a create run
	few      int // rows of one that takes longer
	many     int // rows of what is about many
	slow     int // rows with a latency
	paced200 int // rows at 200/s
	paced1k  int // rows at 1000/s
	repeats  int // of what takes long
}

func fullSize() size {
	return size{pairs: 11, fewer: 3, rows: 100_000, few: 15_000, many: 1_000_000, slow: 10_000, paced200: 2000, paced1k: 20_000, repeats: 2}
}

// all fills the table, and writes it.
func all(args []string) (err error) {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	large := flags.Bool("large", false, "measure memory with 10,000,000 rows, and nothing else")
	share := flags.Float64("share", 1, "measure this share of the rows, for a look that takes less time")
	only := flags.String("only", "", "measure this part alone: binary, create, slow, disk, pace, many")
	out := flags.String("out", "", "file that the table is written to; empty: it is only printed")
	readme := flags.String("readme", "", "file in which the table takes the place of the one that it has; empty: in none")
	program := flags.String("program", "", "kycbatch to measure; empty: it is built from this folder")
	if err := flags.Parse(args); err != nil {
		return err
	}
	b := &bench{size: fullSize().times(*share), program: *program}
	if b.self, err = os.Executable(); err != nil {
		return err
	}
	if b.dir, err = os.MkdirTemp("", "kycbatch-bench-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.dir)) }()
	if b.program == "" {
		b.program = filepath.Join(b.dir, "kycbatch")
		build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", b.program, "./cmd/kycbatch")
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		build.Stderr = os.Stderr
		if err := build.Run(); err != nil {
			return fmt.Errorf("build kycbatch: %w", err)
		}
	}
	b.table.began, b.table.commit = time.Now(), commit()
	parts := []part{
		{"binary", b.binary}, {"create", b.creates}, {"slow", b.slowAPI}, {"disk", b.slowDisk}, {"pace", b.paces}, {"many", b.many},
	}
	if *large {
		parts = []part{{"large", b.large}}
	}
	for _, p := range parts {
		if *only != "" && *only != p.name {
			continue
		}
		if err := p.measure(); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return errors.Join(b.table.write(*out), b.table.insert(*readme))
}

type part struct {
	name    string
	measure func() error
}

func (s size) times(share float64) size {
	part := func(n int) int { return max(1, int(float64(n)*share)) }
	some := func(n int) int { return max(1, min(n, int(float64(n)*share*2))) }
	return size{
		pairs: some(s.pairs), fewer: some(s.fewer), rows: part(s.rows), few: part(s.few), many: part(s.many), slow: part(s.slow),
		paced200: part(s.paced200), paced1k: part(s.paced1k), repeats: max(1, part(s.repeats)),
	}
}
