package main

import (
	"fmt"
	"io"
	"strings"

	"kycbatch/campaign"
)

// showOrder writes the plan of an order for people.
func showOrder(w io.Writer, plan campaign.OrderPlan, c campaign.Campaign, all bool) {
	fmt.Fprintf(w, "Plan for campaign %s: %s.\n", c.Name, wouldOrder(plan, c))
	showAccounts(w, plan.Takes, all, func(one campaign.Planned) string {
		if one.Session.ID == "" {
			return "no session of it lives"
		}
		text := fmt.Sprintf("session %s, %s", one.Session.ID, one.Session.Status)
		if !one.Ours {
			text += ", made by SOMEBODY ELSE"
		}
		if one.Started {
			text += ", A CUSTOMER MAY BE HALF-WAY THROUGH IT"
		}
		return text
	})
	showLeft(w, plan.Left, all)
}

// showLeft writes which accounts are left out, and why.
func showLeft(w io.Writer, left []campaign.Planned, all bool) {
	if len(left) == 0 {
		return
	}
	fmt.Fprintf(w, "\nLeft out (%s):\n", count(len(left)))
	showAccounts(w, left, all, func(one campaign.Planned) string { return one.Why })
}

// shownAccounts is how many accounts a person is shown at once.
const shownAccounts = 20

func showAccounts(w io.Writer, accounts []campaign.Planned, all bool, say func(campaign.Planned) string) {
	shown := accounts
	if !all {
		shown = shown[:min(len(shown), shownAccounts)]
	}
	for _, one := range shown {
		fmt.Fprintln(w, oneLine(fmt.Sprintf("  %s: %s", one.Account, say(one))))
	}
	if more := len(accounts) - len(shown); more > 0 {
		fmt.Fprintf(w, "  and %s more; -v shows all\n", count(more))
	}
}

// wouldOrder says what an order would do.
func wouldOrder(plan campaign.OrderPlan, c campaign.Campaign) string {
	ends, verb := things(plan.Ends(), "session"), "mail"
	if c.Settings.Redirect() {
		verb = "make a link for"
	}
	switch customers := things(len(plan.Takes), "customer"); {
	case plan.Order.Only:
		return "would end " + ends
	case plan.Ends() == 0:
		return fmt.Sprintf("would %s %s, of whom no session lives", verb, customers)
	default:
		return fmt.Sprintf("would end %s, and would %s %s", ends, verb, customers)
	}
}

// agreeToOrder says what a person types the number of accounts for.
func agreeToOrder(plan campaign.OrderPlan) string {
	if plan.Order.Only {
		return fmt.Sprintf("This ends %s.", things(len(plan.Takes), "session"))
	}
	return fmt.Sprintf("This gives %s a new session.", things(len(plan.Takes), "account"))
}

// endedAs says an end of an order in words. lived says of how many of its accounts a session had to end.
func endedAs(end campaign.OrderEnd, n, lived int, redirect bool) string {
	switch end {
	case campaign.OrderReplaced:
		old := "the old session has ended, "
		switch lived {
		case 0:
			old = ""
		case n:
		default:
			old = fmt.Sprintf("the old session has ended where one lived (%s), ", count(lived))
		}
		if redirect {
			return old + "the link of the new one is in " + campaign.LinksFile
		}
		return old + "the customer was mailed the new link"
	case campaign.OrderRevoked:
		return "the session has ended, and nothing follows"
	case campaign.OrderCalledOff:
		return "the session was left alone; see below"
	case campaign.OrderRefused:
		return "the API refused the new session: the account has NONE NOW; see below"
	case campaign.OrderUndecided:
		return "the API cannot say whether there is a new session: never sent again by itself"
	}
	return "not finished: --resume goes on"
}

// reasons lists the accounts of some ends with what is to be said of them.
func reasons(w io.Writer, head string, done campaign.Carried, all bool, ends ...campaign.OrderEnd) {
	var found []campaign.Planned
	for _, one := range done.Accounts {
		for _, end := range ends {
			if one.End == end {
				found = append(found, campaign.Planned{Account: one.Account, Why: strings.TrimSpace(one.Reason)})
			}
		}
	}
	if len(found) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s (%s):\n", head, count(len(found)))
	showAccounts(w, found, all, func(one campaign.Planned) string { return one.Why })
}
