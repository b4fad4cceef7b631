package campaign

import (
	"slices"
	"time"
)

// mail is one entry of a customer's calendar.
type mail struct {
	at     time.Time
	api    bool // the API's own reminder
	theirs bool // to another account with the same address
}

// calendar is every mail of the account that is known, past and to come, and those to its address.
func (p Policy) calendar(rec Record, others []time.Time) []mail {
	var all []mail
	for _, at := range rec.ourMails() {
		all = append(all, mail{at: at})
	}
	for _, at := range rec.ServerReminders() {
		all = append(all, mail{at: at, api: true})
	}
	if p.MaxMails > 0 {
		for _, at := range others {
			all = append(all, mail{at: at, theirs: true})
		}
	}
	slices.SortStableFunc(all, func(x, y mail) int { return x.at.Compare(y.at) })
	return all
}

// against says what stands against a mail at a moment; "" nothing does.
func (p Policy) against(rec Record, mails []mail, at time.Time) Why {
	switch tried := rec.Resend.Tried; {
	case !p.forgot.IsZero() && at.Sub(p.forgot) < max(p.MinAge, p.MailsWithin):
		return WhyForgot
	case !tried.IsZero() && at.Sub(tried) < p.MinAge:
		return WhyTried
	}
	for _, m := range mails {
		switch {
		case m.theirs:
		case m.api && m.at.After(at):
			if m.at.Sub(at) < p.MinAge {
				return WhySoon
			}
		case at.Sub(m.at) < p.MinAge: // also one that is dated ahead: the server's clock was odd then, or is now
			return WhyRecent
		}
	}
	if p.crowded(mails, at) {
		return WhyAddress
	}
	if p.ExpiringWithin > 0 && !rec.Session.Expires.IsZero() && rec.Session.Expires.Sub(at) > p.ExpiringWithin {
		return WhyNotYet
	}
	return ""
}

// crowded says whether a mail at a moment would make more than MaxMails within MailsWithin, in any stretch of that length.
func (p Policy) crowded(mails []mail, at time.Time) bool {
	if p.MaxMails == 0 {
		return false
	}
	var near []time.Time
	for _, m := range mails {
		if m.at.Sub(at).Abs() < p.MailsWithin {
			near = append(near, m.at)
		}
	}
	near = append(near, at)
	slices.SortFunc(near, time.Time.Compare)
	for i := p.MaxMails; i < len(near); i++ {
		if first := near[i-p.MaxMails]; near[i].Sub(first) < p.MailsWithin && !first.After(at) && !near[i].Before(at) {
			return true
		}
	}
	return false
}

// next is the first moment after one at which nothing stands against a mail. Whatever stands against it ends where a mail is
// so old, or the expiry is so near: only those moments need a look.
func (p Policy) next(rec Record, mails []mail, after time.Time) time.Time {
	var moments []time.Time
	for _, m := range mails {
		moments = append(moments, m.at.Add(p.MinAge))
		if p.MaxMails > 0 {
			moments = append(moments, m.at.Add(p.MailsWithin))
		}
	}
	if !p.forgot.IsZero() {
		moments = append(moments, p.forgot.Add(max(p.MinAge, p.MailsWithin)))
	}
	if !rec.Resend.Tried.IsZero() {
		moments = append(moments, rec.Resend.Tried.Add(p.MinAge))
	}
	if p.ExpiringWithin > 0 {
		moments = append(moments, rec.Session.Expires.Add(-p.ExpiringWithin))
	}
	slices.SortFunc(moments, time.Time.Compare)
	for _, at := range moments {
		if at.After(after) && !rec.Session.expiredAt(at) && p.against(rec, mails, at) == "" {
			return at
		}
	}
	return time.Time{}
}
