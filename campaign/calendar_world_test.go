package campaign

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
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

// calendarWorld is sixty days of an office that invites and reminds: two campaigns whose customers share addresses, reminders of
// the API's own, a cap and a window, answers that are lost, and processes that die.
type calendarWorld struct {
	*simulation
	budget Budget
	policy Policy
	lives  int
	counts map[ResendOutcome]int
	why    map[Why]int
}

const (
	calendarDays      = 60
	calendarRows      = 24 // of each campaign
	calendarAddresses = 17 // that all rows share
)

func newCalendarWorld(t *testing.T, seed uint64, m mutant) *calendarWorld {
	s := &simulation{
		t: t, rate: 20, seed: seed, rows: 2 * calendarRows, mutant: m, dir: worldDir(t), began: time.Now(),
		draws: map[string]int{}, states: map[string]State{}, resent: map[string]Resends{}, crashes: map[string]int{},
		resends: true, dying: 0.004,
	}
	var err error
	s.api, err = sandbox.New(sandbox.Config{Seed: seed, Faults: sandbox.Storm(0.05), Readings: sandbox.Readings{CooldownByReminder: seed%2 == 0}})
	require.NoError(t, err)
	for c, name := range []string{"spring", "summer"} {
		var text strings.Builder
		text.WriteString("account_auth_id,email,expires_in_days\n")
		for i := range calendarRows {
			n := c*calendarRows + i
			fmt.Fprintf(&text, "MA_%03d,customer%d@example.com,%d\n", n, n%calendarAddresses, 12+n%30)
		}
		require.NoError(t, os.WriteFile(filepath.Join(s.dir, name+".csv"), []byte(text.String()), 0o600))
	}
	window, err := ParseWindow("09:00-19:00 mon-sat")
	require.NoError(t, err)
	return &calendarWorld{
		simulation: s, budget: Budget{DailyCap: 9, Window: window, Zone: zoned(t, "Asia/Kolkata")},
		policy: Policy{MinAge: 72 * time.Hour, MaxResends: 3, MaxMails: 4, MailsWithin: 14 * days},
		counts: map[ResendOutcome]int{}, why: map[Why]int{},
	}
}

// day is one day: some create, then resends of both campaigns, at hours when somebody may work; the cron job runs at odd times too.
func (w *calendarWorld) day() {
	for _, name := range []string{"spring", "summer"} {
		time.Sleep(time.Duration(w.chance("pause") * float64(7*time.Hour)))
		w.process(func(ctx context.Context, cfg Config) {
			if in, err := intake.Open(ctx, filepath.Join(w.dir, name+".csv"), intake.Options{}); err == nil {
				if _, err := cfg.Ledger.Import(ctx, name, in, ""); err == nil {
					cfg.Settings, cfg.Limit = &Settings{RemindBefore: []int{1, 6}}, 3
					_, _ = Create(ctx, cfg, name) // the API's journal says what came of it
				}
			}
		})
		w.process(func(ctx context.Context, cfg Config) {
			s, _ := Resend(ctx, cfg, w.policy, name)
			for o, n := range s.Counts {
				w.counts[o] += n
			}
			for why, n := range s.Why {
				w.why[why] += n
			}
		})
	}
}

func (w *calendarWorld) process(work func(context.Context, Config)) {
	w.lives++
	ctx, cancel := context.WithTimeout(w.t.Context(), 2*time.Hour)
	defer cancel()
	l := &life{simulation: w.simulation, cancel: cancel}
	file, err := OpenLedger(w.dir, true, LedgerOptions{Identity: LedgerIdentity{API: "http://127.0.0.1", Partner: "PA"}, NoSync: true})
	require.NoError(w.t, err)
	defer func() { require.NoError(w.t, ignoreBroken(file.Close())) }()
	client, err := vobiz.New(vobiz.Config{
		BaseURL: "http://127.0.0.1/api/v1/partner", AuthID: vobiz.NewSecret("PA"), AuthToken: vobiz.NewSecret("token"),
		Timeout: monthTimeout, Transport: mortalTransport{l},
	})
	require.NoError(w.t, err)
	work(ctx, Config{
		Ledger: &Ledger{mortalStore{file, l}}, Client: client, Brake: ratelimit.New(20), Workers: 4, Timeout: monthTimeout, MaxOutage: time.Hour,
		Budget: w.budget, mutant: w.mutant, moment: func(account string) { w.takes("start of "+account, time.Millisecond) },
	})
}

// broken says what of the calendar and the budget was not kept, by the API's own journal.
func (w *calendarWorld) broken() (bad []string) {
	complain := func(format string, args ...any) { bad = append(bad, fmt.Sprintf(format, args...)) }
	const late = 3 * time.Second // what a mail takes on its way, and half a Date
	sessions := w.api.Journal().Sessions
	perDay := map[string]int{}
	for _, s := range sessions {
		resends := 0
		for i, m := range s.Sent {
			local := m.At.In(w.budget.Zone)
			if m.Kind != sandbox.MailReminder {
				perDay[local.Format(time.DateOnly)]++
				if !w.budget.Window.openFor(local, 1) {
					complain("%s: a mail at %s, outside the window", s.Account, local.Format(time.DateTime))
				}
			}
			if m.Kind != sandbox.MailResend {
				continue
			}
			resends++
			for j, other := range s.Sent {
				if gap := m.At.Sub(other.At).Abs(); j < i && gap < w.policy.MinAge-late || j > i && other.Kind == sandbox.MailReminder && gap < w.policy.MinAge-late {
					complain("%s: a resend %s from a mail of kind %s", s.Account, gap, other.Kind)
				}
			}
			if n := w.crowd(sessions, s, m); n > w.policy.MaxMails {
				complain("%s: a resend made %d mails in %s for one address", s.Account, n, w.policy.MailsWithin)
			}
		}
		if resends > w.policy.MaxResends {
			complain("%s: %d resends", s.Account, resends)
		}
	}
	for day, n := range perDay {
		if n > w.budget.DailyCap {
			complain("%d mails on %s, with a cap of %d", n, day, w.budget.DailyCap)
		}
	}
	return bad
}

// crowd is how many mails, this resend among them, the address of a session got within the policy's time: what had left before, and
// the reminders that were to come.
func (w *calendarWorld) crowd(sessions []sandbox.View, of sandbox.View, resend sandbox.Mail) int {
	mails := []time.Time{}
	for _, s := range sessions {
		if !strings.EqualFold(s.Email, of.Email) || s.Created.After(resend.At) {
			continue
		}
		for _, m := range s.Sent {
			if !m.At.After(resend.At) || m.Kind == sandbox.MailReminder {
				mails = append(mails, m.At)
			}
		}
	}
	slices.SortFunc(mails, time.Time.Compare)
	most := 0
	for i, first := range mails {
		n := 0
		for _, at := range mails[i:] {
			if at.Sub(first) < w.policy.MailsWithin-time.Minute {
				n++
			}
		}
		if !first.After(resend.At) && resend.At.Sub(first) < w.policy.MailsWithin-time.Minute {
			most = max(most, n)
		}
	}
	return most
}

func (w *calendarWorld) run() []string {
	defer w.api.Close()
	for end := w.began.AddDate(0, 0, calendarDays); time.Now().Before(end); {
		begins := time.Now()
		w.day()
		for i := range 2 * calendarRows {
			for _, v := range w.api.Sessions(fmt.Sprintf("MA_%03d", i)) {
				if w.chance("customer") < 0.01 {
					_ = w.api.Set(v.ID, statusCompleted)
				}
			}
		}
		time.Sleep(time.Until(begins.Add(days)))
	}
	return w.broken()
}

func calendarOf(t *testing.T, seed uint64, m mutant, seen func(*calendarWorld)) (bad []string) {
	synctest.Test(t, func(t *testing.T) {
		w := newCalendarWorld(t, seed, m)
		bad = w.run()
		seen(w)
	})
	return bad
}

// TestCalendarHoldsForSixtyDays: no mail of ours breaks it, by the API's own journal.
func TestCalendarHoldsForSixtyDays(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	seeds := 8
	if testing.Short() {
		seeds = 1
	}
	sent, why := 0, map[Why]int{}
	for seed := range seeds {
		bad := calendarOf(t, uint64(seed), "", func(w *calendarWorld) {
			v := w.api.Journal().Verdict()
			sent += v.Resends
			t.Logf("seed %d: %d processes; %d invitations, %d resends, %d reminders of the API's own; not due: %v; outcomes: %v", seed, w.lives,
				v.CreationMails, v.Resends, v.Reminders, w.why, w.counts)
			for reason, n := range w.why {
				why[reason] += n
			}
			require.NotZero(t, v.Reminders)
			require.Zero(t, v.SecondMails)
		})
		require.Empty(t, bad, "seed %d", seed)
	}
	t.Logf("%d campaigns of sixty days", seeds)
	t.Logf("0 of %d reminders in sixty days: break of the calendar", sent)
	require.Greater(t, sent, 20*seeds)
	for _, reason := range []Why{WhyAddress, WhySoon, WhyRecent, WhyEnough, WhyCompleted, WhyExpired} {
		require.NotZero(t, why[reason], "nobody was held back because %s", reason)
	}
}

// TestCalendarFindsMutants: each of these rules, left out, is noticed.
func TestCalendarFindsMutants(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for _, m := range []mutant{noDurableCount, blindToReminders, blindToAddress} {
		t.Run(string(m), func(t *testing.T) {
			for seed := range 3 {
				if bad := calendarOf(t, uint64(seed), m, func(*calendarWorld) {}); len(bad) > 0 {
					t.Logf("seed %d: %s, and %d more", seed, bad[0], len(bad)-1)
					return
				}
			}
			t.Fatal("the calendar noticed nothing")
		})
	}
}
