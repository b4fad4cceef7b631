package campaign

import (
	"slices"
	"time"
)

// Record is what we durably know of one account, whatever campaigns its rows are in. The zero value is
// a pending account of which nothing was ever sent. The step function changes the protocol's fields;
// the pass that drives it stamps the rest.
type Record struct {
	Account string // account_auth_id: the identity of the work
	State   State  // "" reads as Pending

	Round   int      // which life of the account, from 1; 0 before the first intent
	Attempt int      // number of the round's newest attempt; 0 while none is intended
	Free    int      // attempts of this round that cost nothing: the API answered 429
	Guard   []string // session ids that the round's first guard saw; never widened
	Session Session  // the session that this record is about: ours, or the one that made us skip
	Adopted bool     // the session was found by its attempt id, not by the answer of its POST

	Redirect bool   // the round asks for a link instead of a mail (the API's redirect flow)
	Orphans  int    // sessions of ours that were replaced because their link was lost with their answer
	End      Ending // what has to end before the round's first POST

	Audited  bool   // the account was looked at again after its POST
	Incident string // what went wrong with a session of ours, in plain words; "" nothing did
	Reason   string // why the account was refused, skipped or is undecided, in plain words

	Campaign uint64    // the campaign whose row this round sends
	Request  []byte    // what is sent, while the account is started: a restart sends the very same
	Digest   Digest    // of the row's request, corrected; a row that has another one now was changed since. Zero once purged
	Run      uint64    // the run that changed the record last
	Changed  time.Time // when, by this machine's clock: for people, never for a decision

	Trail      uint64     // id of the newest entry of the trail that is about the account; 0: none
	Correction Correction // of an address that the account's rows have wrong; zero: none

	Address   string      // where the round's mails go; "" in the redirect flow, before the first intent, and once purged
	Reminders []int       // days before expiry on which the API reminds by itself
	Mails     []time.Time // of every round, on the server's clock, ascending: when mails of ours left, or may have; the newest maxMails
	Resend    Resends     // how far the resends of Session are
	Verified  []Fact      // of verified_data, what a person asked to keep, digits of PAN and Aadhaar masked; nil: nothing
	Newer     string      // id of a session that somebody else made for the account after ours; "" none was seen
}

// Ending is a session that is ended on purpose, by DELETE, before its account gets another one. That it is
// durable makes the DELETE a thing that we meant: whoever looks later knows whose it was. The zero value ends nothing.
type Ending struct {
	Session string // its id; "" none
	Why     string // the reason that the API is given; "" for a session whose link was lost: the protocol knows that one
	Started bool   // also where a customer has opened or started it
	Only    bool   // nothing follows it: the account is withdrawn then
	Was     Digest // Record.Digest as it was before: what the session was made for, should it not end after all
}

// Correction is the right address in place of a wrong one, given by a person. Wherever a row of the account still has
// the wrong one, the right one is meant; a row that has any other address stands as it is. The zero value corrects nothing.
type Correction struct{ Wrong, Right string }

// byHand says whether a person ordered it. Then Session may be "": there was nothing left to end.
func (e Ending) byHand() bool { return e.Why != "" }

// orphan says whether the session ends because nobody has its link.
func (e Ending) orphan() bool { return e.Session != "" && e.Why == "" }

// Session is what a record keeps of an API session. No link and no verified data. Its times are the server's; a
// zero one is not known, or has not come.
type Session struct {
	ID      string
	Status  string // the API's word, as it came
	Expires time.Time

	Created   time.Time
	Opened    time.Time // when the customer first loaded the widget
	Completed time.Time
	KYCType   string    // "individual" or "company"; "" the customer has not said yet
	Ended     time.Time // when it was first seen to have ended, by whatever: it is never asked for again. Zero: it may still change
}

// Resends is how far the resends of a record's session are. The zero value: none was ever begun. Times are the server's.
type Resends struct {
	Sent   int       // resends that left or may have, the one under way included
	Unsure int       // of them, those of which nobody knows whether they left
	First  time.Time // no POST of the one under way can have left before; zero: none is under way
	Last   time.Time // when the newest mail left that is not ours: a 429 told of it; zero: none did
	Tried  time.Time // when the API refused the newest one that it refused; zero: it never did
}

// Underway says whether the outcome of one is not known yet.
func (r Resends) Underway() bool { return !r.First.IsZero() }

// maxMails bounds Record.Mails. No cap on mails may be higher: what is older would be forgotten.
const maxMails = 64

// keeping takes over what a record keeps until the first mail of a new round: the session that it is about may stay its session after
// all, and its mails have been sent whatever comes.
func (r Record) keeping(of Record) Record {
	r.Address, r.Reminders, r.Mails, r.Resend, r.Verified, r.Newer = of.Address, of.Reminders, of.Mails, of.Resend, of.Verified, of.Newer
	return r
}

// begins makes of a record's mails what a new round begins with, at the server's time: those of its session that were not ours
// become part of them, and what is only about that session goes.
func (r *Record) begins(of Record, at time.Time) {
	r.Mails = nil
	for _, m := range of.mails() {
		if !m.After(at) || slices.Contains(of.Mails, m) {
			r.Mails = append(r.Mails, m)
		}
	}
	slices.SortFunc(r.Mails, time.Time.Compare)
	r.Mails = r.Mails[max(0, len(r.Mails)-maxMails):]
	r.Resend, r.Verified, r.Newer = Resends{}, nil, ""
}

// mailedOnce notes that of so many attempts of the round one mailed, at that time; none did, where it is zero.
func (r *Record) mailedOnce(attempts int, at time.Time) {
	r.Mails = slices.Clip(r.Mails[:max(0, len(r.Mails)-attempts)])
	if !at.IsZero() {
		r.mailed(at)
	}
}

// mailed notes a mail of ours that leaves now, or may. A clock that was set back doesn't disturb the order.
func (r *Record) mailed(at time.Time) {
	if n := len(r.Mails); n > 0 && at.Before(r.Mails[n-1]) {
		at = r.Mails[n-1]
	}
	r.Mails = append(slices.Clip(r.Mails), at)
	if n := len(r.Mails); n > maxMails {
		r.Mails = r.Mails[n-maxMails:]
	}
}

// Current is the state, with the zero value read as Pending.
func (r Record) Current() State {
	if r.State == "" {
		return Pending
	}
	return r.State
}

// needsLink says whether the customer can only go on with a link from the links file.
func (r Record) needsLink() bool {
	return r.Redirect && r.State == Created && r.Session.Status != statusCompleted && r.Session.Status != statusRevoked &&
		!r.purged()
}

// Posted says whether a POST of the current round may ever have left.
func (r Record) Posted() bool { return r.Attempt > 0 && r.State != Skipped && r.Current() != Pending }
