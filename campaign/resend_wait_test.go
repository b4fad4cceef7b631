package campaign

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
	"kycbatch/internal/vobiz"
)

// afterGet does something right after the n-th answer to a GET of a session.
type afterGet struct {
	http.RoundTripper
	n    int
	then func()
}

func (a *afterGet) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := a.RoundTripper.RoundTrip(r)
	if r.Method == http.MethodGet && !strings.HasSuffix(r.URL.Path, "/kyc-sessions") {
		if a.n--; a.n == 0 {
			a.then()
		}
	}
	return answer, err
}

// hooked gives the desk a client that does something after the n-th look of a resend.
func (d *desk) hooked(n int, then func()) {
	client, err := vobiz.New(vobiz.Config{
		BaseURL: "http://127.0.0.1/api/v1/partner", AuthID: vobiz.NewSecret("PA_DESK"), AuthToken: vobiz.NewSecret("token"),
		Transport: &afterGet{d.api.Transport(), n, then},
	})
	require.NoError(d.t, err)
	d.cfg.Client = client
}

// TestResendChecksAfterTheWait: a brake that pauses everybody between the look and the POST. What was true before may not be true any more:
// whether a retry still arrives within the cooldown, and whether the window is open.
func TestResendChecksAfterTheWait(t *testing.T) {
	retry := func(m mutant) (resends int, s Resent) {
		inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
			d.give("spring", rows(0, 1)...)
			d.create("spring")
			time.Sleep(3*days + time.Minute)
			require.NoError(t, d.api.SetFaults(sandbox.Faults{Scripts: []sandbox.Script{
				{Route: sandbox.RouteResend, Classes: []sandbox.Fault{sandbox.ErrorAfter}},
			}}))
			d.hooked(2, func() { d.cfg.Brake.Throttled(40 * time.Minute) })
			s = d.resend("spring", Policy{}, func(c *Config) { c.mutant, c.MaxOutage = m, time.Hour })
			_, resends, _ = d.mails("MA_000")
		})
		return resends, s
	}
	resends, s := retry("")
	require.Equal(t, map[ResendOutcome]int{ResendUnsure: 1}, s.Counts)
	require.Equal(t, 1, resends)
	resends, _ = retry(lateBeforeWait)
	require.Equal(t, 2, resends, "the mutant sends a second mail")

	window := func(m mutant) (resends int, s Resent) {
		inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
			d.give("spring", rows(0, 1)...)
			d.create("spring")
			w, err := ParseWindow("09:00-10:00")
			require.NoError(t, err)
			time.Sleep(time.Until(time.Date(2000, 1, 5, 9, 59, 30, 0, time.UTC)))
			d.hooked(1, func() { d.cfg.Brake.Throttled(40 * time.Second) })
			s = d.resend("spring", Policy{}, func(c *Config) {
				c.mutant, c.Timeout, c.Budget = m, 5*time.Second, Budget{Window: w, Zone: time.UTC}
			})
			_, resends, _ = d.mails("MA_000")
		})
		return resends, s
	}
	resends, s = window("")
	require.Equal(t, map[ResendOutcome]int{ResendHeld: 1}, s.Counts)
	require.Zero(t, resends)
	resends, _ = window(windowBeforeWait)
	require.Equal(t, 1, resends, "the mutant mails outside the window")
}
