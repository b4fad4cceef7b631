package main_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"kycbatch/campaign"
	"kycbatch/internal/sandbox"
)

// pointStory is a command that is failed at its every system call, and what must hold once it was run again.
type pointStory struct {
	name   string
	args   func(p *pointPlace) []string
	before func(ctx context.Context, p *pointPlace) error // what comes before it; nil: nothing
	later  time.Duration                                  // that it is given after that, by the API's clock
	finish func(ctx context.Context, p *pointPlace) error // brings it to its end, without faults
	wrong  func(p *pointPlace, v sandbox.Verdict) []string
}

func pointStories() []pointStory {
	create := func(p *pointPlace) []string { return []string{"create", p.file, "--yes"} }
	created := func(ctx context.Context, p *pointPlace) error { return p.again(ctx, create(p)...) }
	links := func(p *pointPlace) []string {
		return append(create(p), "--flow", "redirect", "--redirect-url", "https://shop.example.com/kyc-done")
	}
	resend := func(*pointPlace) []string { return []string{"resend", "--yes"} }
	sync := func(*pointPlace) []string { return []string{"sync"} }
	return []pointStory{
		{name: "create", args: create, finish: created, wrong: wrongMails},
		{
			name: "create of links", args: links, wrong: wrongLinkRows,
			finish: func(ctx context.Context, p *pointPlace) error { return p.again(ctx, links(p)...) },
		},
		{name: "replace", args: replaceTwo, before: created, later: time.Hour, finish: finishReplace, wrong: wrongReplaced},
		{
			name: "resend", args: resend, before: created, later: 73 * time.Hour, wrong: wrongResends,
			finish: func(ctx context.Context, p *pointPlace) error { return p.again(ctx, resend(p)...) },
		},
		{
			name: "sync", args: sync, later: time.Hour, wrong: func(p *pointPlace, _ sandbox.Verdict) []string { return p.matches() },
			before: func(ctx context.Context, p *pointPlace) error { return errors.Join(created(ctx, p), p.customersAct()) },
			finish: func(ctx context.Context, p *pointPlace) error { return p.again(ctx, sync(p)...) },
		},
	}
}

// wrongMails: each row has one session and one mail.
func wrongMails(p *pointPlace, v sandbox.Verdict) []string {
	wrong := p.matches()
	if v.Sessions != pointRows || v.CreationMails != pointRows {
		wrong = append(wrong, fmt.Sprintf("%d sessions and %d mails for %d rows", v.Sessions, v.CreationMails, pointRows))
	}
	return wrong
}

// wrongLinkRows: each row has one session that lives, and its link. One whose link nobody can have was ended.
func wrongLinkRows(p *pointPlace, v sandbox.Verdict) []string {
	wrong := p.matches()
	live, ended := p.sessions()
	if len(ended) != v.OrphansReplaced || v.Sessions != pointRows+v.OrphansReplaced {
		wrong = append(wrong, fmt.Sprintf("%d sessions, sessions of %d accounts were ended, %d of them replaced because their link was lost", v.Sessions, len(ended), v.OrphansReplaced))
	}
	lines, err := p.results(campaign.LinksFile)
	if err != nil {
		return append(wrong, err.Error())
	}
	got, want := []string{}, []string{}
	for _, line := range lines {
		got = append(got, strings.Join(line[:3], " "))
	}
	for account, of := range live {
		want = append(want, account+" "+of[0].ID+" "+of[0].Link)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		wrong = append(wrong, fmt.Sprintf("%d links in the file, which are not those of the %d sessions", len(got), len(want)))
	}
	return wrong
}

// replacedRows are the accounts of the order.
func replacedRows() []string {
	return []string{numberedAccount("POINT", 1), numberedAccount("POINT", 4)}
}

func replaceTwo(*pointPlace) []string {
	rows := replacedRows()
	return []string{"replace", "--account", rows[0], "--account", rows[1], "--reason", orderReason, "--expect", "2", "--yes"}
}

// finishReplace lets whatever is started next carry an order out that the ledger has. An order that it does not have was
// not given, and is given again.
func finishReplace(ctx context.Context, p *pointPlace) error {
	if err := p.again(ctx, "create", p.file, "--yes"); err != nil {
		return err
	}
	if _, ended := p.sessions(); len(ended) > 0 {
		return nil
	}
	return p.again(ctx, replaceTwo(p)...)
}

// wrongReplaced: the sessions that were named were ended, and each account has a new one; the others have the old.
func wrongReplaced(p *pointPlace, v sandbox.Verdict) []string {
	wrong := p.matches()
	_, ended := p.sessions()
	for _, account := range replacedRows() {
		if of := ended[account]; len(of) != 1 || of[0].Revoke != sandbox.RevokeDelete || of[0].Reason != orderReason {
			wrong = append(wrong, fmt.Sprintf("%d sessions of %s were ended", len(of), account))
		}
	}
	if len(ended) != 2 || v.Sessions != pointRows+2 {
		wrong = append(wrong, fmt.Sprintf("%d sessions, and those of %d accounts were ended", v.Sessions, len(ended)))
	}
	return wrong
}

// wrongResends: each customer was reminded, and none twice.
func wrongResends(p *pointPlace, v sandbox.Verdict) []string {
	wrong := p.matches()
	live, _ := p.sessions()
	for account, of := range live {
		if of[0].Resends != 1 {
			wrong = append(wrong, fmt.Sprintf("%s was reminded %d times", account, of[0].Resends))
		}
	}
	if v.Sessions != pointRows {
		wrong = append(wrong, fmt.Sprintf("%d sessions", v.Sessions))
	}
	return wrong
}

// customersAct lets half of the customers go on.
func (p *pointPlace) customersAct() error {
	live, _ := p.sessions()
	var err error
	for i, status := range []string{"opened", "in_progress", "kyc_completed"} {
		of := live[numberedAccount("POINT", 2*i)]
		if len(of) != 1 {
			return fmt.Errorf("%d sessions of row %d", len(of), 2*i)
		}
		err = errors.Join(err, p.api.Load().Set(of[0].ID, status))
	}
	return err
}
