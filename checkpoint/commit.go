package checkpoint

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"go.etcd.io/bbolt"
)

// A Write sets or deletes one key. The bytes belong to the ledger until Put
// returns.
type Write struct {
	Table Table
	Key   []byte // 1 to 1024 bytes
	Value []byte // nil deletes the key; at most 64 MiB
}

// Put commits all of w in one transaction, together with what other callers put
// meanwhile, and returns when it is durable. Where w names a key twice, the last
// one counts. Ascending keys within a table are by far the cheapest.
//
// ctx is looked at once, before the writes are queued. From there Put waits for
// the commit whatever happens to ctx: giving up would lose the answer, not the
// write.
//
// A commit error is ErrBroken, and ErrFull where the disk is full, ErrReplaced
// where the file is not at its path any more; every later Put returns it too. Whether the writes of the failed commit are in the file
// is unknown until it is opened again. A Write that can never be stored (an
// unknown table, an empty or long key) is refused by itself and breaks nothing.
func (l *Ledger) Put(ctx context.Context, w ...Write) error {
	if err := canceled(ctx, "put"); err != nil {
		return err
	}
	r := &request{ops: make([]op, len(w)), done: make(chan error, 1)}
	for i, w := range w {
		if err := w.check(); err != nil {
			return fmt.Errorf("put: %w", err)
		}
		r.ops[i] = op{table: w.Table, key: w.Key}
		r.bytes += len(w.Key) + len(w.Value)
	}
	if len(w) == 0 {
		return nil
	}
	frames := make([]byte, 0, r.bytes+frameHeader*len(w)) // of all of them in one
	for i, w := range w {
		if w.Value != nil {
			from := len(frames)
			frames = appendFrame(frames, w.Table, w.Key, w.Value)
			r.ops[i].framed = frames[from:len(frames):len(frames)]
		}
	}
	return l.do(r)
}

func (w Write) check() error {
	if err := w.Table.check(); err != nil {
		return err
	}
	switch {
	case len(w.Key) == 0 || len(w.Key) > maxKey:
		return fmt.Errorf("table %s: a key has %d bytes, not 1 to %d", w.Table, len(w.Key), maxKey)
	case len(w.Value) > maxValue:
		return fmt.Errorf("table %s, key %q: the value has %d bytes, more than %d", w.Table, w.Key, len(w.Value), maxValue)
	}
	return nil
}

// A request is what one caller waits for: writes, or alone a function that runs
// while nothing is written.
type request struct {
	ops   []op
	bytes int
	alone func() error
	done  chan error // 1 answer, always
}

type op struct {
	table  Table
	key    []byte
	framed []byte // nil deletes
}

// do queues r and waits for its answer.
func (l *Ledger) do(r *request) error {
	if l.readOnly {
		return ErrReadOnly
	}
	if err := l.queue.add(r); err != nil {
		return err
	}
	return <-r.done
}

// queue holds the requests that wait for the committer. It needs no limit: each
// caller waits for its own.
type queue struct {
	mu      sync.Mutex
	waiting []*request
	closed  bool
	broken  error         // the first commit error, wrapped
	wake    chan struct{} // capacity 1: something changed
	ended   chan struct{} // closed when the committer has ended
}

func (q *queue) add(r *request) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := q.refusal(); err != nil {
		return err
	}
	q.waiting = append(q.waiting, r)
	q.signal()
	return nil
}

// refusal says why nothing more is taken. The mutex is held.
func (q *queue) refusal() error {
	if q.closed {
		return ErrClosed
	}
	return q.broken
}

// open returns nil while the queue takes requests.
func (q *queue) open() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.refusal()
}

func (q *queue) length() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.waiting)
}

func (q *queue) signal() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// stop lets the committer finish what is queued, and returns the error that broke
// the ledger, if one did.
func (q *queue) stop() error {
	q.mu.Lock()
	q.closed = true
	q.signal()
	q.mu.Unlock()
	<-q.ended
	return q.failed()
}

func (q *queue) failed() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.broken
}

// Bounds of one commit, so that many large Puts share several. One Put is never divided.
const (
	commitOps   = 1 << 14
	commitBytes = 8 << 20
)

// take removes the requests of the next commit, or one that runs alone.
func (q *queue) take() (batch []*request, ended bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	n, ops, size := 0, 0, 0
	for _, r := range q.waiting {
		if n > 0 && (r.alone != nil || ops+len(r.ops) > commitOps || size+r.bytes > commitBytes) {
			break
		}
		n, ops, size = n+1, ops+len(r.ops), size+r.bytes
		if r.alone != nil {
			break
		}
	}
	batch = slices.Clone(q.waiting[:n])
	q.waiting = slices.Delete(q.waiting, 0, n)
	return batch, n == 0 && q.closed
}

func (q *queue) fail(err error) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.broken == nil {
		q.broken = fmt.Errorf("%w: %w", ErrBroken, err)
	}
	return q.broken
}

// commitLoop is the one goroutine that writes.
func (l *Ledger) commitLoop() {
	defer close(l.queue.ended)
	for range l.queue.wake {
		for {
			// Callers woken by the last commit are about to come back: let them, or
			// every second commit would be of one Put.
			for n := -1; n < l.queue.length(); {
				n = l.queue.length()
				runtime.Gosched()
			}
			batch, ended := l.queue.take()
			if ended {
				return
			}
			if len(batch) == 0 {
				break
			}
			l.answer(batch)
		}
	}
}

func (l *Ledger) answer(batch []*request) {
	err := l.queue.failed()
	switch {
	case err != nil:
	case batch[0].alone != nil:
		err = batch[0].alone()
	default:
		if err = l.commit(batch); err != nil {
			err = l.queue.fail(err)
		}
	}
	for _, r := range batch {
		r.done <- err
	}
}

func (l *Ledger) commit(batch []*request) error {
	count, size := 0, 0
	for _, r := range batch {
		count, size = count+len(r.ops), size+r.bytes
	}
	ops := make([]op, 0, count)
	for _, r := range batch {
		ops = append(ops, r.ops...)
	}
	// In the order of the tree each page is found once; equal keys stay in the
	// order of arrival.
	slices.SortStableFunc(ops, func(a, b op) int {
		return cmp.Or(cmp.Compare(a.table, b.table), bytes.Compare(a.key, b.key))
	})
	if err := l.inPlace(); err != nil {
		return err
	}
	err := l.update("commit", func(tx *bbolt.Tx) error { return apply(tx, ops) })
	if err != nil {
		return fmt.Errorf("commit to %s: %w", l.path, err)
	}
	l.count.commits.Add(1)
	l.count.puts.Add(uint64(len(batch)))
	l.count.writes.Add(uint64(len(ops)))
	l.count.bytes.Add(uint64(size))
	return nil
}

// apply writes sorted ops.
func apply(tx *bbolt.Tx, ops []op) error {
	var b *bbolt.Bucket
	var table Table
	for _, o := range ops {
		if b == nil || o.table != table {
			var err error
			if b, err = bucket(tx, o.table); err != nil {
				return err
			}
			table = o.table
			if err := countChange(tx, table); err != nil {
				return err
			}
			b.FillPercent = fillPercent(b, table, o.key)
		}
		var err error
		if o.framed == nil {
			err = b.Delete(o.key)
		} else {
			err = b.Put(o.key, o.framed)
		}
		if err != nil {
			return fmt.Errorf("table %s, key %q: %w", o.table, o.key, err)
		}
	}
	return nil
}

// fillPercent says how full a page is left when it is split by writes from key first on. The trail and the rows only grow at
// their end; so do the records, as good as, and their values shrink when an intent becomes an outcome. The accounts do where a file has them
// in order; keys that come anywhere between others need the room.
func fillPercent(b *bbolt.Bucket, t Table, first []byte) float64 {
	switch t {
	case Trail, Rows, Records:
		return 1
	case Accounts:
		if last, _ := b.Cursor().Last(); bytes.Compare(first, last) > 0 {
			return 1
		}
	}
	return bbolt.DefaultFillPercent
}
