package checkpoint

import (
	"errors"
	"fmt"
	"io/fs"
	"time"
)

// A Suspicion is why a ledger may be older than what its process did. Nothing
// may be sent on its word before Until plus the settle time.
type Suspicion struct {
	Reason string    `json:"reason"` // a clause, for people
	Until  time.Time `json:"until"`  // wall clock: POSTs that the ledger does not know may have left until then
}

// judge compares a ledger as found with its fence. Until is the fence's, or now
// where no fence tells.
func judge(h header, img *image, f fence, fenceErr error, now time.Time) *Suspicion {
	reason := ""
	switch {
	case h.Copied != nil:
		reason = fmt.Sprintf("it is a copy, made at %s", h.Copied.Format(time.RFC3339))
	case errors.Is(fenceErr, fs.ErrNotExist):
		reason = "its fence file is missing"
	case fenceErr != nil:
		reason = "its fence file is unreadable"
	case f.Ledger != h.ID:
		reason = "its fence file is that of another ledger"
	case f.Generation > h.Generation:
		reason = fmt.Sprintf("it was opened %d times, its fence says %d", h.Generation, f.Generation)
	case f.TxID > img.txid:
		reason = fmt.Sprintf("it ends at transaction %d, its fence says %d", img.txid, f.TxID)
	case img.torn:
		reason = "one of its two meta pages is invalid, so its last commit may be missing"
	default:
		return nil
	}
	until := f.Until
	if fenceErr != nil || until.IsZero() {
		until = now
	}
	return &Suspicion{Reason: reason, Until: until.UTC().Round(0)}
}

// and joins a suspicion that was found now with one that was not cleared.
func (s *Suspicion) and(earlier *Suspicion) *Suspicion {
	switch {
	case s == nil:
		return earlier
	case earlier != nil && earlier.Until.After(s.Until):
		return &Suspicion{Reason: s.Reason, Until: earlier.Until}
	}
	return s
}

// Suspect reports whether the ledger may be older than what its process did:
// restored, rolled back, or a commit short. It stays so, over restarts too,
// until Cleared. After an ordinary crash, kill -9 included, a ledger is not suspect.
func (l *Ledger) Suspect() (Suspicion, bool) {
	if s := l.suspicion.Load(); s != nil {
		return *s, true
	}
	return Suspicion{}, false
}

// Cleared ends the suspicion, durably: the caller has waited it out, or has
// compared the ledger with the API. Where there is none it does nothing.
func (l *Ledger) Cleared() error {
	if l.readOnly {
		return ErrReadOnly
	}
	l.headerMu.Lock()
	defer l.headerMu.Unlock()
	if l.header.Suspicion == nil {
		return nil
	}
	h := l.header
	h.Suspicion = nil
	framed, err := h.framed()
	if err != nil {
		return err
	}
	r := &request{
		ops:  []op{{table: headerTable, key: []byte(headerKey), framed: framed}},
		done: make(chan error, 1),
	}
	if err := l.do(r); err != nil {
		return fmt.Errorf("clear the suspicion: %w", err)
	}
	l.header = h
	l.suspicion.Store(nil)
	return nil
}
