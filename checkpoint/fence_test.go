package checkpoint

import (
	"os"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// noon is a wall clock for fences.
func noon() time.Time { return time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC) }

func atNoon() Options {
	o := quick()
	o.Now = noon
	return o
}

// state is a ledger's two files at one moment.
type state struct{ file, fence []byte }

func stateOf(t testing.TB, path string) state {
	t.Helper()
	return state{file: read(t, path), fence: read(t, beside(path, "fence"))}
}

// put writes the files to a new path; nil leaves one out.
func (s state) put(t testing.TB) string {
	t.Helper()
	path := aPath(t)
	require.NoError(t, os.WriteFile(path, s.file, 0o600))
	if s.fence != nil {
		require.NoError(t, os.WriteFile(beside(path, "fence"), s.fence, 0o600))
	}
	return path
}

// suspicion opens and closes the ledger at path and returns its suspicion.
func suspicion(t testing.TB, path string) (Suspicion, bool) {
	t.Helper()
	r, err := OpenReadOnly(path, atNoon())
	require.NoError(t, err)
	seen, seenSuspect := r.Suspect()
	require.NoError(t, r.Close())
	l, err := Open(path, atNoon())
	require.NoError(t, err)
	s, suspect := l.Suspect()
	require.NoError(t, l.Verify(t.Context()))
	require.NoError(t, l.Close())
	require.Equal(t, suspect, seenSuspect)
	require.Equal(t, s, seen)
	return s, suspect
}

func TestFenceIsWrittenAheadAndSeldom(t *testing.T) {
	path := aPath(t)
	l := created(t, path, atNoon())
	first, err := readFence(path)
	require.NoError(t, err)
	require.Equal(t, fence{Ledger: l.ID(), Generation: 1, TxID: first.TxID}, first)

	write(t, l, "k", "v")
	require.NoError(t, l.Fence(noon()))
	set, err := readFence(path)
	require.NoError(t, err)
	require.Equal(t, fence{Ledger: l.ID(), Generation: 1, Until: noon().Add(fenceAhead), TxID: first.TxID + 1}, set)

	// Covered: nothing is written, so that the file may even be gone.
	require.NoError(t, os.Remove(beside(path, "fence")))
	l.fence.mu.Lock() // as while another caller writes: what is covered does not wait for it
	for _, until := range []time.Duration{-time.Hour, 0, fenceAhead} {
		require.NoError(t, l.Fence(noon().Add(until)))
	}
	l.fence.mu.Unlock()
	require.NoFileExists(t, beside(path, "fence"))
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			until := noon().Add(fenceAhead + time.Duration(i+1)*time.Second)
			if err := l.Fence(until); err != nil {
				t.Error(err)
			}
			if f, err := readFence(path); err != nil || f.Until.Before(until) {
				t.Errorf("not durable: %v %v", f, err)
			}
		})
	}
	all.Wait()
	require.NoError(t, l.Close())
	closed, err := readFence(path)
	require.NoError(t, err)
	require.True(t, closed.Clean)
	require.Equal(t, set.TxID, closed.TxID)
	require.True(t, closed.Until.After(noon().Add(2*fenceAhead)), "closing keeps T")

	opened(t, path, atNoon())
	again, err := readFence(path)
	require.NoError(t, err)
	require.Equal(t, fence{Ledger: l.ID(), Generation: 2, Until: closed.Until, TxID: closed.TxID + 1}, again)
}

// A caller that waited while another set the fence further does not take it back.
func TestTheFenceNeverShrinks(t *testing.T) {
	path := aPath(t)
	l := created(t, path, atNoon())
	require.NoError(t, l.fence.extend(noon().Add(time.Hour), 0))
	require.NoError(t, l.fence.extend(noon(), 0))
	f, err := readFence(path)
	require.NoError(t, err)
	require.Equal(t, noon().Add(time.Hour+fenceAhead), f.Until)
}

func TestAFenceThatCanNotBeWrittenIsAnError(t *testing.T) {
	path := aPath(t)
	l, err := Create(path, atNoon())
	require.NoError(t, err)
	require.NoError(t, os.Mkdir(unfinished(beside(path, "fence")), 0o700)) // in the way
	require.NoError(t, os.WriteFile(unfinished(beside(path, "fence"))+"/x", nil, 0o600))
	require.Error(t, l.Fence(noon()))
	require.Error(t, l.Fence(noon()), "it was not taken for done")
	require.NoError(t, os.RemoveAll(unfinished(beside(path, "fence"))))
	require.NoError(t, l.Fence(noon()))
	require.NoError(t, l.Close())
}

// A crash at any point of an ordinary life is not suspect; every older ledger
// beside a newer fence is.
func TestOnlyAnOlderLedgerIsSuspect(t *testing.T) {
	path := aPath(t)
	var life []state // as a kill would leave them, in order
	keep := func() { life = append(life, stateOf(t, path)) }
	l, err := Create(path, atNoon())
	require.NoError(t, err)
	keep()
	for range 3 {
		for i := range 2 {
			write(t, l, "k", "v")
			keep()
			require.NoError(t, l.Fence(l.fence.now.Until.Add(time.Duration(i+1)*time.Minute)))
			keep()
		}
		require.NoError(t, l.Close())
		keep()
		l, err = Open(path, atNoon())
		require.NoError(t, err)
		_, suspect := l.Suspect()
		require.False(t, suspect)
		keep()
	}
	require.NoError(t, l.Close())
	keep()

	for i, ledger := range life {
		s, suspect := suspicion(t, ledger.put(t))
		require.False(t, suspect, "kill at %d: %s", i, s.Reason)
		for j, fenced := range life {
			if fenceOf(t, fenced).TxID <= txidOf(t, ledger) {
				continue // the ledger has reached what this fence knows
			}
			s, suspect := suspicion(t, state{ledger.file, fenced.fence}.put(t))
			require.True(t, suspect, "ledger of %d, fence of %d", i, j)
			want := fenceOf(t, fenced).Until
			if want.IsZero() {
				want = noon()
			}
			require.Equal(t, want, s.Until)
		}
	}
}

func fenceOf(t testing.TB, s state) fence {
	t.Helper()
	f, err := decodeFence(s.fence)
	require.NoError(t, err)
	return f
}

func txidOf(t testing.TB, s state) uint64 {
	t.Helper()
	_, img, err := valuesOf(t, s.file)
	require.NoError(t, err)
	return img.txid
}

// Open commits the generation first and writes the fence second. A kill in
// between is no suspicion, neither once nor many times, and hides none.
func TestKilledBetweenLedgerAndFence(t *testing.T) {
	path := aPath(t)
	l, err := Create(path, atNoon())
	require.NoError(t, err)
	write(t, l, "k", "1")
	backup := stateOf(t, path).file
	require.NoError(t, l.Close())
	closed := stateOf(t, path)

	between := closed
	for range 3 {
		path := between.put(t)
		l, err := Open(path, atNoon())
		require.NoError(t, err)
		between = state{file: read(t, path), fence: closed.fence}
		require.NoError(t, l.Close())
		s, suspect := suspicion(t, between.put(t))
		require.False(t, suspect, s.Reason)
	}
	path = between.put(t)
	_, suspect := suspicion(t, path)
	require.False(t, suspect)
	_, suspect = suspicion(t, state{backup, stateOf(t, path).fence}.put(t))
	require.True(t, suspect)
}

func TestSuspicionStaysUntilCleared(t *testing.T) {
	path := aPath(t)
	l, err := Create(path, atNoon())
	require.NoError(t, err)
	write(t, l, "k", "old")
	require.NoError(t, l.Close())
	old := read(t, path)
	l, err = Open(path, atNoon())
	require.NoError(t, err)
	require.NoError(t, l.Fence(noon().Add(time.Hour)))
	require.NoError(t, l.Close())
	require.NoError(t, os.WriteFile(path, old, 0o600))

	until := noon().Add(time.Hour + fenceAhead)
	for i := range 3 { // closed in order, and killed
		l, err = Open(path, atNoon())
		require.NoError(t, err)
		s, suspect := l.Suspect()
		require.True(t, suspect, "opening %d", i)
		require.Equal(t, until, s.Until)
		require.Contains(t, s.Reason, "its fence says")
		if i == 1 {
			killed := stateOf(t, path)
			require.NoError(t, l.Close())
			path = killed.put(t)
			continue
		}
		if i == 2 {
			require.NoError(t, l.Cleared())
			_, suspect = l.Suspect()
			require.False(t, suspect)
			require.NoError(t, l.Cleared(), "once more does nothing")
		}
		require.NoError(t, l.Close())
	}
	_, suspect := suspicion(t, path)
	require.False(t, suspect)
}

func TestSuspectFences(t *testing.T) {
	path := aPath(t)
	l, err := Create(path, atNoon())
	require.NoError(t, err)
	require.NoError(t, l.Fence(noon()))
	require.NoError(t, l.Close())
	mine := stateOf(t, path)
	other := aPath(t)
	require.NoError(t, created(t, other, atNoon()).Close())

	for reason, f := range map[string][]byte{
		"its fence file is missing":                   nil,
		"its fence file is unreadable":                flipped(mine.fence, 8*30),
		"its fence file is that of another ledger":    stateOf(t, other).fence,
		"it was opened 1 times, its fence says 7":     sealed(t, fence{Ledger: l.ID(), Generation: 7}),
		"it ends at transaction 3, its fence says 99": sealed(t, fence{Ledger: l.ID(), Generation: 1, TxID: 99}),
	} {
		path := state{mine.file, f}.put(t)
		for range 2 {
			s, suspect := suspicion(t, path)
			require.True(t, suspect, reason)
			require.Equal(t, reason, s.Reason)
			require.Equal(t, noon(), s.Until)
		}
		now, err := readFence(path)
		require.NoError(t, err)
		if old, err := decodeFence(f); err == nil { // what came before stays older
			require.Equal(t, max(old.Generation, 1)+2, now.Generation)
		}
	}
	for bit := range len(mine.fence) * 8 {
		f, err := decodeFence(flipped(mine.fence, bit))
		if err == nil { // JSON finds its two outer names in any case
			require.Equal(t, fenceOf(t, mine), f, "bit %d", bit)
			continue
		}
		require.ErrorIs(t, err, errFenceUnreadable, "bit %d", bit)
	}
}

// A fence that cannot be read now may be sound: opening the ledger must not write another in its place.
func TestAFenceThatCanNotBeReadStopsTheOpening(t *testing.T) {
	path := aPath(t)
	l, err := Create(path, atNoon())
	require.NoError(t, err)
	require.NoError(t, l.Fence(noon().Add(time.Hour)))
	require.NoError(t, l.Close())
	before := stateOf(t, path)
	name, aside := beside(path, "fence"), beside(path, "aside")
	require.NoError(t, os.Rename(name, aside))
	require.NoError(t, os.Mkdir(name, 0o700)) // root too cannot read it

	_, err = Open(path, atNoon())
	require.ErrorIs(t, err, syscall.EISDIR)
	require.ErrorContains(t, err, "nothing was changed; if that stays so, move the fence file away")
	require.NotErrorIs(t, err, ErrUnusable)
	require.Equal(t, before.file, read(t, path))

	require.NoError(t, os.Remove(name))
	require.NoError(t, os.Rename(aside, name))
	s, suspect := suspicion(t, path)
	require.False(t, suspect, s.Reason)
	require.Equal(t, noon().Add(time.Hour+fenceAhead), fenceOf(t, stateOf(t, path)).Until)
}

func sealed(t testing.TB, f fence) []byte {
	t.Helper()
	b, err := f.encode()
	require.NoError(t, err)
	return b
}

// Two suspicions are waited out together.
func TestTheLaterMomentOfTwoSuspicionsHolds(t *testing.T) {
	early, late := &Suspicion{"early", noon()}, &Suspicion{"late", noon().Add(time.Hour)}
	require.Nil(t, (*Suspicion)(nil).and(nil))
	require.Equal(t, early, (*Suspicion)(nil).and(early))
	require.Equal(t, early, early.and(nil))
	require.Equal(t, &Suspicion{"early", late.Until}, early.and(late))
	require.Equal(t, late, late.and(early))
}
