package campaign

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/vobiz"
)

// TestSyncKeepsWhatAPersonAskedFor: fields by their names, of completed sessions, also of those that had completed before;
// what else verified_data has is nowhere in the ledger.
func TestSyncKeepsWhatAPersonAskedFor(t *testing.T) {
	created(t, 3, func(t *testing.T, d *desk) {
		d.acts("MA_000", "kyc_completed")
		d.acts("MA_001", "in_progress")
		d.sync()
		require.Empty(t, d.record("MA_000").Verified)

		asked := func(c *Config) { c.Include = []string{"pan_name_match", "pan_number", "masked_aadhaar", "entity_name"} }
		s := d.sync(asked)
		require.Equal(t, []int{3, 1}, []int{s.Accounts, s.Changed})
		kept := d.record("MA_000").Verified
		require.Equal(t, []Fact{{"entity_name", ""}, {"masked_aadhaar", "xxxx"}, {"pan_name_match", "true"}, {"pan_number", kept[3].Value}}, kept)
		require.Regexp(t, `^[A-Z]{3}xxxxxx[A-Z]$`, kept[3].Value)
		require.Empty(t, d.record("MA_001").Verified, "it has not completed")

		require.Equal(t, 2, d.sync(asked).Accounts, "nobody asks again for what is not there")
		s = d.sync(func(c *Config) { c.Include = []string{"gender"} })
		require.Equal(t, []int{3, 1}, []int{s.Accounts, s.Changed})
		require.Len(t, d.record("MA_000").Verified, 5)

		_, err := Sync(t.Context(), Config{Ledger: d.ledger, Include: []string{"pan number"}})
		require.ErrorIs(t, err, ErrInclude)

		session := d.newest("MA_000")
		answer, _, err := d.cfg.Client.Get(t.Context(), session.ID)
		require.NoError(t, err)
		require.NoError(t, d.file.Close())
		ledger, err := os.ReadFile(LedgerPath(d.dir))
		require.NoError(t, err)
		require.Contains(t, string(ledger), kept[3].Value)
		for _, personal := range strings.FieldsFunc(string(answer.VerifiedData), func(r rune) bool { return strings.ContainsRune(`"{},:[]`, r) }) {
			if len(personal) > 6 && !strings.Contains("individual pan_name_match pan_number masked_aadhaar gender", personal) {
				require.NotContains(t, string(ledger), personal)
			}
		}
	})
}

// TestSyncKeepsNothingUnasked: what a list shows of verified_data is gone with its page.
func TestSyncKeepsNothingUnasked(t *testing.T) {
	created(t, 4, func(t *testing.T, d *desk) {
		for _, account := range []string{"MA_000", "MA_001", "MA_002", "MA_003"} {
			d.acts(account, "kyc_completed")
		}
		require.Equal(t, 4, d.sync().Changed)
		answer, _, err := d.cfg.Client.List(t.Context(), vobiz.ListQuery{})
		require.NoError(t, err)
		require.NoError(t, d.file.Close())
		ledger, err := os.ReadFile(LedgerPath(d.dir))
		require.NoError(t, err)
		for _, s := range answer.Sessions {
			require.NotEmpty(t, s.VerifiedData)
			for _, personal := range []string{"pan_number", "ABCPE1234F", "aadhaar", "John Doe"} {
				require.NotContains(t, string(ledger), personal)
			}
		}
	})
}

func TestMasked(t *testing.T) {
	for _, c := range []struct{ field, value, want string }{
		{"pan_number", "ABCPE1234F", "ABCxxxxxxF"},
		{"pan_number", " abcpe1234f ", "abcxxxxxxf"},
		{"pan_number", "GTBPDXXXXX", "GTBxxxxxxX"}, // the page's own masking
		{"pan_number", "ABCPE1234", "xxxxxxxxx"},
		{"pan_number", "", ""},
		{"note", "PAN ABCPE1234F, or abcpe 1234 f", "PAN ABCxxxxxxF, or abcxxxxxxf"},
		{"masked_aadhaar", "9942", "xxxx"},
		{"aadhaar", "1234 5678 9012", "xxxx xxxx xxxx"},
		{"aadhaar", "1234-5678-9012", "xxxx-xxxx-xxxx"},
		{"aadhaar", "१२३४५६७८९०१२", "xxxxxxxxxxxx"},
		{"aadhaar_dob", "1990-01-15", "xxxx-xx-xx"},
		{"address", "221B Baker Street, Mumbai, 400001", "221B Baker Street, Mumbai, xxxxxx"},
		{"pan_name_match", "true", "true"},
		{"nested", `{"pan":"ABCPE1234F","n":123456789012}`, `{"pan":"ABCxxxxxxF","n":xxxxxxxxxxxx}`},
		{"long", strings.Repeat("é", 400), strings.Repeat("é", 250)},
	} {
		require.Equal(t, c.want, masked(c.field, c.value), "%s %q", c.field, c.value)
	}
}

func TestTextOf(t *testing.T) {
	for json, want := range map[string]string{
		`"a\u00e9"`: "aé", `null`: "", ``: "", `true`: "true", `0.5`: "0.5", `["pan","aadhaar"]`: "pan, aadhaar", `{"a":1}`: `{"a":1}`,
	} {
		require.Equal(t, want, textOf([]byte(json)), json)
	}
}
