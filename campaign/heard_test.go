package campaign

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
	"kycbatch/internal/vobiz"
	"kycbatch/ratelimit"
)

// TestBrakeHearsOfThrottling: a 429 or 503 about the whole API halves the rate for everyone; a refusal of one
// row does not.
func TestBrakeHearsOfThrottling(t *testing.T) {
	for status, want := range map[int]ratelimit.Rate{429: 4, 503: 4, 404: 8, 422: 8, 401: 8} {
		b := ratelimit.New(8)
		tellBrake(b, &vobiz.APIError{Status: status})
		require.Equal(t, want, b.State().Now, "after a %d", status)
	}
}

// TestPlanCountsMailsUpToTheLimit: what --expect is compared with is what would leave.
func TestPlanCountsMailsUpToTheLimit(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 5)...)
		plan, err := MakePlan(t.Context(), PlanConfig{Ledger: d.ledger, Name: "spring", Limit: 2})
		require.NoError(t, err)
		require.Equal(t, 2, plan.Mails)
		require.Equal(t, 5, plan.Counts[OutcomePending])
	})
}

// TestAnswersAreHeard: what the trail says of each answer, and when the outcome needs no entry of its own.
func TestAnswersAreHeard(t *testing.T) {
	refused := &vobiz.APIError{Op: "create session", Status: 404, Code: "HTTPError", Message: "no such account", Documented: true}
	for _, c := range []struct {
		answer Answer
		http   vobiz.Answer
		err    error
		want   Entry
	}{
		{Answer{Kind: AnswerCreated, Session: Session{ID: "s"}}, vobiz.Answer{Status: 201}, nil, Entry{Kind: KindCreated, Session: "s", Status: 201}},
		{Answer{Kind: AnswerRefused, Reason: refused.Error()}, vobiz.Answer{}, refused, Entry{Kind: KindRefused, Status: 404, Reason: refused.Error()}},
		{Answer{Kind: AnswerThrottled}, vobiz.Answer{}, &vobiz.APIError{Op: "create session", Status: 429, Message: "slow"},
			Entry{Kind: KindThrottled, Status: 429, Reason: "create session: status 429: slow"}},
		{Answer{Kind: AnswerUnauthorized}, vobiz.Answer{}, &vobiz.APIError{Op: "create session", Status: 403, Message: "who"},
			Entry{Kind: KindUnauthorized, Status: 403, Reason: "create session: status 403: who"}},
		{Answer{Kind: AnswerUnsent}, vobiz.Answer{}, &vobiz.TransportError{Op: "create session", Err: errors.New("refused")},
			Entry{Kind: KindUnsent, Reason: "create session: nothing was sent: refused"}},
		{Answer{}, vobiz.Answer{}, &vobiz.AnswerError{Op: "create session", Status: 201, Err: errors.New("empty")},
			Entry{Kind: KindUnknown, Status: 201, Reason: "create session: status 201, but the answer cannot be read: empty"}},
		{Answer{}, vobiz.Answer{Status: 201}, nil, Entry{Kind: KindUnknown, Status: 201, Reason: "the answer does not fit the request"}},
	} {
		j := &job{}
		j.hear(c.answer, AttemptID{Round: 2, Attempt: 1}, c.http, c.err)
		c.want.At, c.want.Round, c.want.Attempt = j.heard[0].At, 2, 1
		require.Equal(t, []Entry{c.want}, j.heard)
	}
	j := &job{}
	j.hear(Answer{Kind: AnswerRefused, Reason: strings.Repeat("é", maxHeard)}, AttemptID{}, vobiz.Answer{}, refused)
	require.Equal(t, strings.Repeat("é", maxHeard/2)+"…", j.heard[0].Reason, "cut at a whole character")

	started := Record{State: Started, Round: 1, Attempt: 1}
	after := Record{State: Refused, Round: 1, Attempt: 1, Reason: "no such account"}
	require.Empty(t, changes(started, after, []Entry{{Kind: KindRefused, Attempt: 1}}), "the answer is the outcome")
	require.Len(t, changes(started, after, nil), 1, "a look found it out")
	after.Attempt = 2
	require.Len(t, changes(started, after, []Entry{{Kind: KindRefused, Attempt: 2}}), 1, "the answer alone decided nothing")
}
