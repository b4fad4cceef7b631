package sandbox_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
)

// listed are the subjects of a page of the outbox, with their numbers, in its order.
func listed(page string) []string {
	var found []string
	for _, m := range regexp.MustCompile(`<a href="/mail/(\d+)">(\d+: [^<]+)</a>`).FindAllStringSubmatch(page, -1) {
		found = append(found, m[2])
	}
	return found
}

// The outbox has each mail that left, and says what it was for; a redirect-flow session brings none, and its
// link is on no page of it.
func TestOutbox(t *testing.T) {
	now := instant(t, "2026-05-05T06:00:52.435008Z")
	path := worldPath(t)
	s := reopen(t, path, now)
	shows(t, visit(t, s, "/mail"), 200, "No mail was sent yet.")
	first := created(t, s, "MA_1")
	id, token := invited(t, s, "MA_2", "https://yourapp.com/kyc-complete")
	*now = now.Add(time.Hour)
	require.Equal(t, 200, do(t, s, http.MethodPost, "/"+first+"/resend", "").status)
	require.Equal(t, 429, do(t, s, http.MethodPost, "/"+first+"/resend", "").status)
	s.Stranger("MA_3")
	_, err := s.Open(token)
	require.NoError(t, err)

	check := func(s *sandbox.Server) {
		all := visit(t, s, "/mail").body
		require.Equal(t, []string{"3: Please complete your KYC", "2: Your KYC link, once more", "1: Please complete your KYC"}, listed(all))
		require.Contains(t, all, "3 mails, newest first")
		require.Equal(t, []string{"2: Your KYC link, once more", "1: Please complete your KYC"}, listed(visit(t, s, "/mail?account=MA_1").body))
		shows(t, visit(t, s, "/mail?account=MA_2"), 200, "No mail was sent for account MA_2.")
		shows(t, visit(t, s, "/mail/2"), 200, "customer@example.com", "5 May 2026, 07:00 UTC", "<dd>resend</dd>", first, "your account MA_1 needs KYC",
			"It works until 12 May 2026, 06:00 UTC.")
		shows(t, visit(t, s, "/mail/1"), 200, "<dd>invitation</dd>", "5 May 2026, 06:00 UTC", "<dd>email_sent</dd>")
		shows(t, visit(t, s, "/mail/3"), 200, "stranger@example.com")
		for _, n := range []string{"0", "4", "-1", "x", "99999999999999999999"} {
			shows(t, visit(t, s, "/mail/"+n), 404, "no mail of that number")
		}
		for _, page := range []string{"/mail", "/mail?account=MA_2", "/mail/1", "/mail/2", "/mail/3"} {
			body := visit(t, s, page).body
			require.NotContains(t, body, token)
			require.NotContains(t, body, id)
		}
	}
	check(s)
	require.NoError(t, s.Close())
	s = reopen(t, path, now)
	check(s)
	require.NoError(t, s.Close())
}

// The pages say what the API would say, also under readings that were changed meanwhile.
func TestPagesUnderReadings(t *testing.T) {
	now := instant(t, "2026-05-05T06:00:52.435008Z")
	s := newServer(t, sandbox.Config{Now: at(now), LinkBase: served})
	id, token := mailed(t, s, "MA_1")
	*now = now.AddDate(0, 0, 8)
	for reading, status := range []string{"email_sent", "expired", "revoked"} {
		require.NoError(t, s.SetReadings(sandbox.Readings{Expired: sandbox.ExpiredReading(reading)}))
		require.Equal(t, status, field[string](t, get(t, s, "/"+id).body, "status"))
		shows(t, visit(t, s, "/mail"), 200, "<td>"+status+"</td>")
		shows(t, visit(t, s, "/mail/1"), 200, "<dd>"+status+"</dd>")
		_, err := s.Open(strings.TrimPrefix(token, "?token="))
		linkStopped(t, err, "This link worked until")
		var link *sandbox.LinkError
		require.ErrorAs(t, err, &link)
		require.Equal(t, status, link.Status)
	}
}

// Law: the pages of the outbox are a partition of the mails, newest first, and their links lead through all
// of them in both directions.
func TestOutboxPages(t *testing.T) {
	for _, n := range []int{1, 49, 50, 51, 173} {
		s := newServer(t, sandbox.Config{})
		for i := range n {
			created(t, s, fmt.Sprint("MA_", i))
		}
		link := func(page, rel string) string {
			found := regexp.MustCompile(`<a href="([^"]+)" rel="` + rel + `">`).FindStringSubmatch(page)
			if found == nil {
				return ""
			}
			return strings.ReplaceAll(found[1], "&amp;", "&")
		}
		var all []string
		var pages []string
		for at := "/mail"; at != ""; at = link(pages[len(pages)-1], "next") {
			page := visit(t, s, at).body
			all, pages = append(all, listed(page)...), append(pages, page)
			require.LessOrEqual(t, len(pages), (n+49)/50)
		}
		require.Len(t, all, n)
		for i, subject := range all {
			require.Equal(t, fmt.Sprintf("%d: Please complete your KYC", n-i), subject)
		}
		for i := len(pages) - 1; i > 0; i-- {
			require.Equal(t, listed(pages[i-1]), listed(visit(t, s, link(pages[i], "prev")).body))
		}
		require.Empty(t, link(pages[0], "prev"))
		require.Equal(t, listed(pages[len(pages)-1]), listed(visit(t, s, "/mail?page=1000").body), "past the end is the last")
		for _, page := range []string{"0", "-1", "x"} {
			require.Equal(t, 404, visit(t, s, "/mail?page="+page).status)
		}
	}
}

// What comes from outside is text on every page.
func TestOutboxEscapes(t *testing.T) {
	s := newServer(t, sandbox.Config{})
	created(t, s, "MA_<script>alert(1)</script>")
	for _, page := range []string{"/mail", "/mail/1", "/mail?account=" + "%22%3E%3Cscript%3E"} {
		require.NotContains(t, visit(t, s, page).body, "<script")
	}
}
