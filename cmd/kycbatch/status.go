package main

import (
	"context"
	"fmt"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"

	"kycbatch/campaign"
)

const statusLong = `Say what the ledger knows of each campaign: rows by what became of them, incidents, the last import.

It asks neither the API nor for credentials.

`

func newStatus(p *program) *cobra.Command {
	var name string
	cmd := &cobra.Command{
		Use:     "status",
		Short:   "Say what the ledger knows; ask nobody",
		Long:    statusLong + exitHelp,
		Example: "  kycbatch status\n  kycbatch status --campaign customers -o json",
		Args:    cobra.NoArgs,
		RunE:    p.does(func(context.Context, []string) (int, error) { return p.status(name) }),
	}
	cmd.Flags().StringVar(&name, "campaign", "", "one campaign only (default: all)")
	return cmd
}

// standing is where one campaign stands: an entry of schema kycbatch/status/1.
type standing struct {
	Campaign  string              `json:"campaign"`
	Source    string              `json:"source"`   // base name of the file
	Imported  time.Time           `json:"imported"` // when its newest version was taken in
	Rows      int                 `json:"rows"`
	Counts    map[string]int      `json:"counts"`    // every outcome; they add up to rows. "already" is created
	Gone      int                 `json:"gone"`      // rows of earlier files that are not in the newest
	Unaudited int                 `json:"unaudited"` // accounts that were sent and not looked at again
	Incidents []campaign.Incident `json:"incidents"`
}

// status is the command.
func (p *program) status(name string) (code int, err error) {
	s, err := p.read(campaign.LedgerIdentity{})
	if err != nil {
		return 0, err
	}
	defer closing(s.close, &err)
	all, err := s.ledger.Campaigns()
	if err != nil {
		return 0, err
	}
	if name != "" {
		c, err := s.choose(name)
		if err != nil {
			return 0, err
		}
		all = []campaign.Campaign{c}
	}
	found := []standing{}
	for _, c := range all {
		st, err := s.standing(c)
		if err != nil {
			return 0, fmt.Errorf("read campaign %q: %w", c.Name, err)
		}
		found = append(found, st)
	}
	if p.options.output == formatJSON {
		return exitDone, p.print(struct {
			Schema    string     `json:"schema"`
			Campaigns []standing `json:"campaigns"`
		}{"kycbatch/status/1", found})
	}
	p.printStatus(found)
	return exitDone, nil
}

// standing counts the rows of a campaign. An account that several rows name has its incident and its audit once.
func (s *store) standing(c campaign.Campaign) (standing, error) {
	st := standing{
		Campaign: c.Name, Source: c.Source, Imported: c.Imported, Gone: int(c.Kept), Incidents: []campaign.Incident{},
	}
	counts := map[campaign.Outcome]int{}
	for res, err := range s.ledger.Results(c, 0, nil) {
		if err != nil {
			return st, err
		}
		st.Rows++
		counts[res.Outcome]++
		rec := res.Record
		if res.Row.DuplicateOf > 0 || rec.Campaign != c.ID {
			continue
		}
		if rec.Posted() && rec.Current() != campaign.Started && !rec.Audited {
			st.Unaudited++
		}
		if rec.Incident != "" {
			st.Incidents = append(st.Incidents, campaign.Incident{Account: res.Row.Account, Session: rec.Session.ID, What: rec.Incident})
		}
	}
	st.Counts = eachOutcome(counts)
	return st, nil
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
			fmt.Fprintln(p.out, printable(fmt.Sprintf("incident in %s: %s, session %s: %s", st.Campaign, i.Account, i.Session, i.What)))
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
