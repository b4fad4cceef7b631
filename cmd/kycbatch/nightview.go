package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"

	"kycbatch/campaign"
	"kycbatch/internal/report"
)

// nightlyJSON is the object that -o json prints, and that --notify-cmd gets: schema kycbatch/nightly/1.
type nightlyJSON struct {
	Schema     string              `json:"schema"`
	Campaign   string              `json:"campaign"`
	Began      time.Time           `json:"began"`
	Seconds    float64             `json:"seconds"`
	ExitCode   int                 `json:"exit_code"`
	Failure    string              `json:"failure,omitempty"` // why it could not begin
	Parts      []partJSON          `json:"parts"`
	Incidents  []campaign.Incident `json:"incidents"`
	Untold     string              `json:"untold,omitempty"`     // why --notify-cmd did not do its work
	Unmeasured string              `json:"unmeasured,omitempty"` // why the metrics file could not be written
}

type partJSON struct {
	Part     string `json:"part"`
	End      string `json:"end"`
	ExitCode int    `json:"exit_code"`
	Why      string `json:"why,omitempty"`
	Result   any    `json:"result,omitempty"`
}

func (n *night) object() nightlyJSON {
	o := nightlyJSON{
		Schema: "kycbatch/nightly/1", Campaign: n.name, Began: n.began.UTC(), Seconds: math.Round(time.Since(n.began).Seconds()*1000) / 1000,
		ExitCode: n.code(), Parts: []partJSON{}, Incidents: append([]campaign.Incident{}, n.incidents()...),
		Failure: reason(n.failure), Untold: reason(n.untold), Unmeasured: reason(n.unmeasured),
	}
	for _, end := range n.ends {
		o.Parts = append(o.Parts, partJSON{end.name, string(end.end), end.code, printable(end.why), end.result})
	}
	return o
}

// reason is what an error says; "" where there is none.
func reason(err error) string {
	if err == nil {
		return ""
	}
	return printable(err.Error())
}

// incidents are those of all parts, each once: until it was told, each part finds it.
func (n *night) incidents() (all []campaign.Incident) {
	met := map[campaign.Incident]bool{}
	for _, end := range n.ends {
		for _, i := range end.sum.Incidents {
			if !met[i] {
				met[i] = true
				all = append(all, i)
			}
		}
	}
	return all
}

// tell writes the metrics and runs the command that tells others. A signal does not keep the night unsaid.
func (n *night) tell(ctx context.Context) {
	p := n.program
	if n.store != nil {
		n.store.desk.does("telling what was done")
	}
	if n.o.notify != "" {
		text, err := encoded(n.object())
		if err == nil {
			var environ []string
			if p.environ != nil {
				environ = withoutCredentials(p.environ())
			}
			err = notify(context.WithoutCancel(ctx), n.o.notify, text, environ, p.talk, notifyTime)
		}
		if err != nil {
			n.untold = fmt.Errorf("--notify-cmd: %w", err)
			p.talk.complain(n.untold)
		}
	}
	if n.o.metrics == "" {
		return
	}
	var text bytes.Buffer
	figures, err := n.figures()
	writeFigures(&text, figures)
	if err = errors.Join(err, replacePublic(n.o.metrics, text.String())); err != nil {
		n.unmeasured = fmt.Errorf("--metrics-file: %w", err)
		p.talk.complain(n.unmeasured)
	}
}

// show prints the summary.
func (n *night) show() (err error) {
	p := n.program
	if p.options.output == formatJSON {
		err = p.print(n.object())
	} else {
		n.print(p.out)
	}
	if err = errors.Join(err, p.out.Flush()); err != nil {
		return fmt.Errorf("write the summary: %w", err)
	}
	return nil
}

// print writes the summary for people.
func (n *night) print(w io.Writer) {
	fmt.Fprintf(w, "Campaign %s, the night of %s: %s\n\n", n.name, moment(n.began), span(time.Since(n.began)))
	t := plainTable(w)
	for _, end := range n.ends {
		line := end.line
		if end.why != "" && line != "" {
			line += "; "
		}
		t.AppendRow(table.Row{"  " + end.name, endInWords(end.end), oneLine(line + end.why)})
	}
	t.Render()
	if total, ok := n.total(); ok {
		fmt.Fprintf(w, "\nOf %s invited, %s completed, %s opened and not finished, %s not opened yet, %s expired, %s failed or revoked.\n",
			things(total.Sent(), "customer"), count(total.Completed), count(total.Open), count(total.Invited), count(total.Expired), count(total.Failed+total.Revoked))
	}
	if code := n.code(); code != exitDone {
		fmt.Fprintf(w, "\nExit code %d.\n", code)
	}
	printIncidents(w, n.incidents())
	printNext(w, n.next())
}

func endInWords(end nightEnd) string {
	switch end {
	case endStopped:
		return "STOPPED EARLY"
	case endFailed:
		return "FAILED"
	case endNotRun:
		return "NOT RUN"
	default:
		return string(end)
	}
}

// total is where the campaign's rows stand by tonight's report; false where there is none.
func (n *night) total() (report.Counts, bool) {
	for _, end := range n.ends {
		if w, ok := end.result.(report.Written); ok {
			return w.Total, true
		}
	}
	return report.Counts{}, false
}

// next says what to do after a night, one step an entry. What the next night does by itself is none.
func (n *night) next() (steps []string) {
	p := n.program
	about := " --campaign " + quoted(n.name)
	for _, end := range n.ends {
		if end.code == exitCredentials {
			steps = append(steps, "check VOBIZ_AUTH_ID and VOBIZ_AUTH_TOKEN where cron or systemd has them")
		}
		if end.code == exitSafety {
			steps = append(steps, "look at it before the next night: "+p.typed("status"))
		}
		if rows := end.sum.Counts[campaign.OutcomeInvalid] + end.sum.Counts[campaign.OutcomeRefused]; end.counted && rows > 0 {
			steps = append(steps, fmt.Sprintf("mend the %s that %s names in %s itself, then: %s", things(rows, "row"), campaign.RejectedFile, quoted(n.campaign.Source),
				p.typed("create "+quoted(n.campaign.Source)+about)))
		}
		if end.counted && end.sum.Counts[campaign.OutcomeUndecided] > 0 {
			steps = append(steps, "decide about the undecided rows: "+p.typed("undecided"+about))
		}
	}
	if total, ok := n.total(); ok && total.Expired > 0 {
		steps = append(steps, fmt.Sprintf("%s have expired, and need a new one: %s", things(total.Expired, "link"),
			p.typed("replace"+about+" --status expired --reason TEXT")))
	}
	if len(n.incidents()) > 0 {
		steps = append(steps, lookUpIncidents)
	}
	return steps
}
