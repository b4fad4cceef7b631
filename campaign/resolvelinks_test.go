package campaign

import (
	"testing"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
)

// TestAdoptWithItsLink: an account can be undecided although its link was written. Adopted, it has it.
func TestAdoptWithItsLink(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 1)...)
		d.dies("spring", Created, d.redirect("spring"))
		session := d.api.Sessions("MA_000")[0].ID
		listing := d.cfg.Client
		d.through(unlisted)
		d.counts(d.create("spring", d.redirect("spring")), map[Outcome]int{OutcomeUndecided: 1})
		d.cfg.Client = listing
		require.Equal(t, session, d.linksOf("spring")["MA_000"], "it may turn out to be the one")

		require.Contains(t, d.resolved("MA_000", Decision{Verb: Retry}).Note, "lives or was completed: adopt it")
		res := d.resolved("MA_000", Decision{Verb: Adopt})
		require.True(t, res.Done, res.Note)
		require.Equal(t, "adopted by hand", res.Note)
		require.Equal(t, []any{Created, session}, []any{res.Record.State, res.Record.Session.ID})
		s := d.create("spring", d.redirect("spring"))
		d.counts(s, map[Outcome]int{OutcomeAlready: 1})
		require.Equal(t, []int{1, 0, 0}, []int{s.Links, s.LinksLost, d.revokes()})
	})
}

// TestAdoptWithoutItsLink: a person may, and is told what that means.
func TestAdoptWithoutItsLink(t *testing.T) {
	lostLink(t, func(t *testing.T, d *desk, orphan string) {
		require.NoError(t, d.api.Set(orphan, "opened"))
		d.create("spring", d.redirect("spring"))
		res := d.resolved("MA_000", Decision{Verb: Adopt, Session: orphan})
		require.True(t, res.Done, res.Note)
		require.Equal(t, linkLost, res.Note)
		s := d.create("spring", d.redirect("spring"))
		d.counts(s, map[Outcome]int{OutcomeAlready: 1})
		require.Equal(t, []int{0, 1, 0}, []int{s.Links, s.LinksLost, d.revokes()})
		require.Equal(t, linkLost, d.record("MA_000").Reason)
	})
}

// TestAdoptACompletedOrphan: whoever has completed KYC needs no link any more.
func TestAdoptACompletedOrphan(t *testing.T) {
	lostLink(t, func(t *testing.T, d *desk, orphan string) {
		require.NoError(t, d.api.Set(orphan, "opened"))
		d.create("spring", d.redirect("spring"))
		require.NoError(t, d.api.Set(orphan, "kyc_completed"))
		require.Equal(t, "adopted by hand", d.resolved("MA_000", Decision{Verb: Adopt}).Note)
		require.Zero(t, d.create("spring", d.redirect("spring")).LinksLost)
	})
}

// TestRetryOfAnOrphanThatEnded: once somebody ended it, the account gets another session, and its link is written.
func TestRetryOfAnOrphanThatEnded(t *testing.T) {
	lostLink(t, func(t *testing.T, d *desk, orphan string) {
		require.NoError(t, d.api.Set(orphan, "opened"))
		d.create("spring", d.redirect("spring"))
		require.NoError(t, d.api.Set(orphan, "revoked"))
		require.True(t, d.resolved("MA_000", Decision{Verb: Retry}).Done)
		s := d.create("spring", d.redirect("spring"))
		d.counts(s, map[Outcome]int{OutcomeCreated: 1})
		require.Empty(t, s.Incidents)
		require.Equal(t, d.api.Sessions("MA_000")[1].ID, d.linksOf("spring")["MA_000"])
	})
}

// TestRetryRemembersWhoseSessionsWereThere: a session of somebody else's that the first guard saw is not news to the
// round that follows a retry.
func TestRetryRemembersWhoseSessionsWereThere(t *testing.T) {
	lost := sandbox.Faults{Rules: []sandbox.Rule{{Route: sandbox.RouteCreate, Class: sandbox.ResetAfter}}}
	inBubble(t, lost, func(t *testing.T, d *desk) {
		require.NoError(t, d.api.Set(d.api.Stranger("MA_000"), "revoked"))
		d.give("spring", rows(0, 1)...)
		d.counts(d.create("spring", d.redirect("spring")), map[Outcome]int{OutcomeUndecided: 1})
		sessions := d.api.Sessions("MA_000")
		require.NoError(t, d.api.Set(sessions[len(sessions)-1].ID, "revoked"))
		require.NoError(t, d.api.SetFaults(sandbox.Faults{}))
		require.True(t, d.resolved("MA_000", Decision{Verb: Retry}).Done)
		s := d.create("spring", d.redirect("spring"))
		d.counts(s, map[Outcome]int{OutcomeCreated: 1})
		require.Empty(t, s.Incidents)
	})
}
