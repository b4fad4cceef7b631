package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"kycbatch/campaign"
)

// orderEnd is an order that came to its end, and what is left of it.
type orderEnd struct {
	done     campaign.Carried
	left     []campaign.Planned
	only     bool
	redirect bool
	again    repeat
	files    campaign.Files
	code     int
}

// orderJSON is the object that -o json prints: schemas kycbatch/replace/1 and kycbatch/revoke/1.
type orderJSON struct {
	Schema    string              `json:"schema"`
	Campaign  string              `json:"campaign"`
	Counts    map[string]int      `json:"counts"` // every end, zeros too; they add up to the accounts
	Accounts  []orderedJSON       `json:"accounts"`
	Left      []leftJSON          `json:"left_out"`
	Incidents []campaign.Incident `json:"incidents"`
	Unaudited int                 `json:"unaudited"`
	Requests  int                 `json:"requests"` // without those of the plan
	Seconds   float64             `json:"seconds"`
	ExitCode  int                 `json:"exit_code"`
	Halt      string              `json:"halt,omitempty"`
	Cause     string              `json:"cause,omitempty"`
	Files     *filesJSON          `json:"files,omitempty"`
}

type orderedJSON struct {
	Account string `json:"account"`
	End     string `json:"end"`
	Before  string `json:"before"` // id of the session that was to end
	After   string `json:"after"`  // id of the account's session now
	Reason  string `json:"reason"`
}

type leftJSON struct {
	Account string `json:"account"`
	Reason  string `json:"reason"`
}

// endOrder writes the result files and the summary of an order, and names its incidents.
func (p *program) endOrder(ctx context.Context, s *store, cfg campaign.Config, end orderEnd, err error) (int, error) {
	if err != nil {
		return 0, fmt.Errorf("carry out the order: %w", err)
	}
	sum := end.done.Summary
	end.code = codeOfOrder(end)
	if sum.Run > 0 {
		if end.files, err = p.writeResults(s, cfg, sum); err != nil {
			p.talk.complain(err)
			end.code = weigh(end.code, codeOf(err))
		}
	}
	if p.options.output == formatJSON {
		err = p.print(end.object())
	} else {
		end.print(p.out, p.options.verbose)
		err = nil
	}
	if err = errors.Join(err, p.out.Flush()); err != nil {
		return 0, fmt.Errorf("write the summary: %w", err)
	}
	p.told(ctx, s, sum)
	return end.code, nil
}

func (e orderEnd) counts() map[campaign.OrderEnd]int {
	counts := map[campaign.OrderEnd]int{}
	for _, one := range e.done.Accounts {
		counts[one.End]++
	}
	return counts
}

// lived counts the accounts with an end of which a session had to end.
func (e orderEnd) lived(end campaign.OrderEnd) (n int) {
	for _, one := range e.done.Accounts {
		if one.End == end && one.Before != "" {
			n++
		}
	}
	return n
}

// codeOfOrder is the exit code of an order. What was left out or left alone was not done, and is for a person to see.
func codeOfOrder(e orderEnd) int {
	sum, counts := e.done.Summary, e.counts()
	codes := []int{codeOfHalt(sum.Halt, sum.Cause)}
	if len(sum.Incidents) > 0 {
		codes = append(codes, exitIncident)
	}
	if counts[campaign.OrderOpen]+sum.Unaudited > 0 {
		codes = append(codes, exitAgain)
	}
	if counts[campaign.OrderCalledOff]+counts[campaign.OrderRefused]+counts[campaign.OrderUndecided]+len(e.left) > 0 {
		codes = append(codes, exitMend)
	}
	return weigh(codes...)
}

func (e orderEnd) command() string {
	if e.only {
		return "revoke"
	}
	return "replace"
}

func (e orderEnd) object() orderJSON {
	sum := e.done.Summary
	o := orderJSON{
		Schema: "kycbatch/" + e.command() + "/1", Campaign: sum.Campaign, Counts: map[string]int{}, Accounts: []orderedJSON{}, Left: leftOut(e.left),
		Incidents: append([]campaign.Incident{}, sum.Incidents...), Unaudited: sum.Unaudited, Requests: sum.Requests,
		Seconds: math.Round(sum.Elapsed.Seconds()*1000) / 1000, ExitCode: e.code, Halt: string(sum.Halt),
	}
	counts := e.counts()
	for _, end := range campaign.OrderEnds() {
		o.Counts[string(end)] = counts[end]
	}
	for _, one := range e.done.Accounts {
		o.Accounts = append(o.Accounts, orderedJSON{one.Account, string(one.End), one.Before, one.After, printable(one.Reason)})
	}
	if sum.Cause != nil {
		o.Cause = printable(sum.Cause.Error())
	}
	if e.files.Results != "" {
		o.Files = &filesJSON{e.files.Results, e.files.Links, e.files.Rejected}
	}
	return o
}

func leftOut(left []campaign.Planned) []leftJSON {
	all := []leftJSON{}
	for _, one := range left {
		all = append(all, leftJSON{one.Account, printable(one.Why)})
	}
	return all
}

// print writes the summary for people.
func (e orderEnd) print(w io.Writer, all bool) {
	sum, counts := e.done.Summary, e.counts()
	fmt.Fprintf(w, "Campaign %s: %s, %s, %s\n", sum.Campaign, things(len(e.done.Accounts), "account"), span(sum.Elapsed), things(sum.Requests, "request"))
	if len(e.done.Accounts) > 0 {
		fmt.Fprintln(w)
		t := plainTable(w)
		t.SetColumnConfigs([]table.ColumnConfig{{Number: 2, Align: text.AlignRight}})
		for _, end := range campaign.OrderEnds() {
			if n := counts[end]; n > 0 {
				t.AppendRow(table.Row{"  " + string(end), count(n), endedAs(end, n, e.lived(end), e.redirect)})
			}
		}
		t.Render()
	}
	if sum.Halt != "" {
		fmt.Fprintf(w, "\nStopped early: %s\n", sum.Halt)
		if sum.Cause != nil {
			fmt.Fprintf(w, "  %s\n", oneLine(sum.Cause.Error()))
		}
	}
	reasons(w, "WITHOUT A SESSION NOW", e.done, all, campaign.OrderRefused)
	reasons(w, "Left alone", e.done, all, campaign.OrderCalledOff)
	reasons(w, "Undecided", e.done, all, campaign.OrderUndecided)
	reasons(w, "Not finished", e.done, all, campaign.OrderOpen)
	showLeft(w, e.left, all)
	if len(sum.Incidents) > 0 {
		fmt.Fprintf(w, "\nINCIDENTS (%s):\n", count(len(sum.Incidents)))
		for _, i := range sum.Incidents {
			fmt.Fprintln(w, oneLine(fmt.Sprintf("  %s, session %s: %s", i.Account, i.Session, i.What)))
		}
	}
	if e.files.Results != "" {
		fmt.Fprintf(w, "\nFiles:\n  %s  every row, with what became of it\n", e.files.Results)
	}
	if steps := e.next(); len(steps) > 0 {
		fmt.Fprintln(w, "\nNext:")
		for _, step := range steps {
			fmt.Fprintf(w, "  - %s\n", step)
		}
	}
}

// next says what to do after an order, one step an entry.
func (e orderEnd) next() []string {
	var steps []string
	name, counts := e.done.Summary.Campaign, e.counts()
	if counts[campaign.OrderRefused] > 0 {
		steps = append(steps, "give each account without a session another one as soon as what was refused is mended: "+
			e.again.line("replace", name, "--account ID [--email ADDRESS]"))
	}
	if counts[campaign.OrderOpen]+e.done.Summary.Unaudited > 0 {
		steps = append(steps, "go on: "+e.again.line(e.command(), name, "--resume"))
	}
	if counts[campaign.OrderCalledOff] > 0 {
		steps = append(steps, "what a customer has opened is ended with --include-started; the KYC that was begun is lost then")
	}
	return steps
}
