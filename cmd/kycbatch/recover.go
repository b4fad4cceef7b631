package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"kycbatch/campaign"
	"kycbatch/internal/control"
	"kycbatch/internal/intake"
)

// recoverOptions are the flags of recover.
type recoverOptions struct {
	input       inputOptions
	pace        pace
	outage      outageOptions
	settle      time.Duration
	ledgerID    string
	flow        string
	redirectURL string
}

const recoverLong = `Make a ledger anew that is lost or damaged, from the campaigns' files and from what the API shows.

A backup is better where there is one: it knows what this cannot (put it in the place of ledger.db and run create).
Without one, give the files of ALL campaigns of the ledger in one command, with the flags that their create had
(--map, --metadata, --on-duplicate, --exclude).

It sends nothing. It waits until requests that nobody knows of any more have settled, reads the API's whole list twice,
and tells by our attempt ids what is ours. Every account that has a session of ours comes back as created, whatever
became of that session: the next create sends nothing for it. Rows of which nothing lives come back as pending: look
at them before you run create, for some may have been refused, withdrawn or undecided. It says what it could not know.

Until all of it is written, read back and agreed to, everything stays as it was, and it can be run again. A damaged
ledger.db is kept beside the new one. links.csv and the other result files are not touched. Where there are accounts to
look at, it writes a list of them and ends with 3.

`

func newRecover(p *program) *cobra.Command {
	var o recoverOptions
	cmd := &cobra.Command{
		Use:   "recover FILE...",
		Short: "Make a lost or damaged ledger anew, from the campaigns' files and the API",
		Long:  recoverLong + exitHelp,
		Example: `  kycbatch recover customers.csv
  kycbatch recover spring.csv summer.csv --yes
  kycbatch recover --campaign customers customers-2026.xlsx --sheet Rows`,
		Args:    cobra.MinimumNArgs(1),
		PreRunE: p.checks(func() error { return o.check(p) }),
	}
	cmd.RunE = p.does(func(ctx context.Context, args []string) (int, error) { return p.recover(ctx, o, cmd.Flags(), args) })
	f := cmd.Flags()
	o.input.addFlags(f)
	o.pace.addFlags(f)
	o.outage.addFlags(f)
	f.DurationVar(&o.settle, "settle", campaign.DefaultSettle, "as for create")
	f.StringVar(&o.ledgerID, "ledger-id", "", "id of the ledger, where it can't be told from what is there")
	f.StringVar(&o.flow, "flow", flowEmail, "flow of a campaign whose sessions are of both: email or redirect")
	f.StringVar(&o.redirectURL, "redirect-url", "", "where the browser goes after the widget, for --flow redirect")
	return cmd
}

// check refuses values out of range. Nothing was read or sent yet.
func (o *recoverOptions) check(p *program) error {
	if p.options.sandbox && !p.given["settle"] {
		o.settle = sandboxSettle
	}
	switch {
	case o.settle <= 0:
		return failed(exitUsage, "", "--settle %s: it must be above zero", o.settle)
	case o.ledgerID != "" && campaign.CheckLedgerID(o.ledgerID) != nil:
		return failed(exitUsage, "", "--ledger-id %q: %w", o.ledgerID, campaign.CheckLedgerID(o.ledgerID))
	case o.flow != flowEmail && o.flow != flowRedirect:
		return failed(exitUsage, "", "--flow %q: choose email or redirect", o.flow)
	case (o.redirectURL != "") != (o.flow == flowRedirect):
		return failed(exitUsage, "", "--flow redirect and --redirect-url go together")
	}
	return errors.Join(o.pace.check(p.options.sandbox), o.outage.check(), checkAddress("--redirect-url", o.redirectURL, "https", "http"))
}

// recover is the command.
func (p *program) recover(ctx context.Context, o recoverOptions, flags *pflag.FlagSet, args []string) (code int, err error) {
	if !p.stdinIsTTY && !p.options.yes {
		return 0, failed(exitUsage, "add --yes", "there is no terminal to ask on: nothing was changed")
	}
	t, err := p.target(o.pace.timeout)
	if err != nil {
		return 0, err
	}
	if err := p.nobodyWorks(ctx); err != nil {
		return 0, err
	}
	files, err := o.open(ctx, p, args)
	defer closing(func() (err error) {
		for _, in := range files {
			err = errors.Join(err, in.close())
		}
		return err
	}, &err)
	if err != nil {
		return 0, err
	}
	p.warnOfMode(p.dataDir())
	a, err := p.connect(t, o.pace, p.dataDir(), false)
	if err != nil {
		return 0, err
	}
	defer closing(a.close, &err)
	rec := campaign.Recovery{
		Config: campaign.Config{
			Client: a.client, Brake: a.brake, Workers: o.pace.workers, Timeout: o.pace.timeout, Settle: o.settle,
			MaxOutage: o.outage.maxOutage, Origin: p.origin("recover", flags), Progress: &campaign.Progress{},
		},
		DataDir: p.dataDir(), Options: campaign.LedgerOptions{Identity: t.identity, Holder: "recover"}, LedgerID: o.ledgerID,
	}
	if p.given["flow"] {
		rec.Redirect = &o.redirectURL
	}
	for _, in := range files {
		rec.Files = append(rec.Files, campaign.RecoverFile{Campaign: in.campaign, File: in.file, Options: in.options})
	}
	end := recovered{p: p}
	if end.sum, err = p.makeAnew(ctx, rec); err != nil {
		return 0, p.unrecovered(err)
	}
	if end.notes, err = p.writeNotes(end.sum); err != nil { // the ledger is in its place
		p.talk.complain(err)
		end.failed = codeOf(err)
	}
	if p.options.output == formatJSON {
		return end.code(), p.print(end.object())
	}
	end.print(p.out)
	return end.code(), nil
}

// nobodyWorks refuses while a run can still be asked: one whose ledger was taken away from under it holds no lock that shows, and may
// send again at any time.
func (p *program) nobodyWorks(ctx context.Context) error {
	run, err := control.NewClient(p.dataDir()).Run(ctx)
	var refused *control.RefusedError
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err == nil:
		return failed(exitLocked, "`kycbatch stop` lets it finish what is under way and end; then recover", "%s is still at work with the ledger: nothing was changed", inWords(run))
	case errors.Is(err, control.ErrSilent), errors.As(err, &refused):
		return failed(exitLocked, "end that process first; then recover", "a run may still be at work with the ledger: %w", err)
	}
	return nil // a run that sends shows in the fence, too
}

// open reads every file to its end. What it opened is for the caller to close, also after an error.
func (o *recoverOptions) open(ctx context.Context, p *program, args []string) (files []input, err error) {
	if len(args) > 1 && p.given["campaign"] {
		return nil, failed(exitUsage, "several files are several campaigns, each named like its file", "--campaign names one campaign, and there are %d files", len(args))
	}
	names := map[string]string{}
	for _, arg := range args {
		in, err := o.input.open(ctx, p, []string{arg})
		if err != nil {
			return files, err
		}
		files = append(files, in)
		if err := in.usable(); err != nil {
			return files, err
		}
		if other, twice := names[in.campaign]; twice {
			return files, failed(exitUsage, "rename one of them as its campaign was named", "%s and %s would both be campaign %s", other, arg, in.campaign)
		}
		names[in.campaign] = arg
	}
	return files, nil
}

// makeAnew recovers, shows how far it is, and asks at the end.
func (p *program) makeAnew(ctx context.Context, rec campaign.Recovery) (campaign.Recovered, error) {
	var g *gauge
	stop := func() {
		if g != nil {
			g.stop()
			g = nil
		}
	}
	defer stop()
	rec.Waits = func(w campaign.Waiting) {
		until := time.Now().Add(w.For)
		why := "no fence file tells until when requests were under way"
		switch {
		case w.Clean:
			why = "the last run came to an orderly end"
		case !w.Fence.IsZero():
			why = "by the ledger's fence file requests may be under way until " + w.Fence.Local().Format(time.TimeOnly)
		}
		p.talk.say("Waiting for %s, until %s: %s, and what a request did may show only after the settle time.", span(w.For), until.Format(time.TimeOnly), why)
		g = p.watch(rec.Config, 0, until)
	}
	rec.Agree = func(sum campaign.Recovered) error {
		stop()
		if p.options.yes {
			return nil
		}
		recovered{p: p, sum: sum}.show(p.talk)
		pending := 0
		for _, c := range sum.Campaigns {
			pending += c.Counts[campaign.OutcomePending]
		}
		question := fmt.Sprintf("This puts a new ledger in its place, by which %s pending.", are(pending, "row"))
		return p.askNumber(ctx, question, pending, "pending rows", "nothing was changed")
	}
	return campaign.Recover(ctx, rec)
}

// unrecovered adds what to do to the errors of a recovery.
func (p *program) unrecovered(err error) error {
	var unclear *campaign.LedgerIDError
	switch {
	case errors.Is(err, campaign.ErrLedgerSound):
		return failed(exitUsage, "go on with "+p.typed("create FILE.csv")+"; to make it anew all the same, move ledger.db away first", "%w", err)
	case errors.Is(err, campaign.ErrLedgerDisturbed):
		return failed(exitLocked, "", "%w", err)
	case errors.As(err, &unclear):
		return failed(exitUsage, "add --ledger-id and the one that was this ledger's, mostly the one with the most sessions; the others are those of other machines", "%w: nothing was changed", err)
	case errors.Is(err, campaign.ErrFlows):
		return failed(exitUsage, "say which flow the campaign has: --flow email, or --flow redirect with --redirect-url", "%w: nothing was changed", err)
	}
	return err
}

// are is things with its verb.
func are(n int, noun string) string {
	if n == 1 {
		return things(n, noun) + " is"
	}
	return things(n, noun) + " are"
}

// writeNotes writes what a person should look at into a file of the data directory; "" where there is nothing.
func (p *program) writeNotes(sum campaign.Recovered) (path string, err error) {
	if len(sum.Notes) == 0 {
		return "", nil
	}
	path = filepath.Join(p.dataDir(), "recovered-"+time.Now().UTC().Format("20060102T150405.000Z")+".csv")
	err = writeNewFile("list of what to look at", path, func(w io.Writer) error {
		out := csv.NewWriter(w)
		_ = out.Write([]string{"what", "campaign", "account_auth_id", "kyc_session_id", "kyc_status"}) // Error has it
		for _, n := range sum.Notes {
			cells := []string{string(n.What), n.Campaign, n.Account, n.Session, n.Status}
			for i, cell := range cells {
				cells[i] = intake.Neutralise(cell)
			}
			_ = out.Write(cells)
		}
		out.Flush()
		return out.Error()
	})
	return path, err
}
