package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"kycbatch/campaign"
)

// mailing is what a command would do to customers, and what was said about it beforehand.
type mailing struct {
	customers int
	would     string // what it would do, in words
	question  string // what it does, with the number of customers and no other
	expect    int    // as given with --expect
	limited   bool   // a limit was given
	nothing   string // what is so if nobody agrees
	look      string // where the customers are shown
	show      func() // shows what the question is about
}

// agree makes sure that somebody wants these mails of create sent.
func (p *program) agree(ctx context.Context, o createOptions, t target, in input, plan campaign.Plan) error {
	m := mailing{
		customers: plan.Mails, would: would(plan), expect: o.expect, limited: o.limit > 0, look: "`plan` shows the rows",
		question: fmt.Sprintf("This mails %s.", things(plan.Mails, "customer")), nothing: "nothing was sent, nothing is pending",
		show: func() {
			showPlan(p.talk, in, plan, estimate(plan, o.pace.parsed, o.protocol.guard), p.options.verbose)
		},
	}
	if plan.Redirect {
		m.question = fmt.Sprintf("This makes a link for %s, and mails nobody.", things(plan.Mails, "customer"))
	}
	if in.file == nil {
		m.nothing = "nothing was sent, and the rest is still pending"
	}
	return p.agreeToMail(ctx, t, m)
}

// agreeToMail makes sure that somebody wants these mails sent: --expect is kept, and against an API that is not on this
// machine a person types the number of customers, or said --yes with a bound beforehand.
func (p *program) agreeToMail(ctx context.Context, t target, m mailing) error {
	if p.given["expect"] && m.expect != m.customers {
		return failed(exitUsage, m.nothing+"; "+m.look, "--expect %d, but %s", m.expect, m.would)
	}
	if t.loopback || m.customers == 0 {
		return nil
	}
	bounded := m.limited || p.given["expect"]
	switch {
	case p.options.yes && (p.stdinIsTTY || bounded):
		return nil
	case !p.stdinIsTTY && !p.options.yes:
		return failed(exitUsage, "add --yes, and --limit N or --expect N", "%s, and there is no terminal to ask on: %s", m.would, m.nothing)
	case !p.stdinIsTTY:
		return failed(exitUsage, fmt.Sprintf("add --limit N, or --expect %d", m.customers),
			"--yes without a terminal needs a bound: %s", m.nothing)
	}
	m.show()
	return p.askNumber(ctx, m.question, m.customers, "customers", m.nothing)
}

// askNumber reads the number of things that a person types. A signal ends the question. Whoever does not agree is told
// that nothing happened.
func (p *program) askNumber(ctx context.Context, question string, number int, of, nothingHappened string) error {
	fmt.Fprintf(p.talk, "\n%s Type that number to go on: ", question)
	type reply struct {
		text string
		err  error
	}
	typed := make(chan reply, 1)
	go func() { // reading a terminal cannot be broken off: at a signal it is left behind
		text, err := bufio.NewReader(p.stdin).ReadString('\n')
		typed <- reply{text, err}
	}()
	select {
	case <-ctx.Done():
		p.talk.say("")
		return failed(exitInterrupted, nothingHappened, "%w", context.Cause(ctx))
	case r := <-typed:
		if r.err != nil && !errors.Is(r.err, io.EOF) {
			return failed(exitUsage, nothingHappened, "read the answer: %w", r.err)
		}
		n, err := strconv.Atoi(strings.NewReplacer(",", "", ".", "", " ", "").Replace(strings.TrimSpace(r.text)))
		if err != nil || n != number {
			return failed(exitUsage, "", "that is not the number of %s: %s", of, nothingHappened)
		}
		return nil
	}
}
