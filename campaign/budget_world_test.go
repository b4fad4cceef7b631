package campaign

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/intake"
	"kycbatch/internal/sandbox"
	"kycbatch/internal/vobiz"
	"kycbatch/ratelimit"
)

// month is thirty days of an office that mails under a budget: two campaigns whose commands come by turns or wait, a
// process that dies every few hours, answers that are lost, and an API that is down for an hour now and then. It is the
// simulation with another life.
type month struct {
	*simulation
	budget Budget
	lives  int
}

const (
	monthDays    = 30
	monthRows    = 260 // of each campaign
	monthTimeout = 5 * time.Second
)

// newMonth begins one three days before what the clocks do in the zone, if they do something.
func newMonth(t *testing.T, seed uint64, b Budget, begins time.Time, m mutant) *month {
	time.Sleep(time.Until(begins))
	s := &simulation{
		t: t, rate: 20, seed: seed, rows: 2 * monthRows, mutant: m, dir: t.TempDir(), began: time.Now(),
		draws: map[string]int{}, states: map[string]State{}, resent: map[string]Resends{}, crashes: map[string]int{},
	}
	var err error
	s.api, err = sandbox.New(sandbox.Config{Seed: seed, Faults: sandbox.Storm(0.04)})
	require.NoError(t, err)
	for c, name := range []string{"spring", "summer"} {
		var text strings.Builder
		text.WriteString("account_auth_id,email\n")
		for i := range monthRows {
			fmt.Fprintf(&text, "%s,customer%d@example.com\n", s.account(c*monthRows+i), i)
		}
		require.NoError(t, os.WriteFile(filepath.Join(s.dir, name+".csv"), []byte(text.String()), 0o600))
	}
	return &month{simulation: s, budget: b}
}

// process is one command: it ends, is interrupted at the month's end, or dies.
func (w *month) process(until time.Time) {
	w.lives++
	ctx, cancel := context.WithDeadline(w.t.Context(), until)
	defer cancel()
	l := &life{simulation: w.simulation, cancel: cancel}
	defer time.AfterFunc(time.Duration(w.chance("moment")*float64(8*time.Hour)), func() { l.die("at a random moment") }).Stop()
	if w.chance("outage") < 0.2 {
		defer w.outage().Stop()
	}
	file, err := OpenLedger(w.dir, true, LedgerOptions{Identity: LedgerIdentity{API: "http://127.0.0.1", Partner: "PA"}, NoSync: true})
	require.NoError(w.t, err)
	defer func() { require.NoError(w.t, ignoreBroken(file.Close())) }()
	ledger := &Ledger{mortalStore{file, l}}
	name := []string{"spring", "summer"}[int(w.chance("campaign")*2)]
	in, err := intake.Open(ctx, filepath.Join(w.dir, name+".csv"), intake.Options{})
	if err != nil {
		return
	}
	if _, err := ledger.Import(ctx, name, in, ""); err != nil {
		return
	}
	client, err := vobiz.New(vobiz.Config{
		BaseURL: "http://127.0.0.1/api/v1/partner", AuthID: vobiz.NewSecret("PA"), AuthToken: vobiz.NewSecret("token"),
		Timeout: monthTimeout, Transport: mortalTransport{l},
	})
	require.NoError(w.t, err)
	cfg := Config{
		Ledger: ledger, Client: client, Brake: ratelimit.New(12.0 / 60), Workers: 6, Timeout: monthTimeout, MaxOutage: 3 * time.Hour,
		Budget: w.budget, mutant: w.mutant,
		moment: func(account string) { w.takes("start of "+account, time.Millisecond) },
	}
	cfg.Budget.Wait = w.chance("waits") < 0.5
	_, _ = Create(ctx, cfg, name) // what became of it, the API's journal says
}

// outage lets the API be down for up to an hour, some time from now.
func (w *month) outage() *time.Timer {
	class := sandbox.ConnectRefused
	if w.chance("outage's kind") < 0.5 {
		class = sandbox.TimeoutNone
	}
	begins, lasts := w.chance("outage begins"), w.chance("outage lasts")
	return time.AfterFunc(time.Duration(begins*float64(6*time.Hour)), func() {
		_ = w.api.SetFaults(sandbox.Faults{Rules: []sandbox.Rule{{Route: sandbox.AnyRoute, Class: class}}})
		time.Sleep(time.Duration(lasts * float64(time.Hour)))
		_ = w.api.SetFaults(sandbox.Storm(0.04))
	})
}

// mailed is the month as the API's journal has it: mails by local day, and those that left outside the window.
func (w *month) mailed() (days map[string]int, outside []time.Time) {
	days = map[string]int{}
	for _, v := range w.api.Journal().Sessions {
		at := v.Created.In(w.budget.Zone)
		days[at.Format(time.DateOnly)]++
		if !w.budget.Window.openFor(at, 1) {
			outside = append(outside, at)
		}
	}
	return days, outside
}

// broken says what of the budget was not kept.
func (w *month) broken() (bad []string) {
	days, outside := w.mailed()
	for day, n := range days {
		if n > w.budget.DailyCap {
			bad = append(bad, fmt.Sprintf("%d mails on %s, with a cap of %d", n, day, w.budget.DailyCap))
		}
	}
	for _, at := range outside {
		bad = append(bad, fmt.Sprintf("a mail at %s, outside the window", at.Format("Mon 2006-01-02 15:04:05 MST")))
	}
	return bad
}

// run lives through the month and says what was not kept. seen is called at its end.
func (w *month) run(seen func()) []string {
	defer w.api.Close()
	for end := w.began.AddDate(0, 0, monthDays); time.Now().Before(end); {
		w.process(end)
		time.Sleep(time.Duration(w.chance("break") * float64(3*time.Hour)))
	}
	seen()
	return w.broken()
}

// months are zones whose clocks do something in the month, and windows of each kind.
var months = []struct {
	zone, begins, window string
	cap                  int
}{
	{"Asia/Kolkata", "2000-05-01", "09:00-09:03 mon-sat; 11:00-11:04 mon-sat; 15:30-15:33 mon-sat", 20}, // closes while it sends
	{"Europe/Berlin", "2000-03-24", "", 17},                                        // an hour less on the 26th
	{"America/Havana", "2000-10-26", "", 17},                                       // midnight comes twice on the 29th
	{"America/Havana", "2000-03-30", "22:00-02:00", 15},                            // over midnight, which is skipped on April 2
	{"Australia/Lord_Howe", "2000-03-24", "01:00-02:30 mon-sun", 12},               // half an hour twice, within the window, on the 26th
	{"Pacific/Auckland", "2000-09-29", "00:00-04:00 sun, 20:00-24:00 mon-sat", 25}, // 02:00 to 03:00 is skipped on October 1
}

func monthOf(t *testing.T, i int, m mutant, seen func(*month)) (bad []string) {
	story := months[i]
	synctest.Test(t, func(t *testing.T) {
		zone := zoned(t, story.zone)
		begins, err := time.ParseInLocation(time.DateOnly, story.begins, zone)
		require.NoError(t, err)
		b := Budget{DailyCap: story.cap, Zone: zone}
		if story.window != "" {
			b.Window, err = ParseWindow(story.window)
			require.NoError(t, err)
		}
		w := newMonth(t, uint64(i), b, begins, m)
		bad = w.run(func() { seen(w) })
	})
	return bad
}

// TestBudgetHoldsForAMonth: over thirty days of crashes, restarts, outages, two campaigns and changes of the clock, never
// one mail over the cap and never one outside the window, by the API's own journal.
func TestBudgetHoldsForAMonth(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for i, story := range months {
		if testing.Short() && i > 0 {
			t.Log("short: the other zones are left out")
			break
		}
		bad := monthOf(t, i, "", func(w *month) {
			days, _ := w.mailed()
			mails, full := 0, 0
			for _, n := range days {
				if mails += n; n == story.cap {
					full++
				}
			}
			t.Logf("%s %q: %d mails on %d days, the cap of %d reached on %d; %d processes, of which died: %v", story.zone, story.window, mails,
				len(days), story.cap, full, w.lives, w.crashes)
			require.Greater(t, full, 5, "a budget that is never used up proves nothing")
			require.Zero(t, w.api.Journal().Verdict().SecondMails)
		})
		require.Empty(t, bad, "%s %s", story.zone, story.window)
	}
}

// TestMonthFindsMutants: each of these rules, left out, is noticed.
func TestMonthFindsMutants(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for m, i := range map[mutant]int{noDurableCount: 0, windowBeforeWait: 0, capByUTCDay: 2} {
		t.Run(string(m), func(t *testing.T) {
			bad := monthOf(t, i, m, func(*month) {})
			require.NotEmpty(t, bad, "the month noticed nothing")
			t.Logf("%s: %s", months[i].zone, bad[0])
		})
	}
}
