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

const undecidedLong = `Say what is known of each account that waits for a person's word, and how to give it.

An account is undecided where the API cannot tell what became of a request: nothing more is sent for it until
somebody has looked. It asks neither the API nor for credentials.

`

func newUndecided(p *program) *cobra.Command {
	cmd := newUndecidedList(p)
	cmd.Use = "undecided"
	cmd.Example += `
  kycbatch undecided resolve MA_7Q2XK4LD --retry
  kycbatch undecided resolve --file decisions.csv`
	cmd.AddCommand(newUndecidedList(p), newResolve(p))
	return cmd
}

func newUndecidedList(p *program) *cobra.Command {
	var name string
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "Say which accounts wait for a person's word, and why",
		Long:    undecidedLong + exitHelp,
		Example: "  kycbatch undecided\n  kycbatch undecided list --campaign customers -o json",
		Args:    cobra.NoArgs,
		RunE:    p.does(func(ctx context.Context, _ []string) (int, error) { return p.undecided(ctx, name) }),
	}
	cmd.Flags().StringVar(&name, "campaign", "", "one campaign only (default: all)")
	return cmd
}

// waiting is what is known of one undecided account: an entry of schema kycbatch/undecided/1.
type waiting struct {
	Account  string    `json:"account"`
	Campaign string    `json:"campaign"` // whose row was sent
	Session  string    `json:"session"`  // the one that it is about; "" none is known
	Status   string    `json:"status"`   // the API's word for it, when we last looked
	Attempts int       `json:"attempts"` // requests sent in this round
	Since    time.Time `json:"since"`    // when this became known, by this machine's clock
	Reason   string    `json:"reason"`
}

// undecided is the command.
func (p *program) undecided(ctx context.Context, name string) (code int, err error) {
	s, err := p.read(ctx, campaign.LedgerIdentity{})
	if err != nil {
		return 0, err
	}
	defer closing(s.close, &err)
	if name != "" {
		if _, err := s.choose(name); err != nil {
			return 0, err
		}
	}
	all := []waiting{}
	for u, err := range s.ledger.Undecided(name) {
		if err != nil {
			return 0, err
		}
		rec := u.Record
		all = append(all, waiting{rec.Account, u.Campaign, rec.Session.ID, rec.Session.Status, rec.Attempt, rec.Changed, rec.Reason})
	}
	if p.options.output == formatJSON {
		return exitDone, p.print(struct {
			Schema   string    `json:"schema"`
			Accounts []waiting `json:"accounts"`
		}{"kycbatch/undecided/1", all})
	}
	p.printUndecided(s, all)
	return exitDone, nil
}

func (p *program) printUndecided(s *store, all []waiting) {
	if len(all) == 0 {
		fmt.Fprintln(p.out, "No account is undecided.")
		return
	}
	t := plainTable(p.out)
	t.AppendHeader(table.Row{"account", "campaign", "session", "status", "attempts", "since", "reason"})
	t.SetColumnConfigs([]table.ColumnConfig{{Number: 5, Align: text.AlignRight, AlignHeader: text.AlignRight}})
	for _, u := range all {
		t.AppendRow(table.Row{oneLine(u.Account), u.Campaign, oneLine(u.Session), oneLine(u.Status), count(u.Attempts),
			u.Since.Local().Format("2006-01-02 15:04"), oneLine(u.Reason)})
	}
	t.Render()
	fmt.Fprintf(p.out, "\nNothing is sent for %s until you say one of these; each looks at the API first:\n", things(len(all), "account"))
	for _, choice := range [][2]string{
		{"--adopt", "its session is the customer's: count the row as created"},
		{"--retry", "it has no session that lives: let the next create send it"},
		{"--give-up --reason TEXT", "nothing more is to be sent"},
	} {
		fmt.Fprintf(p.out, "  %s\n      %s\n", p.typedFor(s, "undecided resolve ACCOUNT "+choice[0]), choice[1])
	}
}
