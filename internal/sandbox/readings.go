package sandbox

import "time"

// Readings choose what the API page leaves open. The zero value takes the first reading of each
// row of the table "What the page leaves open". [ReadingChoices] names them all.
type Readings struct {
	// Lists.
	OldestFirst         bool          // listings run from the oldest session; false: from the newest
	OrderedByUpdate     bool          // listings are in the order of the last change, so items move; false: of the creation
	Size                SizeReading   // what a listing does with a size above the largest one
	ShownAfter          time.Duration // GET and lists answer from the world of this long ago (a replica); 0: at once
	PastEndEmpty        bool          // a page past the end is an empty list; false: 422
	UnknownAccountEmpty bool          // filtering by an unknown account is an empty list; false: 422
	UnknownStatusEmpty  bool          // filtering by an unknown status is an empty list; false: 422

	// What a session is, and when it has ended.
	Expired          ExpiredReading // status under which an expired session is shown
	ExpiredInactive  bool           // an expired session is not active: a new POST does not revoke it
	Failed           FailedReading  // status of a session whose verification failed
	CompletedRefused bool           // POST for an account that completed is 409; false: 201 and a mail
	UpdatedFrozen    bool           // updated_at stays what it was at the creation; false: the last change of status
	EmptyMetadata    bool           // metadata {} comes back as null; false: as {}
	MetadataLimit    int            // metadata of more bytes is 422; 0: no limit below that of the body

	// Resend and DELETE.
	ResendExpiredRefused bool        // resend on an expired session is 409; false: 200 while its status is unchanged
	ResendOrder          ResendOrder // which refusal of a resend comes first, where several hold
	EndedNamed           EndedNamed  // how a 409 names a session that ended otherwise than by kyc_completed or revoked
	CooldownFromCreation bool        // a resend does not restart the cooldown; false: it does
	CooldownByReminder   bool        // a reminder restarts the cooldown; false: it does not
	SecondsRoundedUp     bool        // the seconds of the 429 are rounded up; false: cut, so that 0 can be said
	DeleteBodyDropped    bool        // the body of a DELETE is lost on its way; false: its reason is kept

	// Errors.
	Forbidden   bool       // wrong credentials are 403; false: 401
	OddIDs      bool       // a session id that is no UUID is 422; false: 404
	ErrorBodies ErrorShape // what the bodies of all 5xx, of 413 and of the rate limit's 429 look like

	// Webhooks.
	WebhookStatus      StatusMember // the members of a webhook that say the status
	WebhookAutoRevoke  bool         // an auto-revoke sends kyc.session_revoked too; false: only DELETE does
	WebhookRepeated    bool         // what was delivered is delivered once more; false: once
	WebhookOutOfOrder  bool         // webhooks leave late, by a drawn time, and overtake each other; false: at once
	WebhookExtraFields bool         // webhooks have members that nobody documented; false: those of the notes
	SignatureBare      bool         // X-Vobiz-Signature is the digits alone; false: after "sha256="
}

// SizeReading is what a listing does with a size above the largest one.
type SizeReading int

// The readings of a size above the largest one.
const (
	SizeEchoAsked SizeReading = iota // capped silently, the echo says the size that was asked for
	SizeEchoReal                     // capped silently, the echo says the size that was used
	SizeRefused                      // 422
)

// ExpiredReading is the status under which a session is shown after its expires_at.
type ExpiredReading int

// The readings of an expired session's status.
const (
	ExpiredUnchanged ExpiredReading = iota // the status it had
	ExpiredWord                            // "expired"
	ExpiredRevoked                         // "revoked"
)

// FailedReading is the status that a session enters when its verification fails.
type FailedReading int

// The readings of a failed session's status.
const (
	FailedWord    FailedReading = iota // "failed"
	FailedKYC                          // "kyc_failed"
	FailedRevoked                      // "revoked"
)

// status is the word itself.
func (r FailedReading) status() string {
	return [...]string{"failed", "kyc_failed", statusRevoked}[r]
}

// ResendOrder is the order in which a resend looks for reasons to refuse: 400 for the redirect flow, 409 for
// a session that has ended, 429 for the cooldown.
type ResendOrder int

// The orders of a resend's refusals.
const (
	Resend400409429 ResendOrder = iota
	Resend400429409
	Resend409400429
	Resend409429400
	Resend429400409
	Resend429409400
)

func (r ResendOrder) statuses() [3]int {
	return [...][3]int{{400, 409, 429}, {400, 429, 409}, {409, 400, 429}, {409, 429, 400}, {429, 400, 409}, {429, 409, 400}}[r]
}

// EndedNamed is how a 409 names a session that ended, but not by one of the page's two words.
type EndedNamed int

// The readings of such a name.
const (
	EndedOwnWord EndedNamed = iota // by its own status
	EndedRevoked                   // as 'revoked'
)

// ErrorShape is what the bodies of some errors look like. Faults that draw the shape of their error draw
// under the first reading only.
type ErrorShape int

// The readings of an error's body.
const (
	ErrorDocumented ErrorShape = iota // as the page has it
	ErrorHTML                         // a page of something in between
	ErrorEmpty                        // nothing
)

// StatusMember is which members of a webhook say the session's status.
type StatusMember int

// The readings of a webhook's status.
const (
	SessionStatusMember StatusMember = iota // session_status
	PlainStatusMember                       // status
	BothStatusMembers
)

// check refuses what no API could be.
func (r Readings) check() error {
	for _, c := range ReadingChoices() {
		if err := c.known(r); err != nil {
			return err
		}
	}
	return nil
}

// SetReadings has the API mean something else from now on. It refuses values that there are none of, and
// then changes nothing.
func (s *Server) SetReadings(r Readings) error {
	if err := r.check(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	s.readings = r
	return nil
}

// Readings gives the readings that hold now.
func (s *Server) Readings() Readings {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.readings
}
