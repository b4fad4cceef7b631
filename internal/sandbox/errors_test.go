package sandbox_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
)

const unknownID = "00000000-0000-4000-8000-000000000000"

func TestCredentials(t *testing.T) {
	const body = `{"error":"HTTPError","message":"Missing or invalid X-Auth-ID / X-Auth-Token","status_code":401}`
	s := newServer(t, sandbox.Config{AuthID: "PA_1", AuthToken: "right"})
	try := func(s *sandbox.Server, id, token string) reply {
		r := request(t, http.MethodGet, base, "")
		r.Header.Set("X-Auth-ID", id)
		r.Header.Set("X-Auth-Token", token)
		return send(s.Transport(), r)
	}
	require.Equal(t, 200, try(s, "PA_1", "right").status)
	require.Zero(t, s.Journal().After401)
	refusal(t, try(s, "PA_1", "wrong"), 401, body)
	refusal(t, try(s, "PA_2", "right"), 401, body)
	refusal(t, try(s, "", ""), 401, body)
	require.Equal(t, 200, try(s, "PA_1", "right").status)
	require.Equal(t, 3, s.Journal().After401, "the three requests after the first refusal")

	open := newServer(t, sandbox.Config{Readings: sandbox.Readings{Forbidden: true}})
	require.Equal(t, 200, try(open, "anyone", "anything").status)
	refusal(t, try(open, "anyone", ""), 403, strings.ReplaceAll(body, "401", "403"))
}

func TestNotFound(t *testing.T) {
	s := newServer(t, sandbox.Config{})
	for _, account := range []string{"MA_NONE", "MA_NONE_7", "ma_lower", "XX_1", " MA_1"} {
		refusal(t, post(t, s, account), 404, `{"error":"HTTPError","message":"Account not found","status_code":404}`)
	}
	for _, id := range []string{unknownID, "not-a-uuid"} {
		const body = `{"error":"HTTPError","message":"KYC session not found","status_code":404}`
		refusal(t, get(t, s, "/"+id), 404, body)
		refusal(t, do(t, s, http.MethodPost, "/"+id+"/resend", ""), 404, body)
		refusal(t, do(t, s, http.MethodDelete, "/"+id, ""), 404, body)
	}
	require.Empty(t, s.Journal().Sessions)
}

func TestNoSuchEndpoint(t *testing.T) {
	s := newServer(t, sandbox.Config{})
	for _, path := range []string{"/", "/" + unknownID + "/remind", "/" + unknownID + "/resend/again", "x"} {
		refusal(t, get(t, s, path), 404, `{"error":"HTTPError","message":"Not Found","status_code":404}`)
	}
	for _, try := range [][2]string{{"PUT", ""}, {"DELETE", ""}, {"POST", "/" + unknownID}, {"GET", "/" + unknownID + "/resend"}} {
		refusal(t, do(t, s, try[0], try[1], ""), 405, `{"error":"HTTPError","message":"Method Not Allowed","status_code":405}`)
	}
	require.Equal(t, map[int]int{404: 4, 405: 4}, s.Journal().Requests["other"])
}

func TestBodyTooLarge(t *testing.T) {
	s := newServer(t, sandbox.Config{})
	r := do(t, s, http.MethodPost, "", `{"metadata":{"a":"`+strings.Repeat("x", 1<<20)+`"}}`)
	refusal(t, r, 413, `{"error":"HTTPError","message":"Request body is larger than 1048576 bytes","status_code":413}`)
}

func TestEndedSession(t *testing.T) {
	for status, end := range map[string]func(s *sandbox.Server, id string){
		"revoked":       func(s *sandbox.Server, id string) { do(t, s, http.MethodDelete, "/"+id, "") },
		"kyc_completed": func(s *sandbox.Server, id string) { require.NoError(t, s.Set(id, "kyc_completed")) },
	} {
		s := newServer(t, sandbox.Config{})
		id := created(t, s, "MA_END")
		end(s, id)
		refusal(t, do(t, s, http.MethodPost, "/"+id+"/resend", ""), 409,
			`{"error":"HTTPError","message":"Cannot resend: session is '`+status+`'","status_code":409}`)
		refusal(t, do(t, s, http.MethodDelete, "/"+id, ""), 409,
			`{"error":"HTTPError","message":"Session is already in terminal status: '`+status+`'","status_code":409}`)
	}
}

func TestRevoke(t *testing.T) {
	s := newServer(t, sandbox.Config{})
	for i, body := range []string{"", `{ "reason": "Wrong email — creating new session" }`, `{}`, `{"reason":null}`} {
		id := created(t, s, "MA_REVOKE")
		refusal(t, do(t, s, http.MethodDelete, "/"+id, body), 200, `{"message":"Session revoked","session_id":"`+id+`"}`)
		v, ok := s.Session(id)
		require.True(t, ok)
		require.Equal(t, sandbox.RevokeDelete, v.Revoke)
		require.Equal(t, "delete", v.Cause)
		require.Equal(t, i == 1, v.Reason == "Wrong email — creating new session")
	}
	id := created(t, s, "MA_REVOKE")
	for _, body := range []string{`{"reason":5}`, `[]`, `{"reason":`} {
		require.Equal(t, 422, do(t, s, http.MethodDelete, "/"+id, body).status, body)
	}
	require.Equal(t, "email_sent", field[string](t, get(t, s, "/"+id).body, "status"))
}

// Law: whatever is created, opened, ended and created again, no account ever has two active sessions.
func TestOneActiveSession(t *testing.T) {
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 0))
		s := newServer(t, sandbox.Config{Seed: seed})
		for range 60 {
			account := fmt.Sprintf("MA_%d", rng.IntN(3))
			sessions := s.Sessions(account)
			switch n := len(sessions); {
			case n > 0 && rng.IntN(3) == 0:
				if last := sessions[n-1]; last.Status != "revoked" {
					require.NoError(t, s.Set(last.ID, []string{"opened", "in_progress", "kyc_completed"}[rng.IntN(3)]))
				}
			case n > 0 && rng.IntN(4) == 0:
				do(t, s, http.MethodDelete, "/"+sessions[rng.IntN(n)].ID, "")
			case rng.IntN(2) == 0:
				do(t, s, http.MethodPost, "", strings.ReplaceAll(pageRedirectRequest, "MA_XXXXXXXX", account))
			default:
				created(t, s, account)
			}
			active := 0
			for _, one := range field[[]map[string]any](t, get(t, s, "?size=100&account_auth_id="+account).body, "sessions") {
				if one["status"] != "revoked" && one["status"] != "kyc_completed" {
					active++
				}
			}
			require.LessOrEqual(t, active, 1, "seed %d", seed)
		}
	}
}

// A session can be revoked whatever its customer has done so far, as long as it has not ended.
func TestRevokeAtAnyTime(t *testing.T) {
	s := newServer(t, sandbox.Config{})
	for _, body := range []string{strings.Replace(emailFor, "ACCOUNT", "MA_1", 1), pageRedirectRequest} {
		for _, status := range []string{"", "opened", "in_progress"} {
			id := field[string](t, do(t, s, http.MethodPost, "", body).body, "session_id")
			if status != "" {
				require.NoError(t, s.Set(id, status))
			}
			require.Equal(t, 200, do(t, s, http.MethodDelete, "/"+id, "").status)
			require.Equal(t, "revoked", field[string](t, get(t, s, "/"+id).body, "status"))
		}
	}
}

// Every error has the three members of the page's shape, in its order, with the status that was answered.
func TestErrorShape(t *testing.T) {
	s := newServer(t, sandbox.Config{AuthToken: "token"})
	id := created(t, s, "MA_1")
	redirect := field[string](t, do(t, s, http.MethodPost, "", pageRedirectRequest).body, "session_id")
	ended := created(t, s, "MA_2")
	require.NoError(t, s.Set(ended, "kyc_completed"))
	stranger := request(t, http.MethodGet, base, "")
	stranger.Header.Set("X-Auth-Token", "wrong")
	for status, r := range map[int]reply{
		400: do(t, s, http.MethodPost, "/"+redirect+"/resend", ""),
		401: send(s.Transport(), stranger),
		404: get(t, s, "/"+unknownID),
		405: do(t, s, http.MethodPut, "", ""),
		409: do(t, s, http.MethodDelete, "/"+ended, ""),
		413: do(t, s, http.MethodPost, "", strings.Repeat(" ", 1<<20+1)),
		429: do(t, s, http.MethodPost, "/"+id+"/resend", ""),
	} {
		require.Equal(t, status, r.status)
		require.Equal(t, status, field[int](t, r.body, "status_code"))
		require.Equal(t, []string{"error", "message", "status_code"}, keys(t, r.body))
		require.Equal(t, "HTTPError", field[string](t, r.body, "error"))
	}
}

func TestAutoRevoke(t *testing.T) {
	s := newServer(t, sandbox.Config{})
	first := created(t, s, "MA_A")
	other := created(t, s, "MA_B")
	r := do(t, s, http.MethodPost, "", strings.ReplaceAll(pageRedirectRequest, "MA_XXXXXXXX", "MA_A"))
	second := field[string](t, r.body, "session_id")
	require.NotContains(t, r.body, first, "silently")

	require.Equal(t, "revoked", field[string](t, get(t, s, "/"+first).body, "status"))
	require.Equal(t, "email_sent", field[string](t, get(t, s, "/"+other).body, "status"))
	refusal(t, do(t, s, http.MethodPost, "/"+first+"/resend", ""), 409,
		`{"error":"HTTPError","message":"Cannot resend: session is 'revoked'","status_code":409}`)
	v, _ := s.Session(first)
	require.Equal(t, "superseded by "+second, v.Cause)
	now, _ := s.Session(second)
	require.Equal(t, now.Created, v.Updated, "at the moment the new one is created")
	refusal(t, do(t, s, http.MethodDelete, "/"+first, ""), 409,
		`{"error":"HTTPError","message":"Session is already in terminal status: 'revoked'","status_code":409}`)
}

func TestResendRedirectFlow(t *testing.T) {
	s := newServer(t, sandbox.Config{})
	r := do(t, s, http.MethodPost, "", pageRedirectRequest)
	refusal(t, do(t, s, http.MethodPost, "/"+field[string](t, r.body, "session_id")+"/resend", ""), 400,
		`{"error":"HTTPError","message":"Resend is not available for redirect-flow sessions — no email is associated with this session.","status_code":400}`)
}
