package campaign

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"kycbatch/checkpoint"
	"kycbatch/internal/sandbox"
)

// cutStore takes so many commits of records, and then says that the disk is full.
type cutStore struct {
	*checkpoint.Ledger
	room  int
	after func() // runs after each commit of records
}

func (s *cutStore) Put(ctx context.Context, w ...checkpoint.Write) error {
	if w[0].Table != checkpoint.Records {
		return s.Ledger.Put(ctx, w...)
	}
	if s.room == 0 {
		return checkpoint.ErrFull
	}
	s.room--
	defer s.after()
	return s.Ledger.Put(ctx, w...)
}

// cutShort writes something down about 5,000 accounts, on a disk that is full sooner or later or stopped after the first
// commit, and holds that all of them have what was to be written where that worked, and none where it failed.
func cutShort(t *testing.T, write func(*testing.T, *desk, context.Context, *Ledger) error, has func(Record) bool) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		const n = 5000
		d.give("spring", rows(0, n)...)
		for _, c := range []struct{ room, want int }{{0, 0}, {1, n}} {
			ctx, cancel := context.WithCancel(t.Context())
			err := write(t, d, ctx, &Ledger{&cutStore{d.file, c.room, cancel}})
			cancel()
			if c.want == 0 {
				require.ErrorIs(t, err, checkpoint.ErrFull)
			} else {
				require.NoError(t, err)
			}
			written := 0
			for number := range uint64(n) {
				rec, err := d.ledger.record(number + 1)
				require.NoError(t, err)
				if has(rec) {
					written++
				}
			}
			require.Equal(t, c.want, written)
		}
	})
}

// TestOrderIsWrittenDownWholeOrNotAtAll: the next run carries out what is written down, so what failed may not be there in part.
func TestOrderIsWrittenDownWholeOrNotAtAll(t *testing.T) {
	cutShort(t, func(t *testing.T, d *desk, ctx context.Context, l *Ledger) error {
		c, err := d.ledger.Campaign("spring")
		require.NoError(t, err)
		plan := OrderPlan{Order: Order{Campaign: "spring", Why: why}}
		for row, err := range d.ledger.Rows(c) {
			require.NoError(t, err)
			rec := Record{Account: row.Account, State: Created, Round: 1, Attempt: 1, Session: Session{ID: row.Account}, Campaign: c.ID}
			plan.Takes = append(plan.Takes, Planned{Account: row.Account, Session: rec.Session, number: row.Record, before: rec, row: row})
		}
		r, err := newRun(t.Context(), d.cfg, "spring")
		require.NoError(t, err)
		r.l = l
		return r.accept(ctx, plan)
	}, func(rec Record) bool { return rec.Current() == Pending && rec.End.byHand() })
}

func TestWithdrawalIsWrittenDownWholeOrNotAtAll(t *testing.T) {
	cutShort(t, func(t *testing.T, d *desk, ctx context.Context, l *Ledger) error {
		plan, err := d.ledger.PlanWithdrawal("spring", nil)
		require.NoError(t, err)
		return l.Withdraw(ctx, plan, why, Origin{})
	}, func(rec Record) bool { return rec.State == Withdrawn })
}
