package campaign

import (
	"bytes"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
)

// A cache in between keeps listings for longer than the settle time: one that is asked for the API's own word gives that.
func TestNoListingOutOfACache(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 1)...)
		kept := map[string]*cached{}
		lost := 0
		d.through(func(r *http.Request, api http.RoundTripper) (*http.Response, error) {
			if r.Method == http.MethodPost {
				a, err := api.RoundTrip(r)
				if lost++; lost == 1 && err == nil {
					_ = a.Body.Close()
					return nil, http.ErrHandlerTimeout // its answer is lost
				}
				return a, err
			}
			if c := kept[r.URL.String()]; c != nil && time.Since(c.at) < 15*time.Minute && r.Header.Get("Cache-Control") == "" {
				return c.answer(), nil
			}
			a, err := api.RoundTrip(r)
			if err == nil && a.StatusCode == 200 {
				c := keep(t, a)
				kept[r.URL.String()] = c
				return c.answer(), nil
			}
			return a, err
		})
		d.create("spring")
		require.Equal(t, 1, d.posts(), "a second invitation, and the first one's link is dead")
	})
}

type cached struct {
	at     time.Time
	status int
	header http.Header
	body   []byte
}

func keep(t *testing.T, a *http.Response) *cached {
	b, err := io.ReadAll(a.Body)
	require.NoError(t, err)
	_ = a.Body.Close()
	return &cached{time.Now(), a.StatusCode, a.Header.Clone(), b}
}

func (c *cached) answer() *http.Response {
	return &http.Response{StatusCode: c.status, Header: c.header.Clone(), Body: io.NopCloser(bytes.NewReader(c.body)), ContentLength: int64(len(c.body)), ProtoMajor: 1, ProtoMinor: 1}
}
