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

// agree makes sure that somebody wants these mails sent: --expect is kept, and against an API that is not on this
// machine a person types the number of customers, or said --yes with a bound beforehand.
func (p *program) agree(ctx context.Context, o createOptions, t target, in input, plan campaign.Plan) error {
	nothingHappened := "nothing was sent, nothing is pending"
	if in.file == nil {
		nothingHappened = "nothing was sent, and the rest is still pending"
	}
	if p.given["expect"] && o.expect != plan.Mails {
		return failed(exitUsage, nothingHappened+"; `plan` shows the rows", "--expect %d, but %s",
			o.expect, would(plan))
	}
	if t.loopback || plan.Mails == 0 {
		return nil
	}
	bounded := o.limit > 0 || p.given["expect"]
	switch {
	case p.options.yes && (p.stdinIsTTY || bounded):
		return nil
	case !p.stdinIsTTY && !p.options.yes:
		return failed(exitUsage, "add --yes, and --limit N or --expect N", "%s, and there is no terminal to ask on: %s",
			would(plan), nothingHappened)
	case !p.stdinIsTTY:
		return failed(exitUsage, fmt.Sprintf("add --limit N, or --expect %d", plan.Mails),
			"--yes without a terminal needs a bound: %s", nothingHappened)
	}
	showPlan(p.talk, in, plan, estimate(plan, o.pace.parsed, o.protocol.guard), p.options.verbose)
	return p.ask(ctx, plan, nothingHappened)
}

// ask shows what a plan would do, and reads the number of customers that a person types.
func (p *program) ask(ctx context.Context, plan campaign.Plan, nothingHappened string) error {
	question := "\nThis mails %s. Type that number to go on: "
	if plan.Redirect {
		question = "\nThis makes a link for %s, and mails nobody. Type that number to go on: "
	}
	return p.askNumber(ctx, fmt.Sprintf(question, things(plan.Mails, "customer")), plan.Mails, "customers", nothingHappened)
}

// askNumber reads the number that a person types, and wants it to be n, a number of what the noun says. A signal ends
// the question. Whoever does not agree is told that nothing happened.
func (p *program) askNumber(ctx context.Context, question string, n int, noun, nothingHappened string) error {
	fmt.Fprint(p.talk, question)
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
		got, err := strconv.Atoi(strings.NewReplacer(",", "", ".", "", " ", "").Replace(strings.TrimSpace(r.text)))
		if err != nil || got != n {
			return failed(exitUsage, "", "that is not the number of %s: %s", noun, nothingHappened)
		}
		return nil
	}
}
