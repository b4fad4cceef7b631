package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// paces are the rows about runs with a rate limit, against a server that enforces that very limit over any second.
func (b *bench) paces() error {
	for _, p := range []struct{ rate, rows int }{{200, b.size.paced200}, {1000, b.size.paced1k}} {
		if err := b.pace(p.rate, p.rows); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) pace(rate, rows int) error {
	path, data := filepath.Join(b.dir, "pace.csv"), filepath.Join(b.dir, "data")
	defer os.RemoveAll(data) //nolint:errcheck // the folder around it goes too
	if err := writeRows(path, rows); err != nil {
		return err
	}
	a, err := b.startAPI(0, rate)
	if err != nil {
		return err
	}
	defer a.stop() //nolint:errcheck // it has said all that is needed of it
	done, err := run(b.kycbatch(data, "create", path, "--api-url", a.base, "--yes", "--guard", "sweep",
		"--rate", strconv.Itoa(rate)+"/s", "--workers", strconv.Itoa(workers), "--settle", "5s"))
	if err != nil {
		return err
	}
	if err := counted(done.stdout, rows, "created"); err != nil {
		return err
	}
	t, err := a.tallies(false)
	if err != nil {
		return err
	}
	what := fmt.Sprintf("`--rate %d/s`, %s rows", rate, thousands(rows))
	speed := float64(t.Posts-1) / time.Duration(t.LastPost-t.FirstPost).Seconds()
	b.table.add(line{what: what + ": delivered", figure: fmt.Sprintf("%.1f create requests a second", speed),
		value: speed / float64(rate), unit: "of the rate", goal: 0.99, least: true})
	b.table.add(line{what: what + ": the fullest second, wherever it begins", figure: fmt.Sprintf("%d requests", t.Fullest),
		value: float64(t.Fullest) / float64(rate), unit: "of the rate", goal: 1.01})
	b.table.add(line{what: what + ": refused with 429", figure: fmt.Sprintf("of %s requests", thousands(int(t.Requests))),
		value: float64(t.Refused), unit: "requests"})
	return nil
}
