package campaign

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
)

// TestAuditOfOneSessionUnderTwoAccounts: a list that names a session twice has as many as its total says where another one is missing. It
// proves nothing, and every account is looked at by itself.
func TestAuditOfOneSessionUnderTwoAccounts(t *testing.T) {
	for _, other := range []string{"MA_005", "MA_999"} { // one that the ledger knows, and one that it doesn't
		inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
			d.give("spring", rows(0, 6)...)
			d.cfg.Workers = 1
			posts, hidden, shown := 0, "", 0
			d.through(func(r *http.Request, api http.RoundTripper) (*http.Response, error) {
				if r.Method == http.MethodPost {
					if posts++; posts == 4 {
						hidden = d.api.Stranger("MA_003") // after the guard's look, and before ours, which revokes it
					}
				}
				answer, err := api.RoundTrip(r)
				if err != nil || !isList(r) || r.URL.Query().Get("account_auth_id") != "" {
					return answer, err
				}
				var page map[string]any
				require.NoError(t, json.NewDecoder(answer.Body).Decode(&page))
				for _, item := range page["sessions"].([]any) {
					if s := item.(map[string]any); s["id"] == hidden {
						s["id"], s["account_auth_id"] = d.newest("MA_000").ID, other
						shown++
					}
				}
				b, err := json.Marshal(page)
				answer.Body, answer.ContentLength = io.NopCloser(bytes.NewReader(b)), int64(len(b))
				return answer, err
			})
			found := d.create("spring")
			require.NotZero(t, shown)
			require.Equal(t, []Incident{{Account: "MA_003", Session: d.newest("MA_003").ID, What: incidentStranger}}, found.Incidents)
		})
	}
}
