package intake_test

// soundForm are files in the forms that spreadsheets save, and our own output given back.
var soundForm = []expected{
	{"annotated-semicolon.csv", `
';' ["account" "email" "a,account,email,mail,auth_id"] metadata ["a,account,email,mail,auth_id"]: 1 rows = 1 valid + 0 invalid + 0 duplicates + 0 excluded
2 MA_1 a@example.com {"a,account,email,mail,auth_id":"x"}
`},
	{"annotated.csv", `
',' ["account_auth_id" "email" "phone"] metadata ["phone"]: 2 rows = 2 valid + 0 invalid + 0 duplicates + 0 excluded
2 MA_1 a@example.com {"phone":"+91 22"}
3 MA_2 b@example.com {"phone":"5"}
`},
	{"foreign-kyc-column.csv", `
',' ["account_auth_id" "email"] metadata []: 1 rows = 1 valid + 0 invalid + 0 duplicates + 0 excluded
notice: the column "kyc_manager" is left out, since kyc_ is how the columns of our results begin: rename it to keep it
2 MA_1 a@example.com
`},
	{"lone-cr-in-cell.csv", `
',' ["account" "email" "note"] metadata ["note"]: 2 rows = 2 valid + 0 invalid + 0 duplicates + 0 excluded
2 MA_1 a@example.com {"note":"two\rlines"}
3 MA_2 b@example.com {"note":"x\ry"}
`},
	{"near-miss-optional.csv", `
',' ["account_auth_id" "email" "expires_in_dasy" "web_hok_url" "metdata" "plan"] metadata ["expires_in_dasy" "web_hok_url" "metdata" "plan"]: 1 rows = 1 valid + 0 invalid + 0 duplicates + 0 excluded
notice: the column "expires_in_dasy" becomes metadata; if you meant expires_in_days, rename it or add --map expires_in_days="expires_in_dasy"
notice: the column "web_hok_url" becomes metadata; if you meant webhook_url, rename it or add --map webhook_url="web_hok_url"
notice: the column "metdata" becomes metadata; if you meant metadata, rename it or add --map metadata="metdata"
2 MA_1 a@example.com {"expires_in_dasy":"14","web_hok_url":"https://example.com","metdata":"{}","plan":"pro"}
`},
	{"old-mac-quoted.csv", `
';' ["account" "email" "note"] metadata ["note"]: 2 rows = 1 valid + 1 invalid + 0 duplicates + 0 excluded
2 MA_1 a@example.com {"note":"two\nlines"}
4 MA_2 - {"note":"x"}
	4 [email] is not an e-mail address: write it as name@example.com
`},
	{"pipe-in-header.csv", `
',' ["account_auth_id" "email" "a|b|c|d"] metadata ["a|b|c|d"]: 1 rows = 1 valid + 0 invalid + 0 duplicates + 0 excluded
2 MA_1 a@example.com {"a|b|c|d":"x"}
`},
	{"pipe.csv", `
'|' ["account_auth_id" "email" "plan"] metadata ["plan"]: 1 rows = 1 valid + 0 invalid + 0 duplicates + 0 excluded
2 MA_1 a@example.com {"plan":"pro, yearly; paid"}
`},
	{"sep-column.csv", `
',' ["sep=" "account" "email"] metadata ["sep="]: 1 rows = 1 valid + 0 invalid + 0 duplicates + 0 excluded
2 MA_1 a@example.com {"sep=":"x"}
`},
	{"sep-line.csv", `
';' ["account" "email" "plan"] metadata ["plan"]: 2 rows = 1 valid + 1 invalid + 0 duplicates + 0 excluded
3 MA_1 a@example.com {"plan":"1,5"}
4 MA_2 - {"plan":"2,5"}
	4 [email] is not an e-mail address: write it as name@example.com
`},
	{"trailing-column-filled.csv", `
',' ["account_auth_id" "email"] metadata []: 2 rows = 1 valid + 1 invalid + 0 duplicates + 0 excluded
2 MA_1 a@example.com
3 - -
	3 [] has 3 cells where the header has 2: compare it with the header; a delimiter inside a cell needs quotation marks around the cell
`},
	{"trailing-columns.csv", `
',' ["account_auth_id" "email" "plan"] metadata ["plan"]: 3 rows = 3 valid + 0 invalid + 0 duplicates + 0 excluded
2 MA_1 a@example.com {"plan":"pro"}
3 MA_2 b@example.com {"plan":"pro"}
4 MA_3 c@example.com {"plan":"pro"}
`},
	{"utf16le-odd.csv", `
'\t' ["account" "email"] metadata []: 1 rows = 0 valid + 1 invalid + 0 duplicates + 0 excluded
2 MA_1 -
	2 [email] holds a character in its domain that no domain has: correct it
`},
	{"windows-1252-broken-row.csv", `
',' ["account_auth_id" "email" "city"] metadata ["city"]: 1 rows = 0 valid + 1 invalid + 0 duplicates + 0 excluded
notice: it is not UTF-8 and was read as Windows-1252: check names with accents, or save it as CSV UTF-8
2 MA_1 - {"city":"München"}
	2 [email] is not an e-mail address: write it as name@example.com
`},
	{"windows-1252-domain.csv", `
',' ["account_auth_id" "email"] metadata []: 1 rows = 1 valid + 0 invalid + 0 duplicates + 0 excluded
notice: it is not UTF-8 and was read as Windows-1252: check names with accents, or save it as CSV UTF-8
2 MA_1 a@xn--mnchen-3ya.example
`},
	{"windows-1252-signs.csv", `
';' ["account_auth_id" "email" "note"] metadata ["note"]: 2 rows = 2 valid + 0 invalid + 0 duplicates + 0 excluded
notice: it is not UTF-8 and was read as Windows-1252: check names with accents, or save it as CSV UTF-8
2 MA_1 a@example.com {"note":"€ 5 “quoted” – O’Hara"}
3 MA_2 b@example.com {"note":"éœuf"}
`},
	{"windows-1252.csv", `
',' ["account_auth_id" "email" "city"] metadata ["city"]: 2 rows = 2 valid + 0 invalid + 0 duplicates + 0 excluded
notice: it is not UTF-8 and was read as Windows-1252: check names with accents, or save it as CSV UTF-8
2 MA_1 a@example.com {"city":"Pune"}
3 MA_2 b@example.com {"city":"München"}
`},
	{"old-mac-line-ends.csv", `
',' ["account_auth_id" "email" "plan"] metadata ["plan"]: 1 rows = 1 valid + 0 invalid + 0 duplicates + 0 excluded
2 MA_1 a@example.com {"plan":"pro"}
`},
	{"header-twins.csv", `
',' ["account_auth_id" "email" "Mobile No" "mobile_no"] metadata ["Mobile No" "mobile_no"]: 1 rows = 1 valid + 0 invalid + 0 duplicates + 0 excluded
2 MA_1 a@example.com {"Mobile No":"1","mobile_no":"2"}
`},
	{"own-cells-missing.csv", `
',' ["account" "email"] metadata []: 3 rows = 1 valid + 2 invalid + 0 duplicates + 0 excluded
2 MA_1 a@example.com
3 MA_2 -
	3 [email] is not an e-mail address: write it as name@example.com
4 - -
	4 [] has 1 cells where the header has 4: compare it with the header; a delimiter inside a cell needs quotation marks around the cell
`},
}
