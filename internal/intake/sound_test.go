package intake_test

// sound holds the files of testdata that are read, and all that they give.
var sound = []expected{
	{"bad-accounts.csv", `
',' ["account_auth_id" "email"] metadata []: 8 rows = 1 valid + 7 invalid + 0 duplicates + 0 excluded
2 - a@example.com
	2 [account_auth_id] is empty: every row needs the auth id of its account
3 - b@example.com
	3 [account_auth_id] holds a space or a line break: give one auth id without spaces
4 - c@example.com
	4 [account_auth_id] is longer than 128 bytes: give the auth id of the account
5 - d@example.com
	5 [account_auth_id] holds an invisible or control character: type the auth id anew
6 - e@example.com
	6 [account_auth_id] holds an invisible or control character: type the auth id anew
7 - f@example.com
	7 [account_auth_id] holds a character that an earlier conversion destroyed (U+FFFD): write the value anew
8 - g@example.com
	8 [account_auth_id] holds a space or a line break: give one auth id without spaces
10 MMMMMMMM…(128 bytes) h@example.com
`},
	{"bad-days.csv", `
',' ["account_auth_id" "email" "expires_in_days"] metadata []: 9 rows = 3 valid + 6 invalid + 0 duplicates + 0 excluded
2 MA_1 a@example.com
	2 [expires_in_days] is not a whole number from 1 to 365: correct it or leave it empty
3 MA_2 b@example.com
	3 [expires_in_days] is not a whole number from 1 to 365: correct it or leave it empty
4 MA_3 c@example.com
	4 [expires_in_days] is not a whole number from 1 to 365: correct it or leave it empty
5 MA_4 d@example.com
	5 [expires_in_days] is not a whole number from 1 to 365: correct it or leave it empty
6 MA_5 e@example.com
	6 [expires_in_days] is not a whole number from 1 to 365: correct it or leave it empty
7 MA_6 f@example.com
	7 [expires_in_days] is not a whole number from 1 to 365: correct it or leave it empty
8 MA_7 g@example.com 7 days
9 MA_8 h@example.com
10 MA_9 i@example.com 365 days
`},
	{"bad-emails.csv", `
',' ["account_auth_id" "email"] metadata []: 19 rows = 2 valid + 17 invalid + 0 duplicates + 0 excluded
2 MA_1 -
	2 [email] is empty: every row needs the address that the invitation goes to
3 MA_2 -
	3 [email] is not an e-mail address: write it as name@example.com
4 MA_3 -
	4 [email] is not an e-mail address: write it as name@example.com
5 MA_4 -
	5 [email] holds more than the address itself: write only name@example.com, without a display name
6 MA_5 -
	6 [email] holds more than one address: give one
7 MA_6 -
	7 [email] has no dot in its domain: write it as name@example.com
8 MA_7 -
	8 [email] holds a character before the @ that is not ASCII, which many mail servers refuse: correct it
9 MA_8 a@xn--mnchen-3ya.example
10 MA_9 -
	10 [email] is not an e-mail address: write it as name@example.com
11 MA_10 -
	11 [email] is not an e-mail address: write it as name@example.com
12 MA_11 -
	12 [email] is not an e-mail address: write it as name@example.com
13 MA_12 -
	13 [email] is longer than an e-mail address can be (64 characters before the @, 254 in all)
14 MA_13 -
	14 [email] is not an e-mail address: write it as name@example.com
15 MA_14 -
	15 [email] is not an e-mail address: write it as name@example.com
16 MA_15 -
	16 [email] is not an e-mail address: write it as name@example.com
17 MA_16 -
	17 [email] is longer than an e-mail address can be (64 characters before the @, 254 in all)
18 MA_17 o'hara+kyc@xn--mnchen-3ya.example
19 MA_18 -
	19 [email] holds more than the address itself: write only name@example.com, without a display name
20 MA_19 -
	20 [email] has no @ in it, and brackets, as in (at): write it as name@example.com
`},
	{"bad-webhooks.csv", `
',' ["account_auth_id" "email" "webhook_url"] metadata []: 10 rows = 3 valid + 7 invalid + 0 duplicates + 0 excluded
2 MA_1 a@example.com
	2 [webhook_url] is not an https address: it must begin with https:// and name a host
3 MA_2 b@example.com
	3 [webhook_url] is not an https address: it must begin with https:// and name a host
4 MA_3 c@example.com
	4 [webhook_url] is not an https address: it must begin with https:// and name a host
5 MA_4 d@example.com
	5 [webhook_url] holds a user name or password: leave it out
6 MA_5 e@example.com
	6 [webhook_url] is not an https address: it is too long or holds spaces
7 MA_6 f@example.com
	7 [webhook_url] is not an https address: it is too long or holds spaces
8 MA_7 g@example.com
9 MA_8 h@example.com https://example.com:8443/hook?a=1
10 MA_9 i@example.com
	10 [webhook_url] is not an https address: it must begin with https:// and name a host
11 MA_10 j@example.com https://example.com/other
`},
	{"blank-lines.csv", `
',' ["account_auth_id" "email"] metadata []: 2 rows = 2 valid + 0 invalid + 0 duplicates + 0 excluded
5 MA_1 a@example.com
8 MA_2 b@example.com
`},
	{"bom-quoted-header.csv", `
',' ["account_auth_id" "email"] metadata []: 1 rows = 1 valid + 0 invalid + 0 duplicates + 0 excluded
2 MA_1 a@example.com
`},
	{"bom.csv", `
',' ["account_auth_id" "email"] metadata []: 1 rows = 1 valid + 0 invalid + 0 duplicates + 0 excluded
2 MA_1 a@example.com
`},
	{"choose.csv", `
',' ["account_auth_id" "email" "Plan Name" "ref" "metadata"] metadata ["Plan Name" "ref" "metadata"]: 1 rows = 1 valid + 0 invalid + 0 duplicates + 0 excluded
2 MA_1 a@example.com {"Plan Name":"pro","ref":"7","k":1}
`},
	{"crlf.csv", `
',' ["account_auth_id" "email" "plan"] metadata ["plan"]: 2 rows = 2 valid + 0 invalid + 0 duplicates + 0 excluded
2 MA_1 a@example.com {"plan":"starter"}
3 MA_2 b@example.com {"plan":"pro"}
`},
	{"duplicates-by-column.csv", `
',' ["account_auth_id" "email" "expires_in_days" "webhook_url" "metadata" "plan"] metadata ["plan" "metadata"]: 20 rows = 0 valid + 20 invalid + 0 duplicates + 0 excluded
2 MA_1 a@example.com 7 days https://example.com/1 {"plan":"p","k":1}
	2 [] repeats the account of line 3 with other values: keep one row per account, or choose with --on-duplicate first or last
3 MA_1 b@example.com 7 days https://example.com/1 {"plan":"p","k":1}
	3 [] repeats the account of line 2 with other values: keep one row per account, or choose with --on-duplicate first or last
4 MA_2 a@example.com 7 days https://example.com/1 {"plan":"p","k":1}
	4 [] repeats the account of line 5 with other values: keep one row per account, or choose with --on-duplicate first or last
5 MA_2 a@example.com 8 days https://example.com/1 {"plan":"p","k":1}
	5 [] repeats the account of line 4 with other values: keep one row per account, or choose with --on-duplicate first or last
6 MA_3 a@example.com 7 days https://example.com/1 {"plan":"p","k":1}
	6 [] repeats the account of line 7 with other values: keep one row per account, or choose with --on-duplicate first or last
7 MA_3 a@example.com 7 days https://example.com/2 {"plan":"p","k":1}
	7 [] repeats the account of line 6 with other values: keep one row per account, or choose with --on-duplicate first or last
8 MA_4 a@example.com 7 days https://example.com/1 {"plan":"p","k":1}
	8 [] repeats the account of line 9 with other values: keep one row per account, or choose with --on-duplicate first or last
9 MA_4 a@example.com 7 days https://example.com/1 {"plan":"p","k":2}
	9 [] repeats the account of line 8 with other values: keep one row per account, or choose with --on-duplicate first or last
10 MA_5 a@example.com 7 days https://example.com/1 {"plan":"p","k":1}
	10 [] repeats the account of line 11 with other values: keep one row per account, or choose with --on-duplicate first or last
11 MA_5 a@example.com 7 days https://example.com/1 {"plan":"q","k":1}
	11 [] repeats the account of line 10 with other values: keep one row per account, or choose with --on-duplicate first or last
12 MA_6 - 7 days https://example.com/1 {"plan":"p","k":1}
	12 [email] has no dot in its domain: write it as name@example.com
	12 [] repeats the account of line 13 with other values: keep one row per account, or choose with --on-duplicate first or last
13 MA_6 - 7 days https://example.com/1 {"plan":"p","k":1}
	13 [email] has no dot in its domain: write it as name@example.com
	13 [] repeats the account of line 12 with other values: keep one row per account, or choose with --on-duplicate first or last
14 MA_7 a@example.com https://example.com/1 {"plan":"p","k":1}
	14 [expires_in_days] is not a whole number from 1 to 365: correct it or leave it empty
	14 [] repeats the account of line 15 with other values: keep one row per account, or choose with --on-duplicate first or last
15 MA_7 a@example.com https://example.com/1 {"plan":"p","k":1}
	15 [expires_in_days] is not a whole number from 1 to 365: correct it or leave it empty
	15 [] repeats the account of line 14 with other values: keep one row per account, or choose with --on-duplicate first or last
16 MA_8 a@example.com 7 days {"plan":"p","k":1}
	16 [webhook_url] is not an https address: it must begin with https:// and name a host
	16 [] repeats the account of line 17 with other values: keep one row per account, or choose with --on-duplicate first or last
17 MA_8 a@example.com 7 days {"plan":"p","k":1}
	17 [webhook_url] is not an https address: it must begin with https:// and name a host
	17 [] repeats the account of line 16 with other values: keep one row per account, or choose with --on-duplicate first or last
18 MA_9 a@example.com 7 days https://example.com/1
	18 [metadata] is not a JSON object: write it as {"key": "value"} or leave it empty
	18 [] repeats the account of line 19 with other values: keep one row per account, or choose with --on-duplicate first or last
19 MA_9 a@example.com 7 days https://example.com/1
	19 [metadata] is not a JSON object: write it as {"key": "value"} or leave it empty
	19 [] repeats the account of line 18 with other values: keep one row per account, or choose with --on-duplicate first or last
20 MA_10 a@example.com 7 days https://example.com/1 {"plan":"p�","k":1}
	20 [plan] holds a character that an earlier conversion destroyed (U+FFFD): write the value anew
	20 [] repeats the account of line 21 with other values: keep one row per account, or choose with --on-duplicate first or last
21 MA_10 a@example.com 7 days https://example.com/1 {"plan":"q�","k":1}
	21 [plan] holds a character that an earlier conversion destroyed (U+FFFD): write the value anew
	21 [] repeats the account of line 20 with other values: keep one row per account, or choose with --on-duplicate first or last
`},
	{"duplicates-differ.csv", `
',' ["account_auth_id" "email" "plan"] metadata ["plan"]: 5 rows = 2 valid + 3 invalid + 0 duplicates + 0 excluded
2 MA_1 a@example.com {"plan":"pro"}
	2 [] repeats the account of lines 4, 5 with other values: keep one row per account, or choose with --on-duplicate first or last
3 MA_2 b@example.com {"plan":"pro"}
4 MA_1 a@example.com {"plan":"starter"}
	4 [] repeats the account of lines 2, 5 with other values: keep one row per account, or choose with --on-duplicate first or last
5 MA_1 a@example.com {"plan":"pro"}
	5 [] repeats the account of lines 2, 4 with other values: keep one row per account, or choose with --on-duplicate first or last
6 ma_1 c@example.com {"plan":"pro"}
`},
	{"duplicates-identical.csv", `
',' ["account_auth_id" "email" "plan" "metadata" "expires_in_days"] metadata ["plan" "metadata"]: 4 rows = 2 valid + 0 invalid + 2 duplicates + 0 excluded
2 MA_1 a@example.com 7 days {"plan":"pro","a":1,"b":2}
3 MA_2 b@example.com {"plan":"pro"}
4 MA_1 a@example.com 7 days {"plan":"pro","a":1,"b":2} duplicate of 2
5 MA_1 a@example.com 7 days {"plan":"pro","a":1,"b":2} duplicate of 2
`},
	{"duplicates-invalid.csv", `
',' ["account_auth_id" "email" "plan"] metadata ["plan"]: 6 rows = 1 valid + 5 invalid + 0 duplicates + 0 excluded
2 MA_1 a@example.com {"plan":"pro"}
	2 [] repeats the account of line 3 with other values: keep one row per account, or choose with --on-duplicate first or last
3 MA_1 - {"plan":"pro"}
	3 [email] has no dot in its domain: write it as name@example.com
	3 [] repeats the account of line 2 with other values: keep one row per account, or choose with --on-duplicate first or last
4 MA_2 - {"plan":"pro"}
	4 [email] has no dot in its domain: write it as name@example.com
5 MA_2 - {"plan":"pro"} duplicate of 4
	5 [email] has no dot in its domain: write it as name@example.com
6 - -
	6 [] has 2 cells where the header has 3: compare it with the header; a delimiter inside a cell needs quotation marks around the cell
7 MA_3 c@example.com {"plan":"pro"}
`},
	{"duplicates-many.csv", `
',' ["account_auth_id" "email"] metadata []: 9 rows = 0 valid + 9 invalid + 0 duplicates + 0 excluded
2 MA_1 a0@example.com
	2 [] repeats the account of lines 3, 4, 5, 6, 7 and 3 more with other values: keep one row per account, or choose with --on-duplicate first or last
3 MA_1 a1@example.com
	3 [] repeats the account of lines 2, 4, 5, 6, 7 and 3 more with other values: keep one row per account, or choose with --on-duplicate first or last
4 MA_1 a2@example.com
	4 [] repeats the account of lines 2, 3, 5, 6, 7 and 3 more with other values: keep one row per account, or choose with --on-duplicate first or last
5 MA_1 a3@example.com
	5 [] repeats the account of lines 2, 3, 4, 6, 7 and 3 more with other values: keep one row per account, or choose with --on-duplicate first or last
6 MA_1 a4@example.com
	6 [] repeats the account of lines 2, 3, 4, 5, 7 and 3 more with other values: keep one row per account, or choose with --on-duplicate first or last
7 MA_1 a5@example.com
	7 [] repeats the account of lines 2, 3, 4, 5, 6 and 3 more with other values: keep one row per account, or choose with --on-duplicate first or last
8 MA_1 a6@example.com
	8 [] repeats the account of lines 2, 3, 4, 5, 6 and 3 more with other values: keep one row per account, or choose with --on-duplicate first or last
9 MA_1 a7@example.com
	9 [] repeats the account of lines 2, 3, 4, 5, 6 and 3 more with other values: keep one row per account, or choose with --on-duplicate first or last
10 MA_1 a8@example.com
	10 [] repeats the account of lines 2, 3, 4, 5, 6 and 3 more with other values: keep one row per account, or choose with --on-duplicate first or last
`},
	{"excluded.csv", `
',' ["account_auth_id" "email"] metadata []: 8 rows = 2 valid + 6 invalid + 0 duplicates + 0 excluded
2 MA_1 a@example.com
	2 [] repeats the account of lines 5, 9 with other values: keep one row per account, or choose with --on-duplicate first or last
3 MA_2 B@Example.com
4 MA_3 c@example.com
5 MA_1 other@example.com
	5 [] repeats the account of lines 2, 9 with other values: keep one row per account, or choose with --on-duplicate first or last
6 MA_4 b@example.com
	6 [] repeats the account of line 7 with other values: keep one row per account, or choose with --on-duplicate first or last
7 MA_4 d@example.com
	7 [] repeats the account of line 6 with other values: keep one row per account, or choose with --on-duplicate first or last
8 MA_5 -
	8 [email] has no dot in its domain: write it as name@example.com
9 MA_1 -
	9 [email] is not an e-mail address: write it as name@example.com
	9 [] repeats the account of lines 2, 5 with other values: keep one row per account, or choose with --on-duplicate first or last
`},
	{"formulas.csv", `
',' ["account_auth_id" "email" "formula"] metadata ["formula"]: 2 rows = 2 valid + 0 invalid + 0 duplicates + 0 excluded
2 MA_1 a@example.com {"formula":"=1+1"}
3 MA_2 b@example.com {"formula":"'=1+1"}
`},
	{"header-nbsp.csv", `
',' ["account\u00a0id" "e\u00admail"] metadata []: 1 rows = 1 valid + 0 invalid + 0 duplicates + 0 excluded
2 MA_1 a@example.com
`},
	{"header-spelling.csv", `
',' ["AUTH-ID" "Customer_Email" "Expires In Days" "Webhook-URL" "Meta Data"] metadata ["Meta Data"]: 1 rows = 1 valid + 0 invalid + 0 duplicates + 0 excluded
2 MA_1 a@example.com 30 days https://example.com/hook {"plan":"pro"}
`},
	{"long-cell.csv", `
',' ["account_auth_id" "email" "note"] metadata ["note"]: 2 rows = 1 valid + 1 invalid + 0 duplicates + 0 excluded
2 MA_1 a@example.com {"note":…(65548 bytes)
	2 [note] is longer than 64 KiB: shorten it
3 MA_2 b@example.com {"note":"nnnn"}
`},
	{"metadata-bad.csv", `
',' ["account_auth_id" "email" "ref" "metadata"] metadata ["ref" "metadata"]: 11 rows = 0 valid + 11 invalid + 0 duplicates + 0 excluded
2 MA_1 a@example.com
	2 [metadata] is not a JSON object: write it as {"key": "value"} or leave it empty
3 MA_2 b@example.com
	3 [metadata] is not a JSON object: write it as {"key": "value"} or leave it empty
4 MA_3 c@example.com
	4 [metadata] is not a JSON object: write it as {"key": "value"} or leave it empty
5 MA_4 d@example.com
	5 [metadata] is not a JSON object: write it as {"key": "value"} or leave it empty
6 MA_5 e@example.com
	6 [metadata] names one key twice: keep one of them
7 MA_6 f@example.com
	7 [metadata] names the key kycbatch, which the program keeps for itself: rename it
8 MA_7 g@example.com
	8 [metadata] names a key that is also a column of the file: keep one of them
9 MA_8 h@example.com
	9 [metadata] is not a JSON object: write it as {"key": "value"} or leave it empty
10 MA_9 i@example.com
	10 [metadata] is not a JSON object: write it as {"key": "value"} or leave it empty
11 MA_10 j@example.com
	11 [metadata] is not a JSON object: write it as {"key": "value"} or leave it empty
12 MA_11 k@example.com
	12 [metadata] is not a JSON object: write it as {"key": "value"} or leave it empty
`},
	{"metadata-damaged.csv", `
',' ["account_auth_id" "email" "city" "metadata"] metadata ["city" "metadata"]: 3 rows = 1 valid + 2 invalid + 0 duplicates + 0 excluded
2 MA_1 a@example.com {"city":"M�nchen"}
	2 [city] holds a character that an earlier conversion destroyed (U+FFFD): write the value anew
3 MA_2 b@example.com
	3 [metadata] holds a character that an earlier conversion destroyed (U+FFFD): write the value anew
4 MA_3 c@example.com {"city":"Pune"}
`},
	{"metadata-escapes.csv", `
',' ["account_auth_id" "email" "a \"quoted\" key" "note"] metadata ["a \"quoted\" key" "note"]: 1 rows = 0 valid + 1 invalid + 0 duplicates + 0 excluded
2 MA_1 a@example.com {"a \"quoted\" key":"back\\slash","note":"tab\tline\nend \u0001 <b>&amp;   😀"}
	2 [note] holds a control character, which no one can see: write the value anew
`},
	{"metadata-merge.csv", `
',' ["account_auth_id" "email" "ref" "metadata" "Plan Name"] metadata ["ref" "Plan Name" "metadata"]: 3 rows = 3 valid + 0 invalid + 0 duplicates + 0 excluded
2 MA_1 a@example.com {"ref":"007","Plan Name":"pro","a":[true,null],"big":12345678901234567890,"z":1.50}
3 MA_2 b@example.com {"ref":"","Plan Name":""}
4 MA_3 c@example.com {"ref":"x","Plan Name":"y"}
`},
	{"metadata-only-json.csv", `
',' ["account_auth_id" "email" "metadata"] metadata ["metadata"]: 3 rows = 3 valid + 0 invalid + 0 duplicates + 0 excluded
2 MA_1 a@example.com
3 MA_2 b@example.com
4 MA_3 c@example.com {"a":"<&>","b":{"y":1,"x":2}}
`},
	{"multi-line-cells.csv", `
',' ["account_auth_id" "note" "email"] metadata ["note"]: 3 rows = 1 valid + 2 invalid + 0 duplicates + 0 excluded
2 MA_1 a@example.com {"note":"two\nlines"}
4 MA_2 - {"note":"three\n\nlines"}
	6 [email] is not an e-mail address: write it as name@example.com
7 MA_3 - {"note":"one"}
	7 [email] has no dot in its domain: write it as name@example.com
`},
	{"near-aliases.csv", `
',' ["account_auth_id" "email" "customer_id" "contact" "name"] metadata ["customer_id" "contact" "name"]: 1 rows = 1 valid + 0 invalid + 0 duplicates + 0 excluded
2 MA_1 a@example.com {"customer_id":"C1","contact":"x@example.com","name":"Ann"}
`},
	{"no-final-newline.csv", `
',' ["account_auth_id" "email"] metadata []: 1 rows = 1 valid + 0 invalid + 0 duplicates + 0 excluded
2 MA_1 a@example.com
`},
	{"own-output-mended.csv", `
',' ["account_auth_id" "email" "-ref"] metadata ["-ref"]: 1 rows = 1 valid + 0 invalid + 0 duplicates + 0 excluded
2 MA_1 a@example.com {"-ref":"-5"}
`},
	{"own-output.csv", `
',' ["account_auth_id" "email" "phone" "formula"] metadata ["phone" "formula"]: 3 rows = 2 valid + 1 invalid + 0 duplicates + 0 excluded
2 MA_1 a@example.com {"phone":"+91 22","formula":"=1+1"}
3 MA_2 +b@example.com {"phone":"'+1","formula":"plain"}
4 - -
	4 [] has 2 cells where the header has 7: compare it with the header; a delimiter inside a cell needs quotation marks around the cell
`},
	{"plain.csv", `
',' ["account_auth_id" "email" "plan"] metadata ["plan"]: 2 rows = 2 valid + 0 invalid + 0 duplicates + 0 excluded
2 MA_1 a@example.com {"plan":"starter"}
3 MA_2 b@example.com {"plan":"pro"}
`},
	{"quotes.csv", `
',' ["account_auth_id" "email" "say \"hi\""] metadata ["say \"hi\""]: 2 rows = 2 valid + 0 invalid + 0 duplicates + 0 excluded
2 MA_1 a@example.com {"say \"hi\"":"a \"b\" c, d"}
3 MA_2 b@example.com {"say \"hi\"":""}
`},
	{"ragged.csv", `
',' ["account_auth_id" "email" "plan"] metadata ["plan"]: 3 rows = 1 valid + 2 invalid + 0 duplicates + 0 excluded
2 - -
	2 [] has 2 cells where the header has 3: compare it with the header; a delimiter inside a cell needs quotation marks around the cell
3 - -
	3 [] has 4 cells where the header has 3: compare it with the header; a delimiter inside a cell needs quotation marks around the cell
4 MA_3 c@example.com {"plan":"pro"}
`},
	{"semicolon-commas-in-header.csv", `
';' ["account id" "email" "name, first" "a,b,c,d"] metadata ["name, first" "a,b,c,d"]: 1 rows = 1 valid + 0 invalid + 0 duplicates + 0 excluded
2 MA_1 a@example.com {"name, first":"Ann","a,b,c,d":"x"}
`},
	{"semicolon.csv", `
';' ["Kunde" "Account ID" "E-Mail" "Betrag"] metadata ["Kunde" "Betrag"]: 1 rows = 1 valid + 0 invalid + 0 duplicates + 0 excluded
2 MA_1 a@example.com {"Kunde":"x","Betrag":"1,5"}
`},
	{"semicolon-more-commas.csv", `
';' ["account id" "email" "name, first, middle, last, title"] metadata ["name, first, middle, last, title"]: 1 rows = 1 valid + 0 invalid + 0 duplicates + 0 excluded
2 MA_1 a@example.com {"name, first, middle, last, title":"Rao, Asha"}
`},
	{"spaces.csv", `
',' ["account_auth_id" "email"] metadata []: 2 rows = 2 valid + 0 invalid + 0 duplicates + 0 excluded
2 MA_1 a@example.com
3 MA_2 b@example.com
`},
	{"tab.csv", `
'\t' ["account_auth_id" "email" "plan"] metadata ["plan"]: 1 rows = 1 valid + 0 invalid + 0 duplicates + 0 excluded
2 MA_1 a@example.com {"plan":"pro, yearly"}
`},
	{"utf16be.csv", `
'\t' ["account_auth_id" "email" "city"] metadata ["city"]: 1 rows = 1 valid + 0 invalid + 0 duplicates + 0 excluded
2 MA_1 a@example.com {"city":"पुणे"}
`},
	{"utf16le.csv", `
'\t' ["account_auth_id" "email" "city"] metadata ["city"]: 1 rows = 1 valid + 0 invalid + 0 duplicates + 0 excluded
2 MA_1 a@example.com {"city":"München"}
`},
}
