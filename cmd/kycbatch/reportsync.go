package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/pflag"

	"kycbatch/campaign"
)

// reportSynced asks the API first where every session of the campaigns stands, and reports what is known then. stdout is the
// report's alone.
func (p *program) reportSynced(ctx context.Context, o reportOptions, flags *pflag.FlagSet, names []string) (code int, err error) {
	h, err := p.hold("report", "--sync", o.look.pace, flags)
	if err != nil {
		return 0, err
	}
	defer closing(h.close, &err)
	s, cfg := h.store, h.cfg
	chosen, err := s.chooseSeveral(names)
	if err != nil {
		return 0, err
	}
	cfg.Include = o.look.fields
	var all []string
	for _, c := range chosen {
		all = append(all, c.Name)
	}
	var done campaign.Synced
	err = p.watched(ctx, s, cfg, passOf{campaign: strings.Join(all, ", ")}, func(cfg campaign.Config) (err error) {
		done, err = campaign.Sync(ctx, cfg, all...)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("sync: %w", err)
	}
	tellSynced(p.talk, done)
	p.told(ctx, s, done.Summary())
	if done.Halt == campaign.HaltDrained {
		return codeOfSync(done), nil
	}
	s.desk.does("writing the report")
	return codeOfSync(done), p.writeReport(ctx, o, s, chosen)
}

// tellSynced says what the sync found that a report does not say.
func tellSynced(w io.Writer, done campaign.Synced) {
	fmt.Fprintf(w, "Synced: %s that could still change, %s changed, %s.\n", things(done.Accounts, "session"), count(done.Changed), things(done.Requests, "request"))
	printHalt(w, done.Summary())
	printSessions(w, "COULD NOT BE READ, the next sync asks again", done.Missed, done.Unread)
	printSessions(w, "NOT KNOWN TO THE API", done.Unknown, done.Unlisted)
	printIncidents(w, done.Incidents)
}
