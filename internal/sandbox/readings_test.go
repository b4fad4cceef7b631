package sandbox_test

import (
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
)

func recent(seconds int) string {
	return fmt.Sprintf(`{"error":"HTTPError","message":"Email was sent recently. Please wait %d seconds before resending.","status_code":429}`, seconds)
}

func TestCooldown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, sandbox.Config{})
		id := created(t, s, "MA_COOL")
		resend := func() reply { return do(t, s, http.MethodPost, "/"+id+"/resend", "") }

		time.Sleep(300 * time.Millisecond)
		r := resend()
		refusal(t, r, 429, recent(1799)) // "a resend fired immediately after creation returns 429"
		require.Empty(t, r.header.Get("Retry-After"))
		time.Sleep(29 * time.Minute)
		refusal(t, resend(), 429, recent(59))
		time.Sleep(time.Minute - 301*time.Millisecond)
		refusal(t, resend(), 429, recent(0)) // cut to whole seconds
		time.Sleep(time.Millisecond)
		refusal(t, resend(), 200, `{"message":"KYC email re-dispatched","session_id":"`+id+`"}`)

		time.Sleep(time.Second)
		refusal(t, resend(), 429, recent(1799)) // it restarted
		v, _ := s.Session(id)
		require.Equal(t, 1, v.Mails)
		require.Equal(t, 1, v.Resends)
	})
}

// Active is email_sent, opened and in_progress.
func TestResendWhileActive(t *testing.T) {
	for status, answer := range map[string]int{"": 200, "opened": 200, "in_progress": 200, "kyc_completed": 409, "revoked": 409, "failed": 409} {
		synctest.Test(t, func(t *testing.T) {
			s := newServer(t, sandbox.Config{})
			id := created(t, s, "MA_1")
			if status != "" {
				require.NoError(t, s.Set(id, status))
			}
			time.Sleep(30 * time.Minute)
			require.Equal(t, answer, do(t, s, http.MethodPost, "/"+id+"/resend", "").status, status)
		})
	}
}

func TestCooldownFromCreation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, sandbox.Config{Readings: sandbox.Readings{CooldownFromCreation: true}})
		id := created(t, s, "MA_COOL")
		time.Sleep(30*time.Minute - 1500*time.Millisecond)
		refusal(t, do(t, s, http.MethodPost, "/"+id+"/resend", ""), 429, recent(1))
		time.Sleep(1500 * time.Millisecond)
		for range 2 {
			require.Equal(t, 200, do(t, s, http.MethodPost, "/"+id+"/resend", "").status)
		}
	})
}

func TestExpiry(t *testing.T) {
	for _, c := range []struct {
		readings       sandbox.Readings
		status         string
		resend, revoke int
		superseded     bool
	}{
		{sandbox.Readings{}, "email_sent", 200, 200, true},
		{sandbox.Readings{ResendExpiredRefused: true}, "email_sent", 409, 200, true},
		{sandbox.Readings{Expired: sandbox.ExpiredWord, ExpiredInactive: true}, "expired", 409, 409, false},
		{sandbox.Readings{Expired: sandbox.ExpiredRevoked}, "revoked", 409, 409, true},
	} {
		now := instant(t, "2026-05-05T06:00:00Z")
		s := newServer(t, sandbox.Config{Now: at(now), Readings: c.readings})
		first, second, third := created(t, s, "MA_1"), created(t, s, "MA_2"), created(t, s, "MA_3")
		v, _ := s.Session(first)
		*now = v.Expires.Add(-time.Microsecond)
		require.Equal(t, "email_sent", field[string](t, get(t, s, "/"+first).body, "status"))

		*now = v.Expires
		require.Equal(t, c.status, field[string](t, get(t, s, "/"+first).body, "status"), "at expires_at, not after it")
		*now = now.Add(time.Second)
		require.Equal(t, c.status, field[string](t, get(t, s, "/"+first).body, "status"))
		require.Equal(t, []string{third, second, first}, ids(t, get(t, s, "?status="+c.status).body))
		require.Equal(t, c.resend, do(t, s, http.MethodPost, "/"+first+"/resend", "").status)
		require.Equal(t, c.revoke, do(t, s, http.MethodDelete, "/"+second, "").status)

		created(t, s, "MA_3")
		v, _ = s.Session(third)
		require.Equal(t, c.superseded, v.Revoke == sandbox.RevokeExpired)
		require.Zero(t, s.Journal().Verdict().SecondMails, "the first invitation was dead")
	}
}

func TestPostAfterCompletion(t *testing.T) {
	for refused, status := range map[bool]int{false: 201, true: 409} {
		s := newServer(t, sandbox.Config{Readings: sandbox.Readings{CompletedRefused: refused}})
		id := created(t, s, "MA_DONE")
		require.NoError(t, s.Set(id, "kyc_completed"))
		require.Equal(t, status, post(t, s, "MA_DONE").status)
		require.Equal(t, "kyc_completed", field[string](t, get(t, s, "/"+id).body, "status"), "an ended session is not revoked")
		require.Equal(t, !refused, s.Journal().Verdict().SecondMails == 1)
		created(t, s, "MA_OPEN")
		created(t, s, "MA_OPEN") // not completed, so never refused
	}
}

func TestDate(t *testing.T) {
	now := instant(t, "2026-05-05T06:00:01.999Z")
	for skew, date := range map[time.Duration]string{
		0:                 "Tue, 05 May 2026 06:00:01 GMT",
		-90 * time.Second: "Tue, 05 May 2026 05:58:31 GMT",
	} {
		s := newServer(t, sandbox.Config{Now: at(now), SkewDate: skew})
		for _, r := range []reply{post(t, s, "MA_1"), post(t, s, "MA_NONE"), get(t, s, ""), get(t, s, "/"+unknownID)} {
			require.Equal(t, date, r.header.Get("Date"))
		}
		v := s.Sessions("MA_1")[0]
		require.Equal(t, now.Truncate(time.Microsecond), v.Created, "only the header is skewed")
	}
}

func TestConfigRefused(t *testing.T) {
	for _, cfg := range []sandbox.Config{
		{Limit: -1}, {Limit: 2e6}, {Latency: -1}, {MaxPageSize: -1},
		{Readings: sandbox.Readings{ShownAfter: -1}},
		{World: t.TempDir()},
		{Faults: sandbox.Faults{LateBy: -1}},
		{Faults: sandbox.Storm(1.2)}, {Faults: sandbox.Storm(-0.1)},
	} {
		_, err := sandbox.New(cfg)
		require.Error(t, err)
	}
	for _, rule := range []sandbox.Rule{
		{}, {Route: "create"}, {Route: "create", Class: "no such"}, {Route: "nowhere", Class: sandbox.Empty},
		{Route: "create", Class: sandbox.StaleList}, {Route: "create", Class: sandbox.Empty, P: 1.5},
		{Route: "create", Class: sandbox.Empty, From: 3, To: 2}, {Route: "create", Class: sandbox.Empty, Account: "["},
		{Route: "create", Class: sandbox.Empty, Until: -1},
	} {
		s := newServer(t, sandbox.Config{})
		require.Error(t, s.SetFaults(sandbox.Faults{Rules: []sandbox.Rule{rule}}))
	}
}
