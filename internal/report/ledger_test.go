package report

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"kycbatch/campaign"
	"kycbatch/internal/intake"
)

// TestOverALedgerFile takes a file in as create does, and reports it before anything was sent: every row is in it, those too that never
// can be sent, with addresses from the rows themselves.
func TestOverALedgerFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "spring.csv")
	require.NoError(t, os.WriteFile(path, []byte("Account ID;E-Mail;account manager;REF;plan\n"+
		"MA_A;planted.one@zeta.example;Asha Rao;R-1;starter\n"+
		"MA_B;no address;Asha Rao;R-2;starter\n"+
		"MA_A;planted.one@zeta.example;Asha Rao;R-1;starter\n"+
		"MA_C;x@zeta.example; ;=2+2;\n"+
		"MA_D;planted.four@zeta.example;Asha Rao;R-4;starter;one too many\n"), 0o600))
	file, err := intake.Open(t.Context(), path, intake.Options{})
	require.NoError(t, err)
	open, err := campaign.OpenLedger(filepath.Join(dir, "data"), true, campaign.LedgerOptions{Identity: campaign.LedgerIdentity{API: "http://127.0.0.1", Partner: "PA"}, NoSync: true})
	require.NoError(t, err)
	defer func() { require.NoError(t, open.Close()) }()
	l := campaign.NewLedger(open)
	done, err := l.Import(t.Context(), "spring", file, "")
	require.NoError(t, err)

	w, err := Write(t.Context(), Config{Ledger: l, Campaigns: []campaign.Campaign{done.Campaign}, Dir: filepath.Join(dir, "r"), Formats: []Format{CSV}, Since: Since{Last: true}})
	require.NoError(t, err)
	require.Equal(t, Counts{Rows: 5, Pending: 2, Invalid: 2, Skipped: 1}, w.Total)
	require.Equal(t, "account manager", w.By)
	require.True(t, w.AsOf.IsZero())
	require.Equal(t, []string{"asha-rao.csv", "index.csv", "no-owner.csv", "report.json", "summary.csv"}, w.Files)
	var shown [][]string
	for _, name := range []string{"asha-rao.csv", "no-owner.csv"} {
		for _, record := range records(t, w.Path(name))[1:] {
			shown = append(shown, append(record[1:5:5], record[7]))
		}
	}
	require.Equal(t, [][]string{
		{"2", "MA_A", "R-1", "p***@zeta.example", "not invited yet"},
		{"3", "MA_B", "R-2", "", "cannot be sent as it is"},
		{"4", "MA_A", "R-1", "", "the same as line 2"},
		{"5", "MA_C", "'=2+2", "***@zeta.example", "not invited yet"},
		{"6", "", "", "", "cannot be sent as it is"}, // its cells stand nobody knows where
	}, shown)
	require.NotContains(t, everything(t, w), "planted")
}
