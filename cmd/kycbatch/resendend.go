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

// resendEnd is a resend pass that came to its end, and how to type it again.
type resendEnd struct {
	done  campaign.Resent
	again repeat
	code  int
}

// resendJSON is the object that -o json prints: schema kycbatch/resend/1.
type resendJSON struct {
	Schema    string              `json:"schema"`
	Campaign  string              `json:"campaign"`
	Counts    map[string]int      `json:"counts"`  // every outcome, zeros too: of the sessions that were taken up
	Left      int                 `json:"left"`    // sessions that were due and not taken up
	NotDue    []reasonCount       `json:"not_due"` // of all sessions that got nothing because of the policy
	Incidents []campaign.Incident `json:"incidents"`
	Requests  int                 `json:"requests"` // without that of the plan
	Seconds   float64             `json:"seconds"`
	ExitCode  int                 `json:"exit_code"`
	Halt      string              `json:"halt,omitempty"`
	Cause     string              `json:"cause,omitempty"`
	Closed    *closedJSON         `json:"closed,omitempty"`
}

// endResend prints the summary of a resend pass, and names its incidents.
func (p *program) endResend(ctx context.Context, s *store, end resendEnd) (code int, err error) {
	sum := end.done.Summary()
	if why := stopOf(ctx); sum.Halt == campaign.HaltDrained && why != errInterrupted {
		end.done.Cause = why
	}
	end.code = codeOfResend(end.done)
	if p.options.output == formatJSON {
		err = p.print(end.object())
	} else {
		end.print(p.out)
	}
	if err = errors.Join(err, p.out.Flush()); err != nil {
		return 0, fmt.Errorf("write the summary: %w", err)
	}
	p.told(ctx, s, sum)
	return end.code, nil
}

// codeOfResend is the exit code of a resend pass. Who is not due, or has no place in the budget or the limit, is as it was asked for; a
// mail that may have left is counted as one, and nothing is left to do about it.
func codeOfResend(done campaign.Resent) int {
	codes := []int{codeOfHalt(done.Halt, done.Cause)}
	if len(done.Incidents) > 0 {
		codes = append(codes, exitIncident)
	}
	if done.Counts[campaign.ResendOpen]+done.Counts[campaign.ResendUnread] > 0 {
		codes = append(codes, exitAgain)
	}
	if done.Counts[campaign.ResendRefused] > 0 {
		codes = append(codes, exitMend)
	}
	return weigh(codes...)
}

func (e resendEnd) object() resendJSON {
	done := e.done
	o := resendJSON{
		Schema: "kycbatch/resend/1", Campaign: done.Campaign, Counts: map[string]int{}, Left: done.Left, NotDue: byReason(done.Why),
		Incidents: append([]campaign.Incident{}, done.Incidents...), Requests: done.Requests,
		Seconds: math.Round(done.Elapsed.Seconds()*1000) / 1000, ExitCode: e.code, Halt: string(done.Halt),
	}
	for _, outcome := range campaign.ResendOutcomes() {
		o.Counts[string(outcome)] = done.Counts[outcome]
	}
	if done.Cause != nil {
		o.Cause = printable(done.Cause.Error())
	}
	if c := done.Closed; c != nil {
		o.Closed = &closedJSON{c.Why, c.Until}
	}
	return o
}

// print writes the summary for people.
func (e resendEnd) print(w io.Writer) {
	done, taken := e.done, 0
	for _, n := range done.Counts {
		taken += n
	}
	fmt.Fprintf(w, "Campaign %s: %s to remind, %s, %s\n", done.Campaign, things(taken+done.Left, "customer"), span(done.Elapsed), things(done.Requests, "request"))
	if taken > 0 {
		fmt.Fprintln(w)
		t := plainTable(w)
		t.SetColumnConfigs([]table.ColumnConfig{{Number: 2, Align: text.AlignRight}})
		for _, o := range campaign.ResendOutcomes() {
			if n := done.Counts[o]; n > 0 {
				t.AppendRow(table.Row{"  " + string(o), count(n), resendMeaning(o)})
			}
		}
		t.Render()
	}
	printReasons(w, "Not reminded", done.Why)
	printHalt(w, done.Summary())
	if c := done.Closed; c != nil {
		fmt.Fprintf(w, "\nNo more mails for now: %s. It can go on %s.\n", c.Why, moment(c.Until))
	}
	if done.Left > 0 {
		fmt.Fprintf(w, "\nDue, and not taken up this time: %s.\n", things(done.Left, "customer"))
	}
	printIncidents(w, done.Incidents)
	printNext(w, e.next())
}

// resendMeaning says an outcome of a resend in words.
func resendMeaning(o campaign.ResendOutcome) string {
	switch o {
	case campaign.ResendSent:
		return "a mail left"
	case campaign.ResendUnsure:
		return "a mail may have left: it counts as one, and is not repeated"
	case campaign.ResendCooling:
		return "another mail left less than half an hour ago; nothing was sent"
	case campaign.ResendNotDue:
		return "not due by what the API says now; nothing was sent"
	case campaign.ResendRefused:
		return "refused by the API; nothing was sent, and `kycbatch history ACCOUNT` says why"
	case campaign.ResendHeld:
		return "its turn did not come before the cap, the window or the run ended it; nothing was sent"
	case campaign.ResendUnread:
		return "the session could not be read; nothing was sent"
	default:
		return "sent without a definite answer: the next run finds out"
	}
}

// next says what to do after a resend, one step an entry.
func (e resendEnd) next() []string {
	var steps []string
	done := e.done
	rerun := e.again.line("resend", done.Campaign)
	open := done.Counts[campaign.ResendOpen]
	switch {
	case done.Halt == campaign.HaltCredentials:
		steps = append(steps, "check VOBIZ_AUTH_ID and VOBIZ_AUTH_TOKEN, then go on: "+rerun)
	case done.Halt == campaign.HaltOutage:
		steps = append(steps, "when the API answers again: "+rerun)
	case done.Halt == campaign.HaltLedger:
		steps = append(steps, "see that the disk has space and is sound, then: "+rerun)
	case open > 0:
		steps = append(steps, "find out what became of the requests without an answer, soon: the API can tell for a quarter of an hour or so: "+rerun)
	case done.Closed != nil:
		steps = append(steps, fmt.Sprintf("from %s on: %s", moment(done.Closed.Until), rerun))
	case done.Left+done.Counts[campaign.ResendUnread]+done.Counts[campaign.ResendHeld] > 0:
		steps = append(steps, "go on: "+rerun)
	}
	if len(done.Incidents) > 0 {
		steps = append(steps, lookUpIncidents)
	}
	return steps
}
