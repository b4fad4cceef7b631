package campaign

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"kycbatch/checkpoint"
)

// Purged is what a purge removed.
type Purged struct {
	Rows     int // whose personal data is gone
	Accounts int // whose record was purged
	Links    int // lines of the campaign's links.csv
}

// Purge carries out what a plan says, as the ledger is now. It first purges rows and then records: a row's outcome is told by
// its record, so where it is cut short, the next purge goes on. dir is the campaign's [ResultsDir]; of what lies there only
// links.csv is changed. The bytes are still in free pages of the file: see [CompactLedger].
func (l *Ledger) Purge(ctx context.Context, plan PurgePlan, dir string, origin Origin) (done Purged, err error) {
	p, err := l.newPurger(plan.Purge)
	if err != nil {
		return done, err
	}
	number, trail, err := l.beginRun(ctx, origin, p.c)
	if err != nil {
		return done, err
	}
	w := &purging{purger: p, ctx: ctx, run: number, trail: trail}
	if err = w.rows(); err == nil {
		err = w.records()
	}
	done = w.done
	if err == nil {
		done.Links, err = l.dropLinks(dir, p.c)
	}
	if err != nil {
		return done, fmt.Errorf("purge campaign %s: %w", p.c.Name, err)
	}
	ended := Entry{Run: number, Kind: KindEnded, Facts: []Fact{
		{FactCampaign, p.c.Name}, {FactRows, decimal(uint64(done.Rows))}, {FactAccounts, decimal(uint64(done.Accounts))},
	}}
	return done, l.s.Put(ctx, trail.add(&ended))
}

// purging is a purge under way.
type purging struct {
	*purger
	ctx    context.Context
	run    uint64
	trail  *trail
	writes []checkpoint.Write
	done   Purged
}

// rows purges the rows.
func (w *purging) rows() error {
	index := uint64(0)
	for row, err := range w.l.Rows(w.c) {
		if err != nil {
			return err
		}
		rec, left, err := w.judge(row)
		if err != nil {
			return err
		}
		if left == "" {
			w.writes = append(w.writes, checkpoint.Write{
				Table: checkpoint.Rows, Key: rowKey(w.c.ID, w.c.Import, index), Value: w.strip(row, rec).encode(),
			})
			w.done.Rows++
		}
		index++
		if err := w.flush(importChunk); err != nil {
			return err
		}
	}
	return w.flush(1)
}

// records purges the records of the rows that are purged.
func (w *purging) records() error {
	var met bitset // several rows can name one account
	for row, err := range w.l.Rows(w.c) {
		if err != nil {
			return err
		}
		rec, left, err := w.judge(row)
		if err != nil {
			return err
		}
		if left != LeftPurged || !w.takes(rec, left) || met.has(row.Record) {
			continue
		}
		met.set(row.Record)
		after := rec.strip()
		purged := Entry{Kind: KindPurged, Round: rec.Round, Session: rec.Session.ID}
		w.writes = append(w.writes, w.trail.writes(w.run, row.Record, rec, &after, []Entry{purged})...)
		w.done.Accounts++
		if err := w.flush(importChunk); err != nil {
			return err
		}
	}
	return w.flush(1)
}

// flush commits what is to be written, where it is at least so much.
func (w *purging) flush(least int) error {
	if len(w.writes) < least {
		return nil
	}
	err := w.l.s.Put(w.ctx, w.writes...)
	w.writes = w.writes[:0]
	return err
}

// dropLinks takes the lines of purged accounts out of the links of a redirect campaign.
func (l *Ledger) dropLinks(dir string, c Campaign) (dropped int, err error) {
	if !c.Settings.Redirect() {
		return 0, nil
	}
	_, _, dropped, err = l.rewriteLinks(dir, c.ID)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return 0, nil
	case err != nil:
		return 0, fmt.Errorf("take links out of %s: %w", LinksFile, err)
	}
	return dropped, nil
}
