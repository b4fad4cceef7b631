package sandbox

import (
	"errors"
	"fmt"
	"time"
)

// DefaultMaxPageSize is the largest page that a listing gives when [Config.MaxPageSize] is zero.
const DefaultMaxPageSize = 100

// Config says which API the sandbox is. The zero value is usable: any non-empty credentials, no
// rate limit, no latency, no faults, the first of each open reading, memory only.
type Config struct {
	// Seed decides everything that is drawn: session ids, link tokens and faults. The same seed
	// and the same requests per account give the same world, in whatever order accounts are served.
	Seed uint64

	// AuthID and AuthToken are the credentials that are accepted. An empty one accepts any
	// non-empty value.
	AuthID, AuthToken string

	// Clock is the world's time: timestamps, expiry, cooldown, Date, late effects and all else that
	// is still to come. Nil is one that runs in real time, which is right inside a synctest bubble too.
	// Latency, the limit, the rules' Until and the journal's seconds are of the wire and always follow the
	// process's own clock.
	Clock *Clock

	// Now is somebody else's clock in place of Clock, one that a test moves by hand, say. What is due then
	// happens with the next request at the latest. Nil is none.
	Now func() time.Time

	// Limit is the number of requests a second that is let through, held over any one-second
	// window; what is above it gets 429 with Retry-After. Zero is no limit.
	Limit float64

	// Latency is added to each answer, after its effect. Zero is none.
	Latency time.Duration

	// MaxPageSize is the largest page of a listing. Zero is [DefaultMaxPageSize].
	MaxPageSize int

	// SkewDate is added to the Date header, and to nothing else.
	SkewDate time.Duration

	// Faults are what goes wrong; the zero value is nothing. See [Server.SetFaults].
	Faults Faults

	// Readings choose between the meanings that the API page leaves open.
	Readings Readings

	// World is the path of the append-only file that holds the world, so that a later process
	// meets the same one. It is made with mode 0600 where it is missing. One process at a time may
	// have it open. Empty keeps the world in memory only.
	World string
}

// Readings choose what the API page leaves open. The zero value takes the first reading of each
// row of the table "What the page leaves open".
type Readings struct {
	OldestFirst          bool           // listings run from the oldest session; false: from the newest
	Size                 SizeReading    // what a listing does with a size above the largest one
	ShownAfter           time.Duration  // GET and lists answer from the world of this long ago (a replica); 0: at once
	Expired              ExpiredReading // status under which an expired session is shown
	ExpiredInactive      bool           // an expired session is not active: a new POST does not revoke it
	ResendExpiredRefused bool           // resend on an expired session is 409; false: 200 while its status is unchanged
	CompletedRefused     bool           // POST for an account that completed is 409; false: 201 and a mail
	PastEndEmpty         bool           // a page past the end is an empty list; false: 422
	UnknownAccountEmpty  bool           // filtering by an unknown account is an empty list; false: 422
	UnknownStatusEmpty   bool           // filtering by an unknown status is an empty list; false: 422
	CooldownFromCreation bool           // a resend does not restart the cooldown; false: it does
	Forbidden            bool           // wrong credentials are 403; false: 401
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

// withDefaults fills what zero stands for, and refuses what no API could be.
func (c Config) withDefaults() (Config, error) {
	if c.Clock != nil && c.Now != nil {
		return c, errors.New("sandbox: a world has one clock; give Config.Clock or Config.Now, not both")
	}
	if c.Now != nil {
		c.Clock = &Clock{read: c.Now, speed: 1}
	}
	if c.Clock == nil {
		c.Clock, _ = NewClock(time.Time{}, 1) // a speed that there is
	}
	if c.MaxPageSize == 0 {
		c.MaxPageSize = DefaultMaxPageSize
	}
	switch {
	case c.MaxPageSize < 0:
		return c, fmt.Errorf("sandbox: the largest page size is %d; it must be at least 1", c.MaxPageSize)
	case !(c.Limit >= 0 && c.Limit <= maxLimit): // also refuses NaN
		return c, fmt.Errorf("sandbox: the limit is %v requests a second; it must be between 0 and %d", c.Limit, maxLimit)
	case c.Latency < 0:
		return c, fmt.Errorf("sandbox: the latency is %v; it must not be negative", c.Latency)
	case c.Readings.ShownAfter < 0:
		return c, fmt.Errorf("sandbox: new sessions would be shown after %v; it must not be negative", c.Readings.ShownAfter)
	}
	return c, c.Faults.check()
}
