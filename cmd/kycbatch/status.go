package main

import (
	"context"
	"fmt"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"

	"kycbatch/campaign"
	"kycbatch/internal/control"
)

const statusLong = `Say what the ledger knows of each campaign: rows by what became of them, incidents, the last import.

While a run holds the ledger, the run is asked: who runs, how far it is, how fast, how long it still takes, and what its
ledger knows. It asks neither the API nor for credentials, and disturbs nothing.

`

func newStatus(p *program) *cobra.Command {
	var name string
	cmd := &cobra.Command{
		Use:     "status",
		Short:   "Say what the ledger knows, and how far a run is",
		Long:    statusLong + exitHelp,
		Example: "  kycbatch status\n  kycbatch status --campaign customers -o json",
		Args:    cobra.NoArgs,
		RunE:    p.does(func(ctx context.Context, _ []string) (int, error) { return p.status(ctx, name) }),
	}
	cmd.Flags().StringVar(&name, "campaign", "", "one campaign only (default: all)")
	return cmd
}

// statusJSON is the object that -o json prints: schema kycbatch/status/1.
type statusJSON struct {
	Schema    string       `json:"schema"`
	Run       *control.Run `json:"run,omitempty"` // that holds the ledger; none: no run is on
	Campaigns []standing   `json:"campaigns"`
}

// status is the command.
func (p *program) status(ctx context.Context, name string) (code int, err error) {
	st := statusJSON{Schema: "kycbatch/status/1"}
	s, err := p.meet(ctx, campaign.LedgerIdentity{}, func(e encounter) error {
		st.Run = &e.run
		return e.client.Campaigns(ctx, &st.Campaigns)
	})
	if err != nil {
		return 0, err
	}
	if s != nil {
		defer closing(s.close, &err)
		st.Run = nil // one that was met before may have ended meanwhile
		st.Campaigns, err = s.standingsOf(ctx, name)
	} else if name != "" {
		st.Campaigns, err = only(st.Campaigns, name)
	}
	if err != nil {
		return 0, err
	}
	if p.options.output == formatJSON {
		return exitDone, p.print(st)
	}
	if st.Run != nil {
		p.printRun(*st.Run)
	}
	p.printStatus(st.Campaigns)
	return exitDone, nil
}

// printRun says who runs and how far it is.
func (p *program) printRun(r control.Run) {
	say := func(format string, args ...any) {
		fmt.Fprintln(p.out, oneLine(fmt.Sprintf(format, args...)))
	}
	now := time.Now()
	say("%s has the ledger since %s, for %s.", inWords(r), r.Since.Local().Format(time.DateTime), span(now.Sub(r.Since)))
	if r.Pass == nil {
		say("  %s", r.Phase)
	} else {
		say("  campaign %s, %s: %s", r.Campaign, r.Phase, howFar(*r.Pass, now))
		if now, asked := campaign.Rate(r.Pass.RateNow), campaign.Rate(r.Pass.RateAsked); now != asked {
			say("  slowed down by the API: %s, asked for %s", now, asked)
		}
	}
	if r.Draining != "" {
		say("  begins nothing more and finishes what is under way: %s", r.Draining)
	}
	say("")
}

func (p *program) printStatus(all []standing) {
	if len(all) == 0 {
		fmt.Fprintln(p.out, "The ledger holds no campaign yet.")
		return
	}
	t := plainTable(p.out)
	head := table.Row{"campaign", "rows"}
	shown := []campaign.Outcome{}
	for _, o := range campaign.Outcomes() {
		if o == campaign.OutcomeAlready || o == campaign.OutcomePending || totalOf(all, o) > 0 {
			shown = append(shown, o)
			head = append(head, heading(o))
		}
	}
	head = append(head, "not audited", "incidents", "taken in")
	t.AppendHeader(head)
	numbers := []table.ColumnConfig{}
	for i := 2; i < len(head); i++ {
		numbers = append(numbers, table.ColumnConfig{Number: i, Align: text.AlignRight, AlignHeader: text.AlignRight})
	}
	t.SetColumnConfigs(numbers)
	for _, st := range all {
		row := table.Row{st.Campaign, count(st.Rows)}
		for _, o := range shown {
			row = append(row, count(st.Counts[string(o)]))
		}
		t.AppendRow(append(row, count(st.Unaudited), count(len(st.Incidents)), st.Imported.Local().Format("2006-01-02 15:04")))
	}
	t.Render()
	for _, st := range all {
		for _, i := range st.Incidents {
			fmt.Fprintln(p.out, oneLine(fmt.Sprintf("incident in %s: %s, session %s: %s", st.Campaign, i.Account, i.Session, i.What)))
		}
	}
}

func totalOf(all []standing, o campaign.Outcome) (n int) {
	for _, st := range all {
		n += st.Counts[string(o)]
	}
	return n
}

// heading names an outcome's column. Seen from outside a run, what was done already is simply created.
func heading(o campaign.Outcome) string {
	if o == campaign.OutcomeAlready {
		return string(campaign.OutcomeCreated)
	}
	return string(o)
}
