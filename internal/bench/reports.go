package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// reports are the rows about reports, beside a loop that reads the same ledger and writes the same bytes.
func (b *bench) reports(data string) error {
	for _, format := range []string{"csv", "html", "json"} {
		if err := b.report(data, format); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) report(data, format string) error {
	var ratios, ours, bare []float64
	most := 0.0
	for range b.size.repeats {
		err := func() error {
			out, copied := filepath.Join(b.dir, "report"), filepath.Join(b.dir, "copied")
			defer os.RemoveAll(out)    //nolint:errcheck // the folder around it goes too
			defer os.RemoveAll(copied) //nolint:errcheck // the folder around it goes too
			if err := os.Mkdir(copied, 0o700); err != nil {
				return err
			}
			mine, err := run(b.kycbatch(data, "report", "--format", format, "--out", out))
			if err != nil {
				return err
			}
			loop, err := run(b.child("scan", filepath.Join(data, "ledger.db"), out, copied))
			ours, bare = append(ours, mine.wall.Seconds()), append(bare, loop.wall.Seconds())
			ratios = append(ratios, mine.wall.Seconds()/loop.wall.Seconds())
			most = max(most, mine.most(time.Time{}, time.Time{}))
			return err
		}()
		if err != nil {
			return err
		}
	}
	what := fmt.Sprintf("report of %s records as %s", thousands(b.size.many), format)
	b.table.add(line{what: what, figure: fmt.Sprintf("%.1f s beside %.1f s, median of %d pairs", median(ours), median(bare), b.size.repeats),
		value: median(ratios), unit: "times the bare loop", goal: 10})
	b.table.add(line{what: what + ": anonymous memory", value: most, unit: "MiB", goal: 128})
	return nil
}
