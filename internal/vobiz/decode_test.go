package vobiz_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/vobiz"
)

// get decodes one session as a server would send it.
func get(t *testing.T, text string) (vobiz.Session, error) {
	t.Helper()
	session, _, err := answer(t, 201, text).Create(t.Context(), vobiz.CreateRequest{AccountAuthID: "MA_1"})
	return session, err
}

func TestNullEmptyAndAbsentStayApart(t *testing.T) {
	for text, want := range map[string]*string{`null`: nil, `""`: new(""), `"x"`: new("x")} {
		session, err := get(t, strings.ReplaceAll(`{"id":"a","customer_email":V,"kyc_type":V,"webhook_url":V,"redirect_url":V,
			"email_dispatched_to":V,"widget_url":V,"kyc_link":V}`, "V", text))
		require.NoError(t, err)
		for _, field := range []*string{session.CustomerEmail, session.KYCType, session.WebhookURL, session.RedirectURL,
			session.EmailDispatchedTo, session.WidgetURL, session.KYCLink} {
			require.Equal(t, want, field)
		}
	}
	session, err := get(t, `{"id":"a"}`)
	require.NoError(t, err)
	require.Equal(t, vobiz.Session{ID: "a"}, session)
}

func TestUnknownFieldsAndStatusesPassThrough(t *testing.T) {
	session, err := get(t, `{"id":"a","status":"kyc_paused \u00e9","new_field":{"a":[1, 2]},"ID":"b","STATUS":"revoked","x":null}`)
	require.NoError(t, err)
	require.Equal(t, vobiz.Session{ID: "a", Status: "kyc_paused é", Extra: map[string]json.RawMessage{
		"new_field": json.RawMessage(`{"a":[1, 2]}`),
		"ID":        json.RawMessage(`"b"`),
		"STATUS":    json.RawMessage(`"revoked"`),
		"x":         json.RawMessage(`null`),
	}}, session)
}

func TestBothNamesOfTheIDMayAgree(t *testing.T) {
	session, err := get(t, `{"id":"a","session_id":"a"}`)
	require.NoError(t, err)
	require.Equal(t, "a", session.ID)
}

func TestMetadataComesBackAsItIs(t *testing.T) {
	for _, metadata := range []string{`{}`, `{ "b" : 1, "a" : "<&>\u00e9\"\\", "c":[ {} ], "n":1.50e10, "b":2 }`, `"text"`, `[1]`} {
		session, err := get(t, `{"id":"a","metadata":`+metadata+`,"verified_data": `+metadata+` }`)
		require.NoError(t, err)
		require.Equal(t, metadata, string(session.Metadata))
		require.Equal(t, metadata, string(session.VerifiedData))
	}
	session, err := get(t, `{"id":"a","metadata":null,"verified_data":null}`)
	require.NoError(t, err)
	require.Nil(t, session.Metadata)
	require.Nil(t, session.VerifiedData)
}

func TestMetadataString(t *testing.T) {
	for metadata, want := range map[string]string{
		`{"plan":"starter","kycbatch":"1:abc:1.2"}`:      "1:abc:1.2",
		`{"kyc\u0062atch":"1:\u0061bc:1.2"}`:             "1:abc:1.2",
		`{"x":{"kycbatch":"no"},"kycbatch":"1:abc:1.2"}`: "1:abc:1.2",
		`{"Kycbatch":"no"}`:                              "",
		`{"kycbatch":"1:abc:1.2","kycbatch":"1:x:1.1"}`:  "",
		`{"kycbatch":"1:abc:1.2","kycbatch":7}`:          "",
		`{"kycbatch":7}`:                                 "",
		`{"kycbatch":null}`:                              "",
		`{"x":{"kycbatch":"no"}}`:                        "",
		`["kycbatch"]`:                                   "",
		`null`:                                           "",
		`{}`:                                             "",
	} {
		session, err := get(t, `{"id":"a","metadata":`+metadata+`}`)
		require.NoError(t, err)
		got, ok := session.MetadataString("kycbatch")
		require.Equal(t, want != "", ok, metadata)
		if ok {
			require.Equal(t, want, got)
		}
	}
}

func TestTimes(t *testing.T) {
	want := time.Date(2026, 5, 15, 19, 37, 1, 316686000, time.UTC)
	for text, want := range map[string]time.Time{
		"2026-05-15T19:37:01.316686Z":      want,
		"2026-05-15T19:37:01Z":             want.Truncate(time.Second),
		"2026-05-15T19:37:01.316686":       want,
		"2026-05-15T19:37:01":              want.Truncate(time.Second),
		"2026-05-16T01:07:01.316686+05:30": want,
		"2026-05-15T19:37:01.316686123Z":   want.Add(123),
	} {
		session, err := get(t, fmt.Sprintf(`{"id":"a","expires_at":%q,"created_at":%[1]q,"updated_at":%[1]q,"first_opened_at":%[1]q,"completed_at":%[1]q}`, text))
		require.NoError(t, err)
		for _, got := range []time.Time{session.ExpiresAt, session.CreatedAt, session.UpdatedAt, *session.FirstOpenedAt, *session.CompletedAt} {
			require.Equal(t, want, got, text)
		}
		require.Nil(t, session.Extra)
	}
}

func TestUnreadableTimesAndRemindersDoNotSpoilTheAnswer(t *testing.T) {
	for _, value := range []string{`"soon"`, `""`, `1778873821`, `{}`, `true`, `"2026-13-15T19:37:01Z"`} {
		session, err := get(t, `{"id":"a","status":"opened","expires_at":`+value+`,"completed_at":`+value+`}`)
		require.NoError(t, err)
		require.Equal(t, vobiz.StatusOpened, session.Status)
		require.True(t, session.ExpiresAt.IsZero())
		require.NotNil(t, session.CompletedAt, "it is there")
		require.True(t, session.CompletedAt.IsZero())
		require.Equal(t, value, string(session.Extra["expires_at"]))
		require.Equal(t, value, string(session.Extra["completed_at"]))
	}
	session, err := get(t, `{"id":"a","reminder_schedule":"daily","status":"opened"}`)
	require.NoError(t, err)
	require.Equal(t, vobiz.Session{ID: "a", Status: "opened", Extra: map[string]json.RawMessage{"reminder_schedule": json.RawMessage(`"daily"`)}}, session)

	session, err = get(t, `{"id":"a","reminder_schedule":[{ "trigger": "days_before_expiry", "value": 3 }]}`)
	require.NoError(t, err)
	require.Equal(t, []vobiz.Reminder{{Trigger: vobiz.DaysBeforeExpiry, Value: 3}}, session.ReminderSchedule)
}

func TestPersonalDataIsNotPrinted(t *testing.T) {
	session, err := get(t, `{"id":"a","account_auth_id":"MA_1","status":"opened","customer_email":"customer@example.com",
		"email_dispatched_to":"c***@example.com","widget_url":"https://kyc.vobiz.ai/verify?token=kst_cb1b","kyc_link":"https://kyc.vobiz.ai/kst_cb1b",
		"verified_data":{"pan_number":"ABCPE1234F"},"metadata":{"phone":"98765"},"x":"98765"}`)
	require.NoError(t, err)
	for _, value := range []any{session, vobiz.Page{Sessions: []vobiz.Session{session}}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			show := fmt.Sprintf(verb+" "+verb, value, &value)
			for _, secret := range []string{"customer", "kst_", "ABCPE", "98765", fmt.Sprintf("%x", "customer")} {
				require.NotContains(t, show, secret, verb)
			}
		}
	}
	require.Contains(t, dumps(t, session), "session a of MA_1: opened")
	require.NotContains(t, dumps(t, session), "customer")
	require.NotContains(t, dumps(t, &session), "kst_")
	require.Contains(t, dumps(t, session), `"value":{"id":"a","account":"MA_1","status":"opened"}`)

	request := vobiz.CreateRequest{AccountAuthID: "MA_1", CustomerEmail: "customer@example.com", Metadata: json.RawMessage(`{"phone":"98765"}`)}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		require.Equal(t, "create MA_1 (email flow)", fmt.Sprintf(verb, request))
		require.Equal(t, "create MA_1 (email flow)", fmt.Sprintf(verb, &request))
	}
}
