package intake_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/intake"
)

func TestOptions(t *testing.T) {
	list, err := intake.LoadExclusions("testdata/exclude-list.txt")
	require.NoError(t, err)
	emails := intake.Options{Map: map[string]string{"email": "Customer E-Mail"}}
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
		{"what is mapped is the column, its alias becomes metadata", "ambiguous-email.csv", emails, `
',' ["account_auth_id" "email" "Customer E-Mail"] metadata ["email"]: 1 rows = 1 valid + 0 invalid + 0 duplicates + 0 excluded
2 MA_1 b@example.com {"email":"a@example.com"}
`},
		{"a mapped column that no alias has", "email-among-words.csv", intake.Options{Map: map[string]string{"mail": " customer E-MAIL (primary)"}}, `
',' ["account_auth_id" "Customer e-mail (primary)" "plan"] metadata ["plan"]: 1 rows = 1 valid + 0 invalid + 0 duplicates + 0 excluded
2 MA_1 a@example.com {"plan":"pro"}
`},
		{"mapped optional columns", "near-miss-optional.csv", intake.Options{Map: map[string]string{
			"expires_in_days": "expires_in_dasy", "webhook": "web_hok_url", "metadata": "metdata"}}, `
',' ["account_auth_id" "email" "expires_in_dasy" "web_hok_url" "metdata" "plan"] metadata ["plan" "metdata"]: 1 rows = 1 valid + 0 invalid + 0 duplicates + 0 excluded
2 MA_1 a@example.com 14 days https://example.com {"plan":"pro"}
`},
		{"a mapped column in our own output", "annotated-semicolon.csv", intake.Options{Map: map[string]string{"metadata": "a,account,email,mail,auth_id"}}, `
';' ["account" "email" "a,account,email,mail,auth_id"] metadata ["a,account,email,mail,auth_id"]: 1 rows = 0 valid + 1 invalid + 0 duplicates + 0 excluded
2 MA_1 a@example.com
	2 [a,account,email,mail,auth_id] is not a JSON object: write it as {"key": "value"} or leave it empty
`},
		{"a sheet by its name", "workbook-two-sheets.xlsx", intake.Options{Sheet: "Customers"}, `
'\x00' ["account_auth_id" "email" "plan"] metadata ["plan"]: 1 rows = 1 valid + 0 invalid + 0 duplicates + 0 excluded
2 MA_1 a@example.com {"plan":"pro"}
`},
		{"a hidden sheet by its name", "workbook-hidden-sheet.xlsx", intake.Options{Sheet: "Old "}, `
'\x00' ["account_auth_id" "email" "plan"] metadata ["plan"]: 1 rows = 1 valid + 0 invalid + 0 duplicates + 0 excluded
2 MA_9 z@example.com {"plan":"old"}
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
	mapped := func(pairs ...string) intake.Options {
		o := intake.Options{Map: map[string]string{}}
		for i := 0; i < len(pairs); i += 2 {
			o.Map[pairs[i]] = pairs[i+1]
		}
		return o
	}
	for want, c := range map[string]struct {
		file    string
		options intake.Options
	}{
		`intake: on duplicate "newest": it must be fail, first or last`:                                                                                                                         {"choose.csv", intake.Options{OnDuplicate: "newest"}},
		`intake: file limit of -1 bytes: it must not be negative`:                                                                                                                               {"choose.csv", intake.Options{MaxBytes: -1}},
		`testdata/choose.csv, line 1: has no metadata column "plam"; it has "Plan Name", "ref", "metadata"`:                                                                                     {"choose.csv", intake.Options{Metadata: []string{"ref", "plam"}}},
		`testdata/choose.csv, line 1: has no metadata column "email"; it has "Plan Name", "ref", "metadata"`:                                                                                    {"choose.csv", intake.Options{Metadata: []string{"email"}}},
		`testdata/choose.csv: is larger than the limit of 10 bytes: split it into several files`:                                                                                                {"choose.csv", intake.Options{MaxBytes: 10}},
		`testdata/choose.csv: is no workbook, so it has no sheets: leave --sheet out`:                                                                                                           {"choose.csv", intake.Options{Sheet: "Customers"}},
		`testdata/workbook.xlsx: has no sheet "Customers"; it has "Sheet1": correct --sheet`:                                                                                                    {"workbook.xlsx", intake.Options{Sheet: "Customers"}},
		`testdata/choose.csv, line 1: has no column "Mail"; it has "account_auth_id", "email", "Plan Name", "ref", "metadata": correct --map`:                                                   {"choose.csv", mapped("email", "Mail")},
		`testdata/header-twins.csv, line 1: has two columns for "mobile no", "Mobile No" and "mobile_no": write the one that is meant just as it stands`:                                        {"header-twins.csv", mapped("metadata", "mobile no")},
		`testdata/ambiguous-email.csv, line 1: has no column email; it has "account_auth_id", "email", "Customer E-Mail": add the column email, rename one, or name it with --map email=COLUMN`: {"ambiguous-email.csv", mapped("account", "email", "metadata", "Customer E-Mail")},
		`intake: map phone="Mobile": the left side must be one of "account_auth_id", "email", "expires_in_days", "webhook_url", "metadata"`:                                                     {"choose.csv", mapped("phone", "Mobile")},
		`intake: map email: name the column that it is, as email="My column"`:                                                                                                                   {"choose.csv", mapped("email", " ")},
		`intake: map email="kyc_status": columns that begin with kyc_ are results and are left out`:                                                                                             {"choose.csv", mapped("email", "kyc_status")},
	} {
		_, err := intake.Open(t.Context(), "testdata/"+c.file, c.options)
		require.EqualError(t, err, want)
	}
	for _, twice := range []intake.Options{mapped("email", "A", "mail", "B"), mapped("email", "A b", "account", "a_B")} {
		_, err := intake.Open(t.Context(), "testdata/choose.csv", twice)
		require.ErrorContains(t, err, "give each column one use")
	}
}
