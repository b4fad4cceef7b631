package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"kycbatch/campaign"
	"kycbatch/internal/intake"
	"kycbatch/internal/vobiz"
)

// Whatever set of codes holds, the one that comes first in the design's order is given.
func TestWeighKeepsTheOrderOfTheDesign(t *testing.T) {
	order := []int{1, 6, 8, 7, 130, 5, 3, 0}
	for set := range 1 << len(order) {
		want := 0
		var codes []int
		for i := len(order) - 1; i >= 0; i-- {
			if set&(1<<i) != 0 {
				codes = append(codes, order[i])
				want = order[i]
			}
		}
		require.Equal(t, want, weigh(codes...), codes)
	}
}

func TestCodeOfError(t *testing.T) {
	cases := []struct {
		err  error
		want int
	}{
		{errors.New("something"), 1},
		{failed(exitUsage, "", "wrong"), 2},
		{&intake.FileError{Path: "a.csv", Reason: "is broken"}, 4},
		{&intake.FileError{Path: "a.csv", Reason: "is not there", Err: fs.ErrNotExist}, 4},
		{intake.ErrChanged, 4},
		{campaign.ErrLedgerMissing, 2},
		{campaign.ErrLedgerIdentity, 2},
		{campaign.ErrLedgerNewer, 2},
		{campaign.ErrLedgerOlder, 2},
		{campaign.ErrNoCampaign, 2},
		{campaign.ErrPolicy, 2},
		{campaign.ErrNoTime, 5},
		{campaign.ErrLedgerUnusable, 7},
		{campaign.ErrLedgerLost, 7},
		{fmt.Errorf("%w: %w", campaign.ErrLedgerMissing, campaign.ErrLedgerLost), 7},
		{campaign.ErrLedgerFull, 5},
		{syscall.ENOSPC, 5},
		{&campaign.LockedError{Path: "ledger.db"}, 11},
		{context.Canceled, 130},
		{errInterrupted, 130},
		{&vobiz.TransportError{Op: "list sessions", Err: context.Canceled}, 130},
		{&vobiz.APIError{Status: 401}, 6},
		{&vobiz.APIError{Status: 403}, 6},
		{&vobiz.APIError{Status: 500}, 5},
		{&vobiz.AnswerError{Status: 200, Err: errors.New("cut off")}, 5},
		{&vobiz.TransportError{Op: "list sessions", Err: errors.New("refused")}, 5},
		{vobiz.ErrIncomplete, 5},
	}
	for _, c := range cases {
		require.Equal(t, c.want, codeOf(fmt.Errorf("wrapped: %w", c.err)), c.err.Error())
	}
}

func TestCodeOfRun(t *testing.T) {
	type counts = map[campaign.Outcome]int
	incident := []campaign.Incident{{Account: "MA_1"}}
	cases := []struct {
		name    string
		sum     campaign.Summary
		limited bool
		want    int
	}{
		{"all created", campaign.Summary{Counts: counts{campaign.OutcomeCreated: 3, campaign.OutcomeAlready: 1, campaign.OutcomeSkipped: 1, campaign.OutcomeConflict: 1}}, false, 0},
		{"the limit was reached", campaign.Summary{Counts: counts{campaign.OutcomePending: 3}}, true, 0},
		{"pending without a limit", campaign.Summary{Counts: counts{campaign.OutcomePending: 3}}, false, 5},
		{"refused", campaign.Summary{Counts: counts{campaign.OutcomeRefused: 1}}, false, 3},
		{"invalid", campaign.Summary{Counts: counts{campaign.OutcomeInvalid: 1}}, false, 3},
		{"undecided", campaign.Summary{Counts: counts{campaign.OutcomeUndecided: 1}}, false, 3},
		{"in doubt, and refused", campaign.Summary{Counts: counts{campaign.OutcomeInDoubt: 1, campaign.OutcomeRefused: 1}}, true, 5},
		{"not audited", campaign.Summary{Unaudited: 1}, true, 5},
		{"an incident, and interrupted", campaign.Summary{Incidents: incident, Halt: campaign.HaltDrained}, false, 8},
		{"an incident, and wrong credentials", campaign.Summary{Incidents: incident, Halt: campaign.HaltCredentials}, false, 6},
		{"interrupted with rows in doubt", campaign.Summary{Halt: campaign.HaltDrained, Counts: counts{campaign.OutcomeInDoubt: 1}}, false, 130},
		{"too long", campaign.Summary{Halt: campaign.HaltDuration}, false, 5},
		{"no metadata", campaign.Summary{Halt: campaign.HaltMetadata}, false, 7},
		{"no read-back", campaign.Summary{Halt: campaign.HaltReadBack}, false, 7},
		{"refusals", campaign.Summary{Halt: campaign.HaltRefusals, Counts: counts{campaign.OutcomeRefused: 20}}, false, 7},
		{"outage", campaign.Summary{Halt: campaign.HaltOutage}, false, 5},
		{"disk full", campaign.Summary{Halt: campaign.HaltLedger, Cause: fmt.Errorf("put: %w", campaign.ErrLedgerFull)}, false, 5},
		{"ledger damaged", campaign.Summary{Halt: campaign.HaltLedger, Cause: fmt.Errorf("read: %w", campaign.ErrLedgerUnusable)}, false, 7},
	}
	for _, c := range cases {
		require.Equal(t, c.want, codeOfRun(c.sum, c.limited), c.name)
	}
}
