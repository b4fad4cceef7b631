package intake_test

// soundValues are files whose values a spreadsheet or a person has damaged.
var soundValues = []expected{
	{"control-characters.csv", `
',' ["account_auth_id" "email" "note" "metadata"] metadata ["note" "metadata"]: 8 rows = 2 valid + 6 invalid + 0 duplicates + 0 excluded
2 MA_1 a@example.com {"note":"bell\u0007"}
	2 [note] holds a control character, which no one can see: write the value anew
3 MA_2 b@example.com {"note":"tab\there"}
4 MA_3 c@example.com {"note":"del` + "\x7f" + `"}
	4 [note] holds a control character, which no one can see: write the value anew
5 MA_4 d@example.com {"note":"c1"}
	5 [note] holds a control character, which no one can see: write the value anew
6 MA_5 e@example.com {"note":"zwj क्` + "\u200d" + `ष"}
7 - f@example.com {"note":"x"}
	7 [account_auth_id] holds an invisible or control character: type the auth id anew
8 MA_7 - {"note":"x"}
	8 [email] holds an invisible or control character: type the address anew
9 MA_8 h@example.com
	9 [metadata] holds a control character, which no one can see: write the value anew
`},
	{"date-ids.csv", `
',' ["account_auth_id" "email"] metadata []: 11 rows = 3 valid + 8 invalid + 0 duplicates + 0 excluded
2 - a@example.com
	2 [account_auth_id] is a date, so a spreadsheet has replaced the id: format the column as text and write the id anew
3 - b@example.com
	3 [account_auth_id] is a date, so a spreadsheet has replaced the id: format the column as text and write the id anew
4 - c@example.com
	4 [account_auth_id] is a date, so a spreadsheet has replaced the id: format the column as text and write the id anew
5 - d@example.com
	5 [account_auth_id] is a date, so a spreadsheet has replaced the id: format the column as text and write the id anew
6 - e@example.com
	6 [account_auth_id] is a date, so a spreadsheet has replaced the id: format the column as text and write the id anew
7 - f@example.com
	7 [account_auth_id] is a date, so a spreadsheet has replaced the id: format the column as text and write the id anew
8 - g@example.com
	8 [account_auth_id] is a date, so a spreadsheet has replaced the id: format the column as text and write the id anew
9 - h@example.com
	9 [account_auth_id] is a date, so a spreadsheet has replaced the id: format the column as text and write the id anew
10 99-99-9999 i@example.com
11 20260315 j@example.com
12 12-34 k@example.com
`},
	{"display-names.csv", `
',' ["account_auth_id" "email"] metadata []: 6 rows = 0 valid + 6 invalid + 0 duplicates + 0 excluded
2 MA_1 -
	2 [email] holds more than the address itself: write only name@example.com, without a display name
3 MA_2 -
	3 [email] holds more than the address itself: write only name@example.com, without a display name
4 MA_3 -
	4 [email] holds more than the address itself: write only name@example.com, without a display name
5 MA_4 -
	5 [email] holds more than the address itself: write only name@example.com, without a display name
6 MA_5 -
	6 [email] holds more than one address: give one
7 MA_6 -
	7 [email] holds more than the address itself: write only name@example.com, without a display name
`},
	{"idn-domains.csv", `
',' ["account_auth_id" "email"] metadata []: 11 rows = 6 valid + 4 invalid + 1 duplicates + 0 excluded
2 MA_1 a@xn--mnchen-3ya.example
3 MA_2 b@xn--h2brj9c.example
4 MA_3 c@xn--mnchen-3ya.example
5 MA_4 -
	5 [email] holds a character in its domain that no domain has: correct it
6 MA_5 -
	6 [email] has no dot in its domain: write it as name@example.com
7 MA_6 -
	7 [email] holds a character before the @ that is not ASCII, which many mail servers refuse: correct it
8 MA_7 f@Example.COM
9 MA_8 g@xn--mnchen-3ya.example
10 MA_9 h@a.example
11 MA_10 -
	11 [email] is not an e-mail address: write it as name@example.com
12 MA_1 a@xn--mnchen-3ya.example duplicate of 2
`},
	{"invisible-around.csv", `
',' ["account_auth_id" "email" "plan"] metadata ["plan"]: 1 rows = 1 valid + 0 invalid + 0 duplicates + 0 excluded
2 MA_1 a@example.com {"plan":"pro"}
`},
	{"invisible-inside.csv", `
',' ["account_auth_id" "email"] metadata []: 4 rows = 0 valid + 4 invalid + 0 duplicates + 0 excluded
2 - a@example.com
	2 [account_auth_id] holds an invisible or control character: type the auth id anew
3 MA_2 -
	3 [email] holds an invisible or control character: type the address anew
4 MA_3 -
	4 [email] holds an invisible or control character: type the address anew
5 - d@example.com
	5 [account_auth_id] holds a space or a line break: give one auth id without spaces
`},
	{"lost-zeros-untold.csv", `
',' ["account_auth_id" "email"] metadata []: 2 rows = 2 valid + 0 invalid + 0 duplicates + 0 excluded
2 10123456 a@example.com
3 234567 b@example.com
`},
	{"lost-zeros.csv", `
',' ["account_auth_id" "email"] metadata []: 6 rows = 3 valid + 2 invalid + 1 duplicates + 0 excluded
2 00123456 a@example.com
3 10234567 b@example.com
4 - c@example.com
	4 [account_auth_id] has fewer digits than the column's other ids, of which some begin with 0, so a spreadsheet has cut its leading zeros: write the id anew
5 MA_77 d@example.com
6 - -
	6 [account_auth_id] has fewer digits than the column's other ids, of which some begin with 0, so a spreadsheet has cut its leading zeros: write the id anew
	6 [email] is not an e-mail address: write it as name@example.com
7 00123456 a@example.com duplicate of 2
`},
	{"number-ids.csv", `
',' ["account_auth_id" "email"] metadata []: 9 rows = 3 valid + 6 invalid + 0 duplicates + 0 excluded
2 - a@example.com
	2 [account_auth_id] was formatted as a number by a spreadsheet: format the column as text and write the id anew
3 - b@example.com
	3 [account_auth_id] was formatted as a number by a spreadsheet: format the column as text and write the id anew
4 - c@example.com
	4 [account_auth_id] was formatted as a number by a spreadsheet: format the column as text and write the id anew
5 - d@example.com
	5 [account_auth_id] was formatted as a number by a spreadsheet: format the column as text and write the id anew
6 - e@example.com
	6 [account_auth_id] was formatted as a number by a spreadsheet: format the column as text and write the id anew
7 - f@example.com
	7 [account_auth_id] was formatted as a number by a spreadsheet: format the column as text and write the id anew
8 10.5 g@example.com
9 12,34 h@example.com
10 1-234 i@example.com
`},
	{"scientific-ids.csv", `
',' ["account_auth_id" "email"] metadata []: 6 rows = 2 valid + 4 invalid + 0 duplicates + 0 excluded
2 - a@example.com
	2 [account_auth_id] is in scientific notation, so a spreadsheet has lost its digits: format the column as text and write the id anew
3 - b@example.com
	3 [account_auth_id] is in scientific notation, so a spreadsheet has lost its digits: format the column as text and write the id anew
4 - c@example.com
	4 [account_auth_id] is in scientific notation, so a spreadsheet has lost its digits: format the column as text and write the id anew
5 12E4 d@example.com
6 - e@example.com
	6 [account_auth_id] is in scientific notation, so a spreadsheet has lost its digits: format the column as text and write the id anew
7 MA_1E+15 f@example.com
`},
	{"sheet-errors.csv", `
',' ["account_auth_id" "email" "manager"] metadata ["manager"]: 6 rows = 2 valid + 4 invalid + 0 duplicates + 0 excluded
2 - a@example.com {"manager":"x"}
	2 [account_auth_id] holds an error of a spreadsheet in place of a value: mend its formula
3 MA_2 - {"manager":"x"}
	3 [email] holds an error of a spreadsheet in place of a value: mend its formula
4 MA_3 c@example.com {"manager":"#N/A"}
	4 [manager] holds an error of a spreadsheet in place of a value: mend its formula
5 MA_4 d@example.com {"manager":"########"}
	5 [manager] holds the #### of a column that was too narrow for its value: widen the column and save again
6 MA_5 e@example.com {"manager":"#1 of 3"}
7 MA_6 f@example.com {"manager":"##"}
`},
	{"zeros-and-longer.csv", `
',' ["account_auth_id" "email"] metadata []: 3 rows = 3 valid + 0 invalid + 0 duplicates + 0 excluded
2 0012 a@example.com
3 12345 b@example.com
4 7 c@example.com
`},
	{"zeros-of-any-length.csv", `
',' ["account_auth_id" "email"] metadata []: 3 rows = 3 valid + 0 invalid + 0 duplicates + 0 excluded
2 0012 a@example.com
3 012 b@example.com
4 7 c@example.com
`},
}
