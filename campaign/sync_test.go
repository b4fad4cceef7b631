package campaign

import (
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
)

// sync asks where the sessions stand, and is not halted.
func (d *desk) sync(change ...func(*Config)) Synced {
	d.t.Helper()
	cfg := d.cfg
	for _, c := range change {
		c(&cfg)
	}
	s, err := Sync(d.t.Context(), cfg)
	require.NoError(d.t, err)
	require.Empty(d.t, s.Halt, "%v", s.Cause)
	return s
}

// acts has the customer of an account, or the API, bring its newest session to a status.
func (d *desk) acts(account, status string) {
	require.NoError(d.t, d.api.Set(d.newest(account).ID, status))
}

// created makes a campaign of so many accounts, each with a session.
func created(t *testing.T, n int, story func(t *testing.T, d *desk)) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, n)...)
		d.counts(d.create("spring"), map[Outcome]int{OutcomeCreated: n})
		story(t, d)
	})
}

func TestSyncFollowsEverySessionToItsEnd(t *testing.T) {
	created(t, 5, func(t *testing.T, d *desk) {
		d.acts("MA_000", "opened")
		d.acts("MA_001", "kyc_completed")
		d.acts("MA_002", "failed")
		d.acts("MA_003", "paused")
		s := d.sync()
		require.Equal(t, map[string]int{"opened": 1, "kyc_completed": 1, "failed": 1, "paused": 1, "email_sent": 1}, s.Statuses)
		require.Equal(t, map[string]int{"opened": 1, "kyc_completed": 1, "failed": 1, "paused": 1}, s.Became)
		require.Equal(t, []int{5, 4, 0, 0, 1}, []int{s.Accounts, s.Changed, s.Missed, s.Expired, s.Requests})
		rec := d.record("MA_001")
		require.Equal(t, "individual", rec.Session.KYCType)
		require.WithinDuration(t, time.Now(), rec.Session.Completed, time.Second)
		require.WithinDuration(t, time.Now(), rec.Session.Ended, 2*time.Second)

		again := d.sync()
		require.Equal(t, []int{3, 0, 1}, []int{again.Accounts, again.Changed, again.Requests}, "what has ended is never asked for again")
		require.Equal(t, s.Statuses, again.Statuses)
		require.Empty(t, again.Became)

		// An hour after their time, sessions are asked for once more, and then no more.
		time.Sleep(7*24*time.Hour + 30*time.Minute)
		require.Equal(t, []int{3, 0}, []int{d.sync().Accounts, d.sync().Expired})
		d.acts("MA_000", "kyc_completed")
		time.Sleep(time.Hour)
		s = d.sync()
		require.Equal(t, []int{3, 3, 2}, []int{s.Accounts, s.Changed, s.Expired})
		require.Equal(t, map[string]int{"kyc_completed": 2, "failed": 1, "paused": 1, "email_sent": 1}, s.Statuses)
		s = d.sync()
		require.Equal(t, []int{0, enoughDates, 2}, []int{s.Accounts, s.Requests, s.Expired}, "only for the time, which could show that they have not expired")
		require.Equal(t, []Kind{KindStatus, KindStatus}, d.told("MA_000", KindStatus), "each change with its time")
		require.Equal(t, []Kind{KindStatus, KindExpired}, d.told("MA_003", KindStatus, KindExpired))
	})
}

// told are the entries of these kinds that the trail has of an account.
func (d *desk) told(account string, kinds ...Kind) (told []Kind) {
	story, err := d.ledger.History(account)
	require.NoError(d.t, err)
	for _, e := range story.Entries {
		for _, k := range kinds {
			if e.Kind == k {
				told = append(told, k)
			}
		}
	}
	return told
}

// TestSyncIncident: a revoke that nobody ordered is named once, also where the sync that found it could not say so.
func TestSyncIncident(t *testing.T) {
	created(t, 4, func(t *testing.T, d *desk) {
		time.Sleep(time.Minute)
		theirs := d.api.Stranger("MA_001") // and so ours is revoked
		d.acts("MA_002", "revoked")
		s := d.sync()
		require.Equal(t, []Incident{
			{Account: "MA_001", Session: d.api.Sessions("MA_001")[0].ID, What: incidentRevoked},
			{Account: "MA_002", Session: d.newest("MA_002").ID, What: incidentRevoked},
		}, s.Incidents)
		require.Equal(t, 1, s.Newer)
		require.Equal(t, theirs, d.record("MA_001").Newer)
		require.Equal(t, []Elsewhere{{"MA_001", theirs}}, s.Elsewhere)
		require.Empty(t, d.record("MA_002").Newer)
		require.Equal(t, []Kind{KindStatus, KindNewer, KindIncident}, d.told("MA_001", KindStatus, KindNewer, KindIncident))

		again := d.sync() // the first one died before it could say so
		require.Equal(t, s.Incidents, again.Incidents)
		require.Equal(t, []any{1, []Elsewhere(nil)}, []any{again.Newer, again.Elsewhere})
		require.NoError(t, d.ledger.Told(t.Context(), again.Summary()))
		require.Empty(t, d.sync().Incidents)
		require.Empty(t, d.create("spring").Incidents)
		require.Equal(t, 4, d.posts(), "a newer session is shown, never fought")
	})
}

// TestSyncKnowsWhatWasOurDoing: sessions that an order ended or replaced are no incident, and neither is what a restored
// ledger has forgotten that it did.
func TestSyncKnowsWhatWasOurDoing(t *testing.T) {
	created(t, 3, func(t *testing.T, d *desk) {
		time.Sleep(time.Hour)
		forgotten := d.record("MA_002")
		d.carryOut(d.plan(Order{Accounts: []string{"MA_000"}, Only: true}))
		d.carryOut(d.plan(Order{Accounts: []string{"MA_001", "MA_002"}}))
		d.change("MA_002", func(r *Record) { *r = forgotten })
		s := d.sync()
		require.Empty(t, s.Incidents)
		require.Equal(t, []int{2, 0}, []int{s.Accounts, s.Newer})
		require.Equal(t, statusRevoked, d.record("MA_002").Session.Status)
		require.Empty(t, d.record("MA_002").Newer)
	})
}

// TestSyncSeesAnEndOnALaterPage: a session that the list shows twice, because it moved, is taken as it was shown last.
func TestSyncSeesAnEndOnALaterPage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDeskAt(t, sandbox.Config{MaxPageSize: 3, Readings: sandbox.Readings{OrderedByUpdate: true, OldestFirst: true}})
		d.cfg.Workers = 1
		d.give("spring", rows(0, 9)...)
		d.create("spring")
		time.Sleep(time.Minute)
		pages := 0
		d.through(func(r *http.Request, api http.RoundTripper) (*http.Response, error) {
			if pages++; pages == 2 {
				d.api.Stranger("MA_000")
			}
			return api.RoundTrip(r)
		})
		s := d.sync()
		require.Equal(t, []int{0, 1, 1}, []int{s.Missed, len(s.Incidents), s.Newer})
		require.Equal(t, 4+1+2, s.Requests, "the pages, the session that moved to one that was read already, and the end")
	})
}

// TestAuditAfterSync: an audit of everything names no incident that a sync has named, and wakes nothing that has ended.
func TestAuditAfterSync(t *testing.T) {
	created(t, 4, func(t *testing.T, d *desk) {
		d.acts("MA_001", "revoked")
		d.acts("MA_002", "kyc_completed")
		require.NoError(t, d.ledger.Told(t.Context(), d.sync().Summary()))
		time.Sleep(10 * 24 * time.Hour)
		require.Equal(t, 2, d.sync().Expired)
		all := d.create("spring", func(c *Config) { c.AuditOnly, c.AuditAll = true, true })
		require.Empty(t, all.Incidents)
		s := d.sync()
		require.Equal(t, []int{0, 2}, []int{s.Accounts, s.Expired})
	})
}

// TestSyncOfSomebodyElsesSession: what made us skip is followed too, and its revoke is nobody's incident.
func TestSyncOfSomebodyElsesSession(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.api.Stranger("MA_001")
		d.give("spring", rows(0, 3)...)
		d.counts(d.create("spring"), map[Outcome]int{OutcomeCreated: 2, OutcomeSkipped: 1})
		d.acts("MA_001", "revoked")
		s := d.sync()
		require.Empty(t, s.Incidents)
		require.Equal(t, map[string]int{"email_sent": 2, "revoked": 1}, s.Statuses)
		require.Equal(t, []int{3, 2}, []int{s.Accounts, d.sync().Accounts})
	})
}

// TestSyncExpiredUnderAnotherWord: an API that shows expired sessions as revoked makes no incident of them.
func TestSyncExpiredUnderAnotherWord(t *testing.T) {
	for reading, status := range map[sandbox.ExpiredReading]string{
		sandbox.ExpiredUnchanged: "email_sent", sandbox.ExpiredWord: "expired", sandbox.ExpiredRevoked: "revoked",
	} {
		created(t, 3, func(t *testing.T, d *desk) {
			require.NoError(t, d.api.SetReadings(sandbox.Readings{Expired: reading}))
			time.Sleep(time.Until(d.newest("MA_000").Expires)) // to the microsecond
			d.sync()
			time.Sleep(2 * time.Hour)
			s := d.sync()
			require.Empty(t, s.Incidents, status)
			require.Equal(t, map[string]int{status: 3}, s.Statuses)
			require.Zero(t, d.sync().Accounts)
		})
	}
}

// TestSyncOfSeveralCampaigns: those that are named, each session once, and when each was synced.
func TestSyncOfSeveralCampaigns(t *testing.T) {
	created(t, 3, func(t *testing.T, d *desk) {
		d.give("summer", rows(2, 6)...)
		d.create("summer")
		d.give("winter", rows(6, 7)...)
		at := func(name string) time.Time {
			c, err := d.ledger.Campaign(name)
			require.NoError(t, err)
			at, err := d.ledger.SyncedAt(c)
			require.NoError(t, err)
			return at
		}
		s, err := Sync(t.Context(), d.cfg, "summer", "summer")
		require.NoError(t, err)
		require.Equal(t, []string{"summer"}, s.Campaigns)
		require.Equal(t, 4, s.Accounts)
		require.Zero(t, at("spring"))
		require.WithinDuration(t, time.Now(), at("summer"), 2*time.Second)

		require.Equal(t, 6, d.sync().Accounts)
		require.Equal(t, at("spring"), at("summer"))

		_, err = Sync(t.Context(), d.cfg, "autumn")
		require.ErrorIs(t, err, ErrNoCampaign)
		require.Equal(t, HaltCredentials, d.halted(sandbox.Unauthorized))
		require.Less(t, at("spring"), time.Now().Add(-23*time.Hour), "not of a sync that missed something")
	})
}

// TestSyncIgnoresALaggingReplica: what the list of a while ago shows does not take a record back.
func TestSyncIgnoresALaggingReplica(t *testing.T) {
	created(t, 3, func(t *testing.T, d *desk) {
		d.acts("MA_001", "in_progress")
		d.sync()
		lag := sandbox.Faults{StaleBy: time.Hour, Rules: []sandbox.Rule{{Route: sandbox.AnyRoute, Class: sandbox.StaleList}}}
		d.acts("MA_002", "opened")
		require.NoError(t, d.api.SetFaults(lag))
		time.Sleep(30 * time.Minute)
		require.Zero(t, d.sync().Changed)
		require.Equal(t, statusInProgress, d.record("MA_001").Session.Status)
		time.Sleep(time.Hour)
		require.Equal(t, 1, d.sync().Changed)
	})
}

// TestSyncIgnoresALaggingReplicaOfAnUnknownWord: under a word that nobody knows, a session goes on, and not back.
func TestSyncIgnoresALaggingReplicaOfAnUnknownWord(t *testing.T) {
	created(t, 1, func(t *testing.T, d *desk) {
		time.Sleep(time.Hour)
		d.acts("MA_000", "in_progress")
		time.Sleep(time.Hour)
		d.acts("MA_000", "under_review")
		for _, c := range []struct {
			lag  time.Duration
			want string
		}{{0, "under_review"}, {90 * time.Minute, "under_review"}, {30 * time.Minute, statusInProgress}} {
			time.Sleep(time.Minute)
			faults := sandbox.Faults{StaleBy: c.lag, Rules: []sandbox.Rule{{Route: sandbox.AnyRoute, Class: sandbox.StaleList}}}
			if c.lag == 0 {
				faults.Rules = nil
			}
			require.NoError(t, d.api.SetFaults(faults))
			d.sync()
			require.Equal(t, c.want, d.record("MA_000").Session.Status, "%s ago", c.lag)
		}
	})
}

func TestSyncOfLinks(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 3)...)
		d.counts(d.create("spring", d.redirect("spring")), map[Outcome]int{OutcomeCreated: 3})
		d.acts("MA_001", "opened")
		require.Equal(t, map[string]int{"link_ready": 2, "opened": 1}, d.sync().Statuses)
	})
}

// TestSyncTakesTheCheaperWay counts the requests of both ways from what the API has, and those that were made.
func TestSyncTakesTheCheaperWay(t *testing.T) {
	for _, c := range []struct {
		ours, others, ended int
		byList              bool
		requests            int
	}{
		{ours: 1, requests: 1},
		{ours: 2, byList: true, requests: 1},
		{ours: 100, byList: true, requests: 1},
		{ours: 101, byList: true, requests: 2},
		{ours: 5, others: 600, requests: 1 + 5}, // the first page says how long the list is
		{ours: 9, others: 600, byList: true, requests: 7},
		{ours: 260, ended: 258, requests: 2},               // the ledger alone knows that three pages are more
		{ours: 260, ended: 250, byList: true, requests: 1}, // the newest come first
	} {
		t.Run(fmt.Sprintf("%d of ours, %d ended, %d others", c.ours, c.ended, c.others), func(t *testing.T) {
			created(t, c.ours, func(t *testing.T, d *desk) {
				for i := range c.others {
					d.api.Stranger(fmt.Sprintf("MA_other%d", i))
				}
				for i := range c.ended {
					d.change(fmt.Sprintf("MA_%03d", i), func(r *Record) { r.Session.Ended = time.Now() })
				}
				before := d.api.Journal()
				s := d.sync()
				after := d.api.Journal()
				require.Equal(t, []any{c.byList, c.requests, c.ours - c.ended, 0}, []any{s.ByList, s.Requests, s.Gets, s.Missed})
				require.Equal(t, c.requests, after.Total(sandbox.AnyRoute)-before.Total(sandbox.AnyRoute))
				list, gets := (c.ours+c.others+99)/100, c.ours-c.ended
				require.LessOrEqual(t, s.Requests, min(list, gets)+1)
				t.Logf("by the list %d requests, one by one %d: %d were made", list, gets, s.Requests)
			})
		})
	}
}
