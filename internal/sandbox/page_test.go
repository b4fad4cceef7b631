package sandbox_test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
)

// The literal JSON in this file is the API page's, as a client would paste it.

const pageEmailRequest = `{
"account_auth_id": "MA_XXXXXXXX",
"flow_type": "email",
"customer_email": "customer@example.com",
"webhook_url": "https://yourapp.com/kyc-webhook",
"expires_in_days": 14,
"reminder_schedule": [
{ "trigger": "days_before_expiry", "value": 3 },
{ "trigger": "days_before_expiry", "value": 1 }
],
"metadata": {
"customer_ref": "TEST_001",
"plan": "starter"
}
}`

const pageRedirectRequest = `{
"account_auth_id": "MA_XXXXXXXX",
"flow_type": "redirect",
"redirect_url": "https://yourapp.com/kyc-complete",
"webhook_url": "https://yourapp.com/kyc-webhook",
"expires_in_days": 14,
"metadata": {
"customer_ref": "TEST_001",
"plan": "starter"
}
}`

var (
	uuidText  = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	tokenText = regexp.MustCompile(`^kst_[0-9a-f]{64}$`)
	timeText  = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$`)
)

// like checks an answer against a literal of the page: the same names in the same order, and the
// same values but for those that are new in each session.
func like(t *testing.T, literal, body string, replace map[string]string) {
	t.Helper()
	require.Equal(t, keys(t, literal), keys(t, body))
	for old, now := range replace {
		require.Contains(t, literal, old)
		literal = strings.ReplaceAll(literal, old, now)
	}
	require.JSONEq(t, literal, body)
}

func TestPageEmailFlow(t *testing.T) {
	now := instant(t, "2026-05-01T19:37:01.312Z")
	s := newServer(t, sandbox.Config{Now: at(now)})
	r := do(t, s, http.MethodPost, "", pageEmailRequest)
	require.Equal(t, 201, r.status)
	id, expires := field[string](t, r.body, "session_id"), field[string](t, r.body, "expires_at")
	require.Regexp(t, uuidText, id)
	require.Regexp(t, timeText, expires)
	like(t, `{
"session_id": "a5f8da3c-b47f-40c3-a3e6-d2c9a0f27065",
"account_auth_id": "MA_E31MAU98",
"customer_email": "customer@example.com",
"email_dispatched_to": "c***@example.com",
"kyc_type": null,
"status": "email_sent",
"expires_at": "2026-05-15T19:37:01.316686Z",
"widget_url": null,
"kyc_link": null,
"message": "KYC email dispatched successfully"
}`, r.body, map[string]string{
		"a5f8da3c-b47f-40c3-a3e6-d2c9a0f27065": id,
		"MA_E31MAU98":                          "MA_XXXXXXXX",
		"2026-05-15T19:37:01.316686Z":          expires,
	})

	until, err := time.Parse(time.RFC3339Nano, expires)
	require.NoError(t, err)
	require.Greater(t, until, now.AddDate(0, 0, 14), "whole days and a little, as in the page's examples")
	require.Less(t, until, now.AddDate(0, 0, 14).Add(10*time.Millisecond))
}

func TestPageRedirectFlow(t *testing.T) {
	s := newServer(t, sandbox.Config{})
	r := do(t, s, http.MethodPost, "", pageRedirectRequest)
	require.Equal(t, 201, r.status)
	id, expires := field[string](t, r.body, "session_id"), field[string](t, r.body, "expires_at")
	link := field[string](t, r.body, "widget_url")
	require.Regexp(t, uuidText, id)
	address, token, _ := strings.Cut(link, "?token=")
	require.Equal(t, "https://kyc.vobiz.ai/verify", address)
	require.Regexp(t, tokenText, token)
	like(t, `{
"session_id": "1a0f7da5-2abb-47bf-a6c3-eb5cff7feda5",
"account_auth_id": "MA_E31MAU98",
"customer_email": null,
"email_dispatched_to": null,
"kyc_type": null,
"status": "link_ready",
"expires_at": "2026-05-15T19:37:01.841263Z",
"widget_url": "https://kyc.vobiz.ai/verify?token=kst_cb1b3fda15c0df5cf58a283e47e9eee148ce0b2b87d7c6693f77296612f58f07",
"kyc_link": null,
"message": "KYC session created — redirect your customer to widget_url to begin."
}`, r.body, map[string]string{
		"1a0f7da5-2abb-47bf-a6c3-eb5cff7feda5": id,
		"MA_E31MAU98":                          "MA_XXXXXXXX",
		"2026-05-15T19:37:01.841263Z":          expires,
		"kst_cb1b3fda15c0df5cf58a283e47e9eee148ce0b2b87d7c6693f77296612f58f07": token,
	})

	require.Zero(t, s.Journal().Verdict().CreationMails, "no email is sent")
	got := get(t, s, "/"+id).body
	require.Equal(t, "https://yourapp.com/kyc-complete", field[string](t, got, "redirect_url"))
	require.Nil(t, field[any](t, got, "customer_email"))
	require.NotContains(t, got, token, "only the 201 brings the link")
}

func TestPageList(t *testing.T) {
	now := instant(t, "2026-05-06T08:32:48.518048Z")
	s := newServer(t, sandbox.Config{Now: at(now)})
	r := do(t, s, http.MethodPost, "", `{"account_auth_id":"MA_YLTJEUZY","flow_type":"redirect","redirect_url":"https://console.vobiz.ai/kyc-complete","expires_in_days":14}`)
	id := field[string](t, r.body, "session_id")
	opened := instant(t, "2026-05-06T08:33:01.101780Z")
	*now = *opened
	require.NoError(t, s.Set(id, "opened"))
	like(t, `{
"sessions": [
{
"id": "09f40c53-bd09-4e4f-882b-6ebc922278de",
"account_auth_id": "MA_YLTJEUZY",
"customer_email": null,
"kyc_type": null,
"status": "opened",
"expires_at": "2026-05-20T08:32:48.524909Z",
"first_opened_at": "2026-05-06T08:33:01.101780Z",
"completed_at": null,
"webhook_url": null,
"redirect_url": "https://console.vobiz.ai/kyc-complete",
"reminder_schedule": [],
"metadata": null,
"verified_data": null,
"created_at": "2026-05-06T08:32:48.518048Z",
"updated_at": "2026-05-06T08:33:01.094999Z"
}
],
"total": 18,
"page": 1,
"size": 20
}`, get(t, s, "?page=1&size=20").body, map[string]string{
		"09f40c53-bd09-4e4f-882b-6ebc922278de": id,
		"2026-05-20T08:32:48.524909Z":          field[string](t, r.body, "expires_at"),
		"2026-05-06T08:33:01.094999Z":          "2026-05-06T08:33:01.101780Z",
		`"total": 18`:                          `"total": 1`,
	})
}

func TestPageGet(t *testing.T) {
	now := instant(t, "2026-05-05T06:00:52.435008Z")
	s := newServer(t, sandbox.Config{Now: at(now)})
	r := do(t, s, http.MethodPost, "", `{"account_auth_id":"MA_M3P94TZC","customer_email":"customer@example.com","expires_in_days":30}`)
	id := field[string](t, r.body, "session_id")
	*now = *instant(t, "2026-05-05T06:02:17.055612Z")
	require.NoError(t, s.Set(id, "in_progress"))
	*now = *instant(t, "2026-05-06T07:07:38.048734Z")
	require.Equal(t, 200, do(t, s, http.MethodDelete, "/"+id, "").status)
	like(t, `{
"id": "96df2f70-f51f-41b4-997d-0de8fdb570e8",
"account_auth_id": "MA_M3P94TZC",
"customer_email": "customer@example.com",
"kyc_type": "individual",
"status": "revoked",
"expires_at": "2026-06-04T06:00:52.443834Z",
"first_opened_at": "2026-05-05T06:02:17.055612Z",
"completed_at": null,
"webhook_url": null,
"redirect_url": null,
"reminder_schedule": [],
"metadata": null,
"verified_data": {
"pan_type": "individual",
"pan_number": "GTBPDXXXXX",
"pan_name_match": true,
"completed_steps": ["pan"],
"pan_registered_name": "SAURABH DUBEY"
},
"created_at": "2026-05-05T06:00:52.435008Z",
"updated_at": "2026-05-06T07:07:38.048734Z"
}`, get(t, s, "/"+id).body, map[string]string{
		"96df2f70-f51f-41b4-997d-0de8fdb570e8": id,
		"2026-06-04T06:00:52.443834Z":          field[string](t, r.body, "expires_at"),
		"GTBPDXXXXX":                           "ABCPE1234F",
		"SAURABH DUBEY":                        "John Doe",
	})
}

func TestEchoes(t *testing.T) {
	s := newServer(t, sandbox.Config{})
	r := do(t, s, http.MethodPost, "", pageEmailRequest)
	got := get(t, s, "/"+field[string](t, r.body, "session_id")).body
	require.Contains(t, got, `"reminder_schedule":[{"trigger":"days_before_expiry","value":3},{"trigger":"days_before_expiry","value":1}],`)
	require.Contains(t, got, `"metadata":{"customer_ref":"TEST_001","plan":"starter"},`)
	require.Contains(t, got, `"webhook_url":"https://yourapp.com/kyc-webhook",`)
	require.Contains(t, got, `"redirect_url":null,`)

	r = do(t, s, http.MethodPost, "", `{"account_auth_id":"MA_ECHO","customer_email":"a@example.com","redirect_url":12,
		"metadata":{"z":1e400,"a":{"nested":[null,"<&>"]},"empty":""}}`)
	require.Equal(t, 201, r.status, "redirect_url is ignored in the email flow")
	got = get(t, s, "/"+field[string](t, r.body, "session_id")).body
	require.Contains(t, got, `"metadata":{"z":1e400,"a":{"nested":[null,"<&>"]},"empty":""},`, "as it was sent")
}

func TestDefaultsOfCreate(t *testing.T) {
	now := instant(t, "2026-05-05T06:00:52Z")
	s := newServer(t, sandbox.Config{Now: at(now)})
	for _, body := range []string{
		`{"account_auth_id":"MA_1","customer_email":"a@example.com"}`,
		`{"account_auth_id":"MA_1","customer_email":"a@example.com","flow_type":null,"expires_in_days":null,"reminder_schedule":null,"metadata":null,"webhook_url":null}`,
	} {
		r := do(t, s, http.MethodPost, "", body)
		require.Equal(t, 201, r.status, r.body)
		require.Equal(t, "email_sent", field[string](t, r.body, "status"))
		require.Equal(t, now.AddDate(0, 0, 7), field[time.Time](t, r.body, "expires_at").Truncate(time.Second))
		got := get(t, s, "/"+field[string](t, r.body, "session_id")).body
		require.Contains(t, got, `"webhook_url":null,"redirect_url":null,"reminder_schedule":[],"metadata":null,"verified_data":null,`)
		require.Contains(t, got, `"created_at":"2026-05-05T06:00:52Z"`, "no digits where the fraction is zero")
	}
}

func TestMaskedAddress(t *testing.T) {
	s := newServer(t, sandbox.Config{})
	for address, masked := range map[string]string{
		"customer@example.com":    "c***@example.com",
		"a@example.com":           "a***@example.com",
		"élan.vital@example.com":  "é***@example.com",
		"UPPER+tag@Sub.Example.M": "U***@Sub.Example.M",
	} {
		r := do(t, s, http.MethodPost, "", `{"account_auth_id":"MA_MASK","customer_email":"`+address+`"}`)
		require.Equal(t, masked, field[string](t, r.body, "email_dispatched_to"))
		require.Equal(t, address, field[string](t, r.body, "customer_email"), "echoed")
	}
}

func TestLifecycle(t *testing.T) {
	now := instant(t, "2026-05-05T06:00:52.1Z")
	s := newServer(t, sandbox.Config{Now: at(now)})
	id := created(t, s, "MA_LIFE")
	var times []string
	for _, step := range []struct {
		status, kycType  string
		opened, complete int // index of the step in which it was set, -1: not yet
	}{
		{"opened", "", 0, -1}, {"in_progress", "individual", 0, -1}, {"kyc_completed", "individual", 0, 2},
	} {
		*now = now.Add(time.Minute + time.Microsecond)
		times = append(times, now.Format("2006-01-02T15:04:05.000000Z"))
		require.NoError(t, s.Set(id, step.status))
		got := get(t, s, "/"+id).body
		require.Equal(t, step.status, field[string](t, got, "status"))
		require.Equal(t, step.kycType, field[string](t, got, "kyc_type"))
		require.Equal(t, times[step.opened], field[string](t, got, "first_opened_at"))
		require.Equal(t, times[len(times)-1], field[string](t, got, "updated_at"))
		if step.complete < 0 {
			require.Nil(t, field[any](t, got, "completed_at"))
		} else {
			require.Equal(t, times[step.complete], field[string](t, got, "completed_at"))
		}
	}
	require.Error(t, s.Set("00000000-0000-4000-8000-000000000000", "opened"))

	verified := func(id string) string {
		return string(field[json.RawMessage](t, get(t, s, "/"+id).body, "verified_data"))
	}
	like(t, `{
"pan_type": "individual",
"pan_number": "ABCPE1234F",
"pan_name_match": true,
"pan_registered_name": "John Doe",
"completed_steps": ["pan", "aadhaar"],
"aadhaar_name": "John Doe",
"aadhaar_dob": "1990-01-15",
"masked_aadhaar": "9942",
"gender": "MALE",
"address": "221B Baker Street, Mumbai, Maharashtra, 400001, India"
}`, verified(id), nil)
	fresh := created(t, s, "MA_FRESH")
	require.NoError(t, s.Set(fresh, "opened"))
	require.Equal(t, "null", verified(fresh))
}
