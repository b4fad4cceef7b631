package control

import "time"

// Run is what a process that holds a ledger says of itself: member run of schema kycbatch/status/1.
type Run struct {
	PID      int       `json:"pid"`
	Host     string    `json:"host"`
	User     string    `json:"user"`
	Command  string    `json:"command"`            // the command and its campaign, without flags: "create customers"
	Since    time.Time `json:"since"`              // when it took the ledger, by its own clock
	Campaign string    `json:"campaign"`           // "" before its pass begins
	Phase    string    `json:"phase"`              // what it does now, in a few words
	Draining string    `json:"draining,omitempty"` // why it begins nothing more; "": it does
	Pass     *Pass     `json:"pass,omitempty"`     // nil before its pass begins and once that is over
}

// Pass is how far a pass is. Its counts are of this run; rates are requests a second.
type Pass struct {
	Rows         int        `json:"rows"` // of the campaign
	Work         int        `json:"work"` // accounts that it has to take up, as planned
	Created      int        `json:"created"`
	Refused      int        `json:"refused"`
	Skipped      int        `json:"skipped"`
	Waiting      int        `json:"waiting"`  // accounts that wait for a time, mostly the settle time
	ToAudit      int        `json:"to_audit"` // 0 before the audit begins
	Audited      int        `json:"audited"`
	ToSync       int        `json:"to_sync"`   // of a sync: sessions to ask about; 0 before it knows
	Synced       int        `json:"synced"`    // those that were
	ToResend     int        `json:"to_resend"` // accounts that are due to be reminded; 0 in any other pass
	Resent       int        `json:"resent"`    // of them, those that are at their end, whatever it is
	Requests     int        `json:"requests"`
	RateAsked    float64    `json:"rate_asked"`             // 0: no limit
	RateNow      float64    `json:"rate_now"`               // what the brake allows; 0: no limit
	RateExpected float64    `json:"rate_expected"`          // what the API keeps up with; 0: not known yet
	PausedUntil  *time.Time `json:"paused_until,omitempty"` // nothing leaves before then
	Down         bool       `json:"down,omitempty"`         // the API gives no answer
	ResumesAt    *time.Time `json:"resumes_at,omitempty"`   // it waits until then, because no mail may leave before
	SecondsLeft  *float64   `json:"seconds_left,omitempty"` // an estimate; nil where nobody can say
}

// Asker is who asks a run to stop. The run shows it; nothing is decided by it.
type Asker struct {
	PID  int    `json:"pid"`
	User string `json:"user"`
}
