// Package intake reads the CSV or the workbook of a campaign: it proves the file,
// finds every problem in it at once, and then streams its rows.
//
// A file is read twice. [Open] reads it to its end, refuses it whole where its
// structure is broken (a [*FileError]: nothing may be written or sent), and
// otherwise counts, locates every [Problem], settles duplicates and takes the
// SHA-256. [File.All] reads it again and yields the rows in order; at its end it
// compares the hash, so that nobody acts on a file that changed in between:
//
//	f, err := intake.Open(ctx, "customers.csv", intake.Options{})
//	if err != nil {
//		return err // names the file, the line and what to do
//	}
//	for _, p := range f.Problems {
//		fmt.Println(p.Line, p.Column, p.Reason)
//	}
//	for row, err := range f.All(ctx) {
//		if err != nil {
//			return err // drop what was taken from this pass
//		}
//		if row.Sendable() {
//			use(row)
//		}
//	}
//
// Neither pass holds the rows: memory is a few buffers, plus 28 bytes a row for
// finding duplicates. What comes through a pipe is read twice all the same: see
// [NewSpool]. [File.Annotate] writes a copy that says what is wrong with each row.
//
// # What a file may be
//
// Its bytes decide, not its name. Text is UTF-8, or UTF-16 with a byte order mark;
// a file that is neither is read again as Windows-1252 where nothing speaks against
// it, with a notice ([File.Notices]). An .xlsx is one sheet of cells as they are
// shown: a formula counts as its last value, a cell of a merged range but the first
// is empty, hidden rows count, hidden sheets are read by name only. What is neither
// (an archive, a web page, JSON, an old .xls) is refused under its own name.
//
// excelize reads workbooks. It ends a sheet without an error where the XML breaks
// off, so Open proves the XML first; and all that the archive states of its sizes is
// bounded before anything is unpacked.
//
// # What becomes of a column
//
//	       ┌► decode, prove text ─► records ─┐
//	bytes ─┤  BOM, UTF-8, no NUL    quoting  ├► header ─► row
//	 hash  └► workbook: sheet ─► rows ───────┘  layout    values, problems
//
// A header is compared without case, spaces, underscores and hyphens. Five are
// known, each with its usual aliases: account_auth_id and email (required),
// expires_in_days, webhook_url and metadata (a JSON object). [Options.Map] names
// others. Columns of our own
// result files (kyc_…) are left out, and the cells of such a file are restored
// (see [Neutralise]). Every other column becomes metadata, as a string.
//
// # What becomes of a row
//
// Each row of the file is one [Row], and each belongs to exactly one of four
// kinds, so that the counts of a [File] add up to its rows:
//
//	excluded   the do-not-contact list names its account or address
//	invalid    it has problems (row.Problems)
//	duplicate  another line stands for it (row.DuplicateOf)
//	valid      the rest: [Row.Sendable]
//
// where several hold, the first of this list counts.
//
// # What spreadsheets do to ids
//
// An id in scientific notation, formatted as a number or turned into a date is a
// problem of its row. So is one that has lost its leading zeros, where the others
// tell: ids of nothing but digits that begin with 0 are all of one length, and none
// is longer. That is known at the end of the file, so a file in which it happened is
// read once more.
//
// # Duplicates
//
// Two rows of one account are identical when e-mail address, expires_in_days,
// webhook_url and metadata have the same meaning. Identical rows count once,
// whatever the policy: the first stands. Rows that differ are all refused, or
// [Options.OnDuplicate] says which stands. Invalid and excluded rows with a
// readable account take part: mending one must not make a second request for
// its account pass unseen, and "last" must not fall back to an older row because
// the newest is broken. Rows with the wrong number of cells take no part, since
// nothing in them can be trusted to be the account.
//
// Accounts are compared by the first 128 bits of SHA-256, so that among a
// billion rows two different accounts are taken for one with a probability below
// 1e-20; values of one account by 62 bits (2e-19 for each such pair).
//
// # Why gocsv reads the header only
//
// gocsv binds the header: which columns match a field, which do not, which
// fields found no column. Rows are read by encoding/csv itself, because gocsv
// drops the cells of a ragged row (they belong into rejected.csv), panics on
// extra cells where the reader lets them through, returns the other columns as a
// map, which loses their order, and allocates a struct and a map for each row:
// BenchmarkMillion has it beside Open.
package intake
