package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"kycbatch/internal/report"
)

// maxOwnersShown is how many owners the text names. index.csv has them all.
const maxOwnersShown = 20

// printReport says what was written, and the figures that somebody asks for first.
func (p *program) printReport(w report.Written) {
	what := "campaign"
	if len(w.Campaigns) > 1 {
		what += "s"
	}
	seen := "as the ledger has it; nobody has looked at all of its sessions since they were created"
	if !w.AsOf.IsZero() {
		seen = "as of " + moment(w.AsOf)
	}
	fmt.Fprintf(p.out, "Report of %s %s: %s, %s\n\n", what, strings.Join(w.Campaigns, ", "), things(w.Total.Rows, "row"), seen)
	t := plainTable(p.out)
	t.SetColumnConfigs([]table.ColumnConfig{{Number: 2, Align: text.AlignRight}})
	for _, line := range standingLines(w.Total) {
		if line.n > 0 {
			t.AppendRow(table.Row{"  " + line.name, count(line.n), line.words})
		}
	}
	t.Render()
	if !w.Since.IsZero() {
		c := w.Changes
		fmt.Fprintf(p.out, "\nSince %s: %s invited, %s opened, %s completed, %s expired, %s failed, %s revoked.\n", moment(w.Since),
			count(c.Invited), count(c.Opened), count(c.Completed), count(c.Expired), count(c.Failed), count(c.Revoked))
	}
	fmt.Fprintf(p.out, "\n%s in %s:\n", things(len(w.Files), "file"), oneLine(w.Dir))
	p.printFiles(w)
}

// printFiles lists the files that are not of one owner, and then those of the first owners.
func (p *program) printFiles(w report.Written) {
	t := plainTable(p.out)
	for _, name := range w.Files {
		if words := fileWords(name); words != "" {
			t.AppendRow(table.Row{"  " + name, words})
		}
	}
	for i, o := range w.Owners {
		if i == maxOwnersShown {
			t.AppendRow(table.Row{"  …", fmt.Sprintf("%s more: see %s", things(len(w.Owners)-i, "owner"), filepath.Join(w.Dir, "index.csv"))})
			break
		}
		owner := o.Name
		switch {
		case w.By == "":
			owner = "all rows"
		case owner == "":
			owner = "no owner"
		}
		for _, name := range o.Files {
			t.AppendRow(table.Row{"  " + name, fmt.Sprintf("%s: %s, %s completed", oneLine(owner), things(o.Counts.Rows, "row"), count(o.Counts.Completed))})
		}
	}
	t.Render()
}

func fileWords(name string) string {
	switch name {
	case "report.html":
		return "everything at a glance, in a browser"
	case "report.json":
		return "the figures, for scripts and for the next report"
	case "summary.csv":
		return "the figures of each owner"
	case "index.csv":
		return "which files each owner has"
	}
	return ""
}

// standingLine is how many rows stand at one place.
type standingLine struct {
	name  string
	n     int
	words string
}

// standingLines are the places at which rows can stand; they add up to the rows.
func standingLines(c report.Counts) []standingLine {
	return []standingLine{
		{"completed", c.Completed, "KYC is done"},
		{"open", c.Open, "opened or begun, not finished"},
		{"invited", c.Invited, "not opened yet"},
		{"expired", c.Expired, "the link has stopped working: needs a new one"},
		{"failed", c.Failed, "verification failed"},
		{"revoked", c.Revoked, "the link was ended, by us or by somebody else"},
		{"other", c.Other, "under a status that nobody knows"},
		{"pending", c.Pending, "nothing was sent yet"},
		{"in doubt", c.InDoubt, "sent, no definite answer yet: the next run looks again"},
		{"undecided", c.Undecided, "somebody has to decide"},
		{"refused", c.Refused, "by the API"},
		{"invalid", c.Invalid, "cannot be sent as it is"},
		{"skipped", c.Skipped, "another session, the exclusion list, or another line of the file"},
		{"withdrawn", c.Withdrawn, "taken out"},
	}
}
