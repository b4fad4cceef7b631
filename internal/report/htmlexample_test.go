package report

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func kolkata(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Kolkata")
	require.NoError(t, err)
	return zone
}

// sums is the counts of a and b together.
func sums(a, b Counts) Counts {
	return Counts{
		Rows: a.Rows + b.Rows, Invited: a.Invited + b.Invited, Opened: a.Opened + b.Opened, Started: a.Started + b.Started, Open: a.Open + b.Open,
		Completed: a.Completed + b.Completed, Expired: a.Expired + b.Expired, Failed: a.Failed + b.Failed, Revoked: a.Revoked + b.Revoked,
		Other: a.Other + b.Other, Pending: a.Pending + b.Pending, InDoubt: a.InDoubt + b.InDoubt, Undecided: a.Undecided + b.Undecided,
		Refused: a.Refused + b.Refused, Invalid: a.Invalid + b.Invalid, Skipped: a.Skipped + b.Skipped, Withdrawn: a.Withdrawn + b.Withdrawn,
	}
}

// drawn are random counts that may be: every row in one place, and no step of the way above the one before.
func drawn(r *rand.Rand, most int) Counts {
	n := func(part int) int { return r.IntN(most/part + 1) }
	c := Counts{
		Invited: n(3), Open: n(4), Completed: n(1), Expired: n(8), Failed: n(20), Revoked: n(20), Other: n(40), Pending: n(6), InDoubt: n(40),
		Undecided: n(40), Refused: n(20), Invalid: n(20), Skipped: n(15), Withdrawn: n(20),
	}
	c.Started = c.Completed + c.Failed + c.Open/2
	c.Opened = c.Started + c.Open - c.Open/2 + c.Revoked/2
	c.Rows = c.Sent() + c.Pending + c.InDoubt + c.Undecided + c.Refused + c.Invalid + c.Skipped + c.Withdrawn
	return c
}

// daysOf spreads what was invited and completed over days: the invitations over the first third, the completions
// falling off after them.
func daysOf(c Counts, first time.Time, n int) []Day {
	days := make([]Day, n)
	for i := range days {
		days[i].Date = first.AddDate(0, 0, i)
	}
	for i := range c.Sent() {
		days[i*max(n/3, 1)/c.Sent()].Invited++
	}
	for i := range c.Completed {
		x := float64(i) / float64(c.Completed)
		days[min(int(x*x*float64(n-1))+min(1, n-1), n-1)].Completed++
	}
	return days
}

// example is a campaign in the middle of its life: what the golden file shows.
func example(t testing.TB) Overview {
	zone := kolkata(t)
	o := Overview{
		Campaigns: []string{"november-upgrade"}, Zone: zone, By: "account_manager",
		AsOf:    time.Date(2026, 11, 23, 6, 0, 4, 0, zone),
		Since:   time.Date(2026, 11, 22, 6, 0, 2, 0, zone),
		Changes: Changes{Invited: 40, Opened: 31, Completed: 22, Expired: 3, Failed: 1},
	}
	r := rand.New(rand.NewPCG(5, 7))
	for i, name := range []string{"Anita Rao", "Farhan Qureshi", "Göran Lindström", "Meera Iyer", "O’Brien & Sons", "مريم الهاشمي", ""} {
		c := drawn(r, 180)
		o.Owners = append(o.Owners, Owner{Name: name, Counts: c, Reminders: r.IntN(80), Files: []string{"owner-" + string(rune('a'+i)) + ".csv", "owner-" + string(rune('a'+i)) + ".xlsx"}})
		o.Total = sums(o.Total, c)
	}
	o.Days = daysOf(o.Total, time.Date(2026, 11, 3, 0, 0, 0, 0, zone), 21)
	for i, s := range []struct{ account, owner, status, next string }{
		{"MA_7Q2K90XD", "Meera Iyer", "invited, not opened yet", "will be reminded on 25 Nov"},
		{"MA_E31MAU98", "Anita Rao", "opened, not finished", "opened, not finished: call"},
		{"MA_YLTJEUZY", "", "verification begun, not finished", "begun, not finished: call"},
		{"MA_M3P94TZC", "مريم الهاشمي", "invited, not opened yet", "all reminders were sent: call"},
		{"MA_00000012", "O’Brien & Sons", "opened, not finished", "will be reminded on 24 Nov"},
		{"MA_KX20PP1A", "Göran Lindström", "invited, not opened yet", "expires on 26 Nov: call"},
	} {
		o.Stuck = append(o.Stuck, Stuck{Campaign: "november-upgrade", Account: s.account, Owner: s.owner, Status: s.status, Next: s.next,
			Since: time.Date(2026, 11, 3+i, 10, 15, 0, 0, zone)})
	}
	return o
}

// hostile is a report whose data wants to be more than text.
func hostile(t testing.TB) Overview {
	o := example(t)
	o.Campaigns = append(o.Campaigns, `</title><script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, "</style><style>*{background:url(//evil)}")
	o.By = `<b onclick="x">`
	for i, name := range []string{
		`<script src="https://evil.example/x.js"></script>`, `" onmouseover="alert(1)`, `javascript:alert(1)`, "a\x00b\x01\x1b[31m\nc\u0085", "\xff\xfe bytes",
		"\u202etxt.exe \u2066", strings.Repeat("W", 200), "]]>--></svg><script>", "{{.Style}}",
	} {
		o.Owners = append(o.Owners, Owner{Name: name, Files: []string{name + ".csv", "javascript:alert(1)", "//evil.example/a.xlsx", "../../etc/passwd"}})
		o.Stuck = append(o.Stuck, Stuck{Campaign: name, Account: name, Owner: name, Status: name, Next: name, Since: o.AsOf.AddDate(0, 0, -i)})
	}
	return o
}

// many is a report of a large campaign of a whole year, with 200 owners.
func many(t testing.TB) Overview {
	o := example(t)
	o.Campaigns = []string{"everyone-2026", "everyone-2026-second-wave"}
	o.Owners, o.Total = nil, Counts{}
	r := rand.New(rand.NewPCG(1, 1))
	for i := range 200 {
		c := drawn(r, 1+r.IntN(4000))
		name := "Account manager " + grouped(i+1)
		if i == 17 {
			name = strings.Repeat("Subramaniam ", 17)
		}
		o.Owners = append(o.Owners, Owner{Name: name, Counts: c, Reminders: r.IntN(3000), Files: []string{"a.csv"}})
		o.Total = sums(o.Total, c)
	}
	o.Total.Undecided++
	o.Total.Rows++
	o.Days = daysOf(o.Total, time.Date(2026, 1, 29, 0, 0, 0, 0, o.Zone), 299)
	return o
}

// small is the first morning of three rows of one owner.
func small(t testing.TB) Overview {
	o := example(t)
	o.Since, o.Changes = time.Time{}, Changes{}
	o.Total = Counts{Rows: 3, Invited: 2, Invalid: 1}
	o.Owners = []Owner{{Name: "Anita Rao", Counts: o.Total, Files: []string{"anita-rao.csv"}}}
	o.Days = []Day{{Date: time.Date(2026, 11, 23, 0, 0, 0, 0, o.Zone), Invited: 2}}
	o.Stuck = o.Stuck[:1]
	return o
}

// unsent is a file that was imported and nothing more.
func unsent(testing.TB) Overview {
	return Overview{Campaigns: []string{"november-upgrade"}, Total: Counts{Rows: 12, Pending: 11, Invalid: 1}}
}

// named is an overview with a name for tests.
type named struct {
	name string
	Overview
}

// overviews are reports of every sort.
func overviews(t testing.TB) []named {
	return []named{{"example", example(t)}, {"hostile", hostile(t)}, {"many", many(t)}, {"small", small(t)}, {"unsent", unsent(t)}, {"empty", Overview{}}}
}

func rendered(t testing.TB, o Overview) []byte {
	t.Helper()
	var page bytes.Buffer
	require.NoError(t, writeHTML(&page, o))
	return page.Bytes()
}
