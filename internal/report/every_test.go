package report

import (
	"fmt"
	"iter"
	"time"

	"kycbatch/campaign"
	"kycbatch/internal/intake"
)

// books is a ledger in memory: what a report reads, row by row, without the runs that would have led to it.
type books struct {
	campaigns []campaign.Campaign
	results   map[string][]campaign.Result
	synced    map[string]time.Time
	trail     []campaign.Entry
}

func (b *books) SyncedAt(c campaign.Campaign) (time.Time, error) { return b.synced[c.Name], nil }

func (b *books) Results(c campaign.Campaign, _ uint64, _ *intake.Exclusions) iter.Seq2[campaign.Result, error] {
	return func(yield func(campaign.Result, error) bool) {
		for _, res := range b.results[c.Name] {
			if !yield(res, nil) {
				return
			}
		}
	}
}

func (b *books) TrailEnd() (uint64, error) {
	if len(b.trail) == 0 {
		return 0, nil
	}
	return b.trail[len(b.trail)-1].ID, nil
}

func (b *books) TrailAfter(id uint64) iter.Seq2[campaign.Entry, error] {
	return b.entries(func(e campaign.Entry) bool { return e.ID > id })
}

func (b *books) TrailFrom(at time.Time) iter.Seq2[campaign.Entry, error] {
	return b.entries(func(e campaign.Entry) bool { return !e.At.Before(at) })
}

func (b *books) entries(of func(campaign.Entry) bool) iter.Seq2[campaign.Entry, error] {
	return func(yield func(campaign.Entry, error) bool) {
		for _, e := range b.trail {
			if of(e) && !yield(e, nil) {
				return
			}
		}
	}
}

// tell adds an entry to the trail.
func (b *books) tell(at time.Time, record uint64, kind campaign.Kind, reason string) {
	b.trail = append(b.trail, campaign.Entry{ID: uint64(at.UnixMicro()) + uint64(len(b.trail)), At: at, Record: record, Kind: kind, Reason: reason})
}

// start is when the campaigns of these tests begin, in the middle of a day in India.
func start() time.Time { return time.Date(2026, 11, 23, 6, 30, 0, 123456000, time.UTC) }

func india() *time.Location { return time.FixedZone("IST", 5*3600+1800) }

// add gives a row to a campaign. Its cells are account, address, manager, reference and plan.
func (b *books) add(name string, change func(*campaign.Result)) {
	all := b.results[name]
	n := len(all)
	id := fmt.Sprintf("MA_%03d", n+1)
	res := campaign.Result{Outcome: campaign.OutcomeAlready, Row: campaign.Row{
		Line: n + 2, Account: id, Record: uint64(n + 1),
		Cells: []string{id, fmt.Sprintf("planted.person%d@zeta.example", n+1), "Asha Rao", fmt.Sprintf("REF-%04d", n+1), "starter"},
	}}
	res.Record = campaign.Record{
		Account: id, State: campaign.Created, Round: 1, Attempt: 1, Campaign: 1, Audited: true, Address: res.Row.Cells[1],
		Reminders: []int{3, 1}, Mails: []time.Time{start()},
		Session: campaign.Session{ID: "session", Status: statusEmailSent, Created: start(), Expires: start().AddDate(0, 0, 14)},
	}
	change(&res)
	b.results[name] = append(all, res)
}

func newBooks(name string) *books {
	return &books{
		campaigns: []campaign.Campaign{{Name: name, ID: 1, Header: []string{"account_auth_id", "email", "Account Manager", "Customer Ref", "Plan"}}},
		results:   map[string][]campaign.Result{}, synced: map[string]time.Time{},
	}
}

// everyKind is a campaign with a row of every kind, ten days and an hour after it began.
func everyKind() *books {
	b := newBooks("spring")
	at := func(days int) time.Time { return start().AddDate(0, 0, days) }
	b.synced["spring"] = at(10).Add(time.Hour)
	add := func(change func(*campaign.Result)) { b.add("spring", change) }
	session := func(change func(*campaign.Session)) {
		add(func(r *campaign.Result) { change(&r.Record.Session) })
	}
	notSent := func(o campaign.Outcome, state campaign.State, change func(*campaign.Result)) {
		add(func(r *campaign.Result) {
			r.Outcome = o
			r.Record = campaign.Record{Account: r.Row.Account, State: state, Campaign: 1}
			change(r)
		})
	}
	add(func(*campaign.Result) {})
	add(func(r *campaign.Result) { r.Record.Reminders = nil })
	add(func(r *campaign.Result) {
		r.Record.Reminders, r.Record.Resend.Sent = []int{14, 9, 5}, 2
		r.Record.Mails = []time.Time{start(), at(3), at(9)}
	})
	add(func(r *campaign.Result) {
		r.Record.Redirect, r.Record.Session.Status, r.Record.Mails, r.Record.Address = true, statusLinkReady, nil, ""
	})
	session(func(s *campaign.Session) { s.Status, s.Opened = statusOpened, at(2) })
	session(func(s *campaign.Session) { s.Status, s.Opened = statusEmailSent, at(1) })
	session(func(s *campaign.Session) { s.Status, s.Opened, s.KYCType = statusInProgress, at(4), "individual" })
	session(func(s *campaign.Session) {
		s.Status, s.Opened, s.Completed, s.Ended, s.KYCType = statusCompleted, at(2), at(3), at(4), "company"
	})
	add(func(r *campaign.Result) {
		s := &r.Record.Session
		s.Status, s.Opened, s.Completed, s.Ended, s.KYCType = statusCompleted, at(5), at(5).Add(5*time.Hour), at(6), "individual"
		r.Record.Verified = []campaign.Fact{{Name: "pan_name_match", Value: "true"}, {Name: "pan_number", Value: "ABCPE1234F"}, {Name: "masked_aadhaar", Value: "9942"}}
	})
	session(func(s *campaign.Session) { s.Expires = at(7) })
	session(func(s *campaign.Session) { s.Status, s.Opened, s.Expires, s.Ended = statusOpened, at(1), at(7), at(8) })
	session(func(s *campaign.Session) { s.Status, s.Ended = statusExpired, at(9) })
	session(func(s *campaign.Session) { s.Status, s.Expires, s.Ended = statusRevoked, at(7), at(8) })
	session(func(s *campaign.Session) { s.Status, s.Ended, s.KYCType = statusFailed, at(2), "individual" })
	session(func(s *campaign.Session) { s.Status, s.Ended = statusKYCFailed, at(2) })
	add(func(r *campaign.Result) {
		r.Record.Session.Status, r.Record.Session.Ended = statusRevoked, at(2)
		r.Record.Incident = "the session that we created was revoked, and not by us"
	})
	session(func(s *campaign.Session) { s.Status = "on_hold" })
	session(func(s *campaign.Session) { s.Status = "" })
	add(func(r *campaign.Result) { r.Record.Newer = "another" })
	add(func(r *campaign.Result) { r.Outcome = campaign.OutcomeConflict })
	notSent(campaign.OutcomePending, campaign.Pending, func(r *campaign.Result) { r.Record.Campaign = 0 })
	notSent(campaign.OutcomePending, campaign.Pending, func(r *campaign.Result) {
		r.Record.Round, r.Record.Mails, r.Record.End = 2, []time.Time{start()}, campaign.Ending{Session: "old", Why: "wrong address"}
	})
	notSent(campaign.OutcomeAlready, campaign.Pending, func(r *campaign.Result) {
		r.Record.Round, r.Record.End, r.Record.Campaign = 2, campaign.Ending{Session: "old", Why: "wrong address"}, 9
	})
	notSent(campaign.OutcomeInDoubt, campaign.Started, func(r *campaign.Result) {
		r.Record.Attempt, r.Record.Mails, r.Record.Address = 1, []time.Time{start()}, "planted.doubt@zeta.example"
	})
	notSent(campaign.OutcomeUndecided, campaign.Undecided, func(r *campaign.Result) {
		r.Record.Attempt, r.Record.Mails, r.Record.Reason = 3, []time.Time{start(), at(1)}, "no session of ours was found after 3 requests"
	})
	notSent(campaign.OutcomeRefused, campaign.Refused, func(r *campaign.Result) {
		r.Record.Attempt, r.Record.Mails, r.Record.Reason = 1, []time.Time{start()}, `create session: status 422: planted.person26@zeta.example is "bad"`
	})
	notSent(campaign.OutcomeInvalid, "", func(r *campaign.Result) { r.Row.Problem, r.Record = "email: is no address", campaign.Record{} })
	notSent(campaign.OutcomeSkipped, campaign.Skipped, func(r *campaign.Result) {
		r.Record.Session = campaign.Session{ID: "theirs", Status: statusOpened, Created: at(-5), Opened: at(-4), KYCType: "individual"}
		r.Record.Reason = "the account has a live session that this ledger did not create"
	})
	notSent(campaign.OutcomeSkipped, campaign.Skipped, func(r *campaign.Result) {
		r.Record.Session = campaign.Session{ID: "theirs", Status: statusCompleted, Created: at(-5), Completed: at(-3)}
		r.Record.Reason = "the account has completed KYC"
	})
	notSent(campaign.OutcomeSkipped, "", func(r *campaign.Result) { r.Row.Excluded = true })
	add(func(r *campaign.Result) { r.Row.DuplicateOf, r.Row.Account = 2, "MA_001"; r.Row.Record = 1 })
	notSent(campaign.OutcomeSkipped, campaign.Withdrawn, func(r *campaign.Result) { r.Record.Reason = "asked for silence" })
	notSent(campaign.OutcomeSkipped, campaign.Withdrawn, func(r *campaign.Result) {
		r.Record.Mails, r.Record.Session = []time.Time{start()}, campaign.Session{ID: "ours", Status: statusRevoked}
		r.Record.Reason = "revoked by hand: campaign called off"
	})
	session(func(s *campaign.Session) { s.Expires, s.Ended = at(1), at(2) })
	n := len(b.results["spring"]) - 1
	b.results["spring"][n].Row.Purged, b.results["spring"][n].Record.Address = campaign.OutcomeAlready, ""
	b.results["spring"][n].Row.Cells = []string{"MA_034", "", "", "", ""}
	owners := []string{"Asha Rao", "Björn Åberg", "", " Asha Rao\u00a0"}
	for i := range b.results["spring"] {
		if i != n { // what was purged has none any more
			b.results["spring"][i].Row.Cells[2] = owners[i%len(owners)]
		}
		b.tell(start().Add(time.Duration(i)*time.Second), uint64(i+1), campaign.KindCreated, "")
	}
	return b
}
