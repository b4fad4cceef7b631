// Package report is the ledger out, for people and for Excel: who was invited, who has completed, what is next for each.
//
//	w, err := report.Write(ctx, report.Config{Ledger: l, Campaigns: all, Dir: dir, Since: report.Since{Last: true}})
//	for _, o := range w.Owners {
//		fmt.Println(o.Name, o.Counts.Completed, o.Files)
//	}
//
// # How it is made
//
//	trail, since the last report ─► events ─┐
//	                                        ▼
//	rows, once ─► line ─┬─► Overview: counts, owners, days, stuck, changes ─► report.json, report.html, summary.csv, index.csv
//	                    └─► spool ─► each owner's lines ─► asha-rao.csv, asha-rao.xlsx
//
// The ledger is read once, in the order of its rows, and nothing of it is held but figures: lines wait for their owner's file in a
// temporary one without a name. One core reads rows while another makes lines of them, and then each writes CSVs of its own. A row has
// one [Counts] field that it adds to, so that they always add up to the rows that came in.
//
// # What a report shows
//
// It asks no clock: times are the server's, and "now" is when the campaign was synced last ([Overview].AsOf). So the same ledger
// gives the same bytes, workbooks included, and whatever happened after that time is not in it.
//
// Nothing is in it that its reader need not have. Addresses are masked as the API masks them, unless [Config].FullEmails; a text of the
// API or of the file is searched for addresses, links and PANs as well. verified_data is left out but for the facts that are
// named in [Config].Include, and those are masked: of a PAN four letters stay (ABCxxxxxxF), of four digits or more in a row none.
//
// Cells that a spreadsheet would run as a formula get an apostrophe in front (package intake takes it off again), and the column
// of masked addresses has a name under which nobody takes them for addresses to mail to.
//
// # Files
//
// All are written, mode 0600, in a folder within the report's own, and take their places one after the other once all are there; report.json is the last.
// It keeps what the next report compares itself with, and which files are ours: what a later report doesn't have any more is removed.
package report
