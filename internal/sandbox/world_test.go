package sandbox_test

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
)

func worldPath(t *testing.T) string { return filepath.Join(t.TempDir(), "world.jsonl") }

// reopen makes a sandbox on a world file; it is closed by the caller or not at all.
func reopen(t *testing.T, path string, now *time.Time) *sandbox.Server {
	t.Helper()
	s, err := sandbox.New(sandbox.Config{Seed: 5, World: path, Now: at(now)})
	require.NoError(t, err)
	return s
}

// story makes a world in which everything happened that can.
func story(t *testing.T, s *sandbox.Server, now *time.Time) {
	t.Helper()
	step := func() { *now = now.Add(time.Minute + 7*time.Microsecond) }
	do(t, s, http.MethodPost, "", `{"account_auth_id":"MA_1","customer_email":"a@example.com","webhook_url":"https://example.com/w","expires_in_days":30,`+
		`"reminder_schedule":[{"trigger":"days_before_expiry","value":3}],"metadata":{"kycbatch":"1:x:1.1","n":"<&> \u2028"}}`)
	step()
	second := created(t, s, "MA_1")
	step()
	s.Stranger("MA_2")
	step()
	get(t, s, "?account_auth_id=MA_3")
	s.Stranger("MA_3")
	created(t, s, "MA_3")
	do(t, s, http.MethodPost, "", pageRedirectRequest)
	step()
	require.NoError(t, s.Set(second, "opened"))
	step()
	require.NoError(t, s.Set(second, "kyc_completed"))
	fourth := created(t, s, "MA_4")
	require.Equal(t, 200, do(t, s, http.MethodDelete, "/"+fourth, `{"reason":"wrong address"}`).status)
	fifth := created(t, s, "MA_5")
	*now = now.Add(time.Hour)
	require.Equal(t, 200, do(t, s, http.MethodPost, "/"+fifth+"/resend", "").status)
	require.NoError(t, s.Set(created(t, s, "MA_6"), "under_review"))
}

func TestWorldSurvives(t *testing.T) {
	path, now := worldPath(t), instant(t, "2026-05-05T06:00:52.435008Z")
	s := reopen(t, path, now)
	story(t, s, now)
	before, list := s.Journal(), get(t, s, "?size=100").body
	// No Close: the process was killed.

	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	again := reopen(t, path, now)
	after := again.Journal()
	require.Equal(t, before.Sessions, after.Sessions)
	require.Equal(t, before.Verdict().Revokes, after.Verdict().Revokes)
	require.NotEmpty(t, after.Verdict().Revokes[sandbox.RevokeRaced])
	require.Zero(t, after.Total("*"), "requests are counted per process")
	require.Zero(t, after.WorstSecond)
	require.Equal(t, list, get(t, again, "?size=100").body, "to the byte")

	// It goes on as the same world: cooldowns, auto-revoke, new ids.
	fifth := again.Sessions("MA_5")[0].ID
	require.Equal(t, 429, do(t, again, http.MethodPost, "/"+fifth+"/resend", "").status)
	id := created(t, again, "MA_5")
	v, _ := again.Session(fifth)
	require.Equal(t, "superseded by "+id, v.Cause)
	require.NoError(t, again.Close())
	require.NoError(t, s.Close())

	third := reopen(t, path, now)
	require.Len(t, third.Sessions("MA_5"), 2)
	require.NoError(t, third.Close())
}

// Law: whatever length a crash leaves, the world is that of the whole lines, and can go on.
func TestTornWorld(t *testing.T) {
	path, now := worldPath(t), instant(t, "2026-05-05T06:00:52.435008Z")
	s := reopen(t, path, now)
	story(t, s, now)
	require.NoError(t, s.Close())
	text, err := os.ReadFile(path)
	require.NoError(t, err)

	for length := len(text); length >= 0; length -= 61 {
		kept := bytes.LastIndexByte(text[:length], '\n') + 1
		require.NoError(t, os.WriteFile(path, text[:length], 0o600))
		require.NoError(t, reopen(t, path, now).Close())
		mended, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, string(text[:kept]), string(mended))

		torn := reopen(t, path, now)
		id := created(t, torn, "MA_TORN")
		sessions := torn.Journal().Sessions
		require.NoError(t, torn.Close())
		grown, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, string(text[:kept]), string(grown[:kept]))

		next := reopen(t, path, now)
		require.Equal(t, sessions, next.Journal().Sessions)
		_, ok := next.Session(id)
		require.True(t, ok)
		require.NoError(t, next.Close())
	}
}

func TestForeignWorld(t *testing.T) {
	for _, text := range []string{
		"hello\n", "{}\n", `{"event":"created"}` + "\n", `{"event":"mail","id":"` + unknownID + `"}` + "\n",
		`{"event":"flood"}` + "\n", "\x00\n",
	} {
		path := worldPath(t)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		_, err := sandbox.New(sandbox.Config{World: path})
		require.ErrorContains(t, err, "line 1")
		got, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, text, string(got), "a foreign file is left as it is")
	}
}

// What cannot be written did not happen, and nothing is written after it.
func TestWorldCannotBeWritten(t *testing.T) {
	path, now := worldPath(t), instant(t, "2026-05-05T06:00:52.435008Z")
	s := reopen(t, path, now)
	id := created(t, s, "MA_1")
	mend, err := s.BreakWorld()
	require.NoError(t, err)
	const body = `{"error":"HTTPError","message":"the sandbox could not write its world file","status_code":500}`
	refusal(t, post(t, s, "MA_2"), 500, body)
	refusal(t, do(t, s, http.MethodDelete, "/"+id, ""), 500, body)
	*now = now.Add(time.Hour)
	refusal(t, do(t, s, http.MethodPost, "/"+id+"/resend", ""), 500, body)
	require.Empty(t, s.Stranger("MA_1"))
	require.Error(t, s.Set(id, "opened"))
	require.Len(t, s.Journal().Sessions, 1)
	require.Equal(t, 200, get(t, s, "/"+id).status, "reading goes on")
	mend()
	refusal(t, post(t, s, "MA_2"), 500, body) // the file may end in half a line
	require.ErrorContains(t, s.Close(), "write the sandbox's world")

	again := reopen(t, path, now)
	require.Len(t, again.Journal().Sessions, 1)
	require.NoError(t, again.Close())
}
