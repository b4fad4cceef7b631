package intake_test

// soundWorkbooks are the .xlsx that are read, and all that they give.
var soundWorkbooks = []expected{
	{"workbook-control.xlsx", `
'\x00' ["account_auth_id" "email" "plan"] metadata ["plan"]: 2 rows = 1 valid + 1 invalid + 0 duplicates + 0 excluded
2 MA_1 a@example.com {"plan":"a\u0007b"}
	2 [plan] holds a control character, which no one can see: write the value anew
3 MA_2 b@example.com {"plan":"y"}
`},
	{"workbook-formulas.xlsx", `
'\x00' ["account_auth_id" "email" "plan"] metadata ["plan"]: 4 rows = 1 valid + 3 invalid + 0 duplicates + 0 excluded
2 MA_1 a@example.com {"plan":"PRO"}
3 MA_2 - {"plan":"x"}
	3 [email] holds an error of a spreadsheet in place of a value: mend its formula
4 MA_3 c@example.com {"plan":"#DIV/0!"}
	4 [plan] holds an error of a spreadsheet in place of a value: mend its formula
5 - d@example.com {"plan":"x"}
	5 [account_auth_id] is empty: every row needs the auth id of its account
`},
	{"workbook-hidden-rows.xlsx", `
'\x00' ["account_auth_id" "email" "plan"] metadata ["plan"]: 4 rows = 4 valid + 0 invalid + 0 duplicates + 0 excluded
notice: rows that the sheet hides or filters out are taken like all others; there are 2
2 MA_1 a@example.com {"plan":"pro"}
3 MA_2 b@example.com {"plan":"pro"}
4 MA_3 c@example.com {"plan":"pro"}
6 MA_4 d@example.com {"plan":"pro"}
`},
	{"workbook-hidden-sheet.xlsx", `
'\x00' ["account_auth_id" "email" "plan"] metadata ["plan"]: 1 rows = 1 valid + 0 invalid + 0 duplicates + 0 excluded
notice: only the sheet "Sheet1" is read; hidden ones are not: "Old"
2 MA_1 a@example.com {"plan":"pro"}
`},
	{"workbook-ids.xlsx", `
'\x00' ["account" "email"] metadata []: 8 rows = 4 valid + 4 invalid + 0 duplicates + 0 excluded
2 01234567 a@example.com
3 123456789012345 b@example.com
4 - c@example.com
	4 [account] is in scientific notation, so a spreadsheet has lost its digits: format the column as text and write the id anew
5 - d@example.com
	5 [account] was formatted as a number by a spreadsheet: format the column as text and write the id anew
6 - e@example.com
	6 [account] is a date, so a spreadsheet has replaced the id: format the column as text and write the id anew
7 - f@example.com
	7 [account] is in scientific notation, so a spreadsheet has lost its digits: format the column as text and write the id anew
8 12345678 g@example.com
9 00000009 h@example.com
`},
	{"workbook-late-header.xlsx", `
'\x00' ["account_auth_id" "email" "plan"] metadata ["plan"]: 1 rows = 0 valid + 1 invalid + 0 duplicates + 0 excluded
4 MA_1 - {"plan":"pro"}
	4 [email] is not an e-mail address: write it as name@example.com
`},
	{"workbook-long-cell.xlsx", `
'\x00' ["account_auth_id" "email" "plan"] metadata ["plan"]: 2 rows = 1 valid + 1 invalid + 0 duplicates + 0 excluded
2 MA_1 a@example.com {"plan":…(70011 bytes)
	2 [plan] is longer than 64 KiB: shorten it
3 MA_2 b@example.com {"plan":"y"}
`},
	{"workbook-merged.xlsx", `
'\x00' ["account_auth_id" "email" "plan"] metadata ["plan"]: 3 rows = 2 valid + 1 invalid + 0 duplicates + 0 excluded
2 MA_1 a@example.com {"plan":"pro"}
3 MA_2 b@example.com {"plan":""}
4 - c@example.com {"plan":""}
	4 [account_auth_id] is empty: every row needs the auth id of its account
`},
	{"workbook-named.csv", `
'\x00' ["account_auth_id" "email" "plan"] metadata ["plan"]: 4 rows = 2 valid + 2 invalid + 0 duplicates + 0 excluded
2 MA_1 a@example.com {"plan":"pro"}
4 MA_2 - {"plan":"two\nlines"}
	4 [email] is not an e-mail address: write it as name@example.com
5 MA_3 c@example.com {"plan":""}
6 - -
	6 [] has a value in column 4, for which the header has no name: name the column or clear the cell
`},
	{"workbook-values.xlsx", `
'\x00' ["account" "email" "kind" "value" "expires_in_days"] metadata ["kind" "value"]: 8 rows = 7 valid + 1 invalid + 0 duplicates + 0 excluded
2 12345678 a@example.com 30 days {"kind":"number","value":"1.5"}
3 MA_2 b@example.com 365 days {"kind":"truth","value":"TRUE"}
4 MA_3 c@example.com {"kind":"short date","value":"2024-03-15"}
5 MA_4 d@example.com {"kind":"date","value":"15 March 2024"}
6 MA_5 e@example.com {"kind":"percent","value":"25%"}
	6 [expires_in_days] is not a whole number from 1 to 365: correct it or leave it empty
7 MA_6 f@example.com {"kind":"money","value":"1,234.50"}
8 MA_7 g@example.com {"kind":"text of digits","value":"007"}
9 MA_8 h@example.com {"kind":"","value":""}
`},
	{"workbook.xlsx", `
'\x00' ["account_auth_id" "email" "plan"] metadata ["plan"]: 4 rows = 2 valid + 2 invalid + 0 duplicates + 0 excluded
2 MA_1 a@example.com {"plan":"pro"}
4 MA_2 - {"plan":"two\nlines"}
	4 [email] is not an e-mail address: write it as name@example.com
5 MA_3 c@example.com {"plan":""}
6 - -
	6 [] has a value in column 4, for which the header has no name: name the column or clear the cell
`},
}
