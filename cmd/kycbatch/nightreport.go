package main

import (
	"context"

	"kycbatch/campaign"
	"kycbatch/internal/report"
)

// report writes what account managers open.
func (n *night) report(ctx context.Context) (partEnd, error) {
	n.store.desk.does("writing the report")
	cfg, err := n.o.report.config(n.store, []campaign.Campaign{n.campaign})
	if err != nil {
		return partEnd{}, err
	}
	if cfg.Reminder, err = n.reminder(); err != nil {
		return partEnd{}, err
	}
	w, err := report.Write(context.WithoutCancel(ctx), cfg) // what was done tonight is told, also after a signal
	if err != nil {
		return partEnd{}, reportFailure(err)
	}
	return partEnd{line: things(len(w.Files), "file") + " in " + oneLine(w.Dir), result: w}, nil
}
