package campaign

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
)

// TestCreatesAloneAreOut: lists answer, creates don't. Few rows are put in doubt, none is given up, and it goes on by itself.
func TestCreatesAloneAreOut(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 303)...)
		d.cfg.Brake = NewBrake(5)
		out := sandbox.Faults{Rules: []sandbox.Rule{{Route: sandbox.RouteCreate, Class: sandbox.ErrorBefore}}}
		time.AfterFunc(10*time.Second, func() { _ = d.api.SetFaults(out) })
		var before atomic.Int64
		time.AfterFunc(11*time.Second, func() { before.Store(int64(d.posts())) })
		time.AfterFunc(9*time.Minute, func() {
			into := d.posts() - int(before.Load())
			t.Logf("%d create requests went into an outage of nine minutes", into)
			assert.Less(t, into, 33) // the brake alone lets 39 through
			_ = d.api.SetFaults(sandbox.Faults{})
		})
		s := d.create("spring")
		d.counts(s, map[Outcome]int{OutcomeCreated: 303})
		verdict := d.api.Journal().Verdict()
		require.Zero(t, verdict.Accidents+verdict.SecondMails)
	})
}

// TestCreatesAloneStayOut: after MaxOutage the run ends, and no row is worse off than in doubt.
func TestCreatesAloneStayOut(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 303)...)
		d.cfg.Brake = NewBrake(5)
		time.AfterFunc(10*time.Second, func() {
			_ = d.api.SetFaults(sandbox.Faults{Rules: []sandbox.Rule{{Route: sandbox.RouteCreate, Class: sandbox.ErrorBefore}}})
		})
		s := d.create("spring")
		require.Equal(t, HaltOutage, s.Halt)
		require.Zero(t, s.Counts[OutcomeUndecided])
		require.Less(t, s.Counts[OutcomeInDoubt], 60)
		t.Logf("in doubt: %d, pending: %d, after %s", s.Counts[OutcomeInDoubt], s.Counts[OutcomePending], s.Elapsed)
	})
}
