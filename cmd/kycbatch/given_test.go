package main_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"kycbatch/campaign"
)

// givenLinks are the tokens of the links that the API gave, by session: it gives each one once, and knows it
// afterwards in its world alone. What stands before a token is where the API is served.
func (o *ordeal) givenLinks(t *testing.T) map[string]string {
	t.Helper()
	file, err := os.Open(o.world)
	require.NoError(t, err)
	defer file.Close()
	links := map[string]string{}
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var event struct {
			Session struct{ ID, Flow, Token string }
		}
		require.NoError(t, json.Unmarshal(lines.Bytes(), &event))
		if event.Session.Flow == "redirect" {
			links[event.Session.ID] = event.Session.Token
		}
	}
	return links
}

// wrongLinks lists what a campaign's links file has too many or too few; want are account, session and token of each
// row. The file is its owner's alone.
func (l *lane) wrongLinks(t *testing.T, f givenFile, want []string) (wrong []string) {
	t.Helper()
	path := filepath.Join(campaign.ResultsDir(l.dir, f.prefix), campaign.LinksFile)
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	lines := cellsOf(t, path)
	require.Equal(t, []string{"account_auth_id", "session_id", "widget_url", "expires_at"}, lines[0])
	var got []string
	for _, line := range lines[1:] {
		_, token, _ := strings.Cut(line[2], "/verify?token=")
		got = append(got, fmt.Sprint(line[0], line[1], token))
	}
	slices.Sort(got)
	slices.Sort(want)
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			return []string{fmt.Sprintf("links of %s: %d lines for %d rows; the first that differs is number %d in order of their accounts", f.prefix, len(got), len(want), i+1)}
		}
	}
	return nil
}
