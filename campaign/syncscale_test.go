package campaign

import (
	"fmt"
	"runtime"
	"runtime/metrics"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/checkpoint"
)

// TestSyncScale prints what it takes to find out which sessions of a large ledger a sync has to ask about: time, and the
// largest heap above what was there before. KYCBATCH_SCALE is how many records; `make scale` has a million.
func TestSyncScale(t *testing.T) {
	n := 20_000
	if testing.Short() {
		n = 2_000
	}
	n = number(t, "KYCBATCH_SCALE", n)
	file, err := OpenLedger(t.TempDir(), true, LedgerOptions{Identity: LedgerIdentity{API: "http://127.0.0.1", Partner: "PA_SCALE"}, NoSync: true})
	require.NoError(t, err)
	defer file.Close()
	writeSessions(t, file, n)
	l := NewLedger(file)
	r, err := newNumberedRun(t.Context(), Config{Ledger: l}, Campaign{})
	require.NoError(t, err)
	campaigns, err := l.Campaigns()
	require.NoError(t, err)
	s := newSyncing(r, campaigns)
	took, heap := figures(func() { require.NoError(t, s.plan(t.Context())) })
	require.Equal(t, n, s.sessions)
	require.Equal(t, n-n/4, s.accounts)
	t.Logf("%d records, %d to ask about, found in %.2f s (%.0f a second), heap at most %.1f MB: %d requests by the list, %d one by one",
		n, s.accounts, took.Seconds(), float64(n)/took.Seconds(), heap, s.done.Pages, s.done.Gets)
}

// writeSessions makes a campaign of so many accounts with a session each; a quarter of these have ended.
func writeSessions(t *testing.T, file *LedgerFile, n int) {
	begun := time.Date(2026, 5, 5, 6, 0, 0, 0, time.UTC)
	var writes []checkpoint.Write
	for i := range n {
		account := fmt.Sprintf("MA_%08d", i)
		rec := Record{
			Account: account, State: Created, Round: 1, Attempt: 1, Audited: true, Campaign: 1, Address: fmt.Sprintf("customer%d@example.com", i),
			Session: Session{ID: fmt.Sprintf("a5f8da3c-b47f-40c3-a3e6-%012d", i), Status: statusEmailSent, Created: begun, Expires: begun.AddDate(0, 0, 14)},
			Mails:   []time.Time{begun},
		}
		if i%4 == 3 {
			rec.Session.Status, rec.Session.Ended = statusCompleted, begun.AddDate(0, 0, 1)
		}
		row := Row{Line: i + 2, Account: account, Record: uint64(i + 1), Cells: []string{account, rec.Address, "starter"}}
		writes = append(writes,
			checkpoint.Write{Table: checkpoint.Rows, Key: rowKey(1, 1, uint64(i)), Value: row.encode()},
			checkpoint.Write{Table: checkpoint.Records, Key: recordKey(row.Record), Value: rec.encode()})
		if len(writes) >= importChunk || i == n-1 {
			require.NoError(t, file.Put(t.Context(), writes...))
			writes = writes[:0]
		}
	}
	require.NoError(t, file.Put(t.Context(), campaignWrite(Campaign{Name: "scale", ID: 1, Import: 1, Rows: uint64(n)})))
}

// figures says how long something took, and how many megabytes the heap grew by at most, garbage that is not collected yet
// included.
func figures(do func()) (took time.Duration, megabytes float64) {
	heap := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	runtime.GC()
	metrics.Read(heap)
	before := heap[0].Value.Uint64()
	most, done, ended := before, make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for tick := time.Tick(5 * time.Millisecond); ; {
			select {
			case <-done:
				return
			case <-tick:
				metrics.Read(heap)
				most = max(most, heap[0].Value.Uint64())
			}
		}
	}()
	began := time.Now()
	do()
	took = time.Since(began)
	close(done)
	<-ended
	return took, float64(most-before) / 1e6
}
