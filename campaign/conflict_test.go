package campaign

import (
	"bytes"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
	"kycbatch/internal/vobiz"
)

// Only the words of the API's page say that a session has ended.
func TestConflictThatProvesNoEnd(t *testing.T) {
	for _, message := range []string{"Session is being verified, try again later", "Cannot revoke: session is 'in_progress'", "Session is already in terminal status: 'completed'"} {
		err := error(&vobiz.APIError{Op: "revoke session", Status: 409, Code: "HTTPError", Message: message, Documented: true})
		require.NotEqual(t, AnswerEnded, judgeEnd(err).Kind, message)
	}
}

// The customer begins between the look and the DELETE, which is refused.
func TestConflictWhileTheCustomerBegins(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 1)...)
		d.create("spring")
		id := d.record("MA_000").Session.ID
		plan := d.plan(Order{Accounts: []string{"MA_000"}})
		d.through(busy(d, id))
		d.carryOut(plan)
		v, _ := d.api.Session(id)
		require.NotEqual(t, "revoked", v.Status, "the look after the DELETE showed in_progress, and the POST revoked it")
	})
}

// busy is an API that refuses a DELETE because the customer has begun.
func busy(d *desk, id string) wire {
	return func(r *http.Request, api http.RoundTripper) (*http.Response, error) {
		if r.Method != http.MethodDelete {
			return api.RoundTrip(r)
		}
		if err := d.api.Set(id, "in_progress"); err != nil {
			return nil, err
		}
		body := []byte(`{"error":"HTTPError","message":"Session is being verified, try again later","status_code":409}`)
		return &http.Response{
			StatusCode: 409, ProtoMajor: 1, ProtoMinor: 1, ContentLength: int64(len(body)), Body: io.NopCloser(bytes.NewReader(body)),
			Header: http.Header{"Date": {time.Now().UTC().Format(http.TimeFormat)}, "Content-Type": {"application/json"}},
		}, nil
	}
}
