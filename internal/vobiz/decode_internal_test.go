package vobiz

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDecodedSessionsOwnTheirData(t *testing.T) {
	body := []byte(`{"id":"abc","customer_email":"customer@example.com","metadata":{"k":"v"},"verified_data":{"k":"v"},"new":{"k":"v"}}`)
	session, err := parseSession(body)
	require.NoError(t, err)
	for i := range body {
		body[i] = '!'
	}
	require.Equal(t, Session{
		ID: "abc", CustomerEmail: new("customer@example.com"),
		Metadata: json.RawMessage(`{"k":"v"}`), VerifiedData: json.RawMessage(`{"k":"v"}`),
		Extra: map[string]json.RawMessage{"new": json.RawMessage(`{"k":"v"}`)},
	}, session)
}

func TestEveryKnownFieldIsRefusedTwice(t *testing.T) {
	for _, name := range []string{
		"id", "session_id", "account_auth_id", "status", "customer_email", "kyc_type", "webhook_url", "redirect_url",
		"email_dispatched_to", "widget_url", "kyc_link", "message", "metadata", "verified_data", "expires_at", "created_at",
		"updated_at", "first_opened_at", "completed_at", "reminder_schedule",
	} {
		_, err := parseSession(fmt.Appendf(nil, `{"id":"x","session_id":"x",%q:null}`, name))
		if name != "id" && name != "session_id" {
			require.NoError(t, err, name)
		}
		_, err = parseSession(fmt.Appendf(nil, `{"id":"x","session_id":"x",%q:null,%[1]q:null}`, name))
		require.ErrorContains(t, err, name+" occurs twice")
	}
}

// FuzzSession holds the decoder against encoding/json's view of the same text: what the one accepts, the other
// accepts too and reads alike.
func FuzzSession(f *testing.F) {
	for _, text := range []string{
		`{"session_id":"a5f8da3c","account_auth_id":"MA_E31MAU98","customer_email":"customer@example.com","kyc_type":null,"status":"email_sent","expires_at":"2026-05-15T19:37:01.316686Z","message":"KYC email dispatched successfully"}`,
		`{"id":"\u0061\"","metadata":{"a":[{"b":"}]"}]},"reminder_schedule":[{"trigger":"x","value":3}],"completed_at":"x"}`,
		`{"id":"a","Id":"b","i\u0064":"c"}`,
		` { "id" : "a" , "x" : [ 1 , -2.5e3 , true , null ] } `,
		`{"id":1}`, `{`, `[]`, `"`, `{"a":"\`, `{"":""}`, `{"id":"a"}x`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		// Only checked text is walked; on any other, the walk must come to an end without a panic.
		_ = eachMember(text, func(_, value []byte) error { return eachElement(value, func([]byte) error { return nil }) })
		Session{Metadata: text}.MetadataString("kycbatch")

		session, err := parseSession(text)
		var members map[string]json.RawMessage
		known := json.Unmarshal(text, &members)
		if err != nil {
			require.Zero(t, session)
			return
		}
		require.NoError(t, known)
		var id string
		for _, name := range []string{"id", "session_id"} {
			if raw, ok := members[name]; ok && string(raw) != "null" {
				require.NoError(t, json.Unmarshal(raw, &id))
				if id != "" {
					require.Equal(t, id, session.ID)
				}
			}
		}
		require.NotEmpty(t, session.ID)
		for name, to := range map[string]string{"status": string(session.Status), "account_auth_id": session.AccountAuthID, "message": session.Message} {
			var want string
			if raw, ok := members[name]; ok {
				require.NoError(t, json.Unmarshal(raw, &want))
			}
			require.Equal(t, want, to, name)
		}
		if raw, ok := members["metadata"]; ok && string(raw) != "null" {
			require.Equal(t, string(raw), string(session.Metadata))
		}
		for name, raw := range session.Extra {
			require.Equal(t, string(members[name]), string(raw), name)
		}
		if session.CustomerEmail != nil && strings.Contains(*session.CustomerEmail, "@example") && !strings.Contains(session.ID+session.AccountAuthID+string(session.Status), "@") {
			require.NotContains(t, fmt.Sprintf("%v%+v%#v", session, session, session), "@")
		}
	})
}

// FuzzPage: a page is read as encoding/json reads it, or not at all.
func FuzzPage(f *testing.F) {
	for _, text := range []string{
		`{"sessions":[{"id":"09f40c53","account_auth_id":"MA_YLTJEUZY","status":"opened","reminder_schedule":[]}],"total":18,"page":1,"size":20}`,
		`{"sessions":[],"total":0}`, `{"sessions":[{"id":"a"},{"id":"a"}],"total":2,"page":null}`,
		`{"total":1,"sessions":[{}]}`, `{"sessions":{},"total":-1}`, `{"sessions":[1],"total":1e3}`, `{"sessions":[[]],"total":1}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		page, err := parsePage(text)
		if err != nil {
			require.Zero(t, page)
			return
		}
		var members map[string]json.RawMessage
		require.NoError(t, json.Unmarshal(text, &members))
		var items []map[string]json.RawMessage
		require.NoError(t, json.Unmarshal(members["sessions"], &items))
		require.Len(t, page.Sessions, len(items))
		for name, got := range map[string]int{"total": page.Total, "page": page.Number, "size": page.Size} {
			var want int
			if raw, ok := members[name]; ok {
				require.NoError(t, json.Unmarshal(raw, &want))
			}
			require.Equal(t, want, got, name)
		}
		for i, session := range page.Sessions {
			raw, err := json.Marshal(items[i])
			require.NoError(t, err)
			again, err := parseSession(raw)
			require.NoError(t, err)
			require.Equal(t, again.ID, session.ID)
			require.True(t, reflect.DeepEqual(again.ExpiresAt, session.ExpiresAt))
		}
	})
}
