// Package intake reads the CSV of a campaign: it proves the file, finds every
// problem in it at once, and then streams its rows.
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
// Neither pass holds the rows: memory is a few buffers, plus 32 bytes a row for
// finding duplicates.
//
// # What becomes of a column
//
//	bytes ─► hash ─► decode, prove text ─► records ─► header ─► row
//	         SHA-256  BOM, UTF-8, no NUL   quoting    layout    values, problems
//
// A header is compared without case, spaces, underscores and hyphens. Five are
// known, each with its usual aliases: account_auth_id and email (required),
// expires_in_days, webhook_url and metadata (a JSON object). Columns of our own
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
