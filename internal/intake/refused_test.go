package intake_test

// refused holds the files of testdata that are refused whole, and what is said
// behind the path.
var refused = []struct {
	file string
	want string
}{
	{"ambiguous-email.csv", `, line 1: has two columns for email, "email" and "Customer E-Mail": rename or delete one`},
	{"bare-quote.csv", `, line 3, column 7: has a quotation mark inside an unquoted cell: put the whole cell in quotation marks and double the ones inside`},
	{"control-in-header.csv", `, line 1: has a line break or another control character in the name of column 3: remove it (a file with old Mac line ends must be saved again)`},
	{"cut-utf8.csv", `, line 2, column 21: is not UTF-8: save it as CSV UTF-8`},
	{"duplicate-known-header.csv", `, line 1: has the column "email" twice: rename or delete one`},
	{"duplicate-other-header.csv", `, line 1: has the column "plan" twice: rename or delete one`},
	{"empty-header-cell.csv", `, line 1: has no name for column 3: name it or delete it`},
	{"empty.csv", `: is empty: give a CSV with a header line and one row per account`},
	{"gzip.csv", `, line 1, column 2: is not UTF-8: save it as CSV UTF-8`},
	{"no-account-column.csv", `, line 1: has no column account_auth_id; it has "customer", "email", "plan": add the column or rename one`},
	{"no-email-column.csv", `, line 1: has no column email; it has "account_auth_id", "plan": add the column or rename one`},
	{"no-header-twice.csv", `, line 1: begins with a line that holds an e-mail address: put a header line above it, such as account_auth_id,email`},
	{"no-header.csv", `, line 1: begins with a line that holds an e-mail address: put a header line above it, such as account_auth_id,email`},
	{"not-utf8.csv", `, line 3, column 21: is not UTF-8: save it as CSV UTF-8`},
	{"nul.csv", `, line 3, column 7: holds a NUL byte, so it is no text: save it as CSV UTF-8`},
	{"old-mac-line-ends.csv", `, line 1: has a line break or another control character in the name of column 3: remove it (a file with old Mac line ends must be saved again)`},
	{"one-column.csv", `, line 1: has no column email; it has "account_auth_id": add the column or rename one`},
	{"only-blank-lines.csv", `: is empty: give a CSV with a header line and one row per account`},
	{"only-bom.csv", `: is empty: give a CSV with a header line and one row per account`},
	{"only-header-and-empty-rows.csv", `: has a header and no rows: add one row per account`},
	{"only-header.csv", `: has a header and no rows: add one row per account`},
	{"reserved-column.csv", `, line 1: has a column "KycBatch", a name that the program keeps for itself: rename it`},
	{"text-after-quote.csv", `, line 2, column 26: has a quoted cell that goes on after its closing quotation mark: double every quotation mark inside a cell`},
	{"unclosed-quote.csv", `, line 3: begins a row with a quotation mark that is never closed, or not doubled inside its cell`},
}
