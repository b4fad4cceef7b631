package sandbox_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
)

// whole makes a valid body with one member changed.
func whole(member string) string {
	return `{"account_auth_id":"MA_1","customer_email":"a@example.com",` + member + `}`
}

func TestValidation(t *testing.T) {
	s := newServer(t, sandbox.Config{})
	for _, c := range []struct{ body, details string }{
		// What the page names: the email flow without an address, the redirect flow without a target.
		{`{"account_auth_id":"MA_1"}`, `[["missing","body","customer_email"]]`},
		{`{"account_auth_id":"MA_1","customer_email":null}`, `[["missing","body","customer_email"]]`},
		{`{"account_auth_id":"MA_1","flow_type":"redirect","customer_email":"a@example.com"}`, `[["missing","body","redirect_url"]]`},
		{`{"customer_email":"a@example.com"}`, `[["missing","body","account_auth_id"]]`},
		{`{}`, `[["missing","body","account_auth_id"],["missing","body","customer_email"]]`},
		{``, `[["missing","body"]]`},
		{`[]`, `[["model_attributes_type","body"]]`},
		{`null`, `[["model_attributes_type","body"]]`},
		{`"text"`, `[["model_attributes_type","body"]]`},

		// Names are case-sensitive.
		{`{"Account_Auth_ID":"MA_1","customer_email":"a@example.com"}`, `[["missing","body","account_auth_id"]]`},

		{whole(`"account_auth_id":5`), `[["string_type","body","account_auth_id"]]`},
		{whole(`"account_auth_id":""`), `[["string_too_short","body","account_auth_id"]]`},
		{whole(`"customer_email":"nobody"`), `[["value_error","body","customer_email"]]`},
		{whole(`"customer_email":"a b@example.com"`), `[["value_error","body","customer_email"]]`},
		{whole(`"customer_email":"a@example"`), `[["value_error","body","customer_email"]]`},
		{whole(`"customer_email":["a@example.com"]`), `[["string_type","body","customer_email"]]`},
		{whole(`"flow_type":"sms"`), `[["literal_error","body","flow_type"]]`},
		{whole(`"flow_type":1`), `[["string_type","body","flow_type"]]`},
		{whole(`"webhook_url":"http://example.com/hook"`), `[["url_scheme","body","webhook_url"]]`},
		{whole(`"webhook_url":"example.com"`), `[["url_parsing","body","webhook_url"]]`},
		{whole(`"webhook_url":""`), `[["url_parsing","body","webhook_url"]]`},
		{whole(`"flow_type":"redirect","redirect_url":"ftp://example.com"`), `[["url_scheme","body","redirect_url"]]`},

		{whole(`"expires_in_days":0`), `[["greater_than_equal","body","expires_in_days"]]`},
		{whole(`"expires_in_days":366`), `[["less_than_equal","body","expires_in_days"]]`},
		{whole(`"expires_in_days":"14"`), `[["int_type","body","expires_in_days"]]`},
		{whole(`"expires_in_days":1.5`), `[["int_type","body","expires_in_days"]]`},

		{whole(`"reminder_schedule":{}`), `[["list_type","body","reminder_schedule"]]`},
		{whole(`"reminder_schedule":[1]`), `[["model_attributes_type","body","reminder_schedule",0]]`},
		{whole(`"reminder_schedule":[{"trigger":"days_before_expiry","value":3},{"trigger":"weekly","value":"1"}]`),
			`[["literal_error","body","reminder_schedule",1,"trigger"],["int_type","body","reminder_schedule",1,"value"]]`},
		{whole(`"reminder_schedule":[{}]`), `[["missing","body","reminder_schedule",0,"trigger"],["missing","body","reminder_schedule",0,"value"]]`},
		{whole(`"reminder_schedule":[{"trigger":"days_before_expiry","value":0}]`), `[["greater_than_equal","body","reminder_schedule",0,"value"]]`},

		{whole(`"metadata":[]`), `[["dict_type","body","metadata"]]`},
		{whole(`"metadata":"plan=starter"`), `[["dict_type","body","metadata"]]`},
		{whole(`"metadata":5,"expires_in_days":0`), `[["greater_than_equal","body","expires_in_days"],["dict_type","body","metadata"]]`},
	} {
		r := do(t, s, http.MethodPost, "", c.body)
		require.Equal(t, 422, r.status, c.body)
		require.JSONEq(t, c.details, summary(t, r.body), c.body)
		require.Equal(t, "ValidationError", field[string](t, r.body, "error"))
		require.Equal(t, "Request validation failed", field[string](t, r.body, "message"))
		require.Equal(t, 422, field[int](t, r.body, "status_code"))
	}
	require.Empty(t, s.Journal().Sessions)

	for _, member := range []string{
		`"expires_in_days":1`, `"expires_in_days":365`, `"metadata":{}`, `"reminder_schedule":[]`, `"unknown":true`,
		`"webhook_url":"https://example.com"`, `"flow_type":"email"`, `"account_auth_id":"MA_2"`,
	} {
		require.Equal(t, 201, do(t, s, http.MethodPost, "", whole(member)).status, member)
	}
}

// summary gives the type and the loc of each detail.
func summary(t *testing.T, body string) string {
	var parts []string
	for _, d := range field[[]map[string]any](t, body, "details") {
		require.NotEmpty(t, d["msg"])
		require.Contains(t, d, "input")
		part := fmt.Sprintf("%q", d["type"])
		for _, step := range d["loc"].([]any) {
			if _, ok := step.(string); ok {
				step = fmt.Sprintf("%q", step)
			}
			part += fmt.Sprintf(",%v", step)
		}
		parts = append(parts, "["+part+"]")
	}
	return "[" + strings.Join(parts, ",") + "]"
}

func TestInvalidJSON(t *testing.T) {
	s := newServer(t, sandbox.Config{})
	// The page's example: a control character at the 78th character of the body.
	body := `{"account_auth_id":"MA_1","customer_email":"customer@example.com","metadata":"` + "\n" + `"}`
	require.Equal(t, 78, strings.Index(body, "\n"))
	refusal(t, do(t, s, http.MethodPost, "", body), 422, `{"error":"ValidationError","message":"Request validation failed",`+
		`"details":[{"type":"json_invalid","loc":["body",78],"msg":"JSON decode error","input":{},"ctx":{"error":"Invalid control character at"}}],`+
		`"status_code":422}`)

	for body, loc := range map[string]string{
		`{"é":x}`:   `[["json_invalid","body",5]]`, // characters, not bytes
		`{"a":1`:    `[["json_invalid","body",6]]`,
		`{"a":1} 2`: `[["json_invalid","body",8]]`,
	} {
		require.JSONEq(t, loc, summary(t, do(t, s, http.MethodPost, "", body).body), body)
	}
}

func TestContentType(t *testing.T) {
	s := newServer(t, sandbox.Config{})
	for kind, status := range map[string]int{
		"application/json": 201, "application/json; charset=utf-8": 201,
		"application/x-www-form-urlencoded": 422, "": 422,
	} {
		r := request(t, http.MethodPost, base, strings.Replace(emailFor, "ACCOUNT", "MA_1", 1))
		r.Header.Set("Content-Type", kind)
		require.Equal(t, status, send(s.Transport(), r).status, kind)
	}
}
