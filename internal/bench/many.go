package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"go.etcd.io/bbolt"
)

// pending is how many rows are left for the run that goes on without a file.
const pending = 100

// many are the rows about many records: one campaign, from its file to its reports.
func (b *bench) many() error {
	rows := b.size.many
	path := filepath.Join(b.dir, "many.csv")
	if err := writeRows(path, rows); err != nil {
		return err
	}
	bare, err := b.readings(path)
	if err != nil {
		return err
	}
	if err := b.takingIn(path, bare); err != nil {
		return err
	}
	a, err := b.startAPI(0, 0)
	if err != nil {
		return err
	}
	defer a.stop() //nolint:errcheck // it has said all that is needed of it
	data := filepath.Join(b.dir, "many")
	defer os.RemoveAll(data) //nolint:errcheck // the folder around it goes too
	if err := b.memory(a, data, path); err != nil {
		return err
	}
	if err := b.goingOn(a, data); err != nil {
		return err
	}
	if err := b.rerun(a, data, path, bare); err != nil {
		return err
	}
	if err := b.ledgerSize(data, rows); err != nil {
		return err
	}
	return b.reports(data)
}

// readings are how long gocsv takes to read a file, the median.
func (b *bench) readings(path string) (time.Duration, error) {
	var structs, bare []float64
	for range b.size.repeats {
		for _, c := range []struct {
			kind string
			took *[]float64
		}{{"gocsv", &structs}, {"csv", &bare}} {
			done, err := run(b.child(c.kind, path))
			if err != nil {
				return 0, err
			}
			*c.took = append(*c.took, done.wall.Seconds())
		}
	}
	fmt.Printf("%.2f seconds: encoding/csv reads %s rows\n%.2f seconds: gocsv does\n", median(bare), thousands(b.size.many), median(structs))
	return time.Duration(median(structs) * float64(time.Second)), nil
}

// unlimited are the flags of a run that is held up by nothing.
func unlimited(base, guard string) []string {
	return []string{"--api-url", base, "--yes", "--guard", guard, "--rate", "unlimited", "--workers", strconv.Itoa(workers), "--expect"}
}

// takingIn is the time from the start of a run to its first request: by then the file is in the ledger.
func (b *bench) takingIn(path string, bare time.Duration) error {
	var took []float64
	for range b.size.repeats {
		err := func() error {
			data := filepath.Join(b.dir, "in")
			defer os.RemoveAll(data) //nolint:errcheck // the folder around it goes too
			a, err := b.startAPI(0, 0)
			if err != nil {
				return err
			}
			defer a.stop() //nolint:errcheck // it has said all that is needed of it
			done, err := run(b.kycbatch(data, append([]string{"create", path, "--limit", "1"}, append(unlimited(a.base, "sweep"), "1")...)...))
			if err != nil {
				return err
			}
			t, err := a.tallies(false)
			took = append(took, time.Unix(0, t.First).Sub(done.began).Seconds())
			return err
		}()
		if err != nil {
			return err
		}
	}
	b.table.add(line{what: fmt.Sprintf("taking a file of %s rows into the ledger", thousands(b.size.many)),
		figure: fmt.Sprintf("%.2f s from the start of the program to its first request; gocsv %.2f s", median(took), bare.Seconds()),
		value:  median(took) / bare.Seconds(), unit: "times gocsv's reading of it", goal: 6})
	return nil
}

// memory is the anonymous memory of a create pass over a few rows, and over many.
func (b *bench) memory(a *api, data, path string) error {
	few := filepath.Join(b.dir, "few.csv")
	if err := writeRows(few, max(1, b.size.many/100)); err != nil {
		return err
	}
	small, err := b.startAPI(0, 0)
	if err != nil {
		return err
	}
	defer small.stop() //nolint:errcheck // it has said all that is needed of it
	fewData := filepath.Join(b.dir, "few")
	defer os.RemoveAll(fewData) //nolint:errcheck // the folder around it goes too
	for _, c := range []struct {
		a          *api
		data, path string
		rows       int
	}{{small, fewData, few, max(1, b.size.many/100)}, {a, data, path, b.size.many - min(pending, b.size.many/2)}} {
		if err := b.memoryOf(c.a, c.data, c.path, c.rows); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) memoryOf(a *api, data, path string, rows int) error {
	n := strconv.Itoa(rows)
	done, err := run(b.kycbatch(data, append([]string{"create", path, "--limit", n}, append(unlimited(a.base, "sweep"), n)...)...))
	if err != nil {
		return err
	}
	if err := counted(done.stdout, rows, "created"); err != nil {
		return err
	}
	t, err := a.tallies(true)
	if err != nil {
		return err
	}
	from := time.Unix(0, t.First)
	b.table.add(line{what: fmt.Sprintf("anonymous memory of a create pass over %s rows", thousands(rows)),
		figure: fmt.Sprintf("%.1f MiB with the file taken in before and the results written behind; %.1f s in all", done.most(time.Time{}, time.Time{}), done.wall.Seconds()),
		value:  done.most(from, time.Unix(0, t.Last)), unit: "MiB", goal: 64})
	return nil
}

// goingOn is a run without a file, where little of much is left to do.
func (b *bench) goingOn(a *api, data string) error {
	n := strconv.Itoa(min(pending, b.size.many/2))
	done, err := run(b.kycbatch(data, append([]string{"create"}, append(unlimited(a.base, "each"), n)...)...))
	if err != nil {
		return err
	}
	t, err := a.tallies(true)
	if err != nil {
		return err
	}
	b.table.add(line{what: fmt.Sprintf("create without a file, `--guard each`, %s records of which %s are pending: to the first create request", thousands(b.size.many), n),
		figure: fmt.Sprintf("%.2f s to the end", done.wall.Seconds()),
		value:  time.Unix(0, t.FirstPost).Sub(done.began).Seconds(), unit: "s", goal: 1})
	return nil
}

// rerun is the same command again, when nothing is left to do.
func (b *bench) rerun(a *api, data, path string, bare time.Duration) error {
	var took []float64
	for range b.size.repeats {
		done, err := run(b.kycbatch(data, append([]string{"create", path}, append(unlimited(a.base, "each"), "0")...)...))
		if err != nil {
			return err
		}
		if err := counted(done.stdout, b.size.many, "already"); err != nil {
			return err
		}
		took = append(took, done.wall.Seconds())
	}
	t, err := a.tallies(true)
	if err != nil {
		return err
	}
	b.table.add(line{what: fmt.Sprintf("rerun over %s finished rows", thousands(b.size.many)),
		figure: fmt.Sprintf("%.2f s, %d requests; gocsv %.2f s", median(took), t.Requests, bare.Seconds()),
		value:  median(took) / bare.Seconds(), unit: "times gocsv's reading of it", goal: 3})
	b.table.add(line{what: "requests of those reruns", value: float64(t.Requests), unit: "requests"})
	return nil
}

// ledgerSize is what a row takes on the disk, without the pages of the trail.
func (b *bench) ledgerSize(data string, rows int) error {
	path := filepath.Join(data, "ledger.db")
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // it was only read
	trail := 0
	if err := db.View(func(tx *bbolt.Tx) error {
		s := tx.Bucket([]byte("trail")).Stats()
		trail = s.LeafAlloc + s.BranchAlloc
		return nil
	}); err != nil {
		return err
	}
	b.table.add(line{what: fmt.Sprintf("ledger after a campaign of %s rows with five metadata columns, the trail apart", thousands(rows)),
		figure: fmt.Sprintf("a file of %d MiB, %d MiB of it the trail", info.Size()>>20, trail>>20),
		value:  float64(int(info.Size())-trail) / float64(rows), unit: "bytes a row", goal: 1024})
	return nil
}

// binary is the size of the program as it ships.
func (b *bench) binary() error {
	info, err := os.Stat(b.program)
	if err != nil {
		return err
	}
	b.table.add(line{what: "stripped binary", value: float64(info.Size()) / 1e6, unit: "MB", goal: 25})
	return nil
}

// large is the memory of a create pass over ten times as many rows.
func (b *bench) large() error {
	b.size.many *= 10
	path, data := filepath.Join(b.dir, "large.csv"), filepath.Join(b.dir, "large")
	if err := writeRows(path, b.size.many); err != nil {
		return err
	}
	a, err := b.startAPI(0, 0)
	if err != nil {
		return err
	}
	defer a.stop() //nolint:errcheck // it has said all that is needed of it
	if err := b.memoryOf(a, data, path, b.size.many); err != nil {
		return err
	}
	return b.ledgerSize(data, b.size.many)
}
