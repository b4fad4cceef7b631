package campaign

import (
	"cmp"
	"context"
	"errors"
	"time"

	"kycbatch/internal/intake"
	"kycbatch/internal/vobiz"
)

// Plan is what a create pass would do, row by row counted; making one sends nothing and changes nothing.
type Plan struct {
	Campaign  string
	Rows      int
	Counts    map[Outcome]int // OutcomePending: would be sent; OutcomeInDoubt: would be looked at first
	Withdrawn int             // pending rows of the campaign's earlier file that are gone from this one
	Mails     int             // customers who would be mailed, or get a link: the pending rows, up to the limit
	Redirect  bool            // it is a campaign of the redirect flow: links, no mails
	Forecast  Forecast        // how the budget spreads them over days
}

// PlanConfig says what a plan is made of. Everything but the file or the campaign's name may be missing.
type PlanConfig struct {
	Ledger       *Ledger      // nil: there is none yet
	Name         string       // the campaign
	File         *intake.File // nil: the campaign as the ledger has it
	Options      string       // of the import of File; with those and the bytes that it has, the campaign is as the ledger has it
	RetryRefused bool
	Exclude      *intake.Exclusions
	Limit        int // as for Create

	Redirect bool          // the flow that was asked for; a campaign that was begun keeps its own
	Budget   Budget        // as for Create
	Pace     time.Duration // what one mail takes, at the rate; 0: no time
	Timeout  time.Duration // of one request; 0: DefaultTimeout

	// Client and Brake, where given, read the API's whole list, so that accounts with a live or completed
	// session count as skipped before the guard says so. A page without an answer is asked for again, some times.
	Client *vobiz.Client
	Brake  *Brake
}

// MakePlan compares a file, or what the ledger has of a campaign, with the ledger and the API.
func MakePlan(ctx context.Context, cfg PlanConfig) (Plan, error) {
	p := planner{cfg: cfg, plan: Plan{Campaign: cfg.Name, Counts: map[Outcome]int{}}}
	if cfg.Ledger != nil {
		c, err := cfg.Ledger.Campaign(cfg.Name)
		if err != nil && !errors.Is(err, ErrNoCampaign) {
			return p.plan, err
		}
		p.campaign = c
	}
	p.plan.Redirect = cfg.Redirect || p.campaign.Settings.Redirect()
	if cfg.File == nil && p.campaign.Import == 0 {
		return p.plan, ErrNoCampaign
	}
	if cfg.Client != nil {
		if err := p.readAPI(ctx); err != nil {
			return p.plan, err
		}
	}
	err := p.fill(ctx)
	if err == nil {
		p.plan.Forecast, err = cfg.Budget.Forecast(cfg.Ledger, p.plan.Mails, cfg.Pace, cmp.Or(cfg.Timeout, DefaultTimeout), wall())
	}
	return p.plan, err
}

type planner struct {
	cfg      PlanConfig
	campaign Campaign
	plan     Plan
	api      sweep
	date     time.Time // the server's, at the last page
	named    bitset
}

// fill counts the rows from where that takes least: a file is only read once more where it is not known already what each row
// would meet.
func (p *planner) fill(ctx context.Context) error {
	f, c := p.cfg.File, p.campaign
	if f == nil || c.sameAs(f, p.cfg.Options) {
		return p.fromLedger()
	}
	known := uint64(0)
	if p.cfg.Ledger != nil {
		var err error
		if known, err = p.cfg.Ledger.counter("records"); err != nil {
			return err
		}
	}
	if known == 0 && p.cfg.Client == nil {
		p.fromCounts(f)
		return nil
	}
	return p.fromFile(ctx)
}

// fromCounts plans a file none of whose accounts anybody knows: it is what the file itself says of its rows.
func (p *planner) fromCounts(f *intake.File) {
	p.plan.Rows, p.plan.Mails = f.Rows, f.Valid
	if p.cfg.Limit > 0 {
		p.plan.Mails = min(f.Valid, p.cfg.Limit)
	}
	for o, n := range map[Outcome]int{
		OutcomePending: f.Valid, OutcomeInvalid: f.Invalid, OutcomeAlready: f.Duplicates, OutcomeSkipped: f.Excluded,
	} {
		if n > 0 {
			p.plan.Counts[o] = n
		}
	}
}

// fromLedger counts what is settled already as it is, and looks at the rest.
func (p *planner) fromLedger() error {
	l, c := p.cfg.Ledger, p.campaign
	known, err := l.settled(c)
	if err != nil {
		return err
	}
	p.plan.Rows = known.count(p.plan.Counts)
	records := l.onward()
	defer records.close()
	for row, err := range l.rowsAt(c, known.open) {
		var rec Record
		switch {
		case err != nil:
		case row.index >= c.Rows: // they are gone from the file
			return nil
		case row.Record > 0:
			rec, err = records.record(row.Record)
		}
		if err != nil {
			return err
		}
		p.count(row.Row, rec)
	}
	return nil
}

func (p *planner) fromFile(ctx context.Context) error {
	for in, err := range p.cfg.File.All(ctx) {
		if err != nil {
			return err
		}
		row := rowOf(in)
		var rec Record
		if p.cfg.Ledger != nil && row.Account != "" {
			if row.Record, err = p.cfg.Ledger.number(row.Account); err != nil {
				return err
			}
			if row.Record > 0 {
				p.named.set(row.Record)
				if rec, err = p.cfg.Ledger.record(row.Record); err != nil {
					return err
				}
			}
		}
		p.count(row, rec)
	}
	return p.countWithdrawn()
}

// count says what the pass would do with one row.
func (p *planner) count(row Row, rec Record) {
	p.plan.Rows++
	o := outcome(p.campaign, row, rec, 0, p.cfg.Exclude)
	if o == OutcomePending && row.DuplicateOf > 0 {
		o = OutcomeAlready // the other line is the one that is sent
	}
	if sends(row, rec, p.campaign.ID, p.cfg.RetryRefused, p.cfg.Exclude, time.Now()) {
		o = OutcomePending
		for _, s := range p.api.sessions[row.Account] {
			if s.Status == statusCompleted || s.live(p.date) && s.ID != rec.End.Session {
				o = OutcomeSkipped
			}
		}
	}
	p.plan.Counts[o]++
	if o == OutcomePending && (p.cfg.Limit == 0 || p.plan.Mails < p.cfg.Limit) {
		p.plan.Mails++
	}
}

// countWithdrawn counts the pending rows of the earlier file that this one does not name.
func (p *planner) countWithdrawn() error {
	if p.campaign.Import == 0 {
		return nil
	}
	for res, err := range p.cfg.Ledger.Results(p.campaign, 0, nil) {
		if err != nil {
			return err
		}
		if res.Outcome == OutcomePending && !res.Record.replaces() && !p.named.has(res.Row.Record) {
			p.plan.Withdrawn++
		}
	}
	return nil
}
