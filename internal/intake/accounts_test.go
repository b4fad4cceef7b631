package intake_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/intake"
)

func TestLoadAccounts(t *testing.T) {
	for name, c := range map[string]struct {
		text    string
		want    []string
		refused string
	}{
		"one a line":           {"MA_2\nMA_1\n", []string{"MA_2", "MA_1"}, ""},
		"each once":            {"MA_1\nMA_2\nMA_1", []string{"MA_1", "MA_2"}, ""},
		"comments and a gap":   {"# asked by telephone\n\n MA_1 \n", []string{"MA_1"}, ""},
		"results.csv":          {"account_auth_id,email,kyc_state\nMA_1,one@example.com,created\n", []string{"MA_1"}, ""},
		"semicolons, quoted":   {"Account ID;plan\n\"MA_1\";gold\n", []string{"MA_1"}, ""},
		"an address":           {"MA_1\none@example.com\n", nil, "line 2: is an address"},
		"no account":           {"# nobody\n", nil, "names no account"},
		"accounts come second": {"email,account_auth_id\none@example.com,MA_1\n", nil, "line 2: is an address"},
		"two words":            {"MA_1 MA_2\n", nil, "line 1: holds a space"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "accounts.txt")
			require.NoError(t, os.WriteFile(path, []byte(c.text), 0o600))
			all, err := intake.LoadAccounts(path)
			if c.refused == "" {
				require.NoError(t, err)
				require.Equal(t, c.want, all)
				return
			}
			var file *intake.FileError
			require.ErrorAs(t, err, &file)
			require.ErrorContains(t, err, c.refused)
			require.NotContains(t, err.Error(), "one@", "what a file holds is not quoted")
		})
	}
	_, err := intake.LoadAccounts(filepath.Join(t.TempDir(), "nothing"))
	require.Error(t, err)
}

func TestEmail(t *testing.T) {
	email, err := intake.Email(" one@example.com ")
	require.NoError(t, err)
	require.Equal(t, "one@example.com", email)
	_, err = intake.Email("one.example.com")
	require.ErrorContains(t, err, "the address is not an e-mail address")
	require.NotContains(t, err.Error(), "one.example")
}
