package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"kycbatch/campaign"
)

// calendar is a plan of reminders as it is shown.
type calendar struct {
	plan     campaign.ResendPlan
	mails    int               // of those who are due, how many would be mailed: the limit may be lower
	forecast campaign.Forecast // of these mails
	zone     *time.Location    // of the times shown
	offline  bool              // it goes by this machine's clock
	next     *soonest          // nil: only numbers are asked for
}

// soonest keeps the accounts that get a mail next, whoever's, the soonest first. It holds no more than twice as many as it keeps.
type soonest struct {
	keep  int
	all   []campaign.Reminder
	found int // accounts that get one at all
}

// add takes an account up, if it gets a mail.
func (s *soonest) add(one campaign.Reminder) {
	if nextMail(one).IsZero() {
		return
	}
	s.found++
	if s.all = append(s.all, one); len(s.all) >= 2*s.keep {
		s.cut()
	}
}

// cut forgets those that come too late. Of two at one time, the one that stands first in the file stays first.
func (s *soonest) cut() {
	slices.SortStableFunc(s.all, func(a, b campaign.Reminder) int {
		return cmp.Or(nextMail(a).Compare(nextMail(b)), cmp.Compare(a.Row.Line, b.Row.Line))
	})
	clear(s.all[min(len(s.all), s.keep):])
	s.all = s.all[:min(len(s.all), s.keep)]
}

// nextMail is when an account gets its next mail: a resend, or a reminder of the API's own. Zero: it gets none, as things stand.
func nextMail(one campaign.Reminder) time.Time {
	if ours := one.Verdict.When; !ours.IsZero() && (one.API.IsZero() || ours.Before(one.API)) {
		return ours
	}
	return one.API
}

// reasonCount is how many accounts a policy says no to for one reason.
type reasonCount struct {
	Reason   string `json:"reason"` // in plain words
	Accounts int    `json:"accounts"`
}

// byReason lists the counts, the highest first.
func byReason(counts map[campaign.Why]int) []reasonCount {
	all := []reasonCount{}
	for why, n := range counts {
		all = append(all, reasonCount{string(why), n})
	}
	slices.SortFunc(all, func(a, b reasonCount) int {
		return cmp.Or(cmp.Compare(b.Accounts, a.Accounts), cmp.Compare(a.Reason, b.Reason))
	})
	return all
}

func totalOfReasons(counts map[campaign.Why]int) (n int) {
	for _, of := range counts {
		n += of
	}
	return n
}

// clock names the clock that a plan goes by.
func (c calendar) clock() string {
	if c.offline {
		return "this machine's clock"
	}
	return "the API's time"
}

// print writes the plan for people.
func (c calendar) print(w io.Writer) {
	plan := c.plan
	later, never := totalOfReasons(plan.Later), totalOfReasons(plan.Never)
	all := plan.Due + plan.Open + later + never
	fmt.Fprintf(w, "Reminders of campaign %s: %s, by %s %s\n\n", plan.Campaign, things(all, "session"), c.clock(), moment(plan.At.In(c.zone)))
	if all == 0 {
		fmt.Fprintln(w, "No session of the campaign is meant: none was created, or --owner, --exclude or its file leaves them out.")
	}
	t := plainTable(w)
	t.SetColumnConfigs([]table.ColumnConfig{{Number: 2, Align: text.AlignRight}})
	for _, one := range []struct {
		word  string
		n     int
		words string
	}{
		{"due", plan.Due, "a mail may leave now"},
		{"open", plan.Open, "a resend without a definite answer yet: the next run finds out first whether it left"},
		{"later", later, "not yet"},
		{"never", never, "not as things stand"},
	} {
		if one.n > 0 {
			t.AppendRow(table.Row{"  " + one.word, count(one.n), one.words})
		}
	}
	t.Render()
	if c.mails < plan.Due {
		fmt.Fprintf(w, "\nOf those due, the limit lets %s be mailed.\n", count(c.mails))
	}
	if f := c.forecast; c.mails > 0 && (f.Days > 1 || f.Today < c.mails) {
		fmt.Fprintf(w, "\nOf these, %s can be mailed today%s.\n", count(f.Today), lastDay(f))
	}
	printReasons(w, "Not yet", plan.Later)
	printReasons(w, "Not as things stand", plan.Never)
	if c.next != nil {
		c.printNext(w)
	}
}

// printReasons writes why some get nothing.
func printReasons(w io.Writer, head string, counts map[campaign.Why]int) {
	if len(counts) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s:\n", head)
	t := plainTable(w)
	t.SetColumnConfigs([]table.ColumnConfig{{Number: 1, Align: text.AlignRight}})
	for _, one := range byReason(counts) {
		t.AppendRow(table.Row{"  " + count(one.Accounts), one.Reason})
	}
	t.Render()
}

// printNext writes the accounts that get a mail next.
func (c calendar) printNext(w io.Writer) {
	if len(c.next.all) == 0 {
		return
	}
	fmt.Fprintf(w, "\nThe next mails, as things stand:\n")
	t := plainTable(w)
	t.AppendHeader(table.Row{"  account", "status", "our resend", "the API's own", "link expires"})
	for _, one := range c.next.all {
		t.AppendRow(table.Row{"  " + oneLine(one.Record.Account), oneLine(one.Record.Session.Status), c.ours(one), c.at(one.API), c.at(one.Record.Session.Expires)})
	}
	t.Render()
	if more := c.next.found - len(c.next.all); more > 0 {
		fmt.Fprintf(w, "  and %s more; --csv FILE has every session\n", count(more))
	}
}

// ours says when an account is reminded by us.
func (c calendar) ours(one campaign.Reminder) string {
	switch {
	case one.Record.Resend.Underway():
		return "under way"
	case one.Verdict.Due:
		return "now"
	}
	return c.at(one.Verdict.When)
}

func (c calendar) at(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.In(c.zone).Format("Mon 2006-01-02 15:04")
}
