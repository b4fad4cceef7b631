package vobiz_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/vobiz"
)

func TestErrorsHoldNothingConfidential(t *testing.T) {
	const link = "kst_cb1b3fda15c0df5cf58a283e47e9eee148ce0b2b87d7c6693f77296612f58f07"
	hostile := "bad token " + testToken + " of " + testID + " for customer@example.com, PAN ABCPE1234F, Aadhaar 994212345678, see https://kyc.vobiz.ai/verify?token=" + link
	check := func(t *testing.T, err error) {
		t.Helper()
		require.Error(t, err)
		for _, show := range []string{err.Error(), fmt.Sprintf("%+v %#v %q", err, err, err), dumps(t, err)} {
			for _, secret := range []string{testToken, testID, "customer@example.com", "ustomer", link, "account_auth_id=", "1234"} {
				require.NotContains(t, show, secret)
			}
			for _, r := range show {
				require.False(t, r < ' ' && r != '\n' || r == 0x7f || r == 0x9b || r == 0x202e, "control character %U", r)
			}
		}
	}
	t.Run("API error", func(t *testing.T) {
		text := fmt.Sprintf(`{"error":%q,"message":%q,"status_code":422,"details":[{"type":%q,"loc":["body",%q],"msg":%q,"input":%q}]}`,
			hostile, hostile+`\u202e\u001b[2J\u009b\n`, hostile, hostile, hostile, hostile)
		text = strings.ReplaceAll(text, `\\u`, `\u`)
		_, _, err := answer(t, 422, text).Create(t.Context(), vobiz.CreateRequest{AccountAuthID: "MA_1"})
		require.True(t, asAPI(t, err).Documented)
		require.ErrorContains(t, err, "c***@example.com")
		check(t, err)
	})
	t.Run("made elsewhere", func(t *testing.T) {
		err := &vobiz.APIError{Op: "x", Status: 422, Message: "customer@example.com\x1b", Details: []vobiz.Detail{{Msg: "customer@example.com", Loc: []string{"customer@example.com"}}}}
		require.Equal(t, "x: status 422: c***@example.com\uFFFD; c***@example.com: c***@example.com", err.Error())
	})
	t.Run("the other two made elsewhere", func(t *testing.T) {
		cause := errors.New("customer@example.com")
		require.EqualError(t, &vobiz.TransportError{Op: "x", Sent: true, Err: cause}, "x: no answer: c***@example.com")
		require.EqualError(t, &vobiz.TransportError{Op: "x"}, "x: nothing was sent: no reason given")
		require.EqualError(t, &vobiz.AnswerError{Op: "x", Status: 200, Err: cause}, "x: status 200, but the answer cannot be read: c***@example.com")
	})
	t.Run("answer that is no HTTP", func(t *testing.T) {
		client := rawServer(t, func(conn net.Conn) {
			_, _ = http.ReadRequest(bufio.NewReader(conn))
			_, _ = io.WriteString(conn, strings.ReplaceAll(hostile, " ", ":")+"\r\n\r\n")
		})
		_, _, err := client.List(t.Context(), vobiz.ListQuery{Account: "MA_1"})
		require.True(t, asTransport(t, err).Sent)
		require.ErrorContains(t, err, "malformed HTTP")
		check(t, err)
	})
	t.Run("success that cannot be read", func(t *testing.T) {
		_, _, err := answer(t, 201, `{"`+hostile+`":1,"`+hostile+`":2}`).Create(t.Context(), vobiz.CreateRequest{AccountAuthID: "MA_1"})
		asAnswer(t, err)
		check(t, err)
	})
	t.Run("bounded", func(t *testing.T) {
		detail := fmt.Sprintf(`{"loc":[%q],"msg":%[1]q},`, strings.Repeat("é", 1000))
		text := fmt.Sprintf(`{"error":%q,"message":%[1]q,"status_code":422,"details":[%s{}]}`, strings.Repeat("é", 1000), strings.Repeat(detail, 200))
		_, _, err := answer(t, 422, text).Create(t.Context(), vobiz.CreateRequest{AccountAuthID: "MA_1"})
		require.Less(t, len(err.Error()), 1600)
		require.Len(t, asAPI(t, err).Details, 100)
	})
}
