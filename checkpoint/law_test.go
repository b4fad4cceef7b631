package checkpoint

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Any sequence of Puts, deletes, restarts and kills leaves what a map would hold.
func TestLedgerIsAMap(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		sub, err := os.MkdirTemp(dir, "") //nolint:usetesting // a directory for each of rapid's cases
		require.NoError(rt, err)
		path := filepath.Join(sub, "ledger.db")
		l, err := Create(path, quick())
		require.NoError(rt, err)
		defer func() { _ = l.Close() }()
		model := map[Table]map[string]string{}
		key := rapid.StringMatching(`[a-c]{1,4}`)
		rt.Repeat(map[string]func(*rapid.T){
			"put": func(rt *rapid.T) {
				var w []Write
				for range rapid.IntRange(1, 8).Draw(rt, "writes") {
					table := rapid.SampledFrom(tables()).Draw(rt, "table")
					k := key.Draw(rt, "key")
					if model[table] == nil {
						model[table] = map[string]string{}
					}
					if rapid.IntRange(0, 3).Draw(rt, "delete") == 0 {
						w = append(w, Write{table, []byte(k), nil})
						delete(model[table], k)
						continue
					}
					v := bytes.Repeat([]byte("v"), rapid.SampledFrom([]int{0, 1, 300, 5000}).Draw(rt, "size"))
					w = append(w, Write{table, []byte(k), v})
					model[table][k] = string(v)
				}
				require.NoError(rt, l.Put(t.Context(), w...))
			},
			"reopen": func(rt *rapid.T) {
				require.NoError(rt, l.Close())
				var err error
				l, err = Open(path, quick())
				require.NoError(rt, err)
			},
			"kill": func(rt *rapid.T) {
				killed := stateOf(t, path)
				require.NoError(rt, l.Close())
				require.NoError(rt, os.WriteFile(path, killed.file, 0o600))
				require.NoError(rt, os.WriteFile(beside(path, "fence"), killed.fence, 0o600))
				var err error
				l, err = Open(path, quick())
				require.NoError(rt, err)
			},
			"scan": func(rt *rapid.T) {
				table := rapid.SampledFrom(tables()).Draw(rt, "table")
				prefix, after := key.Draw(rt, "prefix"), key.Draw(rt, "after")
				var want, have []string
				for k := range model[table] {
					if len(k) >= len(prefix) && k[:len(prefix)] == prefix && k > after {
						want = append(want, k)
					}
				}
				slices.Sort(want)
				for e, err := range l.Scan(table, []byte(prefix), []byte(after)) {
					require.NoError(rt, err)
					have = append(have, string(e.Key))
				}
				require.Equal(rt, want, have)
			},
			"": func(rt *rapid.T) {
				_, suspect := l.Suspect()
				require.False(rt, suspect)
				for table, values := range model {
					have := map[string]string{}
					for e, err := range l.Scan(table, nil, nil) {
						require.NoError(rt, err)
						have[string(e.Key)] = string(e.Value)
					}
					require.Equal(rt, values, have)
				}
			},
		})
		require.NoError(rt, l.Verify(t.Context()))
	})
}

// Concurrent callers, each with keys of its own and one shared key, while
// others scan, verify and read: every caller sees its own last Put, a Put is
// never seen in part, and in the end all is as the callers say.
func TestConcurrentCallers(t *testing.T) {
	for seed := range uint64(4) {
		path := aPath(t)
		l, err := Create(path, quick())
		require.NoError(t, err)
		var callers, readers sync.WaitGroup
		done := make(chan struct{})
		models := make([]map[string]string, 8)
		for c := range models {
			models[c] = map[string]string{}
			callers.Go(func() { oneCaller(t, l, models[c], c, rand.New(rand.NewPCG(seed, uint64(c)))) })
		}
		readers.Go(func() { pairsAreEqual(t, l, done) })
		readers.Go(func() {
			for range 3 {
				if err := l.Verify(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
		callers.Wait()
		close(done)
		readers.Wait()
		want := map[string]string{}
		for _, m := range models {
			for k, v := range m {
				want[k] = v
			}
		}
		for range 2 {
			all := contents(t, l)
			require.Contains(t, all[Settings], "shared")
			require.Equal(t, want, all[Records])
			require.Equal(t, want, all[Accounts])
			stats := l.Stats()
			require.LessOrEqual(t, stats.Commits, stats.Puts)
			require.NoError(t, l.Verify(t.Context()))
			require.NoError(t, l.Close())
			l, err = Open(path, quick())
			require.NoError(t, err)
		}
		require.NoError(t, l.Close())
	}
}

func oneCaller(t *testing.T, l *Ledger, model map[string]string, c int, random *rand.Rand) {
	for i := range 150 {
		k := fmt.Sprintf("%d/%03d", c, random.IntN(40))
		v := bytes.Repeat(fmt.Appendf(nil, "%d ", i), 1+random.IntN(200))
		model[k] = string(v)
		if random.IntN(4) == 0 {
			v = nil
			delete(model, k)
		}
		err := l.Put(t.Context(), Write{Records, []byte(k), v}, Write{Accounts, []byte(k), v},
			Write{Settings, []byte("shared"), []byte(k)})
		if err != nil {
			t.Error(err)
			return
		}
		have, err := l.Get(Records, []byte(k))
		if err != nil || !bytes.Equal(have, v) {
			t.Errorf("caller %d does not see its Put of %s: %v", c, k, err)
			return
		}
	}
}

// pairsAreEqual scans until done; each page of a scan is one transaction.
func pairsAreEqual(t *testing.T, l *Ledger, done <-chan struct{}) {
	for {
		select {
		case <-done:
			return
		default:
		}
		last := []byte(nil)
		for e, err := range l.Scan(Records, nil, nil) {
			if err != nil || bytes.Compare(last, e.Key) >= 0 {
				t.Errorf("%q after %q: %v", e.Key, last, err)
				return
			}
			last = e.Key
		}
	}
}

// Puts that arrive during a commit share the next one.
func TestManyPutsShareACommit(t *testing.T) {
	l := created(t, aPath(t), quick())
	hold, held := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		if err := l.do(&request{done: make(chan error, 1), alone: func() error { close(held); <-hold; return nil }}); err != nil {
			t.Error(err)
		}
	})
	<-held
	const callers = 100
	for i := range callers {
		all.Go(func() {
			if err := l.Put(t.Context(), Write{Records, fmt.Appendf(nil, "%d", i), []byte("v")}); err != nil {
				t.Error(err)
			}
		})
	}
	for queued := 0; queued < callers; {
		l.queue.mu.Lock()
		queued = len(l.queue.waiting)
		l.queue.mu.Unlock()
	}
	close(hold)
	all.Wait()
	require.Equal(t, Stats{Commits: 1, Puts: callers, Writes: callers, Bytes: 290}, l.Stats())
}

// A commit takes what its bounds allow, in order, and a request that runs alone alone.
func TestTake(t *testing.T) {
	small := func() *request { return &request{ops: make([]op, 1)} }
	alone := &request{alone: func() error { return nil }}
	huge := &request{ops: make([]op, 2*commitOps)}
	heavy := &request{ops: make([]op, 1), bytes: 2}
	q := queue{waiting: []*request{
		small(), small(), // together
		alone,
		small(),                                               // the next would be too many
		huge,                                                  // never divided
		small(), {ops: make([]op, 1), bytes: commitBytes - 1}, // together, just
		heavy,
	}}
	var sizes []int
	for {
		batch, ended := q.take()
		require.False(t, ended)
		if len(batch) == 0 {
			break
		}
		sizes = append(sizes, len(batch))
	}
	require.Equal(t, []int{2, 1, 1, 1, 2, 1}, sizes)
	q.closed = true
	_, ended := q.take()
	require.True(t, ended)
}
