package campaign

// State is our word for where an account stands; it is durable. The API's word for a session is a
// [Status]; the two are never mixed.
type State string

const (
	// Pending means that nothing of this round was ever sent. Only a guard that found nothing live lets it go on.
	Pending State = "pending"
	// Started means that the intent of an attempt is durable. Its POST may have left or not, and may have
	// worked or not; until a look at the API decides, nobody knows.
	Started State = "started"
	// Created means that a session made by an attempt of this round exists, and the record names it.
	Created State = "created"
	// Refused means that the API answered that it will not create this session (404 or 422 in their documented
	// shape) and no attempt of this round made one. An edited row is pending again.
	Refused State = "refused"
	// Skipped means that the guard found a session of somebody else's that lives or was completed. Nothing was sent.
	Skipped State = "skipped"
	// Undecided means that the API can't tell us what became of an attempt, or that an order ended a session, or may have,
	// and what was to follow can't be sent any more. Never sent again without a person's word.
	Undecided State = "undecided"
	// Withdrawn means that a person took the account out: nothing was sent for it, or what was sent was given up or revoked.
	Withdrawn State = "withdrawn"
)

// Outcome is what happened to one row in one run. Over a file they add up to its rows.
type Outcome string

// The outcomes, in the order in which a summary lists them.
const (
	OutcomeCreated   Outcome = "created"   // a session was created in this run
	OutcomeAdopted   Outcome = "adopted"   // a session of ours was found at the API in this run: an answer was lost, not the work
	OutcomeAlready   Outcome = "already"   // created by an earlier run, another campaign or another line of the file
	OutcomeSkipped   Outcome = "skipped"   // somebody else's session lives or was completed, or the row is on the exclusion list
	OutcomeConflict  Outcome = "conflict"  // created earlier, and the row was changed since: the change was not sent
	OutcomeRefused   Outcome = "refused"   // the API refused the row
	OutcomeInvalid   Outcome = "invalid"   // the row can't be sent as it is; nothing was
	OutcomeInDoubt   Outcome = "in_doubt"  // started, no definite answer yet: the next run looks again
	OutcomeUndecided Outcome = "undecided" // a person has to look
	OutcomePending   Outcome = "pending"   // not begun yet
)

// Outcomes lists every outcome, in the order in which a summary shows them.
func Outcomes() []Outcome {
	return []Outcome{OutcomeCreated, OutcomeAdopted, OutcomeAlready, OutcomeSkipped, OutcomeConflict,
		OutcomeRefused, OutcomeInvalid, OutcomeInDoubt, OutcomeUndecided, OutcomePending}
}
