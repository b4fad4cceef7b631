package checkpoint

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"
)

// Table is one of the fixed set of tables that are made with the ledger. A key
// is unique within its table.
type Table string

const (
	// Campaigns holds one value for each campaign.
	Campaigns Table = "campaigns"
	// Rows holds the rows of the campaigns.
	Rows Table = "rows"
	// Accounts holds what joins accounts to rows.
	Accounts Table = "accounts"
	// Records holds one protocol record for each account.
	Records Table = "records"
	// Trail is for the append-only history.
	Trail Table = "trail"
	// Settings holds what belongs to the ledger as a whole.
	Settings Table = "settings"
)

// tables lists the tables of the present schema.
func tables() []Table {
	return []Table{Campaigns, Rows, Accounts, Records, Trail, Settings}
}

func (t Table) check() error {
	if !slices.Contains(tables(), t) {
		return fmt.Errorf("the ledger has no table %q", t)
	}
	return nil
}

// Identity is what a ledger is bound to. One ledger serves one partner at one
// API address; with another one its records would be wrong.
type Identity struct {
	API     string // the base address of the API
	Partner string // the partner's id
}

// DefaultLockTimeout is how long an open waits for the run lock.
const DefaultLockTimeout = 250 * time.Millisecond

// Options are the settings of one open ledger.
type Options struct {
	// Identity must equal the ledger's. Create and Open need both fields;
	// OpenReadOnly does not compare an empty one.
	Identity Identity
	// Holder says what this process is doing ("create campaign spring"). It is
	// shown to whoever meets the lock. Empty: nothing is said.
	Holder string
	// LockTimeout is how long to wait for the run lock. 0: DefaultLockTimeout.
	LockTimeout time.Duration
	// NoSync leaves out every fsync: a crash of the process loses nothing, a crash of
	// the machine may. For simulations only.
	NoSync bool
	// MaxSize is the largest size of the file in bytes, beyond which the disk
	// counts as full. 0: no limit.
	MaxSize int
	// Now is the wall clock of the fence, of the holder file and of the names of
	// migration backups. nil: time.Now.
	Now func() time.Time
}

func (o Options) withDefaults() Options {
	if o.LockTimeout == 0 {
		o.LockTimeout = DefaultLockTimeout
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// A Ledger is an open ledger. Its methods may be called concurrently. Close it,
// also after errors: it holds the run lock and a goroutine. In a synctest bubble
// it must be opened where it is used.
type Ledger struct {
	path     string
	place    string // where its file lies: path, or beside it while it is rebuilt
	o        Options
	readOnly bool
	file     *os.File    // the one that bbolt uses: closing it lets go of the lock
	is       os.FileInfo // of file, by which it is known among others
	opened   time.Time
	asked    atomic.Int64 // when inPlace was asked last and it was, in nanoseconds since opened; 0: never
	db       *bbolt.DB
	heir     os.FileInfo // of the compacted file, once it has the path; nil: there is none

	id       string
	identity Identity

	headerMu  sync.Mutex // guards header and the order of its commits
	header    header
	suspicion atomic.Pointer[Suspicion] // nil: none

	queue   queue
	fence   fenceKeeper
	wrecked atomic.Pointer[CorruptError] // set when bbolt panicked: it may hold its own locks for ever
	txid    atomic.Uint64                // of the last commit known to be durable
	count   counters
	close   func() error // once
}

// ID returns the ledger's random id, 16 hexadecimal characters, made by Create.
// A copy has the id of its original.
func (l *Ledger) ID() string { return l.id }

// Identity returns what the ledger is bound to.
func (l *Ledger) Identity() Identity { return l.identity }

// Stats counts what a Ledger did since it was opened.
type Stats struct {
	Commits uint64 // bbolt commits that the Puts shared
	Puts    uint64 // calls of Put that were committed
	Writes  uint64 // keys written or deleted by them
	Bytes   uint64 // of the keys and values in those
}

type counters struct{ commits, puts, writes, bytes atomic.Uint64 }

// Stats returns the counters. Each is exact; together they may be of slightly
// different moments.
func (l *Ledger) Stats() Stats {
	return Stats{
		Commits: l.count.commits.Load(),
		Puts:    l.count.puts.Load(),
		Writes:  l.count.writes.Load(),
		Bytes:   l.count.bytes.Load(),
	}
}

// Close ends the ledger: what was queued is committed, the fence is marked
// clean, the lock let go. Later calls return the first one's error. After Close
// every method that reads or writes fails with ErrClosed.
func (l *Ledger) Close() error { return l.close() }

func (l *Ledger) shut() error {
	var errs []error
	if !l.readOnly {
		broken := l.queue.stop()
		switch replaced := errors.Is(l.inPlace(), ErrReplaced); {
		case replaced: // fence and holder may be another process's
			errs = append(errs, l.fence.leave(l.txid.Load()))
		case broken == nil: // else the fence stays as it is: what was committed is unknown
			errs = append(errs, l.fence.close(l.txid.Load()))
			fallthrough
		default:
			errs = append(errs, removeHolder(l.path))
		}
	}
	errs = append(errs, l.release())
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("close ledger %s: %w", l.path, err)
	}
	return nil
}

// release closes the file. After a panic bbolt may hold its locks for ever, so
// then it is not asked, and its mapping stays until the process ends.
func (l *Ledger) release() error {
	if l.db == nil || l.wrecked.Load() != nil {
		return l.drop()
	}
	return l.guard("close", l.db.Close)
}

// drop lets go of the lock and the file. A mapping would keep the lock, so it
// is unlocked and not just closed.
func (l *Ledger) drop() error {
	err := unlock(l.file)
	if errors.Is(err, os.ErrClosed) {
		return nil // bbolt closes the file that it cannot open
	}
	return errors.Join(err, l.file.Close())
}
