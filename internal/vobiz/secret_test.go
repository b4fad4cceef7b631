package vobiz_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/vobiz"
)

// dumps is every way in which a value ends up in a log by accident.
func dumps(t *testing.T, value any) string {
	t.Helper()
	type inside struct {
		Name   string
		hidden any
	}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%p"} {
		fmt.Fprintf(&out, verb+"\n", value)
		fmt.Fprintf(&out, verb+"\n", inside{"holder", value})
		fmt.Fprintf(&out, verb+"\n", &inside{"holder", value})
	}
	slog.New(slog.NewTextHandler(&out, nil)).Info("text", "value", value)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("json", "value", value)
	return out.String()
}

func TestSecretIsPrintedByNothing(t *testing.T) {
	type config struct {
		Token  vobiz.Secret
		hidden vobiz.Secret
	}
	secret := vobiz.NewSecret(testToken)
	for _, value := range []any{secret, &secret, config{secret, secret}, &config{secret, secret}, []vobiz.Secret{secret}, map[string]vobiz.Secret{"k": secret}} {
		require.NotContains(t, dumps(t, value), testToken)
		require.NotContains(t, dumps(t, value), fmt.Sprintf("%x", testToken))
		text, err := json.Marshal(value)
		require.NoError(t, err)
		require.NotContains(t, string(text), testToken)
		require.NotContains(t, errors.Join(fmt.Errorf("call with %v", value)).Error(), testToken)
	}
	require.Equal(t, "[secret]", secret.String())
	require.Equal(t, "[secret]", fmt.Sprintf("%q", secret))
	require.Equal(t, testToken, secret.Reveal())
}

func TestSecretZeroValueIsEmpty(t *testing.T) {
	var zero vobiz.Secret
	require.True(t, zero.Empty())
	require.Empty(t, zero.Reveal())
	require.Equal(t, "[secret]", fmt.Sprint(zero))
	require.True(t, vobiz.NewSecret("").Empty())
	require.False(t, vobiz.NewSecret("x").Empty())
}

func TestClientIsPrintedWithoutItsCredentials(t *testing.T) {
	cfg := config(t, "http://127.0.0.1:1")
	cfg.Transport = nil
	for _, value := range []any{cfg, newClient(t, cfg)} {
		require.NotContains(t, dumps(t, value), testToken)
		require.NotContains(t, dumps(t, value), testID)
	}
}
