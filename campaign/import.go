package campaign

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"time"

	"github.com/sourcegraph/conc"

	"kycbatch/checkpoint"
	"kycbatch/internal/intake"
)

// importChunk is how many rows one commit of an import holds.
const importChunk = 4096

// Imported says what taking a file in changed.
type Imported struct {
	Campaign       Campaign
	Unchanged      bool  // the same file with the same options: nothing was written
	Withdrawn      []int // lines of the earlier file whose pending rows are gone from this one, at most 1,000
	WithdrawnTotal int
}

// Import takes a file in as one unit: its rows are written under a new import number, and count only
// when the last commit names that number as the campaign's. A crash before it leaves the earlier file
// in force, untouched; what was written is cleaned away by the next import.
//
// Rows that are gone from the new file are kept behind it: one that was sent is still followed, one that
// was pending is withdrawn. options is a hash of whatever else the rows depend on.
func (l *Ledger) Import(ctx context.Context, name string, f *intake.File, options string) (Imported, error) {
	c, err := l.Campaign(name)
	if err != nil && !errors.Is(err, ErrNoCampaign) {
		return Imported{}, err
	}
	if c.sameAs(f, options) {
		return Imported{Campaign: c, Unchanged: true}, nil
	}
	im := &importer{l: l, before: c}
	im.after = Campaign{
		Name: name, ID: c.ID, Import: c.Import + 1, Source: filepath.Base(f.Path), SHA256: f.SHA256, Options: options,
		Header: f.Header, Imported: time.Now().UTC(), Settings: c.Settings, Begun: c.Begun,
	}
	done, err := im.run(ctx, f)
	if err != nil {
		return Imported{}, fmt.Errorf("take %s into the ledger: %w", im.after.Source, err)
	}
	return done, nil
}

// sameAs says whether a file is the campaign's newest, read in the same way.
func (c Campaign) sameAs(f *intake.File, options string) bool {
	return c.Import > 0 && c.SHA256 == f.SHA256 && c.Options == options
}

type importer struct {
	l             *Ledger
	before, after Campaign
	records       uint64 // the highest record number given out
	first         bool   // no account was known before this import
	named         sieve  // the accounts that it has met
	seen          bitset // record numbers that the file names
	index         uint64

	// One chunk is gathered while the one before it is committed.
	chunk, committed chunk
	committing       conc.WaitGroup
	failed           error // of the commit, once committing has ended
}

// chunk is what one commit of an import holds.
type chunk struct {
	writes []checkpoint.Write
	fresh  map[string]uint64 // numbers of the accounts in writes
}

func (im *importer) run(ctx context.Context, f *intake.File) (_ Imported, err error) {
	defer im.committing.Wait()
	if im.records, err = im.l.counter("records"); err != nil {
		return Imported{}, err
	}
	im.first, im.named = im.records == 0, newSieve(f.Rows)
	if im.after.ID == 0 {
		if err := im.newCampaign(ctx); err != nil {
			return Imported{}, err
		}
	}
	if err := im.clean(ctx); err != nil {
		return Imported{}, err
	}
	im.chunk.fresh, im.committed.fresh = map[string]uint64{}, map[string]uint64{}
	for in, err := range f.All(ctx) {
		if err != nil {
			return Imported{}, err
		}
		if err := im.add(ctx, rowOf(in)); err != nil {
			return Imported{}, err
		}
	}
	im.after.Rows = im.index
	done := Imported{}
	if err := im.keepGone(ctx, &done); err != nil {
		return Imported{}, err
	}
	im.after.Kept = im.index - im.after.Rows
	told, err := im.l.tellImport(im.after)
	if err != nil {
		return Imported{}, err
	}
	im.chunk.writes = append(im.chunk.writes, campaignWrite(im.after), told)
	if err := errors.Join(im.flush(ctx), im.settled()); err != nil {
		return Imported{}, err
	}
	done.Campaign = im.after
	return done, im.clean(ctx)
}

// newCampaign makes the campaign's entry, so that its id is its own from here on.
func (im *importer) newCampaign(ctx context.Context) error {
	n, err := im.l.counter("campaigns")
	if err != nil {
		return err
	}
	im.before.Name, im.before.ID, im.after.ID = im.after.Name, n+1, n+1
	return im.l.s.Put(ctx, counterWrite("campaigns", n+1), campaignWrite(im.before))
}

func campaignWrite(c Campaign) checkpoint.Write {
	return checkpoint.Write{Table: checkpoint.Campaigns, Key: []byte(c.Name), Value: c.encode()}
}

func (im *importer) add(ctx context.Context, row Row) error {
	if row.Account != "" {
		n, err := im.number(row.Account)
		if err != nil {
			return err
		}
		row.Record = n
		im.seen.set(n)
	}
	im.chunk.writes = append(im.chunk.writes, checkpoint.Write{
		Table: checkpoint.Rows, Key: rowKey(im.after.ID, im.after.Import, im.index), Value: row.encode(),
	})
	im.index++
	if len(im.chunk.writes) >= importChunk {
		return im.flush(ctx)
	}
	return nil
}

// number finds the account's record, or gives out the next number.
func (im *importer) number(account string) (uint64, error) {
	for _, c := range []chunk{im.chunk, im.committed} {
		if n := c.fresh[account]; n > 0 {
			return n, nil
		}
	}
	if met := im.named.add(account); met || !im.first {
		n, err := im.l.number(account)
		if err != nil || n > 0 {
			return n, err
		}
	}
	im.records++
	im.chunk.fresh[account] = im.records
	im.chunk.writes = append(im.chunk.writes, checkpoint.Write{Table: checkpoint.Accounts, Key: []byte(account), Value: recordKey(im.records)})
	return im.records, nil
}

// flush has the chunk committed, once the one before it is.
func (im *importer) flush(ctx context.Context) error {
	if err := im.settled(); err != nil {
		return err
	}
	im.chunk, im.committed = im.committed, im.chunk
	im.chunk.writes = im.chunk.writes[:0]
	clear(im.chunk.fresh)
	writes := append(im.committed.writes, counterWrite("records", im.records))
	im.committing.Go(func() { im.failed = im.l.s.Put(ctx, writes...) })
	return nil
}

// settled waits for the commit that is under way, and returns its error. The zero value has none.
func (im *importer) settled() error {
	im.committing.Wait()
	return im.failed
}

// keepGone carries rows of the earlier file over that the new one does not name.
func (im *importer) keepGone(ctx context.Context, done *Imported) error {
	if im.before.Import == 0 {
		return nil
	}
	for row, err := range im.l.Rows(im.before) {
		if err != nil {
			return err
		}
		if row.Record == 0 || im.seen.has(row.Record) {
			continue
		}
		rec, err := im.l.record(row.Record)
		if err != nil {
			return err
		}
		pending := rec.Current() == Pending && !rec.replaces() // what was ordered for an account goes on without its row
		if pending && row.Request == nil {
			continue // it never could be sent
		}
		im.seen.set(row.Record)
		if !row.Gone && pending {
			done.WithdrawnTotal++
			if len(done.Withdrawn) < 1000 {
				done.Withdrawn = append(done.Withdrawn, row.Line)
			}
		}
		row.Gone = true
		if err := im.add(ctx, row); err != nil {
			return err
		}
	}
	return nil
}

// clean deletes rows of imports that do not count: earlier ones, and one that was cut short.
func (im *importer) clean(ctx context.Context) error {
	c, err := im.l.Campaign(im.after.Name)
	if err != nil {
		return err
	}
	var writes []checkpoint.Write
	remove := func(after []byte, until uint64) error {
		for e, err := range im.l.s.Scan(checkpoint.Rows, rowsPrefix(c.ID, 0)[:4], after) {
			if err != nil {
				return err
			}
			if binary.BigEndian.Uint32(e.Key[4:]) >= uint32(until) {
				break
			}
			writes = append(writes, checkpoint.Write{Table: checkpoint.Rows, Key: e.Key})
			if len(writes) < importChunk {
				continue
			}
			if err := im.l.s.Put(ctx, writes...); err != nil {
				return err
			}
			writes = nil
		}
		return nil
	}
	if err := remove(nil, c.Import); err != nil {
		return err
	}
	if err := remove(rowKey(c.ID, c.Import, math.MaxUint32), math.MaxUint32); err != nil {
		return err
	}
	if len(writes) == 0 {
		return nil
	}
	return im.l.s.Put(ctx, writes...)
}
