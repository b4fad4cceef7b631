package campaign

import "time"

// Protocol is the create protocol with its settings. Step is pure: no I/O, no clock, no randomness, no
// goroutine. A driver carries out the action it answers with and comes back with one event.
type Protocol struct {
	Ledger      string        // this ledger's id, the part of an attempt id that says "ours"
	Settle      time.Duration // after this long, a POST that had an effect is visible in a listing
	MaxAttempts int           // POSTs of one round that may cost an attempt; and sessions that may be replaced for a lost link
	Hold        bool          // --on-unknown hold: never a second POST in a round
	GuardAge    time.Duration // the oldest look on which a POST may leave
	Restored    bool          // the ledger was an earlier copy once: what it lacks may be there, so a guard proves absence as reconciling does

	mutant mutant // none in every build that leaves this house; see mutant.go
}

// The defaults of the design, rules 3 and 4.
const (
	DefaultSettle      = 10 * time.Minute
	DefaultMaxAttempts = 3
	DefaultGuardAge    = 60 * time.Second

	lookGap    = 5 * time.Second  // between the two looks that prove absence; half the settle time if that is less
	graceAfter = time.Hour        // an unended session counts as live until this long after its expiry
	maxTrouble = 10               // looks or sends in a row that came to nothing, before the account rests until the next run
	maxPause   = 30 * time.Second // between two such tries
	maxUnknown = 3                // refusals to list an account, or odd words for its session, in a row, that are believed
	maxFree    = 8                // answers 429 to an account's POSTs in one run, after which it rests until the next
)

// Account is a record in the hands of the protocol: what is durable, and what only this process knows.
// What only this process knows is lost in a crash, and the protocol is right without it.
type Account struct {
	Record

	phase        phase
	seen         []string      // the ids that the first guard of this round saw, before they are durable
	guarded      bool          // seen is filled
	met          []string      // the ids that any look has shown since the account was taken up: a look without one of them is older
	fresh        time.Duration // when the look that lets the next POST leave was begun
	left         time.Duration // no POST of this account can have left later than this
	absent       int           // complete looks, a gap apart, that showed nothing: begun after the settle time, or of a guard that needs two
	looked       time.Duration // when the newest of them was begun
	hold         bool          // as Protocol.Hold: the campaign whose row it is never sends a second request
	barred       string        // why nothing can follow what was to be replaced, in words; "" it can
	held         bool          // nothing may be sent for the account any more: only find out what became of it
	unsent       bool          // the newest attempt is intended and is known not to have left
	refusal      string        // the API's refusal of the newest attempt, when an earlier one may have worked
	busy         int           // answers 429 to its POSTs
	refusals     int           // refusals to list the account in a row
	lagging      bool          // a look showed a session of an earlier round live
	odd          int           // looks in a row that showed what has to end under a word that nobody knows
	trouble      int           // tries in a row that came to nothing
	endNow       bool          // the turn that it waits for is that of the DELETE
	unended      string        // why the newest DELETE proved nothing, for people
	over         bool          // the API said that the session of End has ended, whatever a lagging list shows
	laggingSince time.Duration // when the first look that showed it was begun
	decision     Decision      // a person's, for an undecided account
	shown        *Look         // of BeginShow: the listing, proved complete; nil: there is none
}

// phase says which answer the account waits for.
type phase uint8

const (
	resting   phase = iota
	guarding        // before the round's first POST: what is there?
	turning         // for the brake
	intending       // for the intent to be durable
	sparing         // for it to be durable that the attempt costs nothing
	posting         // for the API's answer
	doubting        // an attempt is in doubt: did it work?
	deciding        // for the outcome to be durable
	ending          // for the answer to the DELETE of what has to end
	renewing        // for the end of a round to be durable: another one follows at once
	resolving       // a person decided: what is there now?
	showing         // a person asks what is there
	auditing        // the look after everything
)

// EventKind names what happened to an account.
type EventKind uint8

// What a driver can report. Every event carries Now.
const (
	Begin        EventKind = iota + 1 // take the account up; Left says how late a POST of it can have left
	BeginAudit                        // take it up for its audit; Left as in Begin
	Looked                            // Look holds a complete listing of the account
	LookFailed                        // there was no listing, or it could not be proved complete
	LookRefused                       // the API refused to list the account, in its documented words: Answer.Reason
	Turn                              // the brake gave this account its turn
	Stored                            // the record of the Put is durable
	Answered                          // Answer holds what became of the POST
	Ended                             // Answer holds what became of the DELETE
	BeginResolve                      // carry out Decision on an undecided account; Left as in Begin
	BeginShow                         // look at the account, and change nothing
	Due                               // the time of a Wait has come
	Stop                              // the run ends: nothing more may be begun
)

// Event is one thing that happened. Now and Left count from the moment at which this process took the
// ledger, on the monotonic clock: no POST of an earlier process can have left after zero.
type Event struct {
	Kind   EventKind
	Now    time.Duration
	Left   time.Duration
	Look   Look
	Answer Answer

	Decision Decision // of BeginResolve
}

// ActionKind names what a driver has to do.
type ActionKind uint8

// What the protocol can ask for.
const (
	List      ActionKind = iota + 1 // list the account's sessions, completely: Looked or LookFailed
	TakeTurn                        // wait for the brake: Turn, or Stop
	Put                             // make the account's record durable: Stored. An error ends the run
	Post                            // send the create request with the attempt id: Answered
	Revoke                          // send the DELETE of the session that has to end: Ended
	Get                             // read the record's session: Looked, with that session alone, or LookFailed
	SendAgain                       // send the resend: Answered
	Wait                            // until Until: Due, or Stop
	End                             // nothing more to do in this run
)

// Action is the one thing to do next.
type Action struct {
	Kind    ActionKind
	Until   time.Duration // of Wait: like Event.Now
	Attempt AttemptID     // of Post
}

// AnswerKind is what an answer to a POST proves.
type AnswerKind uint8

// The kinds of answers (design, rule 2).
const (
	AnswerUnknown      AnswerKind = iota // anything that proves nothing: the attempt is in doubt
	AnswerCreated                        // 201 that echoes our account
	AnswerRefused                        // 404 or 422 in the documented shape
	AnswerThrottled                      // 429
	AnswerUnauthorized                   // 401 or 403
	AnswerUnsent                         // proved: no connection was obtained
	AnswerEnded                          // of a DELETE: 200, or a 409 that says that the session had ended already; of a resend: that 409
	AnswerSent                           // of a resend: 200
	AnswerCooling                        // of a resend: 429 that says how long the cooldown still takes
)

// Answer is the judgement of one POST.
type Answer struct {
	Kind    AnswerKind
	Session Session // of AnswerCreated
	Reason  string  // of AnswerRefused, or of a DELETE that proved nothing, in plain words without personal data

	Date     time.Time     // of a resend's answer: the server's clock; zero: it did not say
	Cooldown time.Duration // of AnswerCooling: what is left of it
}
