package main

import (
	"fmt"
	"io"
	"math"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"

	"kycbatch/campaign"
	"kycbatch/internal/intake"
)

// planJSON is the object that -o json prints: schema kycbatch/plan/1.
type planJSON struct {
	Schema    string         `json:"schema"`
	Campaign  string         `json:"campaign"`
	Rows      int            `json:"rows"`
	Valid     int            `json:"valid"`
	Problems  []problemJSON  `json:"problems"`       // the first 10,000
	Found     int            `json:"problems_total"` // all of them
	Notices   []string       `json:"notices"`        // what was decided about the file
	Annotated string         `json:"annotated,omitempty"`
	Counts    map[string]int `json:"counts"` // every outcome; they add up to rows
	Withdrawn int            `json:"withdrawn"`
	Flow      string         `json:"flow"`
	Mails     int            `json:"mails"`   // customers to be mailed; in the redirect flow, links to be made
	Today     int            `json:"today"`   // of the mails, what --daily-cap, --window and the rate let leave today
	Days      int            `json:"days"`    // on which mails leave
	Seconds   float64        `json:"seconds"` // an estimate; 0 where the rate is unlimited
}

type problemJSON struct {
	Line   int    `json:"line"`
	Column string `json:"column"`
	Reason string `json:"reason"`
}

func planObject(in input, plan campaign.Plan, took time.Duration, annotated string) planJSON {
	o := planJSON{
		Schema: "kycbatch/plan/1", Campaign: plan.Campaign, Rows: plan.Rows,
		Valid:    plan.Rows - plan.Counts[campaign.OutcomeInvalid],
		Problems: []problemJSON{}, Notices: []string{}, Annotated: annotated, Counts: eachOutcome(plan.Counts), Withdrawn: plan.Withdrawn,
		Mails: plan.Mails, Flow: flowEmail, Today: plan.Forecast.Today, Days: plan.Forecast.Days,
		Seconds: math.Ceil(took.Seconds()*10) / 10,
	}
	if plan.Redirect {
		o.Flow = flowRedirect
	}
	if in.file == nil {
		return o
	}
	o.Valid, o.Found = in.file.Valid, in.file.ProblemsTotal
	o.Notices = append(o.Notices, in.file.Notices...)
	for _, problem := range in.file.Problems {
		o.Problems = append(o.Problems, problemJSON(problem))
	}
	return o
}

// would says what a run would do to customers.
func would(plan campaign.Plan) string {
	if plan.Redirect {
		return things(plan.Mails, "customer") + " would get a link"
	}
	return things(plan.Mails, "customer") + " would be mailed"
}

// shownProblems is how many problems a person is shown at once.
const shownProblems = 20

// showPlan writes a plan for people.
func showPlan(w io.Writer, in input, plan campaign.Plan, took time.Duration, all bool) {
	fmt.Fprintf(w, "Plan for campaign %s: %s\n\n", plan.Campaign, things(plan.Rows, "row"))
	printCounts(w, plan.Counts, intent)
	if plan.Redirect {
		fmt.Fprintf(w, "\nWould make a link for %s and mail nobody", things(plan.Mails, "customer"))
	} else {
		fmt.Fprintf(w, "\nWould mail %s", things(plan.Mails, "customer"))
	}
	if took > 0 && plan.Mails+plan.Counts[campaign.OutcomeInDoubt] > 0 {
		fmt.Fprintf(w, ", in about %s", span(max(took, time.Second)))
	}
	fmt.Fprintln(w, ".")
	if f := plan.Forecast; plan.Mails > 0 && (f.Days > 1 || f.Today < plan.Mails) {
		fmt.Fprintf(w, "Of these %s can leave today%s.\n", count(f.Today), lastDay(f))
	}
	if plan.Withdrawn > 0 {
		fmt.Fprintf(w, "%s of the campaign's earlier file would be withdrawn.\n", things(plan.Withdrawn, "pending row"))
	}
	if in.file != nil && in.file.ProblemsTotal > 0 {
		showProblems(w, in.file, all)
	}
}

// lastDay says how far a forecast reaches.
func lastDay(f campaign.Forecast) string {
	if f.Until.IsZero() {
		return "; the last would leave in more than ten years"
	}
	return fmt.Sprintf(", and the last on %s, after %s with mails", f.Until.Format("Mon 2006-01-02"), things(f.Days, "day"))
}

func showProblems(w io.Writer, f *intake.File, all bool) {
	fmt.Fprintf(w, "\n%s:\n", things(f.ProblemsTotal, "problem"))
	shown := f.Problems
	if !all {
		shown = shown[:min(len(shown), shownProblems)]
	}
	t := plainTable(w)
	t.AppendHeader(table.Row{"  line", "column", "problem"})
	for _, problem := range shown {
		t.AppendRow(table.Row{fmt.Sprintf("  %d", problem.Line), oneLine(problem.Column), oneLine(problem.Reason)})
	}
	t.Render()
	if more := f.ProblemsTotal - len(shown); more > 0 {
		fmt.Fprintf(w, "  and %s more; plan -o json has all of the first %s\n", count(more), count(len(f.Problems)))
	}
}

// intent says an outcome in words, before a run.
func intent(o campaign.Outcome) string {
	switch o {
	case campaign.OutcomeAlready:
		return "created earlier, or another line of the file stands for it"
	case campaign.OutcomeInDoubt:
		return "would be looked up first: an earlier request got no definite answer"
	case campaign.OutcomePending:
		return "would be sent"
	case campaign.OutcomeRefused:
		return "refused earlier; --retry-refused asks again"
	case campaign.OutcomeInvalid:
		return "cannot be sent as it is"
	case campaign.OutcomeUndecided:
		return "would not be sent: the API could not say whether a session was made"
	default:
		return meaning(o)
	}
}
