package sandbox_test

import (
	"fmt"
	"math"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
)

// watchedLink creates a session with a webhook_url by the redirect flow, and gives its id and its customer's token.
func watchedLink(t *testing.T, s *sandbox.Server, account string) (id, token string) {
	t.Helper()
	return invited(t, s, account, `https://yourapp.com/kyc-complete","webhook_url":"`+hook)
}

// customerEnds are the ends that a customer can bring about, with the webhook that each fires.
var customerEnds = map[string]struct {
	acts   func(t *testing.T, s *sandbox.Server, token string)
	event  string
	reason string
	kind   string // kyc_type
}{
	"individual": {func(t *testing.T, s *sandbox.Server, token string) {
		_, err := s.SubmitPAN(token, johnDoe)
		require.NoError(t, err)
		_, err = s.SubmitCode(token, sandbox.OneTimeCode)
		require.NoError(t, err)
	}, "kyc.completed", "", "individual"},
	"company": {func(t *testing.T, s *sandbox.Server, token string) {
		_, err := s.SubmitPAN(token, acme)
		require.NoError(t, err)
		_, err = s.SubmitGSTIN(token, "27AAACA1234A1Z5")
		require.NoError(t, err)
	}, "kyc.completed", "", "company"},
	"another name": {func(t *testing.T, s *sandbox.Server, token string) {
		step, err := s.SubmitPAN(token, sandbox.PAN{Number: acme.Number, Entity: "Acme Laundries"})
		require.NoError(t, err)
		require.Equal(t, sandbox.StepFailed, step)
	}, "kyc.failed", sandbox.FailName, "company"},
	"wrong codes": {func(t *testing.T, s *sandbox.Server, token string) {
		_, err := s.SubmitPAN(token, johnDoe)
		require.NoError(t, err)
		for range 2 {
			_, err = s.SubmitCode(token, "000000")
			mend(t, err, "code", "Tries left")
		}
		step, err := s.SubmitCode(token, "000000")
		require.NoError(t, err)
		require.Equal(t, sandbox.StepFailed, step)
	}, "kyc.failed", sandbox.FailCode, "individual"},
	"by choice": {func(t *testing.T, s *sandbox.Server, token string) {
		require.Equal(t, http.StatusSeeOther, submit(t, s, "/verify/fail?token="+token, "why", sandbox.FailDocument).status)
	}, "kyc.failed", sandbox.FailDocument, ""},
}

// Whatever its customer does, a session has the end of the reading, in GET, in the webhook and in the hand-off alike;
// the link leads nowhere any more. What is not an end fires nothing.
func TestCustomersFireWebhooks(t *testing.T) {
	for name, c := range customerEnds {
		for reading, failed := range []string{"failed", "kyc_failed", "revoked"} {
			synctest.Test(t, func(t *testing.T) {
				to := receive(statuses(200))
				s := hooked(t, to, sandbox.Readings{Failed: sandbox.FailedReading(reading)})
				id, token := watchedLink(t, s, "MA_1")
				_, err := s.Open(token)
				require.NoError(t, err)
				time.Sleep(time.Hour)
				require.Empty(t, to.arrivals(), name)

				c.acts(t, s, token)
				time.Sleep(time.Hour)
				status := map[string]string{"kyc.completed": "kyc_completed", "kyc.failed": failed}[c.event]
				require.Len(t, to.arrivals(), 1, name)
				body := to.arrivals()[0].body
				require.Equal(t, c.event, field[string](t, body, "event"), name)
				require.Equal(t, status, field[string](t, body, "session_status"), name)
				require.Equal(t, c.kind, field[string](t, body, "kyc_type"), name)
				require.Equal(t, status, field[string](t, get(t, s, "/"+id).body, "status"), name)
				if c.reason != "" {
					require.Equal(t, c.reason, field[string](t, body, "reason"), name)
					_, err = s.Open(token)
					linkStopped(t, err, "could not be verified")
				}
				require.Zero(t, s.Journal().Verdict().Accidents)
			})
		}
	}
}

// "Browser redirect to your redirect_url?session_id=…&status=…&auth_id=… plus webhook": both say the same. In the email
// flow, "Webhook only": the browser stays in the widget.
func TestHandOffAndWebhook(t *testing.T) {
	for reading, failed := range []string{"failed", "kyc_failed", "revoked"} {
		synctest.Test(t, func(t *testing.T) {
			to := receive(statuses(200))
			s := hooked(t, to, sandbox.Readings{Failed: sandbox.FailedReading(reading)})
			for account, end := range map[string]struct{ code, status string }{"MA_GOOD": {sandbox.OneTimeCode, "kyc_completed"}, "MA_BAD": {"0", failed}} {
				finish := func(id, token string) (leadsTo string) {
					_, err := s.SubmitPAN(token, johnDoe)
					require.NoError(t, err)
					r := submit(t, s, "/verify/code?token="+token, "code", end.code)
					for r.status == http.StatusUnprocessableEntity {
						r = submit(t, s, "/verify/code?token="+token, "code", end.code)
					}
					time.Sleep(time.Minute)
					told := to.arrivals()[len(to.arrivals())-1].body
					require.Equal(t, id, field[string](t, told, "session_id"))
					require.Equal(t, end.status, field[string](t, told, "session_status"))
					return r.header.Get("Location")
				}
				id, token := watchedLink(t, s, account)
				require.Equal(t, "https://yourapp.com/kyc-complete?session_id="+id+"&status="+end.status+"&auth_id="+account, finish(id, token))

				v, _ := s.Session(watched(t, s, account+"_MAIL", hook))
				_, token, _ = strings.Cut(v.Link, "?token=")
				require.Equal(t, "/verify?token="+token, finish(v.ID, token))
			}
			require.Len(t, to.arrivals(), 4)
		})
	}
}

// A webhook that a customer fired is delivered also by the next process, once.
func TestCustomersWebhookAfterRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := worldPath(t)
		to := receive(statuses(503, 200))
		open := func() *sandbox.Server {
			s, err := sandbox.New(sandbox.Config{World: path, AuthToken: "token", WebhookClient: &http.Client{Transport: to}})
			require.NoError(t, err)
			return s
		}
		s := open()
		id, token := watchedLink(t, s, "MA_1")
		customerEnds["wrong codes"].acts(t, s, token)
		time.Sleep(time.Second)
		require.NoError(t, s.Close())
		for range 2 {
			s = open()
			time.Sleep(time.Hour)
			require.Equal(t, sandbox.WebhookDelivered, webhooks(s, id)[0].State)
			require.NoError(t, s.Close())
		}
		require.Len(t, to.arrivals(), 2)
		require.Equal(t, "kyc.failed", field[string](t, to.arrivals()[1].body, "event"))
	})
}

// The API's own reminders are in the outbox like every mail, and lead to the same link.
func TestRemindersInTheOutbox(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := worldPath(t)
		s, err := sandbox.New(sandbox.Config{World: path})
		require.NoError(t, err)
		v := reminded(t, s, "MA_1", 3, 1)
		time.Sleep(time.Until(v.Expires.Add(-2 * day)))
		require.NoError(t, s.Close())
		time.Sleep(day) // the second one leaves when the world is served again
		s = newServer(t, sandbox.Config{World: path})
		page := visit(t, s, "/mail").body
		words := "Reminder: your KYC link works until " + v.Expires.UTC().Format("2 January 2006, 15:04 UTC")
		require.Equal(t, []string{"3: " + words, "2: " + words, "1: Please complete your KYC"}, listed(page))
		shows(t, visit(t, s, "/mail/2"), 200, "<dd>reminder</dd>", "a@example.com", v.Expires.Add(-3*day).UTC().Format("2 January 2006, 15:04 UTC"), v.Link)
	})
}

// Each reminder brings some of those whom the mails before it did not.
func TestCrowdReadsReminders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n, share = 1000, 0.4
		s := newServer(t, sandbox.Config{Seed: 9, Crowd: sandbox.Crowd{Open: share, Complete: 1, Delay: time.Hour}})
		for i := range n {
			reminded(t, s, fmt.Sprint("MA_", i), 9, 4)
		}
		begin := time.Now()
		left := 1.0
		for _, until := range []int{4, 9, 13} { // days after each mail, before the next
			time.Sleep(time.Until(begin.Add(time.Duration(until) * day)))
			left *= 1 - share
			require.InDelta(t, n*(1-left), s.Journal().Verdict().Completed, 3.5*math.Sqrt(n*left*(1-left)))
		}
		sum := s.Journal().Verdict()
		require.Less(t, sum.Reminders, 2*n, "who is done gets none")
		require.Greater(t, sum.Reminders, n/2)
	})
}

// Law: a world with a crowd, reminders and webhooks is the same whatever the concurrency and the clock's speed, and
// where it is closed in between and read from its file.
func TestWholeWorldRepeats(t *testing.T) {
	const n, days = 40, 16
	start := time.Date(2026, 5, 5, 6, 0, 0, 0, time.UTC)
	tell := func(seed uint64, speed, lives int) (told []string) {
		world := filepath.Join(t.TempDir(), "world.jsonl")
		synctest.Test(t, func(t *testing.T) {
			clock, err := sandbox.NewClock(start, speed)
			require.NoError(t, err)
			to := receive(statuses(200))
			cfg := sandbox.Config{Seed: seed, Clock: clock, World: world, WebhookClient: &http.Client{Transport: to},
				Crowd: sandbox.Crowd{Open: 0.5, Complete: 0.5, Fail: 0.2, Delay: 12 * time.Hour}}
			s, err := sandbox.New(cfg)
			require.NoError(t, err)
			for i := range n {
				do(t, s, http.MethodPost, "", fmt.Sprintf(`{"account_auth_id":"MA_%d","customer_email":"a@example.com","webhook_url":"%s",`+
					`"expires_in_days":14,"reminder_schedule":[{"trigger":"days_before_expiry","value":10},{"trigger":"days_before_expiry","value":2}]}`, i, hook))
			}
			for range lives {
				time.Sleep(days * day / time.Duration(speed*lives))
				require.NoError(t, s.Close())
				s, err = sandbox.New(cfg)
				require.NoError(t, err)
			}
			told = stories(t, s, n)
			for _, v := range s.Journal().Sessions {
				told = append(told, fmt.Sprint(v.Reminders, v.Reason))
				for _, h := range v.Webhooks {
					told = append(told, fmt.Sprint(h.Event, h.At, h.State))
				}
			}
			require.NoError(t, s.Close())
			sum := s.Journal().Verdict()
			require.Equal(t, sum.Completed+sum.Failed, sum.Webhooks[sandbox.WebhookDelivered])
			require.Positive(t, sum.Failed)
			require.Positive(t, sum.Reminders)
		})
		return told
	}
	for seed := range uint64(4) {
		once := tell(seed, 1, 1)
		require.Equal(t, once, tell(seed, 1, 2*days), "closed twice a day")
		require.Equal(t, once, tell(seed, 600, 3), "600x")
	}
}
