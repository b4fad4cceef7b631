package sandbox_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
)

// The journal has each mail of a session, what made it leave and when, also after the process has ended.
func TestMailsOfASession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := worldPath(t)
		s, err := sandbox.New(sandbox.Config{World: path})
		require.NoError(t, err)
		v := reminded(t, s, "MA_1", 10, 3)
		at := func(after time.Duration) { time.Sleep(time.Until(v.Created.Add(after))) }
		resend := func(status int) {
			require.Equal(t, status, do(t, s, http.MethodPost, "/"+v.ID+"/resend", "").status)
		}
		at(29 * time.Minute)
		resend(429)
		at(2 * day)
		resend(200)
		at(12 * day)
		resend(200)
		want := []sandbox.Mail{
			{Kind: sandbox.MailInvitation, At: v.Created},
			{Kind: sandbox.MailResend, At: v.Created.Add(2 * day)},
			{Kind: sandbox.MailReminder, At: v.Expires.Add(-10 * day)},
			{Kind: sandbox.MailReminder, At: v.Expires.Add(-3 * day)},
			{Kind: sandbox.MailResend, At: v.Created.Add(12 * day)},
		}
		sent := func(s *sandbox.Server) []sandbox.Mail {
			v, _ := s.Session(v.ID)
			require.Equal(t, []int{1, 2, 2}, []int{v.Mails, v.Resends, v.Reminders})
			require.Equal(t, "a@example.com", v.Email)
			return v.Sent
		}
		same := func(got []sandbox.Mail) {
			require.Len(t, got, len(want))
			for i, m := range got {
				require.Equal(t, want[i].Kind, m.Kind)
				require.True(t, want[i].At.Equal(m.At), "mail %d left at %v", i, m.At)
			}
		}
		same(sent(s))
		sent(s)[0].Kind = "mine" // the caller owns it
		same(sent(s))

		text, err := json.Marshal(s.Journal())
		require.NoError(t, err)
		require.Contains(t, string(text), `"sent":[{"kind":"invitation","at":"`)
		require.NotContains(t, string(text), "@", "no address")
		require.NoError(t, s.Close())
		same(sent(newServer(t, sandbox.Config{World: path})))
	})
}

// The redirect flow mails nobody.
func TestNoMailsOfARedirectSession(t *testing.T) {
	s := newServer(t, sandbox.Config{})
	v, _ := s.Session(field[string](t, do(t, s, http.MethodPost, "", pageRedirectRequest).body, "session_id"))
	require.Equal(t, "redirect", v.Flow)
	require.Empty(t, v.Sent)
	require.Empty(t, v.Email)
	require.Zero(t, v.Mails)
}

// Law: whatever befalls resends, an invitation or resend leaves half an hour after the one before it or later, and
// what a client saw of one that was answered is in the journal at that time.
func TestResendsInAStorm(t *testing.T) {
	const least = 30 * time.Minute
	late, refused := 0, 0
	for seed := range uint64(60) {
		synctest.Test(t, func(t *testing.T) {
			var rules []sandbox.Rule
			for _, class := range []sandbox.Fault{
				sandbox.TimeoutLate, sandbox.TimeoutEarly, sandbox.TimeoutNone, sandbox.ResetBefore, sandbox.ResetAfter,
				sandbox.ErrorBefore, sandbox.ErrorAfter, sandbox.Truncated, sandbox.Empty, sandbox.HTML, sandbox.Throttled,
			} {
				rules = append(rules, sandbox.Rule{Route: "resend", Class: class, P: 0.08})
			}
			s := newServer(t, sandbox.Config{Seed: seed, Faults: sandbox.Faults{Rules: rules, LateBy: time.Hour}})
			v := reminded(t, s, "MA_1", 13)
			mailed := map[int64]bool{} // by microseconds
			for i := range 60 {
				time.Sleep(time.Duration(1+(uint64(i)*seed)%17) * time.Minute)
				now := time.Now().UnixMicro()
				r, _ := traced(t, s.Transport(), request(t, http.MethodPost, base+"/"+v.ID+"/resend", ""), time.Second)
				if r.err == nil && r.status == 200 {
					mailed[now] = true
				}
			}
			time.Sleep(2 * time.Hour)
			v, _ = s.Session(v.ID)
			var last time.Time
			n := 0
			for _, m := range v.Sent {
				if m.Kind == sandbox.MailReminder {
					continue
				}
				n++
				require.True(t, last.IsZero() || m.At.Sub(last) >= least, "seed %d: %v after the last", seed, m.At.Sub(last))
				last = m.At
				delete(mailed, m.At.UnixMicro())
			}
			require.Empty(t, mailed, "seed %d: answered 200, and no mail left", seed)
			require.Equal(t, n, v.Mails+v.Resends)
			j := s.Journal()
			late += j.Faults[sandbox.TimeoutLate]
			refused += j.Requests[sandbox.RouteResend][429]
		})
	}
	require.Positive(t, late)
	require.Positive(t, refused)
}

// A resend whose effect is late meets the cooldown and the session as they are by then.
func TestLateResend(t *testing.T) {
	const late = 20 * time.Minute
	for name, c := range map[string]struct {
		sent    time.Duration // after the creation
		between func(t *testing.T, s *sandbox.Server, id string)
		resends int
	}{
		"after the cooldown":    {30 * time.Minute, nil, 1},
		"before its end":        {30*time.Minute - time.Second, nil, 1},
		"long before its end":   {5 * time.Minute, nil, 0},
		"another one is faster": {30 * time.Minute, resent, 1},
		"completed by then": {30 * time.Minute, func(t *testing.T, s *sandbox.Server, id string) {
			require.NoError(t, s.Set(id, "kyc_completed"))
		}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(20) {
				synctest.Test(t, func(t *testing.T) {
					s := newServer(t, sandbox.Config{Seed: seed, Faults: sandbox.Faults{
						LateBy: late, Rules: []sandbox.Rule{once("resend", sandbox.TimeoutLate, 1)},
					}})
					id := created(t, s, "MA_1")
					time.Sleep(c.sent)
					left := time.Now()
					r, _ := traced(t, s.Transport(), request(t, http.MethodPost, base+"/"+id+"/resend", ""), time.Millisecond)
					require.Error(t, r.err)
					if c.between != nil {
						c.between(t, s, id)
					}
					time.Sleep(time.Hour)
					v, _ := s.Session(id)
					require.Equal(t, c.resends, v.Resends, "seed %d", seed)
					if c.resends > 0 {
						require.WithinRange(t, v.Sent[1].At, v.Created.Add(30*time.Minute), left.Add(late))
					}
				})
			}
		})
	}
}

func resent(t *testing.T, s *sandbox.Server, id string) {
	t.Helper()
	require.Equal(t, 200, do(t, s, http.MethodPost, "/"+id+"/resend", "").status)
}
