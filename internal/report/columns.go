package report

import (
	"time"

	"kycbatch/campaign"
)

// line is one row of a report, before it is put into words and cells.
type line struct {
	campaign.Result
	campaign string
	owner    string
	from     source
	asOf     time.Time
	standing standing
	last     time.Time // by which the API's own reminders were sent: asOf, or the end of the session
}

func lineOf(res campaign.Result, c campaign.Campaign, from source, asOf time.Time) line {
	l := line{Result: res, campaign: c.Name, owner: cell(res.Row, from.owner), from: from, asOf: asOf, standing: standingOf(res, asOf)}
	s := l.session()
	l.last = earlier(earlier(later(asOf, s.Created), s.Completed), s.Ended)
	return l
}

// reportColumn is one column of a report. Its cells are text, time.Time (zero: empty), int, or float64 (negative: empty).
type reportColumn struct {
	name  string
	width float64 // in a workbook, in characters
	cell  func(*maker, line) any
}

// columnsOf are the columns of a report, in their order. kyc_type keeps the API's word for its name: by the prefix package
// intake knows a file of ours, and restores its cells. A masked address is in a column that nobody takes for one of addresses.
func columnsOf(cfg Config) []reportColumn {
	email := "e-mail (masked)"
	if cfg.FullEmails {
		email = "e-mail"
	}
	all := []reportColumn{
		{"campaign", 16, func(_ *maker, l line) any { return l.campaign }},
		{"line", 7, func(_ *maker, l line) any { return l.Row.Line }},
		{"account", 16, func(_ *maker, l line) any { return l.Row.Account }},
		{"customer reference", 20, func(m *maker, l line) any { return m.text(cell(l.Row, l.from.reference)) }},
		{email, 26, func(m *maker, l line) any { return m.address(l) }},
		{"plan", 12, func(m *maker, l line) any { return m.text(cell(l.Row, l.from.plan)) }},
		{"owner", 18, func(_ *maker, l line) any { return printable(l.owner) }},
		{"status", 32, func(_ *maker, l line) any { return printable(words(l.standing, l.Result)) }},
		{"next", 40, func(m *maker, l line) any { return printable(m.next(l.standing, l.Result, l.asOf)) }},
		{"kyc_type", 11, func(_ *maker, l line) any { return printable(l.session().KYCType) }},
		{"invited", 18, func(_ *maker, l line) any { return l.invited() }},
		{"first opened", 18, func(_ *maker, l line) any { return l.session().Opened }},
		{"completed", 18, func(_ *maker, l line) any { return l.session().Completed }},
		{"days to complete", 10, func(_ *maker, l line) any { return l.daysToComplete() }},
		{"reminders sent", 10, func(_ *maker, l line) any { return l.reminders() }},
		{"last mail", 18, func(_ *maker, l line) any { return l.lastMail() }},
		{"expires", 18, func(_ *maker, l line) any { return l.session().Expires }},
		{"problem", 50, func(m *maker, l line) any { return m.text(problem(l.standing, l.Result)) }},
	}
	for _, name := range cfg.Include {
		all = append(all, reportColumn{name, 20, func(_ *maker, l line) any { return l.verified(name) }})
	}
	return all
}

// session is what the row's account has of ours: the zero Session where that is nothing.
func (l line) session() campaign.Session {
	if !l.standing.sent() {
		return campaign.Session{}
	}
	return l.Record.Session
}

// invited is when the customer got the link, on the server's clock.
func (l line) invited() time.Time {
	switch {
	case !l.standing.sent():
		return time.Time{}
	case l.Record.Session.Created.IsZero() && len(l.Record.Mails) > 0: // a revoke keeps no more of the session than its id
		return l.Record.Mails[0]
	}
	return l.Record.Session.Created
}

// daysToComplete has one decimal.
func (l line) daysToComplete() float64 {
	from, to := l.invited(), l.session().Completed
	if from.IsZero() || to.Before(from) {
		return -1
	}
	return float64(int(to.Sub(from).Hours()/2.4+0.5)) / 10
}

// reminders are the mails after the first one: resends of ours that left or may have, and the API's own.
func (l line) reminders() int {
	if !l.standing.sent() {
		return 0
	}
	n := l.Record.Resend.Sent
	for _, at := range l.Record.ServerReminders() {
		if !at.After(l.last) {
			n++
		}
	}
	return n
}

// lastMail is when the newest mail left, or may have, of whatever kind. A request that made no session mailed nobody.
func (l line) lastMail() (last time.Time) {
	switch {
	case l.standing.sent():
		last = l.Record.LastMail(l.last)
	case l.standing == again, l.standing == inDoubt, l.standing == undecided:
	default:
		return last
	}
	for _, at := range l.Record.Mails {
		last = later(last, at)
	}
	return last
}

// verified is one fact of verified_data. It is masked whatever is asked for, addresses too: what a customer has proved is nobody else's.
func (l line) verified(name string) string {
	if !l.standing.sent() {
		return ""
	}
	for _, f := range l.Record.Verified {
		if verifiedPrefix+f.Name == name {
			return printable(maskVerified(maskAddresses(f.Value)))
		}
	}
	return ""
}

// address is the customer's, as it may be shown.
func (m *maker) address(l line) string {
	address := ""
	if l.standing != invalid {
		address = l.Address()
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
