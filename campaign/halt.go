package campaign

// Halt is why a run ended before its work was done. "" is: it did not.
type Halt string

// The reasons to halt.
const (
	HaltDrained     Halt = "interrupted"
	HaltDuration    Halt = "the time allowed by --max-duration is over"
	HaltCredentials Halt = "the API refused the credentials"
	HaltMetadata    Halt = "the API does not give our attempt id back in metadata, so a lost answer could never be told from a lost request"
	HaltReadBack    Halt = "the first session created could not be read back"
	HaltFailures    Halt = "more rows failed than --max-failures allows"
	HaltRefusals    Halt = "20 rows in a row were refused and none was created: a setting is probably wrong for all of them"
	HaltReplacement Halt = "3 new sessions in a row were refused, whose old ones had ended: a setting is probably wrong for all of them"
	HaltOutage      Halt = "the API gave no usable answer for too long"
	HaltLedger      Halt = "the ledger could not be written"
	HaltLinks       Halt = "the links files could not be read, and without them a session could be taken for one whose link is lost"
)

// halt ends the run before its time. Whoever waits is woken, whatever is under way is finished. The first
// reason counts, unless a later one is graver: a ledger that can't be written, or credentials refused.
func (r *run) halt(why Halt, cause error) {
	r.mu.Lock()
	grave := why == HaltLedger || why == HaltCredentials && r.why != HaltLedger
	if r.why == "" || grave && r.why != why {
		r.why, r.cause = why, cause
		r.progress.halt.Store(why)
	}
	r.mu.Unlock()
	r.cancel()
}
