package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"kycbatch/campaign"
)

// purgeJSON is the object that -o json prints: schema kycbatch/purge/1.
type purgeJSON struct {
	Schema    string         `json:"schema"`
	Campaign  string         `json:"campaign"`
	Before    time.Time      `json:"before"`   // what ended earlier was purged
	Rows      int            `json:"rows"`     // whose personal data was removed
	Accounts  int            `json:"accounts"` // whose record was purged
	Links     int            `json:"links"`    // that were removed
	Kept      []string       `json:"kept"`     // columns of the file
	Left      map[string]int `json:"left"`     // rows left as they are, by why; zeros too
	Files     *filesJSON     `json:"files,omitempty"`
	Removed   []string       `json:"removed"` // paths of reports
	Backups   []string       `json:"backups"` // paths of copies of the ledger that were not touched
	Compacted bool           `json:"compacted"`
	ExitCode  int            `json:"exit_code"`
}

func (e purgeEnd) object() purgeJSON {
	o := purgeJSON{
		Schema: "kycbatch/purge/1", Campaign: e.plan.Purge.Campaign, Before: e.plan.Purge.Before.UTC(),
		Rows: e.done.Rows, Accounts: e.done.Accounts, Links: e.done.Links, Left: map[string]int{},
		Kept: append([]string{}, e.plan.Columns...), Removed: append([]string{}, e.removed...), Backups: append([]string{}, e.backups...),
		Compacted: e.compacted, ExitCode: e.code,
	}
	for _, why := range campaign.PurgeLefts() {
		o.Left[string(why)] = e.plan.Left[why]
	}
	if e.files.Results != "" {
		o.Files = &filesJSON{e.files.Results, e.files.Links, e.files.Rejected}
	}
	return o
}

// showPurge writes the plan of a purge for people.
func showPurge(w io.Writer, plan campaign.PurgePlan) {
	fmt.Fprintf(w, "Plan for campaign %s: the personal data of %s would be removed, of what ended before %s.\n",
		plan.Purge.Campaign, things(plan.Rows, "row"), moment(plan.Purge.Before))
	kept := "the account alone"
	if len(plan.Columns) > 0 {
		kept = "the account and " + strings.Join(plan.Columns, ", ")
	}
	fmt.Fprintln(w, oneLine(fmt.Sprintf("Cells that stay: %s. Every count stays.", kept)))
	showPurgeLeft(w, plan.Left)
}

// showPurgeLeft writes how many rows are left as they are, and why.
func showPurgeLeft(w io.Writer, left map[campaign.PurgeLeft]int) {
	if len(left) == 0 {
		return
	}
	fmt.Fprintln(w, "\nRows left as they are:")
	t := plainTable(w)
	t.SetColumnConfigs([]table.ColumnConfig{{Number: 2, Align: text.AlignRight}})
	for _, why := range campaign.PurgeLefts() {
		if n := left[why]; n > 0 {
			t.AppendRow(table.Row{"  " + string(why), count(n), leftBecause(why)})
		}
	}
	t.Render()
}

// leftBecause says in words why rows are left.
func leftBecause(why campaign.PurgeLeft) string {
	switch why {
	case campaign.LeftOpen:
		return "something is still to be done for the account: it is pending, in doubt, undecided or not audited"
	case campaign.LeftLive:
		return "its session lives, as far as is known: only a look at the API says more"
	case campaign.LeftRecent:
		return "it ended later than that, or a mail left later"
	default:
		return "purged before"
	}
}

// print writes what was done for people.
func (e purgeEnd) print(w io.Writer) {
	if e.done == (campaign.Purged{}) {
		fmt.Fprintf(w, "Campaign %s: there was nothing to remove\n", e.plan.Purge.Campaign)
	} else {
		fmt.Fprintf(w, "Campaign %s: the personal data of %s and %s removed\n", e.plan.Purge.Campaign, things(e.done.Rows, "row"), things(e.done.Accounts, "account"))
	}
	if e.files.Results != "" {
		fmt.Fprintf(w, "\nFiles:\n  %s  written without it\n", e.files.Results)
	}
	if e.done.Links > 0 {
		fmt.Fprintf(w, "  %s  %s removed\n", e.files.Links, things(e.done.Links, "link"))
	}
	for _, path := range e.removed {
		fmt.Fprintf(w, "  %s  removed\n", path)
	}
	if e.compacted {
		fmt.Fprintln(w, "\nThe ledger's file was written anew: no free page holds it any more.")
	}
	if len(e.backups) > 0 {
		fmt.Fprintf(w, "\nNOT TOUCHED, and they still hold it: %s of the ledger. Delete those that you may not keep:\n", copies(len(e.backups)))
		for _, path := range e.backups {
			fmt.Fprintf(w, "  %s\n", path)
		}
	}
	fmt.Fprintln(w, "\nFiles that you took elsewhere (the campaign's own file, reports, results) are yours to delete.")
}

func copies(n int) string {
	if n == 1 {
		return "1 copy"
	}
	return count(n) + " copies"
}
