package checkpoint

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// A duty is what a ledger owes at one moment of a recording: what was said to be durable until then. A verdict
// compares a directory with it.
type duty struct {
	Seed    uint64
	Open    bool              // a ledger was there
	Least   counts            // Puts of each worker that were acknowledged
	Most    counts            // Puts of each worker that were begun
	Until   int64             // the fence that was acknowledged, Unix nanoseconds
	Backups map[string]counts // that were acknowledged, and the Puts in them at least
}

// counts has an entry for each of lifeWorkers.
type counts [len(lifeWorkers)]int

// heed takes in a line that a life said.
func (d *duty) heed(line string) error {
	words := strings.Fields(line)
	switch {
	case len(words) == 0:
		return errors.New("an empty line was said")
	case words[0] == "open":
		d.Open = true
		for _, w := range words[1:] {
			n, _ := strconv.Atoi(w[1:])
			i := strings.Index(lifeWorkers, w[:1])
			if n < d.Least[i] || n > d.Most[i] {
				return fmt.Errorf("a life found %d Puts of %s; acknowledged were %d, begun %d", n, w[:1], d.Least[i], d.Most[i])
			}
			d.Least[i], d.Most[i] = n, n
		}
	case words[0] == "put" || words[0] == "done":
		i := strings.Index(lifeWorkers, words[1][:1])
		n, err := strconv.Atoi(words[1][1:])
		if err != nil {
			return err
		}
		if d.Most[i] = n; words[0] == "done" {
			d.Least[i] = n
		}
	case words[0] == "fence":
		until, err := strconv.ParseInt(words[1], 10, 64)
		if err != nil {
			return err
		}
		d.Until = max(d.Until, until)
	case words[0] == "backup":
		if d.Backups == nil {
			d.Backups = map[string]counts{}
		}
		d.Backups[words[1]] = d.Least
	case words[0] == "error":
	default:
		return fmt.Errorf("a life said %q", line)
	}
	return nil
}

// An oracle knows what the Puts of one seed amount to.
type oracle struct {
	seed    uint64
	states  [len(lifeWorkers)][]map[place]string // by worker, after so many Puts
	backups map[seenBackup]bool                  // that are sound
}

type seenBackup struct {
	least counts
	sum   [sha256.Size]byte
}

func newOracle(seed uint64) *oracle { return &oracle{seed: seed, backups: map[seenBackup]bool{}} }

type place struct {
	table Table
	key   string
}

// after is what n Puts of the i-th worker amount to.
func (o *oracle) after(i, n int) map[place]string {
	states := o.states[i]
	if states == nil {
		states = append(states, map[place]string{})
	}
	for len(states) <= n {
		next := map[place]string{}
		for at, value := range states[len(states)-1] {
			next[at] = value
		}
		for _, w := range putOf(o.seed, lifeWorkers[i], len(states)) {
			at := place{w.Table, string(w.Key)}
			if next[at] = string(w.Value); w.Value == nil {
				delete(next, at)
			}
		}
		states = append(states, next)
	}
	o.states[i] = states
	return states[n]
}

// holds compares all of a ledger's contents with what between least and most Puts amount to, and returns how many it has.
func (o *oracle) holds(l *Ledger, least, most counts) (have counts, err error) {
	want, entries := [len(lifeWorkers)]map[place]string{}, 0
	for i, worker := range lifeWorkers {
		value, err := l.Get(Settings, []byte(string(worker)))
		if err != nil {
			return have, err
		}
		have[i], _ = strconv.Atoi(string(value))
		switch {
		case have[i] < least[i]:
			return have, fmt.Errorf("%w: it has %d Puts of %c, acknowledged were %d", errLost, have[i], worker, least[i])
		case have[i] > most[i]:
			return have, fmt.Errorf("%w: it has %d Puts of %c, begun were %d", errInvented, have[i], worker, most[i])
		}
		want[i] = o.after(i, have[i])
		entries += len(want[i])
	}
	for _, table := range tables() {
		for e, err := range l.Scan(table, nil, nil) {
			if err != nil {
				return have, err
			}
			i := strings.IndexByte(lifeWorkers, e.Key[0])
			if value, ok := want[i][place{table, string(e.Key)}]; !ok || value != string(e.Value) {
				return have, fmt.Errorf("%w: table %s, key %s has a value that it had not after %v Puts", errInvented, table, e.Key, have)
			}
			entries--
		}
	}
	if entries != 0 {
		return have, fmt.Errorf("%w: %d entries are missing after %v Puts", errLost, entries, have)
	}
	return have, nil
}

// What must never happen to a ledger, each of which is counted.
const (
	errLost       kind = "an acknowledged Put was lost"
	errInvented   kind = "a value that was never put"
	errUnreadable kind = "an unreadable ledger"
	errGone       kind = "an acknowledged ledger was gone"
	errSuspect    kind = "a suspicion without a cause"
	errFenceLost  kind = "an acknowledged fence was lost"
	errStuck      kind = "a ledger that takes no Put any more"
	errBackup     kind = "an acknowledged backup was lost"
)

func never() []kind {
	return []kind{errLost, errInvented, errUnreadable, errGone, errSuspect, errFenceLost, errStuck, errBackup}
}

// verdict opens the ledger at path as the next run would. Its errors are one of never.
func (o *oracle) verdict(path string, d duty) (err error) {
	f, fenceErr := readFence(path)
	switch {
	case d.Until != 0 && fenceErr != nil:
		return fmt.Errorf("%w: %w", errFenceLost, fenceErr)
	case d.Until != 0 && f.Until.UnixNano() < d.Until:
		return fmt.Errorf("%w: it says %v", errFenceLost, f.Until)
	}
	with := Options{Identity: us(), NoSync: true}
	l, err := Open(path, with)
	switch {
	case errors.Is(err, ErrMissing) && !errors.Is(err, ErrFenceWithoutLedger) && d.Open:
		return errGone
	case errors.Is(err, ErrMissing) && !errors.Is(err, ErrFenceWithoutLedger):
		l, err = Create(path, with)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", errUnreadable, err)
	}
	defer func() {
		if closing := l.Close(); closing != nil && err == nil {
			err = fmt.Errorf("%w: %w", errStuck, closing)
		}
	}()
	if s, suspect := l.Suspect(); suspect {
		return fmt.Errorf("%w: %s", errSuspect, s.Reason)
	}
	if err := l.Verify(context.Background()); err != nil {
		return fmt.Errorf("%w: %w", errUnreadable, err)
	}
	have, err := o.holds(l, d.Least, d.Most)
	if err != nil {
		return err
	}
	if d.Until != 0 && !l.fence.covers(time.Unix(0, d.Until)) {
		return fmt.Errorf("%w: opening took it back", errFenceLost)
	}
	if err := l.Put(context.Background(), putOf(o.seed, lifeWorkers[0], have[0]+1)...); err != nil {
		return fmt.Errorf("%w: %w", errStuck, err)
	}
	have[0]++
	for name, least := range d.Backups {
		if err := o.backup(filepath.Join(filepath.Dir(path), name), least, have); err != nil {
			return fmt.Errorf("%w: %s: %w", errBackup, name, err)
		}
	}
	return nil
}

// backup reads a backup's contents, once for each that differs.
func (o *oracle) backup(path string, least, most counts) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	seen := seenBackup{least, sha256.Sum256(content)}
	if o.backups[seen] {
		return nil
	}
	l, err := OpenReadOnly(path, Options{Identity: us()})
	if err != nil {
		return err
	}
	_, err = o.holds(l, least, most)
	if err = errors.Join(err, l.Close()); err == nil {
		o.backups[seen] = true
	}
	return err
}
