package intake_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/intake"
)

func TestOptions(t *testing.T) {
	list, err := intake.LoadExclusions("testdata/exclude-list.txt")
	require.NoError(t, err)
	for _, c := range []struct {
		name    string
		file    string
		options intake.Options
		want    string
	}{
		{"chosen columns", "choose.csv", intake.Options{Metadata: []string{"plan_name"}}, `
',' ["account_auth_id" "email" "Plan Name" "ref" "metadata"] metadata ["Plan Name"]: 1 rows = 1 valid + 0 invalid + 0 duplicates + 0 excluded
2 MA_1 a@example.com {"Plan Name":"pro"}
`},
		{"chosen in the file's order, with the metadata column", "choose.csv", intake.Options{Metadata: []string{"Metadata", "ref"}}, `
',' ["account_auth_id" "email" "Plan Name" "ref" "metadata"] metadata ["ref" "metadata"]: 1 rows = 1 valid + 0 invalid + 0 duplicates + 0 excluded
2 MA_1 a@example.com {"ref":"7","k":1}
`},
		{"first stands", "duplicates-differ.csv", intake.Options{OnDuplicate: "first"}, `
',' ["account_auth_id" "email" "plan"] metadata ["plan"]: 5 rows = 3 valid + 0 invalid + 2 duplicates + 0 excluded
2 MA_1 a@example.com {"plan":"pro"}
3 MA_2 b@example.com {"plan":"pro"}
4 MA_1 a@example.com {"plan":"starter"} duplicate of 2
5 MA_1 a@example.com {"plan":"pro"} duplicate of 2
6 ma_1 c@example.com {"plan":"pro"}
`},
		{"last stands", "duplicates-differ.csv", intake.Options{OnDuplicate: "last"}, `
',' ["account_auth_id" "email" "plan"] metadata ["plan"]: 5 rows = 3 valid + 0 invalid + 2 duplicates + 0 excluded
2 MA_1 a@example.com {"plan":"pro"} duplicate of 5
3 MA_2 b@example.com {"plan":"pro"}
4 MA_1 a@example.com {"plan":"starter"} duplicate of 5
5 MA_1 a@example.com {"plan":"pro"}
6 ma_1 c@example.com {"plan":"pro"}
`},
		{"identical rows: the first stands whatever the policy", "duplicates-identical.csv", intake.Options{OnDuplicate: "last", Metadata: []string{"plan"}}, `
',' ["account_auth_id" "email" "plan" "metadata" "expires_in_days"] metadata ["plan"]: 4 rows = 2 valid + 0 invalid + 2 duplicates + 0 excluded
2 MA_1 a@example.com 7 days {"plan":"pro"}
3 MA_2 b@example.com {"plan":"pro"}
4 MA_1 a@example.com 7 days {"plan":"pro"} duplicate of 2
5 MA_1 a@example.com 7 days {"plan":"pro"} duplicate of 2
`},
		{"a broken last row stands too", "duplicates-invalid.csv", intake.Options{OnDuplicate: "last"}, `
',' ["account_auth_id" "email" "plan"] metadata ["plan"]: 6 rows = 1 valid + 4 invalid + 1 duplicates + 0 excluded
2 MA_1 a@example.com {"plan":"pro"} duplicate of 3
3 MA_1 - {"plan":"pro"}
	3 [email] has no dot in its domain: write it as name@example.com
4 MA_2 - {"plan":"pro"}
	4 [email] has no dot in its domain: write it as name@example.com
5 MA_2 - {"plan":"pro"} duplicate of 4
	5 [email] has no dot in its domain: write it as name@example.com
6 - -
	6 [] has 2 cells where the header has 3: compare it with the header; a delimiter inside a cell needs quotation marks around the cell
7 MA_3 c@example.com {"plan":"pro"}
`},
		{"excluded accounts and addresses", "excluded.csv", intake.Options{Exclude: list}, `
',' ["account_auth_id" "email"] metadata []: 8 rows = 1 valid + 2 invalid + 0 duplicates + 5 excluded
2 MA_1 a@example.com excluded
3 MA_2 B@Example.com excluded
4 MA_3 c@example.com
5 MA_1 other@example.com excluded
6 MA_4 b@example.com excluded
7 MA_4 d@example.com
	7 [] repeats the account of line 6 with other values: keep one row per account, or choose with --on-duplicate first or last
8 MA_5 -
	8 [email] has no dot in its domain: write it as name@example.com
9 MA_1 - excluded
`},
		{"an excluded row that stands keeps the others back", "excluded.csv", intake.Options{Exclude: list, OnDuplicate: "first"}, `
',' ["account_auth_id" "email"] metadata []: 8 rows = 1 valid + 1 invalid + 1 duplicates + 5 excluded
2 MA_1 a@example.com excluded
3 MA_2 B@Example.com excluded
4 MA_3 c@example.com
5 MA_1 other@example.com excluded
6 MA_4 b@example.com excluded
7 MA_4 d@example.com duplicate of 6
8 MA_5 -
	8 [email] has no dot in its domain: write it as name@example.com
9 MA_1 - excluded
`},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, err := intake.Open(t.Context(), "testdata/"+c.file, c.options)
			require.NoError(t, err)
			require.Equal(t, c.want[1:], render(t, f))
			requireConsistent(t, f)
		})
	}
}

func TestWrongOptions(t *testing.T) {
	for want, o := range map[string]intake.Options{
		`intake: on duplicate "newest": it must be fail, first or last`:                                      {OnDuplicate: "newest"},
		`intake: file limit of -1 bytes: it must not be negative`:                                            {MaxBytes: -1},
		`testdata/choose.csv, line 1: has no metadata column "plam"; it has "Plan Name", "ref", "metadata"`:  {Metadata: []string{"ref", "plam"}},
		`testdata/choose.csv, line 1: has no metadata column "email"; it has "Plan Name", "ref", "metadata"`: {Metadata: []string{"email"}},
		`testdata/choose.csv: is larger than the limit of 10 bytes: split it into several files`:             {MaxBytes: 10},
	} {
		_, err := intake.Open(t.Context(), "testdata/choose.csv", o)
		require.EqualError(t, err, want)
	}
}

func TestExclusionLists(t *testing.T) {
	list, err := intake.LoadExclusions("testdata/exclude-list.csv")
	require.NoError(t, err)
	require.Equal(t, 2, list.Len())
	f, err := intake.Open(t.Context(), "testdata/excluded.csv", intake.Options{Exclude: list})
	require.NoError(t, err)
	require.Equal(t, 2, f.Excluded)

	// Only the first line can be a header: below it the word is an account.
	list, err = intake.LoadExclusions("testdata/exclude-late-header.txt")
	require.NoError(t, err)
	require.Equal(t, 2, list.Len())

	var none *intake.Exclusions
	require.Zero(t, none.Len())

	for file, want := range map[string]string{
		"exclude-second-column.csv": ", line 1: has accounts or addresses in a later column: the list is the first column, so move it there",
		"exclude-bad-address.txt":   ", line 2: holds more than the address itself: write only name@example.com, without a display name",
		"exclude-bad-account.txt":   ", line 2: holds a space or a line break: give one auth id without spaces",
		"exclude-empty-column.csv":  ", line 2: has an empty first column: the list is the first column, so fill it or delete the line",
		"nul.csv":                   ", line 3, column 7: holds a NUL byte, so it is no text: save it as CSV UTF-8",
		"missing":                   ": does not exist: check the path",
	} {
		_, err := intake.LoadExclusions("testdata/" + file)
		require.EqualError(t, err, "testdata/"+file+want)
	}
}
