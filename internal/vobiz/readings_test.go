package vobiz_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
	"kycbatch/internal/vobiz"
)

// meaning is an API that means one thing by all that its page leaves open, and a client of it, in virtual time.
type meaning struct {
	readings sandbox.Readings
	api      *sandbox.Server
	client   *vobiz.Client
}

// underEachReading tests the client against the API under each value of each reading by itself, and then with all of
// them changed at once.
func underEachReading(t *testing.T, test func(t *testing.T, m meaning)) {
	t.Helper()
	run := func(name string, r sandbox.Readings) {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api, err := sandbox.New(sandbox.Config{AuthID: testID, AuthToken: testToken, Readings: r, MaxPageSize: 20})
				require.NoError(t, err)
				defer func() { require.NoError(t, api.Close()) }()
				cfg := config(t, "http://127.0.0.1/api/v1/partner")
				cfg.Transport = api.Transport()
				test(t, meaning{r, api, newClient(t, cfg)})
			})
		})
	}
	var together sandbox.Readings
	for _, c := range sandbox.ReadingChoices() {
		for _, value := range c.Values {
			var r sandbox.Readings
			require.NoError(t, c.Apply(&r, value))
			require.NoError(t, c.Apply(&together, value))
			run(c.Name+"="+value, r)
		}
	}
	run("all", together)
}

// make creates a session of the email flow that answers already show.
func (m meaning) make(t *testing.T, account string) vobiz.Session {
	t.Helper()
	s, answer, err := m.client.Create(t.Context(), vobiz.CreateRequest{
		AccountAuthID: account, CustomerEmail: "customer@example.com", ExpiresInDays: 14,
		ReminderSchedule: []vobiz.Reminder{{Trigger: vobiz.DaysBeforeExpiry, Value: 3}},
		Metadata:         json.RawMessage(`{"kycbatch":"1:x:1.1","plan":"<&>"}`),
	})
	require.NoError(t, err)
	require.Equal(t, http.StatusCreated, answer.Status)
	require.Equal(t, []any{account, vobiz.StatusEmailSent}, []any{s.AccountAuthID, s.Status})
	time.Sleep(m.readings.ShownAfter)
	return s
}

// refused checks that an error is the API's own word, with one of these statuses.
func refused(t *testing.T, err error, statuses ...int) *vobiz.APIError {
	t.Helper()
	e := asAPI(t, err)
	require.Contains(t, statuses, e.Status)
	require.True(t, e.Documented, "%v", e)
	return e
}

// TestSessionUnderEachReading: what was sent comes back, whatever the API calls the state of it, and the client understands
// all that it is shown.
func TestSessionUnderEachReading(t *testing.T) {
	underEachReading(t, func(t *testing.T, m meaning) {
		made := m.make(t, "MA_1")
		look := func(statuses ...vobiz.Status) {
			t.Helper()
			s, _, err := m.client.Get(t.Context(), made.ID)
			require.NoError(t, err)
			require.Contains(t, statuses, s.Status)
			require.Equal(t, []any{made.ID, "MA_1", made.ExpiresAt, 14 * 24 * time.Hour},
				[]any{s.ID, s.AccountAuthID, s.ExpiresAt, s.ExpiresAt.Sub(s.CreatedAt).Truncate(time.Hour)})
			tag, ok := s.MetadataString("kycbatch")
			require.True(t, ok)
			require.Equal(t, "1:x:1.1", tag)
			require.False(t, s.UpdatedAt.IsZero())
			require.Empty(t, s.Extra, "the client understands all of it")
		}
		look(vobiz.StatusEmailSent)
		require.NoError(t, m.api.Set(made.ID, "in_progress"))
		time.Sleep(m.readings.ShownAfter)
		look(vobiz.StatusInProgress)
		require.NoError(t, m.api.Fail(made.ID, "name mismatch"))
		time.Sleep(m.readings.ShownAfter)
		look(vobiz.StatusFailed, vobiz.StatusKYCFailed, vobiz.StatusRevoked)

		made = m.make(t, "MA_1")
		time.Sleep(15 * 24 * time.Hour)
		look(vobiz.StatusEmailSent, vobiz.StatusExpired, vobiz.StatusRevoked)

		require.NoError(t, m.api.Set(m.make(t, "MA_1").ID, "kyc_completed"))
		_, _, err := m.client.Create(t.Context(), vobiz.CreateRequest{AccountAuthID: "MA_1", CustomerEmail: "customer@example.com"})
		if m.readings.CompletedRefused {
			refused(t, err, http.StatusConflict)
		} else {
			require.NoError(t, err)
		}

		for _, metadata := range []string{`{}`, `{"big":"` + strings.Repeat("x", 5000) + `"}`} {
			s, _, err := m.client.Create(t.Context(), vobiz.CreateRequest{AccountAuthID: "MA_2", CustomerEmail: "customer@example.com", Metadata: json.RawMessage(metadata)})
			if m.readings.MetadataLimit > 0 && len(metadata) > m.readings.MetadataLimit {
				refused(t, err, http.StatusUnprocessableEntity)
				continue
			}
			require.NoError(t, err)
			time.Sleep(m.readings.ShownAfter)
			s, _, err = m.client.Get(t.Context(), s.ID)
			require.NoError(t, err)
			_, ok := s.MetadataString("kycbatch")
			require.False(t, ok)
		}
	})
}

// TestReplicaUnderEachReading: a session that is not shown yet is a documented 404, and shown later.
func TestReplicaUnderEachReading(t *testing.T) {
	underEachReading(t, func(t *testing.T, m meaning) {
		s, _, err := m.client.Create(t.Context(), vobiz.CreateRequest{AccountAuthID: "MA_1", FlowType: vobiz.FlowRedirect, RedirectURL: "https://example.com/done"})
		require.NoError(t, err)
		require.Equal(t, vobiz.StatusLinkReady, s.Status)
		require.NotEmpty(t, *s.WidgetURL)
		if m.readings.ShownAfter > 0 {
			_, _, err = m.client.Get(t.Context(), s.ID)
			refused(t, err, http.StatusNotFound)
			page, _, err := m.client.List(t.Context(), vobiz.ListQuery{Account: "MA_1"})
			if err == nil {
				require.Zero(t, page.Total)
			} else {
				refused(t, err, http.StatusUnprocessableEntity)
			}
			time.Sleep(m.readings.ShownAfter)
		}
		_, _, err = m.client.Get(t.Context(), s.ID)
		require.NoError(t, err)
	})
}

// TestListingUnderEachReading: a listing that is done is the whole list, of one account and of all, also while sessions
// are made and change between its pages; a size that is too large is refused in words, or does not matter.
func TestListingUnderEachReading(t *testing.T) {
	underEachReading(t, func(t *testing.T, m meaning) {
		all, ofOne := map[string]bool{}, map[string]bool{}
		add := func(account string) {
			id := m.make(t, account).ID
			all[id] = true
			if account == "MA_1" {
				ofOne[id] = true
			}
		}
		for i := range 25 {
			add("MA_1")
			add(fmt.Sprintf("MA_OTHER%d", i))
		}
		change := func(pages int) {
			if pages < 4 {
				add("MA_1")
				require.NoError(t, m.api.Set(m.api.Sessions("MA_1")[0].ID, "revoked")) // it moves where the order is that of changes
			}
		}
		for account, want := range map[string]map[string]bool{"": all, "MA_1": ofOne} {
			for _, size := range []int{7, 20, 100} {
				l := vobiz.Listing{Account: account, Size: size}
				for pages := 0; !l.Done(); pages++ {
					page, _, err := m.client.List(t.Context(), l.Next())
					if size == 100 && m.readings.Size == sandbox.SizeRefused {
						refused(t, err, http.StatusUnprocessableEntity)
						break
					}
					require.NoError(t, err)
					require.NoError(t, l.Add(page))
					if !l.Done() {
						change(pages)
					}
				}
				if l.Done() {
					shown := map[string]bool{}
					for _, s := range l.Sessions() {
						shown[s.ID] = true
					}
					require.Equal(t, want, shown)
				}
			}
		}

		for _, q := range []vobiz.ListQuery{{Page: 1000, Size: 20}, {Account: "MA_NONE"}, {Status: "under_review"}} {
			page, _, err := m.client.List(t.Context(), q)
			if err != nil {
				refused(t, err, http.StatusUnprocessableEntity)
				continue
			}
			require.Empty(t, page.Sessions)
		}
	})
}

// TestResendUnderEachReading: the wait that a refusal names is right to the second, and whatever comes first, a refusal is
// the API's own word.
func TestResendUnderEachReading(t *testing.T) {
	underEachReading(t, func(t *testing.T, m meaning) {
		made := m.make(t, "MA_1")
		resend := func(id string) error {
			_, err := m.client.Resend(t.Context(), id)
			return err
		}
		time.Sleep(10*time.Minute + 300*time.Millisecond)
		left := 30*time.Minute - 10*time.Minute - 300*time.Millisecond - m.readings.ShownAfter
		e := refused(t, resend(made.ID), http.StatusTooManyRequests)
		require.True(t, e.HasRetryAfter)
		require.InDelta(t, left, e.RetryAfter, float64(time.Second))
		time.Sleep(e.RetryAfter + time.Second)
		require.NoError(t, resend(made.ID))
		if err := resend(made.ID); m.readings.CooldownFromCreation {
			require.NoError(t, err)
		} else {
			refused(t, err, http.StatusTooManyRequests)
		}

		_, err := m.client.Revoke(t.Context(), made.ID, "wrong address")
		require.NoError(t, err)
		refused(t, resend(made.ID), http.StatusConflict, http.StatusTooManyRequests)
		link, _, err := m.client.Create(t.Context(), vobiz.CreateRequest{AccountAuthID: "MA_1", FlowType: vobiz.FlowRedirect, RedirectURL: "https://example.com/done"})
		require.NoError(t, err)
		refused(t, resend(link.ID), http.StatusBadRequest, http.StatusTooManyRequests)

		old := m.make(t, "MA_2")
		time.Sleep(15 * 24 * time.Hour)
		if err := resend(old.ID); err != nil {
			refused(t, err, http.StatusConflict)
		}
	})
}

// TestRevokeUnderEachReading: a session is ended once; that it had ended before is said in words, whatever it ended by.
func TestRevokeUnderEachReading(t *testing.T) {
	underEachReading(t, func(t *testing.T, m meaning) {
		revoke := func(id string) error {
			_, err := m.client.Revoke(t.Context(), id, "wrong address")
			return err
		}
		made := m.make(t, "MA_1")
		require.NoError(t, revoke(made.ID))
		v, _ := m.api.Session(made.ID)
		require.Equal(t, sandbox.RevokeDelete, v.Revoke)
		require.Equal(t, m.readings.DeleteBodyDropped, v.Reason == "")
		refused(t, revoke(made.ID), http.StatusConflict)

		failed := m.make(t, "MA_2")
		require.NoError(t, m.api.Fail(failed.ID, "name mismatch"))
		refused(t, revoke(failed.ID), http.StatusConflict)
		old := m.make(t, "MA_3")
		time.Sleep(15 * 24 * time.Hour)
		if err := revoke(old.ID); err != nil {
			refused(t, err, http.StatusConflict)
		}
		for _, id := range []string{someID, "no-uuid"} {
			refused(t, revoke(id), http.StatusNotFound, http.StatusUnprocessableEntity)
			_, _, err := m.client.Get(t.Context(), id)
			refused(t, err, http.StatusNotFound, http.StatusUnprocessableEntity)
		}
	})
}

// TestErrorsUnderEachReading: whatever shape an error has, its status is known, its wait is read, and it is taken for the
// API's own word only where it has the documented form.
func TestErrorsUnderEachReading(t *testing.T) {
	underEachReading(t, func(t *testing.T, m meaning) {
		try := func(class sandbox.Fault) *vobiz.APIError {
			t.Helper()
			require.NoError(t, m.api.SetFaults(sandbox.Faults{Rules: []sandbox.Rule{{Route: sandbox.AnyRoute, Class: class}}}))
			_, _, err := m.client.Get(t.Context(), someID)
			require.NoError(t, m.api.SetFaults(sandbox.Faults{}))
			return asAPI(t, err)
		}
		documented := m.readings.ErrorBodies == sandbox.ErrorDocumented
		for range 8 { // the shape of this one is drawn
			e := try(sandbox.ErrorBefore)
			require.GreaterOrEqual(t, e.Status, 500)
			require.False(t, e.Documented && !documented)
		}
		e := try(sandbox.Throttled)
		require.Equal(t, []any{http.StatusTooManyRequests, true, documented}, []any{e.Status, e.HasRetryAfter, e.Documented})
		require.Positive(t, e.RetryAfter)
		e = try(sandbox.Unauthorized)
		require.Equal(t, []any{map[bool]int{false: 401, true: 403}[m.readings.Forbidden], true}, []any{e.Status, e.Documented})

		_, _, err := m.client.Create(t.Context(), vobiz.CreateRequest{AccountAuthID: "MA_1", CustomerEmail: "customer@example.com",
			Metadata: json.RawMessage(`{"big":"` + strings.Repeat("x", 1<<20) + `"}`)})
		e = asAPI(t, err)
		require.Equal(t, []any{http.StatusRequestEntityTooLarge, documented}, []any{e.Status, e.Documented})
		_, _, err = m.client.Create(t.Context(), vobiz.CreateRequest{AccountAuthID: "MA_NONE", CustomerEmail: "customer@example.com"})
		refused(t, err, http.StatusNotFound)
		require.Empty(t, m.api.Sessions("MA_1"))
	})
}
