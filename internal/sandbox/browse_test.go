package sandbox_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
)

// browse sends what a browser would to the address of a served sandbox, and follows nothing.
func browse(t testing.TB, s *sandbox.Server, method, host, path string, form url.Values) reply {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, "http://"+host+path, strings.NewReader(form.Encode()))
	require.NoError(t, err)
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return reply{w.Code, w.Header(), w.Body.String(), nil}
}

// visit gets a page.
func visit(t testing.TB, s *sandbox.Server, path string) reply {
	t.Helper()
	return browse(t, s, http.MethodGet, "127.0.0.1:8787", path, nil)
}

// submit posts a form, given as name, value, …
func submit(t testing.TB, s *sandbox.Server, path string, pairs ...string) reply {
	t.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return browse(t, s, http.MethodPost, "127.0.0.1:8787", path, form)
}
