package report

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"kycbatch/campaign"
)

const (
	// patience is how many rows pass between two looks at the context.
	patience = 1024
	// maxOwners bounds the files of a report. A column with more values names no account managers.
	maxOwners = 1000
)

// maker makes one report.
type maker struct {
	cfg     Config
	ledger  ledger
	zone    *time.Location
	columns []reportColumn
	cells   []any // of the line that is being added
	spool   *spool
	events  *events

	over    Overview
	owners  map[string]*owned
	days    calendar
	waiting waiting
	found   map[string]bool // facts of cfg.Include that some record has
}

// owned is what one owner has.
type owned struct {
	Owner
	lines spooled
}

// gather reads the rows of all campaigns, once: figures are counted, and lines put by for their owners' files.
func (m *maker) gather(ctx context.Context) error {
	for _, c := range m.cfg.Campaigns {
		m.over.Campaigns = append(m.over.Campaigns, c.Name)
		asOf, err := m.ledger.SyncedAt(c)
		if err != nil {
			return err
		}
		m.over.AsOf = later(m.over.AsOf, asOf)
		if err := m.rows(ctx, c, asOf); err != nil {
			return fmt.Errorf("report campaign %q: %w", c.Name, err)
		}
	}
	for _, name := range m.cfg.Include {
		if !m.found[name] {
			return fmt.Errorf("%w: %q; have it kept first: kycbatch sync --include %s", ErrVerified, name, name)
		}
	}
	m.finish()
	return nil
}

func (m *maker) rows(ctx context.Context, c campaign.Campaign, asOf time.Time) error {
	from, n := sourceOf(c, m.over.By), 0
	var r customer // one for all: a new one for each row was a sixth of what a report allocates
	for res, err := range ahead(m.ledger.Results(c, 0, nil)) {
		if n++; err == nil && n%patience == 0 {
			err = context.Cause(ctx)
		}
		if err != nil {
			return err
		}
		r = customerOf(res, c, from, asOf)
		if err := m.add(&r); err != nil {
			return err
		}
	}
	return nil
}

// add counts a line, and puts it by.
func (m *maker) add(r *customer) error {
	o := m.owners[r.owner]
	if o == nil {
		if len(m.owners) > maxOwners {
			return fmt.Errorf("%w: column %q has more than %d different values; name the column of the account managers", ErrOwners, m.over.By, maxOwners)
		}
		o = &owned{Owner: Owner{Name: r.owner, Files: []string{}}}
		m.owners[r.owner] = o
	}
	count(&m.over.Total, r)
	count(&o.Counts, r)
	o.Reminders += r.reminders()
	m.days.note(r.invited(), func(d *Day) { d.Invited++ })
	m.days.note(r.session().Completed, func(d *Day) { d.Completed++ })
	m.events.count(&m.over.Changes, r)
	if r.standing.sent() {
		for _, f := range r.Record.Verified {
			m.found[verifiedPrefix+f.Name] = true
		}
	}
	if since := later(r.invited(), r.Record.Session.Opened); r.standing.waits() && m.waiting.takes(since) {
		m.waiting.add(Stuck{
			Campaign: r.campaign, Account: r.Row.Account, Owner: printable(r.owner), Status: printable(words(r.standing, r.Result)),
			Since: m.local(since), Next: printable(m.next(r.standing, r.Result, r.asOf)),
		})
	}
	if !m.cfg.has(CSV) && !m.cfg.has(XLSX) {
		return nil
	}
	for i, c := range m.columns {
		m.cells[i] = c.cell(m, r)
	}
	return m.spool.add(&o.lines, m.cells)
}

func count(c *Counts, r *customer) {
	c.Rows++
	*standings[r.standing].count(c)++
	if everOpened(r.standing, r.Record.Session) {
		c.Opened++
	}
	if everBegun(r.standing, r.Record.Session) {
		c.Started++
	}
}

// finish puts owners, days and the customers stuck the longest in their order.
func (m *maker) finish() {
	m.over.AsOf, m.over.Since = m.local(m.over.AsOf), m.local(m.over.Since)
	m.over.Days = m.days.until(m.over.AsOf)
	m.over.Stuck = m.waiting.stuck()
	m.over.Owners = []Owner{}
	for _, o := range m.sorted() {
		m.over.Owners = append(m.over.Owners, o.Owner)
	}
}

// local is a moment as the report shows it.
func (m *maker) local(at time.Time) time.Time {
	if at.IsZero() {
		return at
	}
	return at.In(m.zone)
}

// sorted are the owners by name, and those without one last.
func (m *maker) sorted() []*owned {
	var all []*owned
	for _, o := range m.owners {
		all = append(all, o)
	}
	slices.SortFunc(all, func(a, b *owned) int {
		if a.Name == "" || b.Name == "" {
			return strings.Compare(b.Name, a.Name)
		}
		return strings.Compare(a.Name, b.Name)
	})
	return all
}
