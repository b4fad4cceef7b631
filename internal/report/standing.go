package report

import (
	"time"

	"kycbatch/campaign"
)

// standing is where a row stands, for a person who knows neither our states nor the API's statuses. Each row has exactly one.
type standing uint8

const (
	invited       standing = iota // the link is with the customer, who has not opened it
	opened                        // the widget was loaded
	begun                         // verification was begun
	completed                     //
	expired                       // the link has stopped working by its time
	failed                        // verification failed
	revoked                       // ended by somebody else, or by the API
	endedByUs                     // ended by a person's word
	other                         // under a status that nobody knows
	pending                       // nothing was sent yet
	again                         // an earlier link is ended or is to be, and another one follows
	inDoubt                       // a request may have left
	undecided                     // waits for a person's word
	refused                       // by the API
	invalid                       // can't be sent as it is
	foreign                       // has a session that is not ours
	completedElse                 // has completed KYC through a session that is not ours
	excluded                      // on the exclusion list
	duplicate                     // another line stands for it
	withdrawn                     // taken out before anything was sent, or given up
)

// standings says of each standing what a person reads, what is to be done next where nothing better is known, and which count it
// belongs to. What %s stands for is the unknown status, or the line that a duplicate is the same as.
var standings = [...]struct {
	words, next string
	count       func(*Counts) *int
}{
	invited:       {"invited, not opened yet", "", func(c *Counts) *int { return &c.Invited }},
	opened:        {"opened, not finished", "opened, not finished: call", func(c *Counts) *int { return &c.Open }},
	begun:         {"verification begun, not finished", "begun, not finished: call", func(c *Counts) *int { return &c.Open }},
	completed:     {"completed", "nothing: done", func(c *Counts) *int { return &c.Completed }},
	expired:       {"expired", "expired, needs a new link", func(c *Counts) *int { return &c.Expired }},
	failed:        {"verification failed", "call, then it needs a new link", func(c *Counts) *int { return &c.Failed }},
	revoked:       {"revoked", "revoked, needs a new link", func(c *Counts) *int { return &c.Revoked }},
	endedByUs:     {"revoked by us", "nothing: its link was revoked on purpose", func(c *Counts) *int { return &c.Revoked }},
	other:         {"status not known to us: %s", "ask Vobiz what its status means", func(c *Counts) *int { return &c.Other }},
	pending:       {"not invited yet", "will be invited when its turn comes", func(c *Counts) *int { return &c.Pending }},
	again:         {"to be invited again", "gets a new link with the next run", func(c *Counts) *int { return &c.Pending }},
	inDoubt:       {"being invited, no definite answer yet", "the next run finds out", func(c *Counts) *int { return &c.InDoubt }},
	undecided:     {"undecided", "somebody has to decide: kycbatch undecided", func(c *Counts) *int { return &c.Undecided }},
	refused:       {"refused by Vobiz", "mend the row and give the file again", func(c *Counts) *int { return &c.Refused }},
	invalid:       {"cannot be sent as it is", "mend the row and give the file again", func(c *Counts) *int { return &c.Invalid }},
	foreign:       {"not invited: it has another session", "ask who made the other session", func(c *Counts) *int { return &c.Skipped }},
	completedElse: {"not invited: KYC was completed before", "nothing: done", func(c *Counts) *int { return &c.Skipped }},
	excluded:      {"not invited: on the exclusion list", "nothing: it is on the exclusion list", func(c *Counts) *int { return &c.Skipped }},
	duplicate:     {"the same as line %s", "see line %s", func(c *Counts) *int { return &c.Skipped }},
	withdrawn:     {"taken out", "nothing: it was taken out", func(c *Counts) *int { return &c.Withdrawn }},
}

// The API's words for a session (API page, "Session lifecycle"), and three that the vendor's other material uses. Any other
// word is one that nobody knows.
const (
	statusEmailSent  = "email_sent"
	statusLinkReady  = "link_ready"
	statusOpened     = "opened"
	statusInProgress = "in_progress"
	statusCompleted  = "kyc_completed"
	statusRevoked    = "revoked"
	statusExpired    = "expired"
	statusFailed     = "failed"
	statusKYCFailed  = "kyc_failed"
)

// standingOf says where a row stands at the server's time asOf; zero where nobody has looked at the API, and nothing
// counts as expired that was not seen to have.
func standingOf(res campaign.Result, asOf time.Time) standing {
	rec := res.Record
	switch {
	case res.Outcome == campaign.OutcomeInvalid:
		return invalid
	case res.Row.DuplicateOf > 0:
		return duplicate
	}
	switch res.Outcome {
	case campaign.OutcomeInDoubt:
		return inDoubt
	case campaign.OutcomeUndecided:
		return undecided
	case campaign.OutcomeRefused:
		return refused
	case campaign.OutcomeSkipped:
		return skippedAs(rec)
	}
	if rec.State == campaign.Created {
		return sessionAs(rec.Session, asOf)
	}
	if rec.End != (campaign.Ending{}) {
		return again
	}
	return pending
}

// skippedAs tells apart why nothing was sent, or nothing more.
func skippedAs(rec campaign.Record) standing {
	switch {
	case rec.State == campaign.Skipped && rec.Session.Status == statusCompleted:
		return completedElse
	case rec.State == campaign.Skipped:
		return foreign
	case rec.State == campaign.Withdrawn && rec.Session.Status == statusRevoked:
		return endedByUs
	case rec.State == campaign.Withdrawn:
		return withdrawn
	}
	return excluded
}

// sessionAs is where a session of ours stands. Its time being over hides what a customer had begun, and also the word
// "revoked" where it was seen only afterwards: there are APIs that show an expired session so.
func sessionAs(s campaign.Session, asOf time.Time) standing {
	over := !s.Expires.IsZero() && (!asOf.Before(s.Expires) || !s.Ended.IsZero() && !s.Ended.Before(s.Expires))
	switch s.Status {
	case statusCompleted:
		return completed
	case statusFailed, statusKYCFailed:
		return failed
	case statusExpired:
		return expired
	case statusRevoked:
		if !s.Ended.IsZero() && over && !s.Ended.Before(s.Expires) {
			return expired
		}
		return revoked
	case statusEmailSent, statusLinkReady, statusOpened, statusInProgress:
	default:
		return other
	}
	switch {
	case over:
		return expired
	case s.Status == statusInProgress:
		return begun
	case s.Status == statusOpened || !s.Opened.IsZero():
		return opened
	}
	return invited
}

// sent says whether a link of ours was ever with the customer.
func (st standing) sent() bool { return st <= other }

// waits says whether the customer has a link and could go on with it.
func (st standing) waits() bool { return st == invited || st == opened || st == begun }

// everOpened says whether the customer has loaded the widget at some time.
func everOpened(st standing, s campaign.Session) bool {
	return st.sent() && (!s.Opened.IsZero() || s.Status == statusOpened) || everBegun(st, s)
}

// everBegun says whether the customer has begun verification at some time: only then the API knows a kyc_type.
func everBegun(st standing, s campaign.Session) bool {
	return st.sent() && (s.KYCType != "" || s.Status == statusInProgress || st == completed)
}
