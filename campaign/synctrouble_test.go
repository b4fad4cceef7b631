package campaign

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"path"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
	"kycbatch/ratelimit"
)

// halted is why a sync ends while every request of it fails in this way.
func (d *desk) halted(class sandbox.Fault, change ...func(*Config)) Halt {
	time.Sleep(24 * time.Hour)
	require.NoError(d.t, d.api.SetFaults(sandbox.Faults{Rules: []sandbox.Rule{{Route: sandbox.AnyRoute, Class: class}}}))
	cfg := d.cfg
	for _, c := range change {
		c(&cfg)
	}
	s, err := Sync(d.t.Context(), cfg)
	require.NoError(d.t, err)
	require.Equal(d.t, s.Accounts, s.Missed)
	require.Zero(d.t, s.Changed)
	require.NoError(d.t, d.api.SetFaults(sandbox.Faults{}))
	return s.Halt
}

func TestSyncEndsEarly(t *testing.T) {
	created(t, 5, func(t *testing.T, d *desk) {
		d.cfg.MaxOutage = time.Minute
		require.Equal(t, HaltOutage, d.halted(sandbox.ErrorBefore))
		require.Equal(t, HaltDuration, d.halted(sandbox.ErrorBefore, func(c *Config) { c.MaxDuration = 5 * time.Second }))
		require.Equal(t, HaltCredentials, d.halted(sandbox.Unauthorized))
		require.Zero(t, d.api.Journal().After401, "one of them was enough")

		d.acts("MA_003", "opened")
		d.cfg.Workers, d.cfg.Brake = 1, ratelimit.New(1)
		ctx, cancel := context.WithCancel(t.Context())
		asked := 0
		d.through(func(r *http.Request, api http.RoundTripper) (*http.Response, error) {
			if isList(r) {
				return notFound(), nil
			}
			if asked++; asked == 4 {
				cancel()
			}
			return api.RoundTrip(r)
		})
		s, err := Sync(ctx, d.cfg)
		require.NoError(t, err)
		require.Equal(t, HaltDrained, s.Halt)
		require.Equal(t, []int{1, 1}, []int{s.Missed, s.Changed}, "what was under way is finished, and durable")
		require.Equal(t, statusOpened, d.record("MA_003").Session.Status)
	})
}

// TestSyncOfAFullDisk: what could not be written was not changed, and the next sync finds it again.
func TestSyncOfAFullDisk(t *testing.T) {
	created(t, 5, func(t *testing.T, d *desk) {
		d.acts("MA_003", "revoked")
		for puts := 1; ; puts++ {
			cfg := d.cfg
			cfg.Ledger = &Ledger{&failingStore{d.file, puts}}
			s, err := Sync(t.Context(), cfg)
			require.NoError(t, err)
			if s.Halt == "" {
				require.Equal(t, 3, puts, "the run, when it was, the run's end: the change was durable by then")
				break
			}
			require.Equal(t, HaltLedger, s.Halt)
			require.ErrorIs(t, s.Cause, errKilled)
			if puts == 1 {
				require.Equal(t, statusEmailSent, d.record("MA_003").Session.Status)
				require.Equal(t, 1, s.Missed)
			}
		}
		require.Len(t, d.sync().Incidents, 1)
	})
}

// TestSyncMissesAndSaysSo: a session that can't be read is missed, one that the API does not know is named; neither is an
// incident, and both are asked for again. One that it does not know long after its time has ended.
func TestSyncMissesAndSaysSo(t *testing.T) {
	created(t, 4, func(t *testing.T, d *desk) {
		gone, broken := d.newest("MA_001").ID, d.newest("MA_002").ID
		var mu sync.Mutex
		asked := map[string]int{}
		d.through(func(r *http.Request, api http.RoundTripper) (*http.Response, error) {
			mu.Lock()
			asked[path.Base(r.URL.Path)]++
			mu.Unlock()
			switch {
			case isList(r) || strings.HasSuffix(r.URL.Path, gone):
				return notFound(), nil
			case strings.HasSuffix(r.URL.Path, broken):
				return nil, errors.New("reset")
			}
			return api.RoundTrip(r)
		})
		s := d.sync()
		require.Equal(t, []int{4, 1, 1}, []int{s.Accounts, s.Missed, s.Unknown})
		require.Equal(t, []Unread{{"MA_001", gone, s.Unlisted[0].Why}}, s.Unlisted)
		require.Contains(t, s.Unlisted[0].Why, "404")
		require.Equal(t, []Unread{{"MA_002", broken, s.Unread[0].Why}}, s.Unread)
		require.Contains(t, s.Unread[0].Why, "get session")
		require.Empty(t, s.Incidents)
		require.Equal(t, []int{maxUnknown, maxReads}, []int{asked[gone], asked[broken]})

		time.Sleep(9 * 24 * time.Hour)
		s = d.sync()
		require.Equal(t, []int{4, 1, 0, 3}, []int{s.Accounts, s.Missed, s.Unknown, s.Expired})
		require.False(t, d.record("MA_001").Session.Ended.IsZero())
	})
}

// TestSyncOfASessionWithoutAStatus: an answer that does not say where a session stands is none, and what is known stays.
func TestSyncOfASessionWithoutAStatus(t *testing.T) {
	created(t, 3, func(t *testing.T, d *desk) {
		d.through(func(r *http.Request, api http.RoundTripper) (*http.Response, error) {
			answer, err := api.RoundTrip(r)
			if err == nil {
				body, err := io.ReadAll(answer.Body)
				require.NoError(t, err)
				body = bytes.ReplaceAll(body, []byte(`"status":"email_sent",`), nil)
				answer.Body, answer.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
			}
			return answer, err
		})
		s := d.sync()
		require.Equal(t, []int{3, 3, 0}, []int{s.Accounts, s.Missed, s.Changed})
		require.Contains(t, s.Unread[0].Why, "no status")
		require.Equal(t, statusEmailSent, d.record("MA_001").Session.Status)
	})
}

// TestSyncOfAnAccountThatCannotBeListed: that a session was revoked unasked is durable although its account can't be listed.
func TestSyncOfAnAccountThatCannotBeListed(t *testing.T) {
	created(t, 3, func(t *testing.T, d *desk) {
		d.api.Stranger("MA_001")
		d.through(unlisted)
		s := d.sync()
		require.Len(t, s.Incidents, 1)
		require.Empty(t, d.record("MA_001").Newer)
	})
}
