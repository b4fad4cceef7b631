package campaign

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestAuditOfOneSessionUnderTwoAccounts: a list that names a session twice has as many as its total says where another one is missing. It
// proves nothing, and every account is looked at by itself.
func TestAuditOfOneSessionUnderTwoAccounts(t *testing.T) {
	for _, other := range []string{"MA_005", "MA_999"} { // one that the ledger knows, and one that it doesn't
		created(t, 6, func(t *testing.T, d *desk) {
			hidden, twice := d.api.Stranger("MA_003"), d.newest("MA_000").ID
			shown := 0
			d.through(func(r *http.Request, api http.RoundTripper) (*http.Response, error) {
				answer, err := api.RoundTrip(r)
				if err != nil || !isList(r) || r.URL.Query().Get("account_auth_id") != "" {
					return answer, err
				}
				var page map[string]any
				require.NoError(t, json.NewDecoder(answer.Body).Decode(&page))
				for _, item := range page["sessions"].([]any) {
					if s := item.(map[string]any); s["id"] == hidden {
						s["id"], s["account_auth_id"] = twice, other
						shown++
					}
				}
				b, err := json.Marshal(page)
				answer.Body, answer.ContentLength = io.NopCloser(bytes.NewReader(b)), int64(len(b))
				return answer, err
			})
			found := d.auditAll()
			require.NotZero(t, shown)
			require.Len(t, found.Incidents, 1)
			require.Equal(t, "MA_003", found.Incidents[0].Account)
		})
	}
}
