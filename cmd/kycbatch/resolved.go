package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/jedib0t/go-pretty/v6/table"

	"kycbatch/campaign"
)

// resolvedJSON is the object that undecided resolve prints: schema kycbatch/resolve/1.
type resolvedJSON struct {
	Schema    string              `json:"schema"`
	Accounts  []accountJSON       `json:"accounts"` // in the order in which they were named
	Incidents []campaign.Incident `json:"incidents"`
	Unaudited int                 `json:"unaudited"`
	Requests  int                 `json:"requests"`
	Seconds   float64             `json:"seconds"`
	ExitCode  int                 `json:"exit_code"`
	Halt      string              `json:"halt,omitempty"`
	Cause     string              `json:"cause,omitempty"`
}

type accountJSON struct {
	Account  string `json:"account"`
	Decision string `json:"decision"`
	Done     bool   `json:"done"`
	State    string `json:"state"` // ours, as it is now
	Session  string `json:"session"`
	Status   string `json:"status"` // the API's word for the session
	Note     string `json:"note"`   // what stood in the way, or what to know
}

// resolved is what came of decisions.
type resolved struct {
	all       []campaign.Resolution
	sum       campaign.Summary
	unaudited int // accounts that were sent and still have to be looked at again
	code      int
	steps     []string // what to type next
}

// showResolved prints what became of each account, and gives the exit code.
func (p *program) showResolved(ctx context.Context, s *store, sum campaign.Summary, all []campaign.Resolution, again repeat) (int, error) {
	r := resolved{all: all, sum: sum}
	codes := []int{codeOfHalt(sum.Halt, sum.Cause)}
	if len(sum.Incidents) > 0 {
		codes = append(codes, exitIncident)
	}
	for _, one := range all {
		if !one.Done {
			codes = append(codes, exitMend)
		}
		if r.isUnaudited(one) {
			r.unaudited++
			codes = append(codes, exitAgain)
		}
	}
	r.code = weigh(codes...)
	var err error
	if r.steps, err = p.afterResolve(s, r, again); err != nil {
		return 0, err
	}
	if p.options.output == formatJSON {
		err = p.print(r.object())
	} else {
		p.printResolved(r)
	}
	if err = errors.Join(err, p.out.Flush()); err != nil {
		return 0, fmt.Errorf("write the result: %w", err)
	}
	p.told(ctx, s, sum)
	return r.code, nil
}

// isUnaudited says whether an account that was decided about was not looked at once more since.
func (r resolved) isUnaudited(one campaign.Resolution) bool {
	return one.Record.Run == r.sum.Run && one.Record.Posted() && !one.Record.Audited
}

func (r resolved) done() (n int) {
	for _, one := range r.all {
		if one.Done {
			n++
		}
	}
	return n
}

func (r resolved) object() resolvedJSON {
	o := resolvedJSON{
		Schema: "kycbatch/resolve/1", Accounts: []accountJSON{}, Incidents: append([]campaign.Incident{}, r.sum.Incidents...),
		Unaudited: r.unaudited, Requests: r.sum.Requests, Seconds: math.Round(r.sum.Elapsed.Seconds()*1000) / 1000,
		ExitCode: r.code, Halt: string(r.sum.Halt),
	}
	if r.sum.Cause != nil {
		o.Cause = printable(r.sum.Cause.Error())
	}
	for _, one := range r.all {
		rec := one.Record
		o.Accounts = append(o.Accounts, accountJSON{
			one.Account, string(one.Decision.Verb), one.Done, string(rec.Current()), rec.Session.ID, rec.Session.Status, one.Note,
		})
	}
	return o
}

func (p *program) printResolved(r resolved) {
	fmt.Fprintf(p.out, "Resolved %s of %s: %s, %s\n\n", count(r.done()), things(len(r.all), "account"), span(r.sum.Elapsed),
		things(r.sum.Requests, "request"))
	t := plainTable(p.out)
	for _, one := range r.all {
		t.AppendRow(table.Row{"  " + oneLine(one.Account), string(one.Record.Current()), oneLine(became(one))})
	}
	t.Render()
	printHalt(p.out, r.sum)
	if r.unaudited > 0 {
		fmt.Fprintf(p.out, "\nStill to be looked at again: %s.\n", things(r.unaudited, "account"))
	}
	printIncidents(p.out, r.sum.Incidents)
	printNext(p.out, r.steps)
}

// became says what became of an account.
func became(one campaign.Resolution) string {
	rec := one.Record
	switch {
	case !one.Done:
		return one.Note
	case rec.State == campaign.Created && one.Note != "":
		return fmt.Sprintf("session %s (%s): %s", rec.Session.ID, rec.Session.Status, one.Note)
	case rec.State == campaign.Created:
		return fmt.Sprintf("session %s (%s) is its own", rec.Session.ID, rec.Session.Status)
	case rec.State == campaign.Pending:
		return "the next create sends it"
	default:
		return "nothing more is sent for it"
	}
}

// afterResolve says what to do after decisions were carried out, one step an entry.
func (p *program) afterResolve(s *store, r resolved, again repeat) (steps []string, err error) {
	all, err := s.ledger.Campaigns()
	if err != nil {
		return nil, err
	}
	if r.sum.Halt != "" {
		steps = append(steps, "give the same command again: what is resolved stays so, and the rest is looked at")
	}
	for _, c := range all {
		some := func(is func(campaign.Resolution) bool) bool {
			return slices.ContainsFunc(r.all, func(one campaign.Resolution) bool { return one.Record.Campaign == c.ID && is(one) })
		}
		if some(func(one campaign.Resolution) bool { return one.Done && one.Record.State == campaign.Pending }) {
			steps = append(steps, "send what is pending again: "+again.create(c.Name))
		}
		if some(r.isUnaudited) && r.sum.Halt == "" {
			steps = append(steps, "look at it once more: "+again.audit(c.Name))
		}
	}
	undecided := 0
	for _, one := range r.all {
		if !one.Done && one.Record.State == campaign.Undecided {
			undecided++
		}
	}
	if undecided > 0 && r.sum.Halt == "" {
		steps = append(steps, fmt.Sprintf("decide anew about %s: %s", things(undecided, "account"), p.typed("undecided")))
	}
	if len(r.sum.Incidents) > 0 {
		steps = append(steps, lookUpIncidents)
	}
	return steps, nil
}
