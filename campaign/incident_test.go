package campaign

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
)

// TestIncidentKeepsItsWords: a later round has the record by the time that the incident is named.
func TestIncidentKeepsItsWords(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 1)...)
		d.create("spring")
		require.NoError(t, d.api.Set(d.api.Stranger("MA_000"), "revoked"))
		found := d.create("spring", func(c *Config) { c.AuditOnly, c.AuditAll = true, true })
		require.Len(t, found.Incidents, 1)
		d.give("summer", rows(0, 1)...) // the process died before anybody was told
		later := d.create("summer")
		d.counts(later, map[Outcome]int{OutcomeCreated: 1})
		require.Equal(t, found.Incidents, later.Incidents)
		require.NoError(t, d.ledger.Told(context.Background(), later))
		require.Empty(t, d.create("summer").Incidents)
	})
}

// auditAll looks at every session once more.
func (d *desk) auditAll() Summary {
	return d.create("spring", func(c *Config) { c.AuditOnly, c.AuditAll = true, true })
}

// forgets has the ledger forget that it replaced an account's session, as one does that was restored.
func (d *desk) forgets(account string) {
	forgotten := d.record(account)
	d.carryOut(d.plan(Order{Accounts: []string{account}}))
	d.change(account, func(r *Record) { *r = forgotten })
}

// TestNobodyIsToldOfOurDoing: what a restored ledger has forgotten that it did is no incident, whoever comes upon it first.
func TestNobodyIsToldOfOurDoing(t *testing.T) {
	for what, first := range map[string]func(*desk) []Incident{
		"sync":   func(d *desk) []Incident { return d.sync().Incidents },
		"resend": func(d *desk) []Incident { return d.resend("spring", Policy{}).Incidents },
		"audit":  func(d *desk) []Incident { return d.auditAll().Incidents },
	} {
		t.Run(what, func(t *testing.T) {
			created(t, 1, func(t *testing.T, d *desk) {
				time.Sleep(time.Hour)
				d.forgets("MA_000")
				time.Sleep(3*days + time.Minute)
				require.Empty(t, first(d))
				require.Equal(t, statusRevoked, d.record("MA_000").Session.Status)
				require.Empty(t, d.record("MA_000").Newer)
				require.Empty(t, d.sync().Incidents)
				require.Empty(t, d.auditAll().Incidents)
			})
		})
	}
}

// TestResendNamesARevoke: a resend that comes upon a session that was revoked unasked sees whose doing it was, and reminds nobody.
func TestResendNamesARevoke(t *testing.T) {
	created(t, 2, func(t *testing.T, d *desk) {
		time.Sleep(3*days + time.Minute)
		theirs := d.api.Stranger("MA_001")
		s := d.resend("spring", Policy{})
		require.Equal(t, []Incident{{Account: "MA_001", Session: d.api.Sessions("MA_001")[0].ID, What: incidentRevoked}}, s.Incidents)
		require.Equal(t, map[ResendOutcome]int{ResendSent: 1, ResendNotDue: 1}, s.Counts)
		require.Equal(t, theirs, d.record("MA_001").Newer)
		require.NoError(t, d.ledger.Told(t.Context(), s.Summary()))
		require.Empty(t, d.sync().Incidents)
		require.Empty(t, d.auditAll().Incidents)
	})
}

// TestResendAtTheMomentOfExpiry: the Date of an answer is cut to whole seconds, and the session expired within this one.
func TestResendAtTheMomentOfExpiry(t *testing.T) {
	created(t, 1, func(t *testing.T, d *desk) {
		require.NoError(t, d.api.SetReadings(sandbox.Readings{Expired: sandbox.ExpiredRevoked}))
		over := d.newest("MA_000").Expires
		d.through(func(r *http.Request, api http.RoundTripper) (*http.Response, error) {
			if !isList(r) {
				time.Sleep(time.Until(over))
			}
			return api.RoundTrip(r)
		})
		time.Sleep(time.Until(over.Add(-10 * time.Second)))
		s := d.resend("spring", Policy{}, func(c *Config) { c.Timeout = time.Second })
		require.Equal(t, map[ResendOutcome]int{ResendNotDue: 1}, s.Counts)
		require.Equal(t, statusRevoked, d.record("MA_000").Session.Status)
		require.Empty(t, s.Incidents)
	})
}

// TestAuditOfExpiredSessions: an API that shows them as revoked makes no incident of them, and what has ended stays as it ended.
func TestAuditOfExpiredSessions(t *testing.T) {
	for _, synced := range []bool{false, true} {
		created(t, 6, func(t *testing.T, d *desk) {
			require.NoError(t, d.api.SetReadings(sandbox.Readings{Expired: sandbox.ExpiredRevoked}))
			d.acts("MA_001", "revoked")
			time.Sleep(9 * days)
			if synced {
				require.Empty(t, d.sync().Incidents)
			}
			require.Empty(t, d.auditAll().Incidents, "that one was revoked before its time can't be seen any more")
			require.Zero(t, d.sync().Accounts)
		})
	}
}

// TestAuditKeepsAnEnd: what an audit looks at by itself stays as it ended, when it ended.
func TestAuditKeepsAnEnd(t *testing.T) {
	created(t, 6, func(t *testing.T, d *desk) {
		time.Sleep(time.Hour)
		d.acts("MA_003", "kyc_completed")
		d.acts("MA_004", "revoked")
		d.sync()
		time.Sleep(9 * days)
		d.sync()
		before := map[string]Session{}
		for _, a := range []string{"MA_000", "MA_003", "MA_004"} {
			before[a] = d.record(a).Session
			require.NotZero(t, before[a].Ended)
		}
		d.cfg.Workers = 1
		n := 0
		d.through(func(r *http.Request, api http.RoundTripper) (*http.Response, error) {
			if n++; n <= 2 { // no page of the whole list comes: each account is listed by itself
				return notFound(), nil
			}
			return api.RoundTrip(r)
		})
		d.auditAll()
		for a, s := range before {
			require.Equal(t, s, d.record(a).Session)
		}
		d.sound()
		require.Zero(t, d.sync().Accounts)
	})
}

// TestIncidentIsNamedOnce: whoever comes upon it first, and in whatever words.
func TestIncidentIsNamedOnce(t *testing.T) {
	sync := func(d *desk) Summary { return d.sync().Summary() }
	for what, passes := range map[string][]func(*desk) Summary{
		"sync, audit":  {sync, (*desk).auditAll, sync, (*desk).auditAll},
		"audit, sync":  {(*desk).auditAll, sync, (*desk).auditAll},
		"audit, audit": {(*desk).auditAll, (*desk).auditAll, sync},
	} {
		for _, adopted := range []bool{false, true} {
			t.Run(what, func(t *testing.T) {
				created(t, 6, func(t *testing.T, d *desk) {
					time.Sleep(time.Hour)
					if adopted {
						theirs := d.api.Stranger("MA_004")
						d.change("MA_004", func(r *Record) {
							r.Session, r.Adopted, r.Reason = Session{ID: theirs, Status: statusEmailSent, Expires: d.newest("MA_004").Expires}, true, "adopted by hand"
							r.Guard = append(r.Guard, theirs)
						})
					}
					d.acts("MA_004", "revoked")
					for i, pass := range passes {
						s := pass(d)
						require.Len(t, s.Incidents, map[bool]int{true: 1}[i == 0], "pass %d", i)
						require.NoError(t, d.ledger.Told(t.Context(), s))
					}
				})
			})
		}
	}
}

// TestIncidentAfterAnother: that something else is on record of the account, or that an earlier session of it was revoked, is no
// reason to tell nobody.
func TestIncidentAfterAnother(t *testing.T) {
	before := sandbox.Faults{Scripts: []sandbox.Script{{Route: sandbox.RouteCreate, Classes: []sandbox.Fault{sandbox.StrangerBefore}}}}
	inBubble(t, before, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 1)...)
		s := d.create("spring")
		require.Equal(t, incidentStranger, s.Incidents[0].What)
		require.NoError(t, d.ledger.Told(t.Context(), s))
		time.Sleep(time.Hour)
		d.api.Stranger("MA_000") // and so ours is revoked
		require.Equal(t, incidentRevoked, d.sync().Incidents[0].What)
	})
	for _, told := range []bool{true, false} {
		created(t, 1, func(t *testing.T, d *desk) {
			d.acts("MA_000", "revoked")
			s := d.sync()
			require.Len(t, s.Incidents, 1)
			plan := d.plan(Order{Accounts: []string{"MA_000"}})
			if told {
				require.NoError(t, d.ledger.Told(t.Context(), s.Summary()))
			}
			d.carryOut(plan)
			require.NoError(t, d.ledger.Told(t.Context(), s.Summary()))
			time.Sleep(time.Hour)
			d.acts("MA_000", "revoked") // the new one, by somebody else
			s = d.sync()
			require.Len(t, s.Incidents, 1, "told %v", told)
			require.Equal(t, d.newest("MA_000").ID, s.Incidents[0].Session)
			require.NoError(t, d.ledger.Told(t.Context(), s.Summary()))
			require.Empty(t, d.auditAll().Incidents)
		})
	}
}

// TestSyncThatIsHaltedNamesNothing: a revoke that could not be looked into any more is left for the next sync.
func TestSyncThatIsHaltedNamesNothing(t *testing.T) {
	created(t, 1, func(t *testing.T, d *desk) {
		time.Sleep(time.Hour)
		d.forgets("MA_000")
		ctx, cancel := context.WithCancel(t.Context())
		d.through(func(r *http.Request, api http.RoundTripper) (*http.Response, error) {
			if !isList(r) {
				defer cancel()
			}
			return api.RoundTrip(r)
		})
		s, err := Sync(ctx, d.cfg)
		require.NoError(t, err)
		require.Equal(t, []any{HaltDrained, 1}, []any{s.Halt, s.Missed})
		require.Empty(t, s.Incidents)
		require.Equal(t, statusEmailSent, d.record("MA_000").Session.Status)
		d.sound()
		require.Empty(t, d.sync().Incidents)
	})
}

// TestOddDateHidesNoRevoke: one odd Date neither excuses a revoke nor makes an incident of a session that has expired.
func TestOddDateHidesNoRevoke(t *testing.T) {
	for what, pass := range map[string]func(*desk) []Incident{
		"sync":  func(d *desk) []Incident { return d.sync().Incidents },
		"audit": func(d *desk) []Incident { return d.auditAll().Incidents },
	} {
		t.Run(what, func(t *testing.T) {
			created(t, 1, func(t *testing.T, d *desk) {
				d.acts("MA_000", "revoked")
				d.odd(1, 1, 10*days, false)
				require.Len(t, pass(d), 1)
			})
			created(t, 1, func(t *testing.T, d *desk) {
				require.NoError(t, d.api.SetReadings(sandbox.Readings{Expired: sandbox.ExpiredRevoked}))
				time.Sleep(9 * days)
				d.odd(1, 1, -10*days, false)
				require.Empty(t, pass(d))
			})
		})
	}
}

// TestAuditOfTwoThatEnded: that two requests worked is told once, also where the session's revoke was told since.
func TestAuditOfTwoThatEnded(t *testing.T) {
	ours := func(id string, attempt int) Seen {
		return Seen{Session: Session{ID: id, Status: statusRevoked}, Attempt: AttemptID{"L", 1, attempt}}
	}
	for _, c := range []struct{ was, on, want string }{
		{statusEmailSent, "", "more than one of our own requests worked: the customer was mailed more than once"},
		{statusRevoked, incidentRevoked, incidentRevoked},
	} {
		rec := Record{Account: "MA_1", State: Created, Round: 1, Attempt: 2, Session: Session{ID: "a", Status: c.was}, Incident: c.on}
		a, _ := testProtocol.Step(Account{Record: rec}, Event{Kind: BeginAudit})
		late := DefaultSettle + time.Minute
		a, _ = testProtocol.Step(a, Event{Kind: Due, Now: late})
		a, act := testProtocol.Step(a, Event{Kind: Looked, Now: late, Look: Look{Began: late, Sessions: []Seen{ours("a", 1), ours("b", 2)}}})
		require.Equal(t, Put, act.Kind)
		require.Equal(t, c.want, a.Incident)
	}
}
