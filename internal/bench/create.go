package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

const workers = 64

// race is one kind of create run, beside the bare loop that sends the same rows.
type race struct {
	what    string
	guard   string
	rows    int
	pairs   int
	latency time.Duration
	slow    time.Duration // added to each commit of kycbatch
	look    bool          // the loop makes two requests a row
	goal    float64
}

// creates are the rows about a create pass without a rate limit.
func (b *bench) creates() error {
	for _, r := range []race{
		{what: "create, `--guard sweep`", guard: "sweep", rows: b.size.rows, pairs: b.size.pairs, goal: 0.90},
		{what: "create, `--guard each`, the loop doing two requests", guard: "each", rows: b.size.few, pairs: b.size.pairs, look: true, goal: 0.90},
	} {
		if err := b.race(r); err != nil {
			return err
		}
	}
	return nil
}

// slowAPI is the row about an API that takes its time.
func (b *bench) slowAPI() error {
	return b.race(race{what: "create, `--guard sweep`, 20 ms latency", guard: "sweep", rows: b.size.slow, pairs: b.size.fewer, latency: 20 * time.Millisecond, goal: 0.99})
}

// race lets both take turns, and compares what the server saw: rows a second from the first create request to the last.
func (b *bench) race(r race) error {
	path := filepath.Join(b.dir, "race.csv")
	if err := writeRows(path, r.rows); err != nil {
		return err
	}
	var ratios, loops, ours, audits, cpu []float64
	for range r.pairs {
		bare, err := b.loopRun(r, path)
		if err != nil {
			return err
		}
		mine, err := b.createRun(r, path)
		if err != nil {
			return err
		}
		loops, ours = append(loops, bare.speed), append(ours, mine.speed)
		ratios = append(ratios, mine.speed/bare.speed)
		audits = append(audits, mine.audit.Seconds())
		cpu = append(cpu, mine.cpu.Seconds()/bare.cpu.Seconds())
	}
	b.table.add(line{
		what: fmt.Sprintf("%s, %s rows", r.what, thousands(r.rows)),
		figure: fmt.Sprintf("%s rows/s beside %s; audit %.2f s; CPU of the process ×%.2f; median of %d pairs",
			thousands(int(median(ours))), thousands(int(median(loops))), median(audits), median(cpu), r.pairs),
		value: median(ratios), unit: "of the bare loop", goal: r.goal, least: true,
	})
	return nil
}

// leg is what one of the two did.
type leg struct {
	ran
	speed float64       // rows a second
	audit time.Duration // from the last create request to the last one of all
}

func (b *bench) loopRun(r race, path string) (leg, error) {
	return b.leg(r, func(base string) (ran, error) {
		look := "blind"
		if r.look {
			look = "look"
		}
		return run(b.child("loop", base, path, strconv.Itoa(workers), look))
	})
}

func (b *bench) createRun(r race, path string) (leg, error) {
	data := filepath.Join(b.dir, "data")
	defer os.RemoveAll(data) //nolint:errcheck // the folder around it goes too
	return b.leg(r, func(base string) (ran, error) {
		cmd := b.kycbatch(data, "create", path, "--api-url", base, "--yes", "--guard", r.guard, "--rate", "unlimited", "--workers", strconv.Itoa(workers))
		if r.slow > 0 {
			slowed(cmd, r.slow)
		}
		done, err := run(cmd)
		if err == nil {
			err = counted(done.stdout, r.rows, "created")
		}
		return done, err
	})
}

// leg runs one contestant against an empty server of its own.
func (b *bench) leg(r race, contest func(base string) (ran, error)) (l leg, err error) {
	a, err := b.startAPI(r.latency, 0)
	if err != nil {
		return l, err
	}
	defer a.stop() //nolint:errcheck // it has said all that is needed of it
	if l.ran, err = contest(a.base); err != nil {
		return l, err
	}
	t, err := a.tallies(false)
	if err != nil {
		return l, err
	}
	if t.Posts != int64(r.rows) {
		return l, fmt.Errorf("the server saw %d create requests of %d", t.Posts, r.rows)
	}
	from := t.FirstPost
	if r.look { // what comes before the first create request is of the same kind
		from = t.First
	}
	l.speed = float64(r.rows) / time.Duration(t.LastPost-from).Seconds()
	l.audit = time.Duration(t.Last - t.LastPost)
	return l, nil
}

// counted checks that a run says of every row what became of it.
func counted(stdout []byte, rows int, outcome string) error {
	var said struct {
		Counts map[string]int `json:"counts"`
	}
	if err := json.Unmarshal(stdout, &said); err != nil {
		return fmt.Errorf("kycbatch's result: %w", err)
	}
	if said.Counts[outcome] != rows {
		return fmt.Errorf("kycbatch says %v, and not %d %s", said.Counts, rows, outcome)
	}
	return nil
}
