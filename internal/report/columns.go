package report

import (
	"time"

	"kycbatch/campaign"
)

// customer is one row of a report, before it is put into words and cells.
type customer struct {
	campaign.Result
	campaign string
	owner    string
	from     source
	asOf     time.Time
	standing standing
	last     time.Time // by which the API's own reminders were sent: asOf, or the end of the session
}

func customerOf(res campaign.Result, c campaign.Campaign, from source, asOf time.Time) customer {
	r := customer{Result: res, campaign: c.Name, owner: from.cell(res.Row, from.owner), from: from, asOf: asOf, standing: standingOf(res, asOf)}
	s := r.session()
	r.last = earlier(earlier(later(asOf, s.Created), s.Completed), s.Ended)
	return r
}

// reportColumn is one column of a report. Its cells are text, time.Time (zero: empty), int, or float64 (negative: empty).
type reportColumn struct {
	name  string
	width float64 // in a workbook, in characters
	cell  func(*maker, *customer) any
}

// columnsOf are the columns of a report, in their order. kyc_type keeps the API's word for its name: by the prefix package
// intake knows a file of ours, and restores its cells. A masked address is in a column that nobody takes for one of addresses.
func columnsOf(cfg Config) []reportColumn {
	email := "e-mail (masked)"
	if cfg.FullEmails {
		email = "e-mail"
	}
	all := []reportColumn{
		{"campaign", 16, func(_ *maker, r *customer) any { return r.campaign }},
		{"line", 7, func(_ *maker, r *customer) any { return r.Row.Line }},
		{"account", 16, func(_ *maker, r *customer) any { return printable(r.Row.Account) }},
		{"customer reference", 20, func(m *maker, r *customer) any { return m.text(r.from.cell(r.Row, r.from.reference)) }},
		{email, 26, func(m *maker, r *customer) any { return m.address(r) }},
		{"plan", 12, func(m *maker, r *customer) any { return m.text(r.from.cell(r.Row, r.from.plan)) }},
		{"owner", 18, func(_ *maker, r *customer) any { return printable(r.owner) }},
		{"status", 32, func(_ *maker, r *customer) any { return printable(words(r.standing, r.Result)) }},
		{"next", 40, func(m *maker, r *customer) any { return printable(m.next(r.standing, r.Result, r.asOf)) }},
		{"kyc_type", 11, func(_ *maker, r *customer) any { return printable(r.session().KYCType) }},
		{"invited", 18, func(_ *maker, r *customer) any { return r.invited() }},
		{"first opened", 18, func(_ *maker, r *customer) any { return r.session().Opened }},
		{"completed", 18, func(_ *maker, r *customer) any { return r.session().Completed }},
		{"days to complete", 10, func(_ *maker, r *customer) any { return r.daysToComplete() }},
		{"reminders sent", 10, func(_ *maker, r *customer) any { return r.reminders() }},
		{"last mail", 18, func(_ *maker, r *customer) any { return r.lastMail() }},
		{"expires", 18, func(_ *maker, r *customer) any { return r.session().Expires }},
		{"problem", 50, func(m *maker, r *customer) any { return m.text(problem(r.standing, r.Result)) }},
	}
	for _, name := range cfg.Include {
		all = append(all, reportColumn{name, 20, func(_ *maker, r *customer) any { return r.verified(name) }})
	}
	return all
}

// session is what the row's account has of ours: the zero Session where that is nothing.
func (r *customer) session() campaign.Session {
	if !r.standing.sent() {
		return campaign.Session{}
	}
	return r.Record.Session
}

// invited is when the customer got the link, on the server's clock.
func (r *customer) invited() time.Time {
	switch {
	case !r.standing.sent():
		return time.Time{}
	case r.Record.Session.Created.IsZero() && len(r.Record.Mails) > 0: // a revoke keeps no more of the session than its id
		return r.Record.Mails[0]
	}
	return r.Record.Session.Created
}

// daysToComplete has one decimal.
func (r *customer) daysToComplete() float64 {
	from, to := r.invited(), r.session().Completed
	if from.IsZero() || to.Before(from) {
		return -1
	}
	return float64(int(to.Sub(from).Hours()/2.4+0.5)) / 10
}

// reminders are the mails after the first one: resends of ours that left or may have, and the API's own.
func (r *customer) reminders() int {
	if !r.standing.sent() {
		return 0
	}
	n := r.Record.Resend.Sent
	for _, at := range r.Record.ServerReminders() {
		if !at.After(r.last) {
			n++
		}
	}
	return n
}

// lastMail is when the newest mail left, or may have, of whatever kind. A request that made no session mailed nobody.
func (r *customer) lastMail() (last time.Time) {
	switch {
	case r.standing.sent():
		last = r.Record.LastMail(r.last)
	case r.standing == again, r.standing == inDoubt, r.standing == undecided:
	default:
		return last
	}
	for _, at := range r.Record.Mails {
		last = later(last, at)
	}
	return last
}

// verified is one fact of verified_data. It is masked whatever is asked for, addresses too: what a customer has proved is nobody else's.
func (r *customer) verified(name string) string {
	if !r.standing.sent() {
		return ""
	}
	for _, f := range r.Record.Verified {
		if verifiedPrefix+f.Name == name {
			return printable(maskVerified(maskAddresses(f.Value)))
		}
	}
	return ""
}

// address is the customer's, as it may be shown.
func (m *maker) address(r *customer) string {
	address := ""
	if r.standing != invalid {
		address = r.Address()
	}
	if m.cfg.FullEmails {
		return address
	}
	return maskAddress(address)
}

// text makes a text of the file or of the API fit for a cell.
func (m *maker) text(s string) string {
	if !m.cfg.FullEmails {
		s = maskAddresses(s)
	}
	return printable(maskLinks(maskPAN(s)))
}
