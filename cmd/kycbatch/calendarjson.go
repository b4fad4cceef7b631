package main

import "time"

// planResendJSON is the object that -o json prints: schema kycbatch/plan-resend/1.
type planResendJSON struct {
	Schema   string         `json:"schema"`
	Campaign string         `json:"campaign"`
	At       time.Time      `json:"at"`    // the time by which it was made
	Clock    string         `json:"clock"` // whose: "api", or "local" where the API was not asked
	Due      int            `json:"due"`
	Open     int            `json:"open"` // resends without a definite answer yet
	Later    []reasonCount  `json:"later"`
	Never    []reasonCount  `json:"never"`
	Today    int            `json:"today"`    // of those due, what --daily-cap, --window and the rate let leave today
	Days     int            `json:"days"`     // on which they leave
	Accounts []reminderJSON `json:"accounts"` // the first 10,000 that get a mail, the soonest first
	Found    int            `json:"accounts_total"`
	CSV      string         `json:"csv,omitempty"`
}

type reminderJSON struct {
	Account string     `json:"account"`
	Session string     `json:"session"`
	Status  string     `json:"status"`
	Due     bool       `json:"due"`
	Ours    *time.Time `json:"resend_at"`   // null: none, as things stand
	API     *time.Time `json:"reminder_at"` // the API's own; null: none is to come
	Expires *time.Time `json:"expires_at"`
	Reason  string     `json:"reason"` // why not now; "" it is due
}

func (c calendar) object(csv string) planResendJSON {
	plan := c.plan
	o := planResendJSON{
		Schema: "kycbatch/plan-resend/1", Campaign: plan.Campaign, At: plan.At, Clock: "api", Due: plan.Due, Open: plan.Open,
		Later: byReason(plan.Later), Never: byReason(plan.Never), Today: c.forecast.Today, Days: c.forecast.Days,
		Accounts: []reminderJSON{}, Found: c.next.found, CSV: csv,
	}
	if c.offline {
		o.Clock = "local"
	}
	for _, one := range c.next.all {
		rec, v := one.Record, one.Verdict
		o.Accounts = append(o.Accounts, reminderJSON{
			rec.Account, rec.Session.ID, rec.Session.Status, v.Due && !rec.Resend.Underway(), orNull(v.When), orNull(one.API), orNull(rec.Session.Expires), string(v.Why),
		})
	}
	return o
}

// orNull is a time that may not be there.
func orNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
