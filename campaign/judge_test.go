package campaign

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/vobiz"
)

// TestJudge holds rule 2 of the design: what each answer to a POST proves.
func TestJudge(t *testing.T) {
	ok := vobiz.Session{ID: "s1", AccountAuthID: "MA_1", Status: "email_sent"}
	api := func(status int, documented bool) error {
		return fmt.Errorf("wrapped: %w", &vobiz.APIError{Status: status, Documented: documented, Message: "no"})
	}
	for what, c := range map[string]struct {
		session vobiz.Session
		status  int
		err     error
		want    AnswerKind
	}{
		"201 with our account":              {ok, 201, nil, AnswerCreated},
		"200 with our account":              {ok, 200, nil, AnswerUnknown},
		"201 with another account":          {vobiz.Session{ID: "s1", AccountAuthID: "MA_2"}, 201, nil, AnswerUnknown},
		"201 with an account of other case": {vobiz.Session{ID: "s1", AccountAuthID: "ma_1"}, 201, nil, AnswerUnknown},
		"201 without an id":                 {vobiz.Session{AccountAuthID: "MA_1"}, 201, nil, AnswerUnknown},
		"201 that can't be read":            {vobiz.Session{}, 201, &vobiz.AnswerError{Status: 201, Err: errors.New("cut")}, AnswerUnknown},
		"documented 404":                    {status: 404, err: api(404, true), want: AnswerRefused},
		"documented 422":                    {status: 422, err: api(422, true), want: AnswerRefused},
		"404 of something in between":       {status: 404, err: api(404, false), want: AnswerUnknown},
		"422 of something in between":       {status: 422, err: api(422, false), want: AnswerUnknown},
		"documented 400":                    {status: 400, err: api(400, true), want: AnswerUnknown},
		"documented 409":                    {status: 409, err: api(409, true), want: AnswerUnknown},
		"401":                               {status: 401, err: api(401, true), want: AnswerUnauthorized},
		"403 in HTML":                       {status: 403, err: api(403, false), want: AnswerUnauthorized},
		"429":                               {status: 429, err: api(429, true), want: AnswerThrottled},
		"500":                               {status: 500, err: api(500, true), want: AnswerUnknown},
		"503":                               {status: 503, err: api(503, false), want: AnswerUnknown},
		"a redirect":                        {status: 307, err: api(307, false), want: AnswerUnknown},
		"no connection":                     {err: &vobiz.TransportError{Sent: false, Err: errors.New("refused")}, want: AnswerUnsent},
		"a connection, then nothing":        {err: &vobiz.TransportError{Sent: true, Err: errors.New("reset")}, want: AnswerUnknown},
		"an error that nobody knows":        {err: errors.New("what"), want: AnswerUnknown},
		"refused on this side":              {err: fmt.Errorf("%w: x", vobiz.ErrInvalid), want: AnswerRefused},
	} {
		got := judge("MA_1", c.session, vobiz.Answer{Status: c.status}, c.err)
		require.Equal(t, c.want, got.Kind, what)
	}
}

// TestJudgeEnd: that a session has ended is believed where the API says so in its own words, and nowhere else.
func TestJudgeEnd(t *testing.T) {
	for what, c := range map[string]struct {
		err  error
		want AnswerKind
	}{
		"200":                         {nil, AnswerEnded},
		"documented 409":              {&vobiz.APIError{Status: 409, Documented: true, Message: "Session is already in terminal status: 'revoked'"}, AnswerEnded},
		"409 in other words":          {&vobiz.APIError{Status: 409, Documented: true}, AnswerUnknown},
		"409: KYC was completed":      {&vobiz.APIError{Status: 409, Documented: true, Message: "Session is already in terminal status: 'kyc_completed'"}, AnswerUnknown},
		"409 of something in between": {&vobiz.APIError{Status: 409}, AnswerUnknown},
		"documented 404":              {&vobiz.APIError{Status: 404, Documented: true}, AnswerUnknown},
		"401":                         {&vobiz.APIError{Status: 401, Documented: true}, AnswerUnauthorized},
		"403 in HTML":                 {&vobiz.APIError{Status: 403}, AnswerUnauthorized},
		"500":                         {&vobiz.APIError{Status: 500, Documented: true}, AnswerUnknown},
		"200 about another session":   {&vobiz.AnswerError{Status: 200, Err: errors.New("another")}, AnswerUnknown},
		"no answer":                   {&vobiz.TransportError{Sent: true, Err: errors.New("reset")}, AnswerUnknown},
	} {
		require.Equal(t, c.want, judgeEnd(c.err).Kind, what)
	}
}
