package campaign

import (
	"iter"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/checkpoint"
	"kycbatch/internal/sandbox"
)

// TestTrailParts reads the trail by place and by time, also over a clock that was set back: ids tell the place, At the time.
func TestTrailParts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, sandbox.Faults{})
		end, err := d.ledger.TrailEnd()
		require.NoError(t, err)
		require.Zero(t, end, "nothing was done yet")

		trail, err := d.ledger.openTrail()
		require.NoError(t, err)
		began := time.Now()
		var ids []uint64
		for _, after := range []time.Duration{0, time.Hour, -time.Hour, 2 * time.Hour} {
			e := Entry{At: began.Add(after), Kind: KindStatus, Record: 1, Prev: uint64(len(ids)), Reason: after.String()}
			require.NoError(t, d.file.Put(t.Context(), trail.add(&e)))
			ids = append(ids, e.ID)
		}
		end, err = d.ledger.TrailEnd()
		require.NoError(t, err)
		require.Equal(t, ids[3], end)

		told := func(entries iter.Seq2[Entry, error]) (reasons []string) {
			for e, err := range entries {
				require.NoError(t, err)
				reasons = append(reasons, e.Reason)
			}
			return reasons
		}
		require.Equal(t, []string{"0s", "1h0m0s", "-1h0m0s", "2h0m0s"}, told(d.ledger.TrailAfter(0)))
		require.Equal(t, []string{"-1h0m0s", "2h0m0s"}, told(d.ledger.TrailAfter(ids[1])))
		require.Empty(t, told(d.ledger.TrailAfter(ids[3])))
		require.Equal(t, []string{"0s", "1h0m0s", "2h0m0s"}, told(d.ledger.TrailFrom(began)), "what is dated earlier is not of this time")
		require.Equal(t, []string{"2h0m0s"}, told(d.ledger.TrailFrom(began.Add(time.Hour+time.Microsecond))))
		for range d.ledger.TrailFrom(began) {
			break // whoever stops early gets no more
		}
	})
}

func TestSyncedAt(t *testing.T) {
	d := newDesk(t, sandbox.Faults{})
	c := d.give("spring", "MA_A,a@example.com,x").Campaign
	at, err := d.ledger.SyncedAt(c)
	require.NoError(t, err)
	require.True(t, at.IsZero(), "never")
	when := time.Date(2026, 11, 23, 6, 30, 0, 123456000, time.UTC)
	require.NoError(t, d.file.Put(t.Context(), checkpoint.Write{Table: checkpoint.Settings, Key: syncedKey(c), Value: recordKey(uint64(when.UnixMicro()))}))
	at, err = d.ledger.SyncedAt(c)
	require.NoError(t, err)
	require.Equal(t, when, at)
	c.ID++
	at, err = d.ledger.SyncedAt(c)
	require.NoError(t, err)
	require.True(t, at.IsZero(), "another campaign's")
}

// TestAddress follows an address from the file to the round that was sent, and to the correction of a person.
func TestAddress(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", "MA_A,a@example.com,x", "MA_B,b@example.com,x", "MA_C,no address,x")
		address := func(index int) string { return resultAt(t, d, index).Address() }
		require.Equal(t, "a@example.com", address(0), "the row's own")
		require.Empty(t, address(2), "a row that can't be sent")
		d.create("spring", func(c *Config) { c.Limit = 1 })
		d.give("spring", "MA_A,new@example.com,x", "MA_B,b@example.com,x", "MA_C,no address,x")
		require.Equal(t, "a@example.com", address(0), "where the mail went, whatever the file has now")
		d.change("MA_B", func(r *Record) { r.Account, r.Address = "MA_B", "former@example.com" })
		require.Equal(t, "b@example.com", address(1), "a round that is over is not the one to come")
		d.change("MA_A", func(r *Record) { *r = r.order(Ending{Session: "x", Why: "wrong"}, Digest{}) })
		d.change("MA_A", func(r *Record) { r.Correction = Correction{Wrong: "new@example.com", Right: "right@example.com"} })
		require.Equal(t, "right@example.com", address(0), "where the next round's mail goes")
	})
}
