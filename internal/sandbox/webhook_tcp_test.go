package sandbox_test

import (
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
)

// Over real connections: a receiver that is silent for longer than the client waits, then points to another, then
// fails, then takes it. The other never hears of it.
func TestWebhookOverTCP(t *testing.T) {
	var elsewhere, n atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) }))
	defer other.Close()
	leaked := make(chan string, 10)
	release := make(chan struct{})
	to := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, name := range []string{"X-Auth-ID", "X-Auth-Token", "Authorization", "Cookie"} {
			if r.Header.Get(name) != "" {
				leaked <- name
			}
		}
		switch n.Add(1) {
		case 1:
			<-release
		case 2:
			http.SetCookie(w, &http.Cookie{Name: "crumb", Value: "1"})
			http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
		case 3:
			w.WriteHeader(http.StatusInternalServerError)
		}
	}))
	defer to.Close()
	defer close(release)

	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	s := newServer(t, sandbox.Config{
		Clock: clockOf(t, 600), WebhookHTTP: true,
		WebhookClient: &http.Client{Timeout: 100 * time.Millisecond, Transport: &http.Transport{DisableKeepAlives: true}, Jar: jar},
	})
	id := watched(t, s, "MA_1", to.URL)
	require.Equal(t, 200, do(t, s, http.MethodDelete, "/"+id, "").status)
	require.Eventually(t, func() bool { return webhooks(s, id)[0].State == sandbox.WebhookDelivered }, 30*time.Second, 5*time.Millisecond)
	tries := webhooks(s, id)[0].Tries
	require.Len(t, tries, 4)
	require.Contains(t, tries[0].Error, "Timeout")
	require.Equal(t, []int{0, 307, 500, 200}, []int{tries[0].Status, tries[1].Status, tries[2].Status, tries[3].Status})
	for i := range tries[1:] {
		require.GreaterOrEqual(t, tries[i+1].At.Sub(tries[i].At), sandbox.WebhookFirstDelay<<i)
	}
	require.Zero(t, elsewhere.Load())
	require.Empty(t, leaked)
}

// The sandbox's own client reaches a receiver on this machine, and says when none is there.
func TestWebhookOwnClient(t *testing.T) {
	to := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	s := newServer(t, sandbox.Config{WebhookHTTP: true})
	taken := watched(t, s, "MA_1", to.URL)
	require.NoError(t, s.Fail(taken, ""))
	require.Eventually(t, func() bool { return webhooks(s, taken)[0].State == sandbox.WebhookDelivered }, 30*time.Second, 5*time.Millisecond)
	to.Close()
	lost := watched(t, s, "MA_2", to.URL+"/secret")
	require.NoError(t, s.Fail(lost, ""))
	require.Eventually(t, func() bool { return len(webhooks(s, lost)[0].Tries) == 1 }, 30*time.Second, 5*time.Millisecond)
	require.Contains(t, webhooks(s, lost)[0].Tries[0].Error, "connection refused")
	require.NotContains(t, webhooks(s, lost)[0].Tries[0].Error, "secret")
}
