package vobiz_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/vobiz"
)

// received is what a server got.
type received struct {
	method, uri, body string
	header            http.Header
	length            int64
}

// record serves one answer and keeps the request.
func record(t *testing.T, status int, text string) (*vobiz.Client, *received) {
	t.Helper()
	got := new(received)
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		*got = received{r.Method, r.RequestURI, string(body), r.Header.Clone(), r.ContentLength}
		w.Header().Set("Date", "Fri, 08 May 2026 19:37:01 GMT")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(text))
	})
	return client, got
}

func date(t *testing.T, text string) time.Time {
	t.Helper()
	d, err := time.Parse(time.RFC3339Nano, text)
	require.NoError(t, err)
	return d
}

func TestCreateEmailFlow(t *testing.T) {
	client, got := record(t, http.StatusCreated, pageCreatedEmail)
	session, answer, err := client.Create(t.Context(), vobiz.CreateRequest{
		AccountAuthID: "MA_XXXXXXXX",
		FlowType:      vobiz.FlowEmail,
		CustomerEmail: "customer@example.com",
		WebhookURL:    "https://yourapp.com/kyc-webhook",
		ExpiresInDays: 14,
		ReminderSchedule: []vobiz.Reminder{
			{Trigger: vobiz.DaysBeforeExpiry, Value: 3},
			{Trigger: vobiz.DaysBeforeExpiry, Value: 1},
		},
		Metadata: json.RawMessage(`{"customer_ref": "TEST_001", "plan": "starter"}`),
	})
	require.NoError(t, err)
	require.Equal(t, "POST", got.method)
	require.Equal(t, "/api/v1/partner/kyc-sessions", got.uri)
	require.JSONEq(t, pageCreateEmail, got.body)

	require.Equal(t, vobiz.Answer{Status: 201, Date: time.Date(2026, 5, 8, 19, 37, 1, 0, time.UTC)}, answer)
	require.Equal(t, vobiz.Session{
		ID:                "a5f8da3c-b47f-40c3-a3e6-d2c9a0f27065",
		AccountAuthID:     "MA_E31MAU98",
		Status:            vobiz.StatusEmailSent,
		CustomerEmail:     new("customer@example.com"),
		EmailDispatchedTo: new("c***@example.com"),
		ExpiresAt:         date(t, "2026-05-15T19:37:01.316686Z"),
		Message:           "KYC email dispatched successfully",
	}, session)
}

func TestCreateRedirectFlow(t *testing.T) {
	client, got := record(t, http.StatusCreated, pageCreatedRedirect)
	session, _, err := client.Create(t.Context(), vobiz.CreateRequest{
		AccountAuthID: "MA_XXXXXXXX",
		FlowType:      vobiz.FlowRedirect,
		RedirectURL:   "https://yourapp.com/kyc-complete",
		WebhookURL:    "https://yourapp.com/kyc-webhook",
		ExpiresInDays: 14,
		Metadata:      json.RawMessage(`{"customer_ref":"TEST_001","plan":"starter"}`),
	})
	require.NoError(t, err)
	require.JSONEq(t, pageCreateRedirect, got.body)
	require.Equal(t, vobiz.Session{
		ID:            "1a0f7da5-2abb-47bf-a6c3-eb5cff7feda5",
		AccountAuthID: "MA_E31MAU98",
		Status:        vobiz.StatusLinkReady,
		WidgetURL:     new("https://kyc.vobiz.ai/verify?token=kst_cb1b3fda15c0df5cf58a283e47e9eee148ce0b2b87d7c6693f77296612f58f07"),
		ExpiresAt:     date(t, "2026-05-15T19:37:01.841263Z"),
		Message:       "KYC session created — redirect your customer to widget_url to begin.",
	}, session)
}

func TestCreateLeavesOutWhatIsEmpty(t *testing.T) {
	client, got := record(t, http.StatusCreated, pageCreatedEmail)
	_, _, err := client.Create(t.Context(), vobiz.CreateRequest{AccountAuthID: "MA_1"})
	require.NoError(t, err)
	require.JSONEq(t, `{"account_auth_id":"MA_1"}`, got.body)
}

func TestList(t *testing.T) {
	client, got := record(t, http.StatusOK, pageList)
	page, answer, err := client.List(t.Context(), vobiz.ListQuery{Page: 1, Size: 20})
	require.NoError(t, err)
	require.Equal(t, "GET", got.method)
	require.Equal(t, "/api/v1/partner/kyc-sessions?page=1&size=20", got.uri)
	require.Equal(t, 200, answer.Status)
	require.Equal(t, vobiz.Page{
		Sessions: []vobiz.Session{{
			ID:               "09f40c53-bd09-4e4f-882b-6ebc922278de",
			AccountAuthID:    "MA_YLTJEUZY",
			Status:           vobiz.StatusOpened,
			ExpiresAt:        date(t, "2026-05-20T08:32:48.524909Z"),
			FirstOpenedAt:    new(date(t, "2026-05-06T08:33:01.101780Z")),
			RedirectURL:      new("https://console.vobiz.ai/kyc-complete"),
			ReminderSchedule: []vobiz.Reminder{},
			CreatedAt:        date(t, "2026-05-06T08:32:48.518048Z"),
			UpdatedAt:        date(t, "2026-05-06T08:33:01.094999Z"),
		}},
		Total: 18, Number: 1, Size: 20,
	}, page)
}

func TestListQuery(t *testing.T) {
	for _, c := range []struct {
		query vobiz.ListQuery
		uri   string
	}{
		{vobiz.ListQuery{}, "/api/v1/partner/kyc-sessions"},
		{vobiz.ListQuery{Status: vobiz.StatusKYCCompleted}, "/api/v1/partner/kyc-sessions?status=kyc_completed"},
		{vobiz.ListQuery{Account: "MA_1&status=x #é", Page: 3}, "/api/v1/partner/kyc-sessions?page=3&account_auth_id=MA_1%26status%3Dx+%23%C3%A9"},
	} {
		client, got := record(t, http.StatusOK, pageList)
		_, _, err := client.List(t.Context(), c.query)
		require.NoError(t, err)
		require.Equal(t, c.uri, got.uri)
	}
	client, got := record(t, http.StatusOK, pageList)
	_, _, err := client.List(t.Context(), vobiz.ListQuery{Page: -1})
	require.ErrorIs(t, err, vobiz.ErrInvalid)
	require.Empty(t, got.method)
}

func TestGet(t *testing.T) {
	client, got := record(t, http.StatusOK, pageGet)
	session, _, err := client.Get(t.Context(), "96df2f70-f51f-41b4-997d-0de8fdb570e8")
	require.NoError(t, err)
	require.Equal(t, "GET", got.method)
	require.Equal(t, "/api/v1/partner/kyc-sessions/96df2f70-f51f-41b4-997d-0de8fdb570e8", got.uri)
	require.JSONEq(t, `{
"pan_type": "individual",
"pan_number": "GTBPDXXXXX",
"pan_name_match": true,
"completed_steps": ["pan"],
"pan_registered_name": "SAURABH DUBEY"
}`, string(session.VerifiedData))
	session.VerifiedData = nil
	require.Equal(t, vobiz.Session{
		ID:               "96df2f70-f51f-41b4-997d-0de8fdb570e8",
		AccountAuthID:    "MA_M3P94TZC",
		Status:           vobiz.StatusRevoked,
		CustomerEmail:    new("customer@example.com"),
		KYCType:          new("individual"),
		ExpiresAt:        date(t, "2026-06-04T06:00:52.443834Z"),
		FirstOpenedAt:    new(date(t, "2026-05-05T06:02:17.055612Z")),
		ReminderSchedule: []vobiz.Reminder{},
		CreatedAt:        date(t, "2026-05-05T06:00:52.435008Z"),
		UpdatedAt:        date(t, "2026-05-06T07:07:38.048734Z"),
	}, session)
}

func TestResend(t *testing.T) {
	for _, text := range []string{"", "{}", `{"message":"Email sent"}`, `{"session_id":"96DF2F70-f51f-41b4-997d-0de8fdb570e8"}`} {
		client, got := record(t, http.StatusOK, text)
		answer, err := client.Resend(t.Context(), someID)
		require.NoError(t, err)
		require.Equal(t, 200, answer.Status)
		require.Equal(t, "POST", got.method)
		require.Equal(t, "/api/v1/partner/kyc-sessions/"+someID+"/resend", got.uri)
		require.Empty(t, got.body)
		require.Zero(t, got.length)
	}
}

func TestRevoke(t *testing.T) {
	client, got := record(t, http.StatusOK, pageRevoked)
	answer, err := client.Revoke(t.Context(), "1a0f7da5-2abb-47bf-a6c3-eb5cff7feda5", "Wrong email — creating new session")
	require.NoError(t, err)
	require.Equal(t, 200, answer.Status)
	require.Equal(t, "DELETE", got.method)
	require.Equal(t, "/api/v1/partner/kyc-sessions/1a0f7da5-2abb-47bf-a6c3-eb5cff7feda5", got.uri)
	require.JSONEq(t, `{ "reason": "Wrong email — creating new session" }`, got.body)

	_, err = client.Revoke(t.Context(), "1a0f7da5-2abb-47bf-a6c3-eb5cff7feda5", "")
	require.NoError(t, err)
	require.Empty(t, got.body)
	require.NotContains(t, got.header, "Content-Type")
}

// The page does not have this endpoint: what it answers beside its status is nobody's business.
func TestProfile(t *testing.T) {
	client, got := record(t, http.StatusOK, `{"auth_id":"PA_1","capabilities":{"kyc":true}}`)
	_, err := client.Profile(t.Context())
	require.NoError(t, err)
	require.Equal(t, "GET", got.method)
	require.Equal(t, "/api/v1/partner/me", got.uri)

	client, _ = record(t, http.StatusNotFound, `{"error":"HTTPError","message":"Not Found","status_code":404}`)
	_, err = client.Profile(t.Context())
	require.Equal(t, http.StatusNotFound, asAPI(t, err).Status)
}

func TestWhatIsNeverSent(t *testing.T) {
	client, got := record(t, http.StatusOK, pageGet)
	for _, id := range []string{"", ".", "..", "a/b", "../accounts", "a?b", "a%2fb", "a b", "a\nb", "é", strings.Repeat("a", 201)} {
		_, _, err := client.Get(t.Context(), id)
		require.ErrorIs(t, err, vobiz.ErrInvalid, id)
		_, err = client.Resend(t.Context(), id)
		require.ErrorIs(t, err, vobiz.ErrInvalid, id)
		_, err = client.Revoke(t.Context(), id, "")
		require.ErrorIs(t, err, vobiz.ErrInvalid, id)
	}
	_, err := client.Revoke(t.Context(), someID, "\xff")
	require.ErrorIs(t, err, vobiz.ErrInvalid)
	for _, request := range []vobiz.CreateRequest{
		{},
		{AccountAuthID: "MA_\xff"},
		{AccountAuthID: "MA_1", CustomerEmail: "a\xff@example.com"},
		{AccountAuthID: "MA_1", Metadata: json.RawMessage(`["hunter2"]`)},
		{AccountAuthID: "MA_1", Metadata: json.RawMessage(`{"k":"hunter2"`)},
		{AccountAuthID: "MA_1", Metadata: json.RawMessage(`{"k":hunter2}`)},
		{AccountAuthID: "MA_1", Metadata: json.RawMessage("{\"k\":\"\xff\"}")},
	} {
		_, _, err := client.Create(t.Context(), request)
		require.ErrorIs(t, err, vobiz.ErrInvalid)
		require.NotContains(t, err.Error(), "hunter2")
	}
	require.Empty(t, got.method, "something was sent")
}
