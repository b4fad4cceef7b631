package main

import (
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"github.com/stretchr/testify/require"

	"kycbatch/campaign"
)

// lint has Prometheus's own linter read a text file: it parses it, and has nothing to say about its names.
func lint(t *testing.T, text string) {
	t.Helper()
	problems, err := promlint.New(strings.NewReader(text)).Lint()
	require.NoError(t, err, text)
	require.Empty(t, problems, text)
}

// Every metric of a night is clean, those of one that could not begin too.
func TestMetricsAreClean(t *testing.T) {
	ends := []partEnd{
		{name: partCreate, end: endDone, code: exitMend, sum: campaign.Summary{Requests: 7, Incidents: []campaign.Incident{{Account: "MA_1"}}}},
		{name: partBackup, end: endDone, result: backupJSON{Kept: 3, Bytes: 4096}},
	}
	for _, n := range []*night{{name: "customers", ends: ends}, {failure: campaign.ErrLedgerLost}} {
		figures, err := n.figures()
		require.NoError(t, err)
		var text strings.Builder
		writeFigures(&text, figures)
		lint(t, text.String())
		require.Contains(t, text.String(), "kycbatch_nightly_exit_code{")
	}
}

// A value that an API or a file said is a label all the same, and one line stays one line.
func TestMetricLabels(t *testing.T) {
	var text strings.Builder
	writeFigures(&text, []figure{
		gaugeOf("kycbatch_first", "A.", 1.5e-7, label{"campaign", "a\"b\\c\nd\xffe"}),
		{name: "kycbatch_none", help: "No sample, no metric."},
		{"kycbatch_second", "B.", []sample{{[]label{{"x", "1"}, {"y", ""}}, 12345678}, {[]label{{"x", "2"}}, 0}}},
	})
	lint(t, text.String())
	require.Equal(t, "# HELP kycbatch_first A.\n# TYPE kycbatch_first gauge\nkycbatch_first{campaign=\"a\\\"b\\\\c\\nd\ufffde\"} 1.5e-07\n"+
		"# HELP kycbatch_second B.\n# TYPE kycbatch_second gauge\nkycbatch_second{x=\"1\",y=\"\"} 1.2345678e+07\nkycbatch_second{x=\"2\"} 0\n", text.String())
}
