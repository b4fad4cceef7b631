package campaign

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"

	"kycbatch/internal/intake"
)

// Order is what a person wants done with sessions of one campaign (design, rule 8): that they are ended, and that a
// new session follows for each account unless Only is set.
type Order struct {
	Campaign string
	Accounts []string // by id, whatever became of them; nil: created ones, by what the API says of their session now
	Statuses []string // with Accounts nil: API words, or StatusExpired and StatusFailed; nil: every session that lives
	Why      string   // the reason that the API and the record are given; never "", and without personal data
	Email    string   // the address in place of the row's, of a single account; "" the row's own
	Started  bool     // also sessions that a customer has opened or started
	Only     bool     // nothing follows: the accounts are withdrawn
	Exclude  *intake.Exclusions
}

// Words for sessions that ended without success; the API documents none of its own.
const (
	StatusExpired = "expired" // an hour after expires_at, by the server's clock
	StatusFailed  = "failed"  // in either of the two words that the API is known to use
)

// OrderPlan is what an order would do. Making one sends nothing but looks, and changes nothing.
type OrderPlan struct {
	Order Order
	Takes []Planned // the accounts that it is about, in the order of the file
	Left  []Planned // those that it names and is not about, each with Why
}

// Ends counts the sessions that would be ended.
func (p OrderPlan) Ends() (n int) {
	for _, one := range p.Takes {
		if one.Session.ID != "" {
			n++
		}
	}
	return n
}

// Planned is one account of a plan.
type Planned struct {
	Account string
	Session Session // the one that lives, as the API showed it; zero: none does
	Ours    bool    // the session is the account's own; false: somebody else made it
	Started bool    // a customer has opened the session, or its status is a word that nobody knows
	Why     string  // the account is left out, in plain words; "" it is taken

	number uint64
	before Record
	row    Row
}

// PlanOrder looks at every account that an order names, each by a listing that is proved complete, and says what the
// order would do. Of cfg it needs what Create needs. Where the API can't be read, or ctx ends, it gives an error.
func PlanOrder(ctx context.Context, cfg Config, o Order) (plan OrderPlan, err error) {
	cfg.AuditOnly = true // no settings are kept, and nothing is begun
	r, err := newRun(ctx, cfg, o.Campaign)
	if err != nil {
		return plan, err
	}
	defer func() { err = errors.Join(err, r.links.close()) }()
	p := &orderPlanner{r: r, plan: OrderPlan{Order: o}}
	if err := p.name(); err != nil {
		return plan, err
	}
	waiting, cancel := r.begin(ctx)
	defer cancel()
	r.proved.Store(true) // nothing is sent: all workers may look
	if r.waitOutSuspicion(waiting) {
		r.phase("looking at the accounts")
		if o.Accounts == nil {
			r.sweepOnce(waiting)
		}
		r.pass(waiting, p.feed)
	}
	switch {
	case ctx.Err() != nil:
		return plan, context.Cause(ctx)
	case r.cause != nil:
		return plan, fmt.Errorf("look at the accounts: %w", r.cause)
	case r.why != "":
		return plan, fmt.Errorf("look at the accounts: %s", r.why)
	}
	byLine := func(a, b Planned) int { return a.row.Line - b.row.Line }
	slices.SortStableFunc(p.plan.Takes, byLine)
	slices.SortStableFunc(p.plan.Left, byLine)
	return p.plan, nil
}

type orderPlanner struct {
	r     *run
	names map[uint64]string // of the campaigns
	named map[string]bool   // of Order.Accounts: true once its row was met

	mu   sync.Mutex
	plan OrderPlan
}

// name notes the accounts that the order gives by id.
func (p *orderPlanner) name() (err error) {
	p.names, err = p.r.l.campaignNames()
	p.named = map[string]bool{}
	for _, account := range p.plan.Order.Accounts {
		p.named[account] = false
	}
	return err
}

// byID says whether a person named the accounts; else the API's word chooses them.
func (p *orderPlanner) byID() bool { return p.plan.Order.Accounts != nil }

// feed yields a look for each account that the order may be about; what the ledger alone can say is said at once.
func (p *orderPlanner) feed() iter.Seq2[*job, error] {
	return func(yield func(*job, error) bool) {
		var met bitset // several rows can name one account
		for row, err := range p.r.l.Rows(p.r.campaign) {
			if err != nil {
				yield(nil, err)
				return
			}
			_, named := p.named[row.Account]
			if row.Record == 0 || row.DuplicateOf > 0 || met.has(row.Record) || p.byID() && !named {
				continue
			}
			met.set(row.Record)
			rec, err := p.r.l.record(row.Record)
			if err != nil {
				yield(nil, err)
				return
			}
			rec.Account = row.Account
			if !p.byID() && (rec.State != Created || rec.Campaign != p.r.campaign.ID || row.Purged != "") {
				continue
			}
			if named {
				p.named[row.Account] = true
			}
			one := Planned{Account: row.Account, number: row.Record, before: rec, row: row}
			if one.Why = p.obstacle(one); one.Why != "" && named {
				p.add(one)
				continue
			}
			j := &job{account: Account{Record: rec}, durable: rec, number: row.Record, show: func(a Account) { p.shown(one, a) }}
			if !yield(j, nil) {
				return
			}
		}
		p.addMissing()
	}
}

// addMissing says of each account that was named and has no row in the campaign why that is.
func (p *orderPlanner) addMissing() {
	for _, account := range p.plan.Order.Accounts {
		if p.named[account] {
			continue
		}
		p.named[account] = true
		p.add(Planned{Account: account, Why: fmt.Sprintf("no row of campaign %s names it", p.r.campaign.Name)})
	}
}

func (p *orderPlanner) add(one Planned) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if one.Why != "" {
		p.plan.Left = append(p.plan.Left, one)
	} else {
		p.plan.Takes = append(p.plan.Takes, one)
	}
}

// obstacle is what the ledger has against doing anything with an account now; "" nothing.
func (p *orderPlanner) obstacle(one Planned) string {
	rec, row, o := one.before, one.row, p.plan.Order
	switch {
	case rec.Campaign != 0 && rec.Campaign != p.r.campaign.ID:
		return fmt.Sprintf("it belongs to campaign %s", p.names[rec.Campaign])
	case rec.State == Started:
		return "it is in doubt: `create` finds out first what became of its request"
	case rec.Current() == Pending && rec.End.byHand():
		return "an earlier order for it is not finished: go on with --resume"
	case rec.Current() == Pending:
		return "nothing was sent for it yet: `create` sends it, `withdraw` takes it out"
	case rec.Posted() && !rec.Audited:
		return "it was sent and not looked at again yet: `audit` does that"
	case o.Only:
		return ""
	case row.Purged != "":
		return "what its row asked for was purged: give the account in a file of another campaign"
	case row.Problem != "":
		return "its row can't be sent: " + row.Problem
	case !row.Gone && o.Exclude.Names(row.Account, o.Email):
		return excludedInWords
	}
	return row.barred(o.Exclude, rec)
}

// shown decides about an account by what the API shows of it.
func (p *orderPlanner) shown(one Planned, a Account) {
	o := p.plan.Order
	if a.shown == nil {
		one.Why = "the API could not be read: try again"
		if a.refusal != "" {
			one.Why = "the API refuses to list it: " + a.refusal
		}
		p.add(one)
		return
	}
	if own, _ := a.shown.find(one.before.Session.ID); !p.byID() && !o.matches(own, *a.shown) {
		return
	}
	live, why := p.living(one.before, *a.shown)
	if one.Why == "" {
		one.Why = why
	}
	if live != nil {
		one.Session, one.Started = live.Session, !Ending{Why: o.Why}.ends(*live)
		one.Ours = p.r.p.own(one.before, *live)
	}
	switch {
	case one.Why != "":
	case live == nil && o.Only:
		one.Why = "no session of it lives"
	case live != nil && !one.Ours && !p.byID():
		one.Why = "the session that lives is somebody else's: it is only ended for an account that is named by its id"
	case one.Started && !o.Started:
		one.Why = fmt.Sprintf("a customer may be half-way through its session (%s): --include-started ends it all the same", live.Status)
	}
	p.add(one)
}

// living finds the one session of an account that lives, or says why nothing may be ended. Our own failed ones are in
// nobody's way where another lives.
func (p *orderPlanner) living(rec Record, l Look) (live *Seen, why string) {
	var all []Seen
	for _, s := range l.Sessions {
		switch {
		case s.Status == statusCompleted:
			return nil, "the customer has completed KYC"
		case s.live(l.Date):
			all = append(all, s)
		}
	}
	if len(all) > 1 {
		all = slices.DeleteFunc(all, func(s Seen) bool {
			return s.failed() && s.Attempt.Ledger == p.r.p.Ledger && s.Attempt.Round <= rec.Round
		})
	}
	switch len(all) {
	case 0:
		return nil, ""
	case 1:
		return &all[0], ""
	}
	return nil, fmt.Sprintf("%d sessions of it live, which the API does not allow: ask its support", len(all))
}

// own says whether a session is the account's own: an attempt of this ledger made it, or a person adopted it.
func (p Protocol) own(rec Record, s Seen) bool {
	return s.Attempt.Ledger == p.Ledger || rec.State == Created && rec.Session.ID == s.ID
}

// matches says whether an account's session is one that the order wants, by what the API says of it now.
func (o Order) matches(s Seen, l Look) bool {
	for _, word := range o.Statuses {
		switch {
		case word == StatusExpired && s.expired(l.Date), word == StatusFailed && s.failed(), word == s.Status:
			return true
		}
	}
	return o.Statuses == nil && s.live(l.Date)
}
