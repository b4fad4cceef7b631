package main

import (
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"kycbatch/campaign"
)

// finished is a run that came to its end, and what is left of it.
type finished struct {
	sum   campaign.Summary
	files campaign.Files
	code  int
	of    passOf
}

// summaryJSON is the object that -o json prints: schema kycbatch/summary/1.
type summaryJSON struct {
	Schema    string              `json:"schema"`
	Campaign  string              `json:"campaign"`
	Rows      int                 `json:"rows"`
	Counts    map[string]int      `json:"counts"` // every outcome, zeros too; they add up to rows
	Incidents []campaign.Incident `json:"incidents"`
	Gone      int                 `json:"gone_in_doubt"` // rows of earlier files that are in doubt, beside rows
	Unaudited int                 `json:"unaudited"`
	Requests  int                 `json:"requests"`
	Seconds   float64             `json:"seconds"`
	ExitCode  int                 `json:"exit_code"`
	Halt      string              `json:"halt,omitempty"`
	Cause     string              `json:"cause,omitempty"`
	Closed    *closedJSON         `json:"closed,omitempty"`
	Files     *filesJSON          `json:"files,omitempty"`
	Links     *linksJSON          `json:"links,omitempty"` // of a redirect campaign
}

type linksJSON struct {
	Written int `json:"written"` // lines of links.csv
	Lost    int `json:"lost"`    // accounts with a live session whose link is not there
	Orphans int `json:"orphans"` // sessions replaced in all runs because their link was lost with its answer
}

// closedJSON is why rows stayed pending that --daily-cap or --window had no place for.
type closedJSON struct {
	Why   string    `json:"why"`
	Until time.Time `json:"until"`
}

type filesJSON struct {
	Results  string `json:"results"`
	Links    string `json:"links,omitempty"`
	Rejected string `json:"rejected,omitempty"`
}

func (f finished) object() summaryJSON {
	o := summaryJSON{
		Schema: "kycbatch/summary/1", Campaign: f.sum.Campaign, Rows: f.sum.Rows, Counts: eachOutcome(f.sum.Counts),
		Incidents: append([]campaign.Incident{}, f.sum.Incidents...), Gone: f.sum.GoneInDoubt, Unaudited: f.sum.Unaudited, Requests: f.sum.Requests,
		Seconds: math.Round(f.sum.Elapsed.Seconds()*1000) / 1000, ExitCode: f.code, Halt: string(f.sum.Halt),
	}
	if f.sum.Cause != nil {
		o.Cause = printable(f.sum.Cause.Error())
	}
	if c := f.sum.Closed; c != nil {
		o.Closed = &closedJSON{c.Why, c.Until}
	}
	if f.sum.Redirect {
		o.Links = &linksJSON{f.sum.Links, f.sum.LinksLost, f.sum.Orphans}
	}
	if f.files.Results != "" {
		o.Files = &filesJSON{f.files.Results, f.files.Links, f.files.Rejected}
	}
	return o
}

// eachOutcome has zeros too, so that nobody has to ask whether a key is there.
func eachOutcome(counts map[campaign.Outcome]int) map[string]int {
	all := map[string]int{}
	for _, o := range campaign.Outcomes() {
		all[string(o)] = counts[o]
	}
	return all
}

// print writes the summary for people.
func (f finished) print(w io.Writer) {
	s := f.sum
	fmt.Fprintf(w, "Campaign %s: %s, %s, %s\n\n", s.Campaign, things(s.Rows, "row"), span(s.Elapsed), things(s.Requests, "request"))
	printCounts(w, s.Counts, func(o campaign.Outcome) string {
		if s.Redirect && o == campaign.OutcomeCreated {
			return "session created now, its link is in " + campaign.LinksFile
		}
		return meaning(o)
	})
	printHalt(w, s)
	if c := s.Closed; c != nil {
		fmt.Fprintf(w, "\nNo more mails for now: %s. %s pending; it can go on %s.\n", c.Why, stay(s.Counts[campaign.OutcomePending]), moment(c.Until))
	}
	if s.GoneInDoubt > 0 {
		fmt.Fprintf(w, "\nGone from the file, but still in doubt: %s.\n", things(s.GoneInDoubt, "row"))
	}
	if s.Unaudited > 0 {
		fmt.Fprintf(w, "\nSent and still to be looked at again: %s.\n", things(s.Unaudited, "account"))
	}
	if s.Orphans > 0 {
		fmt.Fprintf(w, "\nReplaced on purpose in all runs so far, because the answer that held the link was lost: %s.\n", things(s.Orphans, "session"))
	}
	if s.LinksLost > 0 {
		fmt.Fprintf(w, "\nNOT IN %s ANY MORE: the links of %s. The API does not give them again.\n", campaign.LinksFile, things(s.LinksLost, "live session"))
	}
	printIncidents(w, s.Incidents)
	if f.files.Results != "" {
		fmt.Fprintf(w, "\nFiles:\n  %s  every row, with what became of it\n", f.files.Results)
		if s.Redirect {
			fmt.Fprintf(w, "  %s  %s: whoever has one can do the customer's KYC\n", f.files.Links, things(s.Links, "link"))
		}
		if f.files.Rejected != "" {
			fmt.Fprintf(w, "  %s  %s to mend and give back\n", f.files.Rejected, things(f.files.Mend, "row"))
		}
	}
	printNext(w, f.next())
}

func printHalt(w io.Writer, s campaign.Summary) {
	if s.Halt == "" {
		return
	}
	fmt.Fprintf(w, "\nStopped early: %s\n", s.Halt)
	if s.Cause != nil {
		fmt.Fprintf(w, "  %s\n", oneLine(s.Cause.Error()))
	}
}

func printIncidents(w io.Writer, all []campaign.Incident) {
	if len(all) == 0 {
		return
	}
	fmt.Fprintf(w, "\nINCIDENTS (%s):\n", count(len(all)))
	for _, i := range all {
		fmt.Fprintln(w, oneLine(fmt.Sprintf("  %s, session %s: %s", i.Account, i.Session, i.What)))
	}
}

func printNext(w io.Writer, steps []string) {
	if len(steps) == 0 {
		return
	}
	fmt.Fprintln(w, "\nNext:")
	for _, step := range steps {
		fmt.Fprintf(w, "  - %s\n", strings.ReplaceAll(step, "\n", "\n    ")) // of a file's name that holds a line end
	}
}

func stay(rows int) string {
	if rows == 1 {
		return "1 row stays"
	}
	return count(rows) + " rows stay"
}

// meaning says an outcome in words, after the run.
func meaning(o campaign.Outcome) string {
	switch o {
	case campaign.OutcomeCreated:
		return "session created now, customer mailed once"
	case campaign.OutcomeAdopted:
		return "session of ours found at the API: an answer was lost, not the work"
	case campaign.OutcomeAlready:
		return "created earlier, or by another line of the file"
	case campaign.OutcomeSkipped:
		return "a session lives or was completed already, or the row was excluded or taken out"
	case campaign.OutcomeConflict:
		return "created earlier and changed in the file since: the change was not sent"
	case campaign.OutcomeRefused:
		return "refused by the API; rejected.csv says why"
	case campaign.OutcomeInvalid:
		return "cannot be sent as it is; rejected.csv says why"
	case campaign.OutcomeInDoubt:
		return "sent without a definite answer: the next run looks again"
	case campaign.OutcomeUndecided:
		return "the API cannot say whether a session was made: never sent again by itself"
	default:
		return "not begun yet"
	}
}
