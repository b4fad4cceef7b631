package vobiz_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/vobiz"
)

func TestDocumentedErrors(t *testing.T) {
	for _, c := range []struct {
		text string
		want vobiz.APIError
		show string
	}{
		{pageConflict, vobiz.APIError{
			Status: 409, Code: "HTTPError", Message: "Cannot resend: session is 'revoked'", Documented: true,
		}, "resend mail: status 409 HTTPError: Cannot resend: session is 'revoked'"},
		{pageCooldown, vobiz.APIError{
			Status: 429, Code: "HTTPError", Message: "Email was sent recently. Please wait 1799 seconds before resending.",
			RetryAfter: 1799 * time.Second, HasRetryAfter: true, Cooldown: 1799 * time.Second, HasCooldown: true, Documented: true,
		}, "resend mail: status 429 HTTPError: Email was sent recently. Please wait 1799 seconds before resending."},
		{pageInvalid, vobiz.APIError{
			Status: 422, Code: "ValidationError", Message: "Request validation failed", Documented: true,
			Details: []vobiz.Detail{{Type: "json_invalid", Loc: []string{"body", "78"}, Msg: "JSON decode error"}},
		}, "resend mail: status 422 ValidationError: Request validation failed; body.78: JSON decode error"},
	} {
		client, _ := record(t, c.want.Status, c.text)
		answer, err := client.Resend(t.Context(), someID)
		c.want.Op, c.want.Date = "resend mail", time.Date(2026, 5, 8, 19, 37, 1, 0, time.UTC)
		require.Equal(t, vobiz.Answer{Status: c.want.Status, Date: c.want.Date}, answer)
		require.Equal(t, &c.want, asAPI(t, err))
		require.EqualError(t, err, c.show)
	}
}

func TestUndocumentedErrors(t *testing.T) {
	for _, c := range []struct{ name, text string }{
		{"empty", ""},
		{"HTML", "<html><h1>502 Bad Gateway</h1></html>"},
		{"not an object", `["HTTPError"]`},
		{"no error", `{"message":"m","status_code":404}`},
		{"no message", `{"error":"e","status_code":404}`},
		{"no status_code", `{"error":"e","message":"m"}`},
		{"another status_code", `{"error":"e","message":"m","status_code":422}`},
		{"status_code in words", `{"error":"e","message":"m","status_code":"404"}`},
		{"status_code with a fraction", `{"error":"e","message":"m","status_code":404.0}`},
		{"error of another type", `{"error":{"code":1},"message":"m","status_code":404}`},
		{"message null", `{"error":"e","message":null,"status_code":404}`},
		{"names in capitals", `{"Error":"e","MESSAGE":"m","Status_Code":404}`},
		{"two messages", `{"error":"e","message":"m","message":"n","status_code":404}`},
		{"details an object", `{"error":"e","message":"m","status_code":404,"details":{}}`},
		{"details of words", `{"error":"e","message":"m","status_code":404,"details":["x"]}`},
		{"text after it", `{"error":"e","message":"m","status_code":404}{}`},
		{"cut off", `{"error":"e","message":"m","status_code":404`},
		{"bad UTF-8", "{\"error\":\"e\",\"message\":\"\xff\",\"status_code\":404}"},
		{"too large", `{"error":"e","message":"m","status_code":404,"x":"` + strings.Repeat("x", 1<<20) + `"}`},
	} {
		client := answer(t, 404, c.text)
		for _, e := range endpoints() {
			answer, err := e.call(t.Context(), client)
			require.Equal(t, 404, answer.Status)
			require.Equal(t, 404, asAPI(t, err).Status, c.name)
			require.False(t, asAPI(t, err).Documented, c.name)
		}
	}
	for _, details := range []string{`null`, `[]`, `[{}]`, `[{"loc":"body","msg":"m"}]`, `[{"loc":[true,null,{}]}]`} {
		_, err := answer(t, 404, `{"error":"e","message":"m","status_code":404,"details":`+details+`}`).Resend(t.Context(), someID)
		require.True(t, asAPI(t, err).Documented, details)
	}
}

func TestRetryAfter(t *testing.T) {
	const day = "Fri, 08 May 2026 "
	for _, c := range []struct {
		message, header, date string
		want                  time.Duration
		has                   bool
	}{
		{"", "", "", 0, false},
		{"", "7", "", 7 * time.Second, true},
		{"", "0", "", 0, true},
		{"", "-7", "", 0, false},
		{"", "7.5", "", 0, false},
		{"", "99999999999999999999", "", 0, false},
		{"", "9223372037", "", 0, false}, // seconds, one more than a Duration can hold
		{"", "soon", "", 0, false},
		{"", day + "19:37:31 GMT", day + "19:37:01 GMT", 30 * time.Second, true},
		{"", day + "19:36:31 GMT", day + "19:37:01 GMT", 0, true},
		{"", day + "19:37:31 GMT", "", 0, false},
		{"Please wait 12 seconds.", "7", "", 12 * time.Second, true},
		{"Please wait 12 seconds.", "70", "", 70 * time.Second, true},
		{"Please wait 12 seconds.", "soon", "", 12 * time.Second, true},
	} {
		client := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Date"] = nil // no Date of its own
			if c.date != "" {
				w.Header().Set("Date", c.date)
			}
			if c.header != "" {
				w.Header().Set("Retry-After", c.header)
			}
			w.WriteHeader(http.StatusTooManyRequests)
			_, _ = fmt.Fprintf(w, `{"error":"HTTPError","message":%q,"status_code":429}`, c.message)
		})
		_, err := client.Resend(t.Context(), someID)
		require.Equal(t, c.want, asAPI(t, err).RetryAfter, "%+v", c)
		require.Equal(t, c.has, asAPI(t, err).HasRetryAfter, "%+v", c)
		require.Equal(t, c.date == "", asAPI(t, err).Date.IsZero())
	}
}

func TestUnreadableSuccess(t *testing.T) {
	long := `{"session_id":"x","pad":"` + strings.Repeat("x", 1<<20) + `"}`
	for _, c := range []struct {
		name, endpoint string
		status         int
		text, want     string
	}{
		{"empty", "create list get revoke", 0, "", "empty"},
		{"HTML", "create list get resend revoke", 0, "<html>", "not JSON"},
		{"text after it", "create list get resend revoke", 0, `{"session_id":"x"} x`, "not JSON"},
		{"two values", "create list get resend revoke", 0, `{"session_id":"x"}{}`, "not JSON"},
		{"cut off", "create list get resend revoke", 0, `{"session_id":"x"`, "not JSON"},
		{"bad UTF-8", "create get resend revoke", 0, "{\"session_id\":\"\xff\"}", "not JSON"},
		{"too deep", "create list get", 0, strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000), "not JSON"},
		{"an array", "create list get resend revoke", 0, "[]", "not a JSON object"},
		{"null", "create list get resend revoke", 0, "null", "not a JSON object"},
		{"too large", "create get resend revoke", 0, long, "longer than 1024 KiB"},
		{"no id", "create get revoke", 0, `{"message":"fine"}`, "no session id"},
		{"id null", "create get revoke", 0, `{"id":null}`, "no session id"},
		{"id in capitals", "create get revoke", 0, `{"ID":"` + someID + `"}`, "no session id"},
		{"id a number", "create get resend revoke", 0, `{"id":7}`, "a number in place of a string"},
		{"two ids", "create get resend revoke", 0, `{"id":"a","session_id":"b"}`, "two session ids"},
		{"id twice", "create get", 0, `{"id":"` + someID + `","id":"` + someID + `"}`, "id occurs twice"},
		{"status twice", "create get", 0, `{"id":"` + someID + `","status":"opened","status":"revoked"}`, "status occurs twice"},
		{"unknown twice", "create get", 0, `{"id":"` + someID + `","x":1,"x":2}`, "occurs twice"},
		{"status a number", "create get", 0, `{"id":"x","status":5}`, "status: a number"},
		{"another session", "get resend revoke", 0, `{"id":"x"}`, "another session"},
		{"no sessions", "list", 0, `{"total":0,"page":1,"size":20}`, "no sessions"},
		{"sessions null", "list", 0, `{"sessions":null,"total":0}`, "not a JSON array"},
		{"sessions twice", "list", 0, `{"sessions":[],"sessions":[],"total":0}`, "sessions occurs twice"},
		{"sessions in capitals", "list", 0, `{"Sessions":[],"total":0}`, "no sessions"},
		{"no total", "list", 0, `{"sessions":[]}`, "no total"},
		{"total in words", "list", 0, `{"sessions":[],"total":"0"}`, "total is not a count"},
		{"total null", "list", 0, `{"sessions":[],"total":null}`, "total is not a count"},
		{"total negative", "list", 0, `{"sessions":[],"total":-1}`, "total is not a count"},
		{"total too large", "list", 0, `{"sessions":[],"total":99999999999}`, "total is not a count"},
		{"total twice", "list", 0, `{"sessions":[],"total":1,"total":0}`, "total occurs twice"},
		{"page a fraction", "list", 0, `{"sessions":[],"total":0,"page":1.5}`, "page is not a count"},
		{"an item without id", "list", 0, `{"sessions":[{"id":"a"},{}],"total":2}`, "session 2 of the page"},
		{"another 2xx", "create", 200, pageCreatedEmail, "documented success is 201"},
		{"another 2xx", "get list resend revoke", 202, pageGet, "documented success is 200"},
		{"no content", "create get list resend revoke", 204, "", "documented success"},
	} {
		for _, e := range endpoints() {
			if !strings.Contains(c.endpoint, e.name) {
				continue
			}
			status := c.status
			if status == 0 {
				status = map[bool]int{true: 201, false: 200}[e.name == "create"]
			}
			answer, err := e.call(t.Context(), answer(t, status, c.text))
			require.ErrorContains(t, err, c.want, "%s %s", e.name, c.name)
			require.Equal(t, status, asAnswer(t, err).Status)
			require.Equal(t, status, answer.Status)
			require.Equal(t, answer.Date, asAnswer(t, err).Date)
			require.False(t, answer.Date.IsZero())
		}
	}
}

func TestListPageMayBeLargerThanASession(t *testing.T) {
	pad := strings.Repeat("x", 2<<20)
	page, _, err := answer(t, 200, `{"sessions":[{"id":"a","pad":"`+pad+`"}],"total":1}`).List(t.Context(), vobiz.ListQuery{})
	require.NoError(t, err)
	require.Len(t, page.Sessions, 1)

	_, _, err = answer(t, 200, `{"sessions":[],"total":0,"pad":"`+strings.Repeat("x", 16<<20)+`"}`).List(t.Context(), vobiz.ListQuery{})
	require.ErrorContains(t, err, "longer than 16384 KiB")
}

func TestTruncatedSuccess(t *testing.T) {
	for cut := 0; cut < len(pageCreatedEmail); cut += 23 {
		client := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", fmt.Sprint(len(pageCreatedEmail)))
			w.WriteHeader(http.StatusCreated)
			_, _ = w.Write([]byte(pageCreatedEmail[:cut]))
		})
		_, answer, err := client.Create(t.Context(), vobiz.CreateRequest{AccountAuthID: "MA_1"})
		require.ErrorIs(t, asAnswer(t, err), io.ErrUnexpectedEOF)
		require.Equal(t, 201, answer.Status)
	}
}

func TestTruncatedErrorKeepsItsStatus(t *testing.T) {
	client := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		w.Header().Set("Retry-After", "5")
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = w.Write([]byte(pageCooldown))
	})
	_, err := client.Resend(t.Context(), someID)
	require.Equal(t, &vobiz.APIError{
		Op: "resend mail", Status: 429, RetryAfter: 5 * time.Second, HasRetryAfter: true, Date: asAPI(t, err).Date,
	}, asAPI(t, err))
}

func TestManyDetailsAreCounted(t *testing.T) {
	err := &vobiz.APIError{Op: "x", Status: 422, Message: "m", Details: make([]vobiz.Detail, 8)}
	require.True(t, strings.HasSuffix(err.Error(), "; and 3 more"), err.Error())
}
