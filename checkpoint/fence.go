package checkpoint

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// fenceAhead is how much further than asked a fence is set, so that a run
// writes about one a minute and not one a request.
const fenceAhead = time.Minute

// fence is the content of the fence file; the package comment says what it is for.
type fence struct {
	Ledger     string    `json:"ledger"`     // the ledger's id
	Generation uint64    `json:"generation"` // 0: made by Create, never opened
	Until      time.Time `json:"until"`      // POSTs may be under way until then; zero: there were none
	Clean      bool      `json:"clean"`      // closed in order
	TxID       uint64    `json:"txid"`       // the ledger has reached this transaction
}

// sealedFence is the form on disk: the fence and the CRC-32C of its bytes.
type sealedFence struct {
	Fence json.RawMessage `json:"fence"`
	Sum   string          `json:"crc32c"`
}

func seal(b []byte) string {
	return fmt.Sprintf("%08x", crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)))
}

func (f fence) encode() ([]byte, error) {
	b, err := json.Marshal(f)
	if err != nil {
		return nil, err
	}
	return json.Marshal(sealedFence{Fence: b, Sum: seal(b)})
}

// errFenceUnreadable is what is known of a fence file that is there and makes no sense.
const errFenceUnreadable kind = "the fence file is unreadable"

func decodeFence(b []byte) (fence, error) {
	var s sealedFence
	var f fence
	if json.Unmarshal(b, &s) != nil || s.Sum != seal(s.Fence) || json.Unmarshal(s.Fence, &f) != nil {
		return fence{}, errFenceUnreadable
	}
	return f, nil
}

// readFence reads the fence of the ledger at path. Its errors are
// fs.ErrNotExist, errFenceUnreadable, or those of reading a file.
func readFence(path string) (fence, error) {
	b, err := readSmall(beside(path, "fence"))
	if errors.Is(err, syscall.ELOOP) {
		return fence{}, errFenceUnreadable
	}
	if err != nil {
		return fence{}, err
	}
	return decodeFence(b)
}

// mayReplace refuses an opening, which writes the fence anew, where the reading of it failed: it may be sound, and say
// that POSTs are under way for longer than anybody would wait.
func mayReplace(path string, readErr error) error {
	if readErr == nil || errors.Is(readErr, fs.ErrNotExist) || errors.Is(readErr, errFenceUnreadable) {
		return nil
	}
	return fmt.Errorf("open ledger %s: read its fence: %w: nothing was changed; if that stays so, move the fence file away: "+
		"the ledger then counts as perhaps restored", path, readErr)
}

func writeFence(path string, f fence, sync bool) error {
	b, err := f.encode()
	if err == nil {
		err = replace(beside(path, "fence"), b, sync)
	}
	if err != nil {
		return fmt.Errorf("write the fence of ledger %s: %w", path, asFull(err))
	}
	return nil
}

// noFenceLeft refuses where a fence file remains of a ledger that is gone. The
// fence of a Create that was killed (generation 0) is no such remnant.
func noFenceLeft(path string) error {
	f, err := readFence(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err == nil && f.Generation == 0:
		return nil
	case err != nil && !errors.Is(err, errFenceUnreadable):
		return fmt.Errorf("read the fence of ledger %s: %w", path, err)
	}
	return fmt.Errorf("ledger %s: %w, as its fence file %s shows: restore a backup; or, knowing that a new ledger "+
		"knows nothing of what was already sent, move the fence file away", path, ErrFenceWithoutLedger, beside(path, "fence"))
}

// fenceKeeper writes the fence of one open ledger.
type fenceKeeper struct {
	covered atomic.Int64 // Until of the fence on disk, Unix nanoseconds
	mu      sync.Mutex   // held while writing
	now     fence        // on disk
	path    string
	sync    bool
	closed  bool
}

func (k *fenceKeeper) set(f fence) error {
	f.Until = f.Until.UTC().Round(0)
	if err := writeFence(k.path, f, k.sync); err != nil {
		return err
	}
	k.now = f
	if !f.Until.IsZero() { // the zero time is outside of Unix nanoseconds
		k.covered.Store(f.Until.UnixNano())
	}
	return nil
}

func (k *fenceKeeper) covers(until time.Time) bool {
	return until.UnixNano() <= k.covered.Load()
}

func (k *fenceKeeper) extend(until time.Time, txid uint64) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case k.closed:
		return ErrClosed
	case k.covers(until):
		return nil // another caller did it meanwhile
	}
	f := k.now
	f.Until, f.TxID = until.Add(fenceAhead), txid
	return k.set(f)
}

// leave is close for a ledger whose file was replaced: the fence on disk is another process's by now, or still says
// how far we got, by which whoever opens the new file sees that it is older.
func (k *fenceKeeper) leave(txid uint64) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.closed = true
	onDisk, err := readFence(k.path)
	if err != nil || onDisk.Ledger != k.now.Ledger || onDisk.Generation != k.now.Generation {
		return nil
	}
	f := k.now
	f.Clean, f.TxID = true, txid // none of our POSTs is under way
	return k.set(f)
}

func (k *fenceKeeper) close(txid uint64) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.closed = true
	f := k.now
	f.Clean, f.TxID = true, txid
	return k.set(f)
}

// Fence says that POSTs may be under way until the given moment of the wall
// clock. It is durable when Fence returns nil; only then may they leave. Where
// the present fence reaches that far nothing is written; otherwise it is set a minute further
// than asked. Many callers may ask at once.
//
// A ledger that is broken, closed or read-only gives no fence, nor does one whose file was replaced (ErrReplaced): the
// run lock is on that file, so another process may have the ledger that the path names now.
func (l *Ledger) Fence(until time.Time) error {
	if l.readOnly {
		return ErrReadOnly
	}
	if w := l.wrecked.Load(); w != nil {
		return w
	}
	if err := l.queue.open(); err != nil {
		return err
	}
	if err := l.inPlace(); err != nil {
		return l.queue.fail(err)
	}
	if l.fence.covers(until) {
		return nil
	}
	return l.fence.extend(until, l.txid.Load())
}
