package sandbox_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
)

// What each reading changes in the five endpoints; the first reading is in the tests of the page's sentences.

func TestOrderedByUpdate(t *testing.T) {
	for _, oldest := range []bool{false, true} {
		now := instant(t, "2026-05-05T06:00:00Z")
		s := newServer(t, sandbox.Config{Now: at(now), Readings: sandbox.Readings{OrderedByUpdate: true, OldestFirst: oldest}})
		var made []string
		for i := range 4 {
			made = append(made, created(t, s, fmt.Sprintf("MA_%d", i)))
			*now = now.Add(time.Second)
		}
		listed := func(query string, want ...string) {
			if want = slices.Clone(want); !oldest {
				slices.Reverse(want)
			}
			require.Equal(t, want, ids(t, get(t, s, query).body))
		}
		listed("", made...)
		require.NoError(t, s.Set(made[1], "opened"))
		listed("", made[0], made[2], made[3], made[1])
		listed("?status=email_sent", made[0], made[2], made[3])
		require.NoError(t, s.SetReadings(sandbox.Readings{OldestFirst: oldest}))
		listed("", made...) // another reading, the same sessions
	}
}

func TestFailedReading(t *testing.T) {
	for reading, status := range map[sandbox.FailedReading]string{
		sandbox.FailedWord: "failed", sandbox.FailedKYC: "kyc_failed", sandbox.FailedRevoked: "revoked",
	} {
		s := newServer(t, sandbox.Config{Readings: sandbox.Readings{Failed: reading}})
		id := created(t, s, "MA_1")
		require.NoError(t, s.Set(id, "in_progress"))
		require.NoError(t, s.Fail(id, "name mismatch"))
		require.Equal(t, status, field[string](t, get(t, s, "/"+id).body, "status"))
		refusal(t, do(t, s, http.MethodDelete, "/"+id, ""), 409,
			`{"error":"HTTPError","message":"Session is already in terminal status: '`+status+`'","status_code":409}`)
		require.Error(t, s.Fail(id, "again"), "it has ended")
		require.Error(t, s.Fail(unknownID, "nobody"))
		v, _ := s.Session(id)
		require.Equal(t, "name mismatch", v.Reason)

		created(t, s, "MA_1")
		sum := s.Journal().Verdict()
		require.Zero(t, sum.SecondMails, "the session had ended")
		require.Zero(t, sum.Accidents)
		require.Equal(t, status == "revoked", sum.Revokes[sandbox.RevokeFailed] == 1)
	}
}

func TestUpdatedFrozen(t *testing.T) {
	now := instant(t, "2026-05-05T06:00:00Z")
	s := newServer(t, sandbox.Config{Now: at(now), Readings: sandbox.Readings{UpdatedFrozen: true}})
	id := created(t, s, "MA_1")
	*now = now.Add(time.Hour)
	require.NoError(t, s.Set(id, "opened"))
	got := get(t, s, "/"+id).body
	require.Equal(t, "opened", field[string](t, got, "status"))
	require.Equal(t, "2026-05-05T06:00:00Z", field[string](t, got, "updated_at"))
}

func TestMetadataReadings(t *testing.T) {
	post := func(s *sandbox.Server, metadata string) reply {
		return do(t, s, http.MethodPost, "", `{"account_auth_id":"MA_1","customer_email":"a@example.com","metadata":`+metadata+`}`)
	}
	echo := func(s *sandbox.Server, metadata string) string {
		got := get(t, s, "/"+field[string](t, post(s, metadata).body, "session_id")).body
		return got[strings.Index(got, `"metadata":`):strings.Index(got, `,"verified_data"`)]
	}
	s := newServer(t, sandbox.Config{})
	require.Equal(t, `"metadata":{}`, echo(s, "{}"))
	s = newServer(t, sandbox.Config{Readings: sandbox.Readings{EmptyMetadata: true, MetadataLimit: 13}})
	require.Equal(t, `"metadata":null`, echo(s, "{}"))
	require.Equal(t, `"metadata":null`, echo(s, "{ \t }"))
	require.Equal(t, `"metadata":{"a":"12345"}`, echo(s, `{"a":"12345"}`), "thirteen bytes")
	r := post(s, `{"a":"123456"}`)
	require.Equal(t, 422, r.status)
	require.JSONEq(t, `[["value_error","body","metadata"]]`, summary(t, r.body))
}

// A session of the redirect flow that was revoked within half an hour gives every reason to refuse at once.
func TestResendOrder(t *testing.T) {
	for _, c := range sandbox.ReadingChoices() {
		if c.Name != "resend-order" {
			continue
		}
		for _, order := range c.Values {
			synctest.Test(t, func(t *testing.T) {
				var r sandbox.Readings
				require.NoError(t, c.Apply(&r, order))
				s := newServer(t, sandbox.Config{Readings: r})
				id := field[string](t, do(t, s, http.MethodPost, "", pageRedirectRequest).body, "session_id")
				resend := func() string { return fmt.Sprint(do(t, s, http.MethodPost, "/"+id+"/resend", "").status) }
				reasons := []string{"400", "409", "429"}
				first := func() string { // the first of the reasons that hold
					i := slices.IndexFunc(strings.Split(order, "-"), func(s string) bool { return slices.Contains(reasons, s) })
					return strings.Split(order, "-")[i]
				}
				require.Equal(t, 200, do(t, s, http.MethodDelete, "/"+id, "").status)
				require.Equal(t, first(), resend())
				time.Sleep(30 * time.Minute)
				reasons = []string{"400", "409"}
				require.Equal(t, first(), resend())

				id = created(t, s, "MA_1")
				require.NoError(t, s.Set(id, "kyc_completed"))
				reasons = []string{"409", "429"}
				require.Equal(t, first(), resend())
			})
		}
	}
}

func TestEndedNamed(t *testing.T) {
	for ended, word := range map[sandbox.EndedNamed]string{sandbox.EndedOwnWord: "failed", sandbox.EndedRevoked: "revoked"} {
		s := newServer(t, sandbox.Config{Readings: sandbox.Readings{EndedNamed: ended}})
		id := created(t, s, "MA_1")
		require.NoError(t, s.Fail(id, ""))
		refusal(t, do(t, s, http.MethodPost, "/"+id+"/resend", ""), 409,
			`{"error":"HTTPError","message":"Cannot resend: session is '`+word+`'","status_code":409}`)
		refusal(t, do(t, s, http.MethodDelete, "/"+id, ""), 409,
			`{"error":"HTTPError","message":"Session is already in terminal status: '`+word+`'","status_code":409}`)
		require.Equal(t, "failed", field[string](t, get(t, s, "/"+id).body, "status"))
		done := created(t, s, "MA_2")
		require.NoError(t, s.Set(done, "kyc_completed"))
		require.Contains(t, do(t, s, http.MethodDelete, "/"+done, "").body, "'kyc_completed'", "the page's own word stays")
	}
}

func TestSecondsRoundedUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, sandbox.Config{Readings: sandbox.Readings{SecondsRoundedUp: true}})
		id := created(t, s, "MA_1")
		resend := func() reply { return do(t, s, http.MethodPost, "/"+id+"/resend", "") }
		refusal(t, resend(), 429, recent(1800))
		time.Sleep(300 * time.Millisecond)
		refusal(t, resend(), 429, recent(1800))
		time.Sleep(30*time.Minute - 301*time.Millisecond)
		refusal(t, resend(), 429, recent(1))
		time.Sleep(time.Millisecond)
		require.Equal(t, 200, resend().status)
	})
}

func TestDeleteBodyDropped(t *testing.T) {
	s := newServer(t, sandbox.Config{Readings: sandbox.Readings{DeleteBodyDropped: true}})
	for _, body := range []string{`{"reason":"wrong address"}`, `[]`} {
		id := created(t, s, "MA_1")
		require.Equal(t, 200, do(t, s, http.MethodDelete, "/"+id, body).status)
		v, _ := s.Session(id)
		require.Empty(t, v.Reason)
	}
}

func TestOddIDs(t *testing.T) {
	s := newServer(t, sandbox.Config{Readings: sandbox.Readings{OddIDs: true}})
	id := created(t, s, "MA_1")
	for _, c := range []struct{ method, path string }{{http.MethodGet, ""}, {http.MethodPost, "/resend"}, {http.MethodDelete, ""}} {
		for _, odd := range []string{"not-a-uuid", id[1:], id + "0", strings.ReplaceAll(id, "-", "0"), "g" + id[1:]} {
			r := do(t, s, c.method, "/"+odd+c.path, "")
			require.Equal(t, 422, r.status, odd)
			require.JSONEq(t, `[["uuid_parsing","path","session_id"]]`, summary(t, r.body))
		}
		require.Equal(t, 404, do(t, s, c.method, "/"+unknownID+c.path, "").status)
	}
	require.Equal(t, 200, get(t, s, "/"+id).status)
}

func TestErrorBodies(t *testing.T) {
	for reading, like := range map[sandbox.ErrorShape]string{
		sandbox.ErrorDocumented: `^\{"error":"HTTPError","message":"[^"]+","status_code":%d\}$`,
		sandbox.ErrorHTML:       `^<html><head><title>%d `,
		sandbox.ErrorEmpty:      `^$`,
	} {
		synctest.Test(t, func(t *testing.T) {
			s := newServer(t, sandbox.Config{Limit: 1, Readings: sandbox.Readings{ErrorBodies: reading}})
			shaped := func(status int, r reply) {
				require.Equal(t, status, r.status)
				require.Regexp(t, strings.ReplaceAll(like, "%d", fmt.Sprint(status)), r.body)
				require.Equal(t, reading == sandbox.ErrorDocumented, r.header.Get("Content-Type") == "application/json")
			}
			shaped(413, do(t, s, http.MethodPost, "", strings.Repeat(" ", 1<<20+1)))
			id := created(t, s, "MA_1")
			r := get(t, s, "")
			shaped(429, r)
			require.Equal(t, "1", r.header.Get("Retry-After"))
			time.Sleep(time.Second)
			require.Equal(t, recent(1799), do(t, s, http.MethodPost, "/"+id+"/resend", "").body, "the API's own 429 is as documented")
			time.Sleep(time.Second)
			require.NoError(t, s.SetFaults(sandbox.Faults{Rules: []sandbox.Rule{{Route: "get", Class: sandbox.Throttled, Account: "MA_1"}}}))
			shaped(429, get(t, s, "/"+id))
			time.Sleep(time.Second)
			require.Equal(t, "application/json", get(t, s, "/"+unknownID).header.Get("Content-Type"), "a 404 is never anything else")
		})
	}
	for seed := range uint64(20) { // nor do faults draw another shape
		faults := sandbox.Faults{Rules: []sandbox.Rule{once("list", sandbox.ErrorBefore, 1), once("list", sandbox.ThrottledBare, 2)}}
		empty := newServer(t, sandbox.Config{Seed: seed, Readings: sandbox.Readings{ErrorBodies: sandbox.ErrorEmpty}, Faults: faults})
		html := newServer(t, sandbox.Config{Seed: seed, Readings: sandbox.Readings{ErrorBodies: sandbox.ErrorHTML}, Faults: faults})
		for range 2 {
			require.Empty(t, get(t, empty, "").body)
			require.Regexp(t, "^<html>", get(t, html, "").body)
		}
	}
}
