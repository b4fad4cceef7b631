package campaign

import "time"

// The resend protocol. A resend (POST /kyc-sessions/{id}/resend) mails the link of a session again. It has no key that would make
// repeating it harmless, but it has a cooldown: at most one mail in 30 minutes for a session. That is what the protocol lives on.
//
//	due ─GET: still as the policy wants it─► [durable: under way, counted] ─► POST ─200─► [durable: sent]
//	 │                                          │                               ├─ 429: no mail of ours; when one left ─► [durable: not sent]
//	 │ it has ended, was mailed, …              │ also after a restart          ├─ 400, 404, 409, 422 ──────────────────► [durable: not sent]
//	 ▼                                          ▼                               ├─ nothing was sent ─► try again
//	not due                                 GET ◄───────────────────────────────┴─ anything else: lost
//	                                         ├─ a retry would arrive within the cooldown of the first ─► POST again
//	                                         │     ├─ 200: the lost ones did nothing ──────────────────► [durable: sent]
//	                                         │     └─ 429: says when a mail left ──────────────────────► [durable: sent, or not]
//	                                         └─ it might not ──────────────────────────────────────────► [durable: may have been sent]
//
// All POSTs of one due reminder arrive within less than 30 minutes of the earliest of them, so the cooldown lets at most one of them
// mail: another leaves only while the latest that the server's time can be, and the timeout of the request, and the settle time, are together less
// than 30 minutes after the earliest that it can have been at the first. With a settle time that leaves no room none ever does. That takes the server's clock, since this machine's may be set, and a POST that is lost may still arrive for the settle time.
// A 429 is a reading, not a failure: its Date, and the seconds left, and 30 minutes before that is when a mail left. What may have been
// sent counts as sent: the next reminder is due when the policy says so, by that time.

const (
	// Cooldown is the least time between two mails of a session (API page, "Resend KYC Email").
	Cooldown = 30 * time.Minute

	// cooldownSlack is how far the moment that a 429 tells of may be off: both the Date and the seconds are cut to whole ones.
	cooldownSlack = 2 * time.Second
)

// ResendProtocol is the resend protocol with its settings. As with [Protocol], Step is pure.
type ResendProtocol struct {
	Settle  time.Duration // how long a request whose answer was lost may still take effect
	Timeout time.Duration // of one request: how long after mayLeave a POST may still leave
	Hold    bool          // no POST follows one that was lost
	Wait    bool          // sit out a cooldown

	// Due says whether a mail may leave at any moment between two, on the server's clock. It is the policy, and knows the
	// mails of other accounts with the same address.
	Due func(rec Record, from, to time.Time) Verdict

	mutant mutant
}

// Resending is a record in the hands of the resend protocol.
type Resending struct {
	Record
	Outcome ResendOutcome // "" while it is not known
	Verdict Verdict       // of ResendNotDue
	Reason  string        // of the others, in plain words; "": there is nothing to say

	phase   resendPhase
	silent  bool          // nothing may be sent for the account any more: only find out what became of the one under way
	fresh   time.Duration // when the look was begun on which everything is decided …
	got     time.Duration // … and when its answer came, …
	from    time.Time     // … when the server's time was between this …
	to      time.Time     // … and this
	lost    bool          // a POST of the one under way may have left, and no answer says what it did
	left    time.Duration // no lost POST can have left later than this
	first   time.Duration // when the first POST of this process left; 0 none did
	unsent  bool          // the one under way is durable, and known not to have left
	trouble int           // tries in a row that came to nothing
	unknown int           // of them, those in which the API said that it does not know the session
}

type resendPhase uint8

const (
	reading          resendPhase = iota + 1 // for what the session is now
	resendTurning                           // for the brake
	resendIntending                         // for the intent to be durable
	resending                               // for the API's answer
	cooling                                 // for it to be durable that nothing was sent; then the cooldown is sat out
	resendConcluding                        // for the outcome to be durable
)

// ResendOutcome is what became of one account in one resend pass.
type ResendOutcome string

// The outcomes of a resend pass, in the order in which a summary lists them.
const (
	ResendSent    ResendOutcome = "sent"     // a mail left
	ResendUnsure  ResendOutcome = "may_sent" // a mail may have left: it is counted, and not sent again before the next one is due
	ResendCooling ResendOutcome = "cooling"  // another mail left less than 30 minutes ago; nothing was sent
	ResendNotDue  ResendOutcome = "not_due"  // the policy says no, by what the API says now
	ResendRefused ResendOutcome = "refused"  // the API refuses it; nothing was sent
	ResendHeld    ResendOutcome = "held"     // the daily cap is used up, or the window closed
	ResendUnread  ResendOutcome = "unread"   // the session could not be read; nothing was sent
	ResendOpen    ResendOutcome = "open"     // under way, without a definite answer: the next run finds out
)

// ResendOutcomes lists every outcome, in the order in which a summary shows them.
func ResendOutcomes() []ResendOutcome {
	return []ResendOutcome{ResendSent, ResendUnsure, ResendCooling, ResendNotDue, ResendRefused, ResendHeld, ResendUnread, ResendOpen}
}
