package report

import (
	"html/template"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"
)

// htmlPage is what the template shows. It holds what has to be thought about; the template only puts it in its place.
type htmlPage struct {
	Style     template.CSS
	Title     string
	Campaigns []string
	AsOf      time.Time
	Since     time.Time
	By        string
	Rows      int
	Sent      int
	Total     Counts
	Zone      string

	Tiles    []tile
	Standing bar
	Changes  []tile
	Changed  bool // whether any of Changes is above 0
	Funnel   []step
	Left     []place // the ways out of the funnel
	Chart    *timeChart
	Weekly   bool // whether Spans are weeks
	Spans    []span
	Owners   []ownerRow
	All      ownerRow
	Stuck    []stuckRow
	Places   []placeGroup
}

// tile is one number of the headline.
type tile struct {
	Name string
	Rows int
	Note string
}

// span is a day or a week, and the sums at its end.
type span struct {
	Day
	InvitedSoFar, CompletedSoFar int
}

// ownerRow is a line of the table of owners.
type ownerRow struct {
	ID        string // of its bar
	Name      string
	Title     string // the name, or words in its place
	Counts    Counts
	Ended     int
	Aside     int
	Reminders int
	Bar       bar
	Files     []ownerFile
}

// ownerFile is a link to a file that lies beside the page.
type ownerFile struct {
	Name  string
	Label string
	Href  string
}

// stuckRow is a customer who does not get on, and for how many days; Days is -1 where nobody knows.
type stuckRow struct {
	Stuck
	Days int
}

// mostDays is how many days are listed one by one; of more, weeks are listed.
const mostDays = 62

func newHTMLPage(o Overview, style template.CSS) htmlPage {
	p := htmlPage{
		Style: style, Title: titleOf(o.Campaigns), Campaigns: o.Campaigns, AsOf: o.AsOf, Since: o.Since, By: o.By, Rows: o.Total.Rows,
		Sent: o.Total.Sent(), Total: o.Total, Zone: zoneName(o.Zone),
		Tiles: tilesOf(o.Total), Standing: newBar(o.Total), Funnel: newFunnel(o.Total), Chart: newTimeChart(o.Days, o.Zone),
		Weekly: len(o.Days) > mostDays, Spans: spansOf(o.Days, o.Zone), Places: placesOf(o.Total),
		Changes: []tile{
			{Name: "invited", Rows: o.Changes.Invited}, {Name: "opened the link", Rows: o.Changes.Opened}, {Name: "completed", Rows: o.Changes.Completed},
			{Name: "expired", Rows: o.Changes.Expired}, {Name: "failed", Rows: o.Changes.Failed}, {Name: "revoked", Rows: o.Changes.Revoked},
		},
		Changed: o.Changes != Changes{},
	}
	p.Left = append(p.Places[0].Places[3:len(p.Places[0].Places):len(p.Places[0].Places)], p.Places[1].Places...)
	reminders := 0
	for i, owner := range o.Owners {
		reminders += owner.Reminders
		p.Owners = append(p.Owners, newOwnerRow("owner-"+strconv.Itoa(i), "No owner", owner))
	}
	p.All = newOwnerRow("owner-all", "All", Owner{Counts: o.Total, Reminders: reminders})
	for _, s := range o.Stuck {
		p.Stuck = append(p.Stuck, stuckRow{s, daysBetween(s.Since, o.AsOf)})
	}
	return p
}

func titleOf(campaigns []string) string {
	switch len(campaigns) {
	case 0:
		return "No campaign"
	case 1:
		return campaigns[0]
	}
	return counted(len(campaigns), "campaign")
}

// zoneName is the zone as people call it.
func zoneName(zone *time.Location) string {
	if zone == time.Local {
		return "local time"
	}
	return zone.String()
}

// tilesOf are the headline: five numbers that add up to the rows.
func tilesOf(c Counts) []tile {
	rest := "not invited"
	if aside(c) > 0 && c.Other+c.InDoubt+c.Undecided > 0 {
		rest = "not invited or not clear"
	}
	completed := "nobody is invited yet"
	if c.Sent() > 0 {
		completed = share(c.Completed, c.Sent()) + " of " + grouped(c.Sent()) + " invited"
	}
	return []tile{
		{"completed", c.Completed, completed},
		{"opened, not finished", c.Open, "can still finish"},
		{"not opened yet", c.Invited, "the link still works"},
		{"ended", ended(c), "expired, failed or revoked"},
		{rest, aside(c), "see the last table"},
	}
}

func newOwnerRow(id, nameless string, o Owner) ownerRow {
	row := ownerRow{ID: id, Name: o.Name, Title: o.Name, Counts: o.Counts, Ended: ended(o.Counts), Aside: aside(o.Counts), Reminders: o.Reminders,
		Bar: newBar(o.Counts)}
	if o.Name == "" {
		row.Title = nameless
	}
	for _, name := range o.Files {
		label := strings.ToUpper(strings.TrimPrefix(path.Ext(name), "."))
		if label == "" {
			label = name
		}
		row.Files = append(row.Files, ownerFile{name, label, "./" + url.PathEscape(name)})
	}
	return row
}

// spansOf are the days, or, where there are many, the weeks from Monday on, with what was reached at their ends.
func spansOf(days []Day, zone *time.Location) []span {
	var spans []span
	var invited, completed int
	for i, d := range days {
		if i == 0 || len(days) <= mostDays || d.Date.In(zone).Weekday() == time.Monday {
			spans = append(spans, span{Day: Day{Date: d.Date}})
		}
		invited += d.Invited
		completed += d.Completed
		s := &spans[len(spans)-1]
		s.Invited += d.Invited
		s.Completed += d.Completed
		s.InvitedSoFar, s.CompletedSoFar = invited, completed
	}
	return spans
}

// daysBetween is how many whole days lie between two moments; -1 where one of them is unknown.
func daysBetween(from, to time.Time) int {
	if from.IsZero() || to.IsZero() || to.Before(from) {
		return -1
	}
	return int(to.Sub(from) / (24 * time.Hour))
}
