package sandbox

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// DefaultMaxPageSize is the largest page that a listing gives when [Config.MaxPageSize] is zero.
const DefaultMaxPageSize = 100

// DefaultLinkBase is where the links of the page's examples lead. Nothing of the sandbox is there.
const DefaultLinkBase = "https://kyc.vobiz.ai"

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

	// LinkBase is where the links of mails and widget_url lead, such as http://127.0.0.1:8787 for a
	// sandbox that is served there. Empty is [DefaultLinkBase].
	LinkBase string

	// Crowd are the customers who act by themselves on the mails that they get. The zero value is nobody.
	Crowd Crowd

	// WebhookHTTP also accepts a webhook_url with http, where it is on loopback; false: https alone, as
	// the page has it.
	WebhookHTTP bool

	// WebhookClient delivers webhooks, to loopback addresses alone. It follows no redirect and keeps no
	// cookies, whatever it says about them. Nil is a client of the sandbox's own.
	WebhookClient *http.Client

	// World is the path of the append-only file that holds the world, so that a later process
	// meets the same one. It is made with mode 0600 where it is missing. One process at a time may
	// have it open. Empty keeps the world in memory only.
	World string
}

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
	if c.LinkBase == "" {
		c.LinkBase = DefaultLinkBase
	}
	if u, err := url.Parse(c.LinkBase); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.Scheme+"://"+u.Host != c.LinkBase {
		return c, fmt.Errorf("sandbox: links would lead to %q; write a scheme and a host, such as http://127.0.0.1:8787", c.LinkBase)
	}
	if err := c.Crowd.check(); err != nil {
		return c, err
	}
	switch {
	case c.MaxPageSize < 0:
		return c, fmt.Errorf("sandbox: the largest page size is %d; it must be at least 1", c.MaxPageSize)
	case !(c.Limit >= 0 && c.Limit <= maxLimit): // also refuses NaN
		return c, fmt.Errorf("sandbox: the limit is %v requests a second; it must be between 0 and %d", c.Limit, maxLimit)
	case c.Latency < 0:
		return c, fmt.Errorf("sandbox: the latency is %v; it must not be negative", c.Latency)
	}
	return c, errors.Join(c.Readings.check(), c.Faults.check())
}
