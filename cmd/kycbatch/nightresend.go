package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"kycbatch/campaign"
)

// resend reminds the customers who are due. A campaign that hands out links, or whose own settings leave no room for a reminder of ours,
// has nobody to remind; that is no fault of the night's.
func (n *night) resend(ctx context.Context) (partEnd, error) {
	p, cfg := n.program, n.cfg
	cfg.MaxDuration, cfg.Limit = n.left(), 0
	var end resendEnd
	err := p.watched(ctx, n.store, cfg, passOf{campaign: n.name}, func(cfg campaign.Config) (err error) {
		end.done, err = campaign.Resend(ctx, cfg, n.policy, n.name)
		return err
	})
	if errors.Is(err, campaign.ErrFlow) || errors.Is(err, campaign.ErrPolicy) {
		return partEnd{line: "nobody: " + err.Error()}, nil
	}
	if err != nil {
		return partEnd{}, fmt.Errorf("remind campaign %q: %w", n.name, err)
	}
	if why := stopOf(ctx); end.done.Halt == campaign.HaltDrained && why != errInterrupted {
		end.done.Cause = why
	}
	end.code = codeOfResend(end.done)
	return partEnd{code: end.code, halt: end.done.Halt, line: resendLine(end.done), result: end.object(), sum: end.done.Summary()}, nil
}

// resendLine says what a resend pass did in one line.
func resendLine(s campaign.Resent) string {
	parts := []string{things(s.Counts[campaign.ResendSent], "customer") + " reminded"}
	for _, o := range campaign.ResendOutcomes() {
		if k := s.Counts[o]; k > 0 && o != campaign.ResendSent && o != campaign.ResendNotDue {
			parts = append(parts, count(k)+" "+strings.ReplaceAll(string(o), "_", " "))
		}
	}
	if s.Left > 0 {
		parts = append(parts, count(s.Left)+" due and left for another night")
	}
	line := strings.Join(parts, ", ")
	if s.Closed != nil {
		line += fmt.Sprintf("; %s, it can go on %s", s.Closed.Why, moment(s.Closed.Until))
	}
	return line
}

// nextNight is how long after this one the next is not expected: who becomes due meanwhile is reminded then.
const nextNight = 22 * time.Hour

// reminder is when the campaign's customers will be reminded by nights like this one, as far as is known when all were looked at last.
func (n *night) reminder() (func(campaign.Record) time.Time, error) {
	at, err := n.store.ledger.SyncedAt(n.campaign)
	if err != nil || at.IsZero() || n.skips(partResend) {
		return nil, err
	}
	return func(rec campaign.Record) time.Time { return n.policy.Next(rec, nil, at.Add(nextNight)).When }, nil
}
