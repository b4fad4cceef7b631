package campaign

import (
	"context"
	"errors"
	"fmt"
	"time"

	"kycbatch/checkpoint"
)

// WithdrawPlan is what a withdrawal would take out of a campaign.
type WithdrawPlan struct {
	Campaign string
	Takes    []Planned // pending accounts of which nothing was ever sent in this round
	Left     []Planned // accounts that were named, or are in doubt, each with Why
}

// PlanWithdrawal finds the pending accounts of a campaign: those named, or all where accounts is nil. It asks the
// ledger only. ErrNoCampaign.
func (l *Ledger) PlanWithdrawal(name string, accounts []string) (WithdrawPlan, error) {
	plan := WithdrawPlan{Campaign: name}
	c, err := l.Campaign(name)
	if err != nil {
		return plan, err
	}
	named := map[string]bool{}
	for _, account := range accounts {
		named[account] = false
	}
	var met bitset // several rows can name one account
	for row, err := range l.Rows(c) {
		if err != nil {
			return plan, err
		}
		_, wanted := named[row.Account]
		if row.Record == 0 || row.DuplicateOf > 0 || met.has(row.Record) || accounts != nil && !wanted {
			continue
		}
		met.set(row.Record)
		rec, err := l.record(row.Record)
		if err != nil {
			return plan, err
		}
		rec.Account = row.Account
		one := Planned{Account: row.Account, number: row.Record, before: rec, row: row, Why: kept(rec, row)}
		switch {
		case one.Why == "":
			plan.Takes = append(plan.Takes, one)
		case wanted || rec.State == Started && rec.Campaign == c.ID:
			plan.Left = append(plan.Left, one)
		}
		if wanted {
			named[row.Account] = true
		}
	}
	for _, account := range accounts {
		if !named[account] {
			named[account] = true
			plan.Left = append(plan.Left, Planned{Account: account, Why: fmt.Sprintf("no row of campaign %s names it", name)})
		}
	}
	return plan, nil
}

// kept says why a row can't be withdrawn; "" where it can.
func kept(rec Record, row Row) string {
	switch {
	case rec.State == Started:
		return "it is in doubt: find out first, with `create`"
	case rec.Current() != Pending:
		return "it is " + string(rec.State) + ", not pending"
	case rec.replaces():
		return "a new session is on its way in place of an old one: let `create` finish that first"
	case row.Problem != "":
		return "its row can't be sent anyway: " + row.Problem
	case row.Gone:
		return "its row is gone from the campaign's file already"
	case row.Excluded:
		return "its row is on the exclusion list already"
	}
	return ""
}

// Withdraw takes the accounts of a plan out: they are withdrawn, and a row is sent again only once it was edited.
// Nothing goes to the API. why is for the record, without personal data; origin is for the trail.
func (l *Ledger) Withdraw(ctx context.Context, plan WithdrawPlan, why string, origin Origin) error {
	if why == "" {
		return errors.New("withdraw: there is no reason")
	}
	c, err := l.Campaign(plan.Campaign)
	if err != nil {
		return err
	}
	run, trail, err := l.beginRun(ctx, origin, c)
	if err != nil {
		return err
	}
	var writes []checkpoint.Write
	for _, one := range plan.Takes {
		asked, err := one.before.asked(one.row)
		if err != nil {
			return fmt.Errorf("account %s: %w", one.Account, err)
		}
		rec := one.before
		rec.State, rec.Reason, rec.Audited = Withdrawn, "withdrawn by hand: "+why, true
		rec.Campaign, rec.Digest, rec.Run, rec.Changed = c.ID, digestOf(asked), run, time.Now().UTC()
		writes = append(writes, trail.writes(run, one.number, one.before, &rec, nil)...)
	}
	if err := l.s.Put(ctx, writes...); err != nil {
		return fmt.Errorf("write the withdrawal down, for all its accounts or for none: %w", err)
	}
	return nil
}
