package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"kycbatch/campaign"
)

// create sends what is pending, finds out what is in doubt, and audits what was sent.
func (n *night) create(ctx context.Context) (partEnd, error) {
	cfg := n.cfg
	cfg.MaxDuration = n.left()
	kept, err := n.keepForReminders(ctx, &cfg)
	if err != nil {
		return partEnd{}, err
	}
	view, err := n.program.finish(ctx, n.store, cfg, passOf{campaign: n.name, limited: cfg.Limit > 0})
	if err != nil {
		return partEnd{}, err
	}
	line := createLine(view.sum)
	if kept > 0 && view.sum.Counts[campaign.OutcomePending] > 0 {
		line += fmt.Sprintf("; %s of the cap kept for reminders", count(kept))
	}
	return partEnd{
		code: view.code, halt: view.sum.Halt, line: line, result: view.object(), sum: view.sum, counted: true,
	}, nil
}

// keepForReminders lowers the limit of a create pass where a daily cap would let invitations take every place of the day: those who are due
// to be reminded have half of them, if they are so many, or their links would expire while the cap goes to others. By what the ledger knows, and
// the API's time; where the API does not tell that, none are kept, and what is wrong with it is the create pass's to find out. It returns
// how many places are kept.
func (n *night) keepForReminders(ctx context.Context, cfg *campaign.Config) (int, error) {
	if cfg.Budget.DailyCap == 0 || n.skips(partResend) {
		return 0, nil
	}
	plan, err := campaign.PlanResend(ctx, *cfg, n.policy, n.name, nil)
	if err != nil {
		return 0, nil
	}
	today, err := cfg.Budget.Forecast(n.store.ledger, cfg.Budget.DailyCap, 0, cfg.Timeout, time.Now())
	if err != nil {
		return 0, err
	}
	kept := min(plan.Due+plan.Open, today.Today/2)
	if room := today.Today - kept; kept > 0 && (cfg.Limit == 0 || cfg.Limit > room) {
		cfg.Limit = room
	}
	return kept, nil
}

// createLine says what a create pass did in one line.
func createLine(s campaign.Summary) string {
	parts := []string{}
	for _, o := range campaign.Outcomes() {
		if count := s.Counts[o]; count > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", count, o))
		}
	}
	line := things(s.Rows, "row")
	if len(parts) > 0 {
		line += ": " + strings.Join(parts, ", ")
	}
	if s.Closed != nil {
		line += fmt.Sprintf("; %s, it can go on %s", s.Closed.Why, moment(s.Closed.Until))
	}
	return line
}
