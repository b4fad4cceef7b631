package main

import (
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"kycbatch/campaign"
)

// policyOptions say who is reminded, and when. Their flags give them their defaults; the zero value is refused.
type policyOptions struct {
	statuses       []string
	minAge         days
	maxResends     int
	expiringWithin days
	maxMails       string
	owner          string
	wait           bool // resend alone: elsewhere nothing is sent, or nothing waits
}

// addFlags adds those that every command with a policy has, so that one configuration holds for all of them.
func (o *policyOptions) addFlags(f *pflag.FlagSet) {
	o.minAge = days(campaign.DefaultMinAge)
	f.StringSliceVar(&o.statuses, "status", campaign.DefaultResendStatuses(), "remind sessions of these statuses, as the API has them")
	f.Var(&o.minAge, "min-age", "leave so much time between a resend and any other mail, the API's own reminders included, before and after")
	f.IntVar(&o.maxResends, "max-resends", campaign.DefaultMaxResends, "resend a session at most so often")
	f.Var(&o.expiringWithin, "expiring-within", "only sessions that expire so soon, as 3d (default: any)")
	f.StringVar(&o.maxMails, "max-mails", "", "add no mail to an address that gets more than so many in a time, over all its accounts, as 4/14d (default: no cap)")
	f.StringVar(&o.owner, "owner", "", "only rows with this value in a column of the file, as account_manager=\"Asha Rao\"")
}

// policyFlags are the names of those.
func policyFlags() []string {
	return []string{"status", "min-age", "max-resends", "expiring-within", "max-mails", "owner"}
}

// policy checks the options, and makes them what a pass needs. Nothing was read yet: what no campaign could keep is refused here,
// and what one campaign cannot keep by keeps.
func (o *policyOptions) policy() (campaign.Policy, error) {
	p := campaign.Policy{
		MinAge: time.Duration(o.minAge), MaxResends: o.maxResends, ExpiringWithin: time.Duration(o.expiringWithin), Wait: o.wait,
	}
	var err error
	if p.Statuses, err = remindedStatuses(o.statuses); err != nil {
		return p, err
	}
	switch {
	case p.MinAge < campaign.Cooldown:
		return p, failed(exitUsage, "", "--min-age %s: the API sends one mail in %s at most, so choose more", p.MinAge, campaign.Cooldown)
	case o.maxResends < 1:
		return p, failed(exitUsage, "", "--max-resends %d: it must be above zero", o.maxResends)
	case p.ExpiringWithin < 0:
		return p, failed(exitUsage, "", "--expiring-within %s: it must be above zero", p.ExpiringWithin)
	}
	if p.MaxMails, p.MailsWithin, err = mailsPerTime(o.maxMails); err != nil {
		return p, err
	}
	if p.Column, p.Value, err = ownerOfRows(o.owner); err != nil {
		return p, err
	}
	const longest = 365 // days that a link can work
	if err := p.Check(campaign.Settings{ExpiresInDays: longest}); err != nil {
		return p, failed(exitUsage, "", "%w", err)
	}
	return p, nil
}

// remindedStatuses are words that the API may use for a session that can still go on. It may have some that nobody knows yet;
// but of a session that has ended no reminder could ever leave.
func remindedStatuses(words []string) (all []string, err error) {
	ended := []string{"kyc_completed", "revoked", "kyc_failed", campaign.StatusFailed, campaign.StatusExpired}
	for _, word := range words {
		word = strings.TrimSpace(word)
		switch {
		case slices.Contains(ended, word):
			return nil, failed(exitUsage, "", "--status %s: such a session has ended, and nobody is reminded of it", word)
		case word == "link_ready":
			return nil, failed(exitUsage, "", "--status %s: such a session was handed out as a link, and the API mails nobody", word)
		case !regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`).MatchString(word):
			return nil, failed(exitUsage, "", "--status %q: write the API's words for a status, as email_sent,opened", word)
		}
		all = append(all, word)
	}
	if all == nil {
		return nil, failed(exitUsage, "", "--status: name one at least, as email_sent,opened")
	}
	return all, nil
}

// mailsPerTime reads a cap on the mails to one address, as 4/14d; "" is none.
func mailsPerTime(text string) (n int, within time.Duration, err error) {
	if text == "" {
		return 0, 0, nil
	}
	number, in, _ := strings.Cut(text, "/")
	var span days
	n, err = strconv.Atoi(number)
	if err = errors.Join(err, span.Set(in)); err != nil || n < 1 || span <= 0 {
		return 0, 0, failed(exitUsage, "", "--max-mails %q: write a number and a time, as 4/14d", text)
	}
	return n, time.Duration(span), nil
}

// ownerOfRows reads which rows are meant, as COLUMN=VALUE; "" is all. The value may be empty: rows that have none.
func ownerOfRows(text string) (column, value string, err error) {
	if text == "" {
		return "", "", nil
	}
	column, value, found := strings.Cut(text, "=")
	if column = strings.TrimSpace(column); !found || column == "" {
		return "", "", failed(exitUsage, "", "--owner: write a column of the file and a value, as account_manager=\"Asha Rao\"")
	}
	return column, strings.TrimSpace(value), nil
}

// keeps refuses a policy that cannot be kept for a campaign, and says what to change.
func keeps(p campaign.Policy, c campaign.Campaign) error {
	if c.Settings.Redirect() {
		return failed(exitUsage, "its links are in "+campaign.LinksFile+": give the customer the link again", "campaign %s makes links and mails nobody: nothing of it can be resent", c.Name)
	}
	if p.Column != "" && !slices.Contains(c.Header, p.Column) {
		return failed(exitUsage, "its columns are: "+strings.Join(c.Header, ", "), "--owner: campaign %s has no column %q", c.Name, p.Column)
	}
	if err := p.Check(c.Settings); err != nil {
		return failed(exitUsage, instead(p, c.Settings), "campaign %s: %w", c.Name, err)
	}
	return nil
}

// spare is how much shorter than the longest possible a time is that is proposed: with it, the moments at which a reminder may leave
// last for most of a day at least, so that one run a day meets them.
const spare = 12 * time.Hour

// instead says what to change in a policy that cannot be kept.
func instead(p campaign.Policy, s campaign.Settings) string {
	for q := p; q.MinAge > campaign.Cooldown+time.Hour; {
		q.MinAge = (q.MinAge - 1).Truncate(time.Hour)
		if q.Check(s) != nil {
			continue
		}
		if q.MinAge > spare+campaign.Cooldown {
			q.MinAge -= spare
		}
		return "a shorter --min-age could be kept, as " + inDays(q.MinAge)
	}
	if p.ExpiringWithin > 0 {
		return "leave --expiring-within out, or make it longer"
	}
	return "the API's own reminders are as many as fit: see --remind-before of create"
}
