package main

import (
	"context"
	"fmt"
	"strings"

	"kycbatch/campaign"
)

// create sends what is pending, finds out what is in doubt, and audits what was sent.
func (n *night) create(ctx context.Context) (partEnd, error) {
	cfg := n.cfg
	cfg.MaxDuration = n.left()
	view, err := n.program.finish(ctx, n.store, cfg, passOf{campaign: n.name, limited: n.o.limit > 0})
	if err != nil {
		return partEnd{}, err
	}
	return partEnd{
		code: view.code, halt: view.sum.Halt, line: createLine(view.sum), result: view.object(), sum: view.sum, counted: true,
	}, nil
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
