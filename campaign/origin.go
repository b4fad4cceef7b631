package campaign

import (
	"context"
	"fmt"
	"strconv"

	"kycbatch/checkpoint"
)

// Origin is who gave the command that a run belongs to, for the trail, which is kept for ever and shown by history: no
// field may hold a credential, a path or anything about a customer. The zero value is nobody in particular.
type Origin struct {
	Command string // "create"
	User    string // of the operating system
	Host    string
	PID     int
	Flags   []Fact // that were given, by name with the dashes; a value only where it may be told
}

// Names of the facts of an entry.
const (
	FactCampaign = "campaign"
	FactCommand  = "command"
	FactUser     = "user"
	FactHost     = "host"
	FactPID      = "pid"
	FactSHA256   = "sha256" // of the campaign's file
	FactRows     = "rows"   // of it
	FactGone     = "gone"   // rows of earlier files that are not in it
	FactRequests = "requests"
	FactAccounts = "accounts" // that were purged
)

// beginRun takes the next run's number, and writes down who began it and with what.
func (l *Ledger) beginRun(ctx context.Context, o Origin, c Campaign) (run uint64, t *trail, err error) {
	if t, err = l.openTrail(); err != nil {
		return 0, nil, err
	}
	last, err := l.counter("runs")
	if err != nil {
		return 0, nil, err
	}
	facts := []Fact{
		{FactCampaign, c.Name}, {FactCommand, o.Command}, {FactUser, o.User}, {FactHost, o.Host}, {FactPID, strconv.Itoa(o.PID)},
		{FactSHA256, c.SHA256}, {FactRows, decimal(c.Rows)},
	}
	began := Entry{Run: last + 1, Kind: KindBegan, Facts: append(facts, o.Flags...)}
	if err := l.s.Put(ctx, counterWrite("runs", last+1), t.add(&began)); err != nil {
		return 0, nil, fmt.Errorf("begin a run: %w", err)
	}
	return last + 1, t, nil
}

// tellEnd writes down how the run ended. A ledger that can't be written is the run's halt, if there is no other.
func (r *run) tellEnd(ctx context.Context, s *Summary) {
	facts := []Fact{{FactCampaign, s.Campaign}}
	for _, o := range Outcomes() {
		if n := s.Counts[o]; n > 0 {
			facts = append(facts, Fact{string(o), strconv.Itoa(n)})
		}
	}
	facts = append(facts, Fact{FactRequests, strconv.Itoa(s.Requests)})
	s.Halt, s.Cause = r.tellEndOf(ctx, s.Halt, s.Cause, s.Closed, facts, s.settled...)
}

// tellEndOf is tellEnd for any kind of run, with what is written down beside it. It returns why the run was halted, by now.
func (r *run) tellEndOf(ctx context.Context, halt Halt, cause error, closed *Closed, facts []Fact, beside ...checkpoint.Write) (Halt, error) {
	if halt == HaltLedger {
		return halt, cause
	}
	if err := r.dateForgotten(ctx); err != nil && halt == "" {
		return HaltLedger, err
	}
	ended := Entry{Run: r.number, Kind: KindEnded, Reason: string(halt), Facts: facts}
	if halt == "" && closed != nil {
		ended.Reason = closed.Why
	}
	if err := r.l.s.Put(finishing(ctx), append(beside, r.trail.add(&ended))...); err != nil && halt == "" {
		return HaltLedger, err
	}
	return halt, cause
}

// tellImport is the entry of a file that became a campaign's newest. The run that follows says who did it.
func (l *Ledger) tellImport(c Campaign) (checkpoint.Write, error) {
	t, err := l.openTrail()
	if err != nil {
		return checkpoint.Write{}, err
	}
	e := Entry{Kind: KindImported, Facts: []Fact{
		{FactCampaign, c.Name}, {FactSHA256, c.SHA256}, {FactRows, decimal(c.Rows)}, {FactGone, decimal(c.Kept)},
	}}
	return t.add(&e), nil
}

func decimal(n uint64) string { return strconv.FormatUint(n, 10) }
