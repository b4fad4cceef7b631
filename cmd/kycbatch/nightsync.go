package main

import (
	"context"
	"fmt"
	"strings"

	"kycbatch/campaign"
)

// sync asks where every session of the campaign stands.
func (n *night) sync(ctx context.Context) (partEnd, error) {
	p, cfg := n.program, n.cfg
	cfg.MaxDuration, cfg.Include = n.left(), n.o.include.fields
	end := synced{campaign: n.name}
	err := p.watched(ctx, n.store, cfg, passOf{campaign: n.name}, func(cfg campaign.Config) (err error) {
		end.sum, err = campaign.Sync(ctx, cfg, n.name)
		return err
	})
	if err != nil {
		return partEnd{}, fmt.Errorf("sync: %w", err)
	}
	if why := stopOf(ctx); end.sum.Halt == campaign.HaltDrained && why != errInterrupted {
		end.sum.Cause = why
	}
	end.code = codeOfSync(end.sum)
	return partEnd{code: end.code, halt: end.sum.Halt, line: syncLine(end.sum), result: end.object(), sum: end.sum.Summary()}, nil
}

// syncLine says what a sync found in one line.
func syncLine(s campaign.Synced) string {
	parts := []string{things(s.Accounts, "session") + " could still change", count(s.Changed) + " changed"}
	for _, one := range []struct {
		n    int
		what string
	}{{s.Missed, "could not be read"}, {s.Unknown, "not known to the API"}, {len(s.Incidents), "incidents"}} {
		if one.n > 0 {
			parts = append(parts, count(one.n)+" "+one.what)
		}
	}
	return strings.Join(parts, ", ")
}
