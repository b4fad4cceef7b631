package vobiz

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestProxyPasswordIsNotInErrors(t *testing.T) {
	choose := quietProxy(func(*http.Request) (*url.URL, error) {
		return nil, errors.New(`invalid proxy address "http://user:hunter2@%zz"`)
	})
	_, err := choose(httptest.NewRequest(http.MethodGet, "https://api.example.com/", nil))
	require.ErrorContains(t, err, "HTTPS_PROXY")
	require.NotContains(t, err.Error(), "hunter2")
}
