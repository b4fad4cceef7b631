package campaign

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"runtime"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
)

// reminding is one seeded campaign after its first mails: nights of syncs and resends, by processes that die at any seam, against an
// API whose answers are lost, whose reminders come in between, and whose clock leaves this machine's behind. It is the simulation
// with another life.
type reminding struct {
	*simulation
	policy Policy
	due    map[string][]*dueReminder // by session, as the ledger tells of them
	byHand map[time.Time]bool        // mails that somebody else sent
	sum    *remindTally
	lives  int
}

// dueReminder is one reminder that was due: from its intent, by the API's clock, to what the ledger says became of it.
type dueReminder struct {
	began, ended time.Time
	claim        ResendOutcome // "" the ledger has not said yet; ResendNotDue: that no mail left
	resends      Resends
}

// remindTally is what the campaigns add up to.
type remindTally struct {
	Campaigns, Lives, Due, Mails, Reminders int
	Claims                                  map[ResendOutcome]int
	UnsureSent                              int // of those that may have been sent, those that were
	Second, FalseSent, FalseUnsent          int
	Classes                                 map[string]int
}

func newRemindTally() *remindTally {
	return &remindTally{Claims: map[ResendOutcome]int{}, Classes: map[string]int{}}
}

func (t *remindTally) add(o *remindTally) {
	t.Campaigns += o.Campaigns
	t.Lives += o.Lives
	t.Due += o.Due
	t.Mails += o.Mails
	t.Reminders += o.Reminders
	t.UnsureSent += o.UnsureSent
	t.Second += o.Second
	t.FalseSent += o.FalseSent
	t.FalseUnsent += o.FalseUnsent
	addCounts(t.Claims, o.Claims)
	addCounts(t.Classes, o.Classes)
}

// tell prints what was found of how much.
func (t *remindTally) tell(say func(format string, args ...any)) {
	say("%d campaigns of nights", t.Campaigns)
	say("%d processes in nights", t.Lives)
	say("%d of %d due reminders: a second mail", t.Second, t.Due)
	say("%d of %d resends said to have left: none did", t.FalseSent, t.Claims[ResendSent])
	say("%d of %d resends said not to have left: one did", t.FalseUnsent, t.Claims[ResendNotDue])
	say("%d mails of ours, %d of the API's own", t.Mails, t.Reminders)
	say("the ledger says: a mail left %d, may have left %d (of which did %d), none left %d, not known yet %d",
		t.Claims[ResendSent], t.Claims[ResendUnsure], t.UnsureSent, t.Claims[ResendNotDue], t.Claims[""])
}

const (
	remindRows   = 5
	remindNights = 5
	effectLateBy = 8 * time.Minute // within the settle time
	readingSlack = 5 * time.Second // a 429 tells of a moment to two seconds, and the intent is dated by a Date that may be two seconds early
)

func newReminding(t *testing.T, seed uint64, m mutant, sum *remindTally) *reminding {
	return remindingOf(sum, simulationOf(t, seed, remindRows, m, func(s *simulation, cfg *sandbox.Config) {
		cfg.SkewDate = 0
		cfg.Faults, cfg.MaxPageSize = sandbox.Faults{}, 0
		cfg.Readings = sandbox.Readings{
			CooldownByReminder: s.chance("cooldown by reminder") < 0.5, SecondsRoundedUp: s.chance("rounded") < 0.5,
			ResendOrder:          sandbox.ResendOrder(int(s.chance("order") * 6)),
			ResendExpiredRefused: s.chance("expired") < 0.5, ShownAfter: time.Duration(s.chance("replica") * float64(time.Minute)),
		}
		s.links, s.calm = false, true
	}))
}

// remindingOf is the same of a simulation whose campaign may have been created by now.
func remindingOf(sum *remindTally, s *simulation) *reminding {
	return &reminding{
		simulation: s, sum: sum, due: map[string][]*dueReminder{}, byHand: map[time.Time]bool{},
		policy: Policy{
			MinAge: Cooldown + time.Duration(s.chance("min age")*float64(40*time.Hour)), MaxResends: 1 + int(s.chance("max")*4),
			Statuses: []string{statusEmailSent, statusOpened, statusInProgress}, Wait: s.chance("wait") < 0.3,
		},
	}
}

// faults is the weather of the nights.
func (w *reminding) faults() sandbox.Faults {
	f := sandbox.Storm(0.15 * w.chance("storm"))
	f.LateBy, f.StaleBy = effectLateBy, 2*time.Minute
	for _, class := range []sandbox.Fault{
		sandbox.TimeoutNone, sandbox.TimeoutEarly, sandbox.TimeoutLate, sandbox.ErrorBefore, sandbox.ErrorAfter, sandbox.ResetBefore,
		sandbox.ResetAfter, sandbox.Truncated, sandbox.HTML, sandbox.Throttled, sandbox.ThrottledBare, sandbox.ConnectRefused,
	} {
		f.Rules = append(f.Rules, sandbox.Rule{Route: sandbox.RouteResend, Class: class, P: 0.06})
	}
	f.Rules = append(f.Rules, sandbox.Rule{Route: sandbox.RouteResend, Class: sandbox.Unauthorized, P: 0.01},
		sandbox.Rule{Route: sandbox.AnyRoute, Class: sandbox.SkewedDate, P: 0.02})
	return f
}

// run creates the campaign in peace, and lives through its nights.
func (w *reminding) run() {
	w.finish(func(ctx context.Context, cfg Config) (Summary, error) {
		return w.take(ctx, cfg, &Settings{RemindBefore: []int{3, 5}, ExpiresInDays: 9})
	})
	w.nights(remindNights)
}

// nights lives through some nights, and then through one in peace.
func (w *reminding) nights(n int) {
	w.calm, w.resends, w.dying = false, true, 0.02
	w.watches = w.watch
	require.NoError(w.t, w.api.SetFaults(w.faults()))
	for range n {
		w.night()
		w.days()
	}
	w.calm = true
	require.NoError(w.t, w.api.SetFaults(sandbox.Faults{}))
	time.Sleep(time.Hour)
	w.night()
	time.Sleep(time.Hour) // whatever is late has come by now
}

// night is processes until one comes to its end, or the operator gives up for the night.
func (w *reminding) night() {
	if !w.calm && w.chance("outage") < 0.3 {
		defer w.outage().Stop()
	}
	for range 1 + int(w.chance("patience")*4) {
		w.lives++
		done := false
		_, err := w.live(w.lives, func(ctx context.Context, cfg Config) (Summary, error) {
			cfg.Workers, cfg.MaxOutage, cfg.clock = 2, time.Hour, time.Now
			if w.chance("syncs first") < 0.5 {
				synced, err := Sync(ctx, cfg, "sim")
				w.crashes["sync"]++
				if err != nil || synced.Halt != "" {
					return Summary{Halt: synced.Halt}, err
				}
			}
			r, err := Resend(ctx, cfg, w.policy, "sim")
			for o, n := range r.Counts {
				w.crashes["outcome: "+string(o)] += n
			}
			done = err == nil && r.Halt == "" && r.Counts[ResendOpen]+r.Counts[ResendUnread] == 0
			return Summary{Halt: r.Halt}, err
		})
		if err == nil && done {
			return
		}
		time.Sleep(time.Duration(w.chance("break") * w.chance("break") * float64(50*time.Minute)))
		if w.chance("step") < 0.3 { // this machine's clock is set back, which is the same as the API's being ahead
			leap := time.Duration(w.chance("leap") * float64(40*time.Minute))
			w.note("the machine's clock is %s behind", leap)
			w.crashes["stepped clock"]++
			require.NoError(w.t, w.clock.Advance(leap))
		}
	}
}

// outage lets the API be down for a while.
func (w *reminding) outage() *time.Timer {
	begins, lasts := w.chance("outage begins"), w.chance("outage lasts")
	return time.AfterFunc(time.Duration(begins*float64(10*time.Second)), func() {
		_ = w.api.SetFaults(sandbox.Faults{LateBy: effectLateBy, Rules: []sandbox.Rule{
			{Route: sandbox.RouteResend, Class: sandbox.TimeoutLate, P: 0.5}, {Route: sandbox.AnyRoute, Class: sandbox.ErrorBefore},
		}})
		time.Sleep(time.Duration(lasts * float64(40*time.Minute)))
		_ = w.api.SetFaults(w.faults())
	})
}

// days pass, in which customers do something.
func (w *reminding) days() {
	time.Sleep(time.Duration((0.2 + w.chance("days")) * float64(30*time.Hour)))
	for i := range w.rows {
		for _, v := range w.api.Sessions(w.account(i)) {
			if !v.Live(w.clock.Now()) {
				continue
			}
			switch c := w.chance("customer " + v.Account); {
			case c > 0.9 && v.Creator == sandbox.ByAPI:
				w.resendByHand(v.ID)
			case c > 0.89:
				w.api.Stranger(v.Account)
			case c < 0.05:
				_ = w.api.Set(v.ID, statusCompleted)
			case c < 0.15 && v.Status == statusEmailSent:
				_ = w.api.Set(v.ID, statusOpened)
			}
		}
	}
}

// resendByHand is somebody at the partner's console, just before a run.
func (w *reminding) resendByHand(id string) {
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, "http://127.0.0.1/api/v1/partner/kyc-sessions/"+id+"/resend", nil)
	require.NoError(w.t, err)
	r.Header.Set("X-Auth-ID", "PA_SIM")
	r.Header.Set("X-Auth-Token", "token")
	require.NoError(w.t, w.api.SetFaults(sandbox.Faults{}))
	answer, err := w.api.Transport().RoundTrip(r)
	require.NoError(w.t, err)
	require.NoError(w.t, answer.Body.Close())
	require.NoError(w.t, w.api.SetFaults(w.faults()))
	if v, _ := w.api.Session(id); answer.StatusCode == http.StatusOK {
		w.byHand[v.Sent[len(v.Sent)-1].At] = true
	}
}

// watch follows what the ledger says of each reminder, by the API's clock.
func (w *reminding) watch(rec Record) {
	now := w.clock.Now()
	all := w.due[rec.Session.ID]
	var last *dueReminder
	if len(all) > 0 {
		last = all[len(all)-1]
	}
	open := last != nil && last.claim == ""
	switch {
	case !open && !rec.Resend.First.IsZero():
		w.due[rec.Session.ID] = append(all, &dueReminder{began: now, resends: rec.Resend})
	case open && rec.Resend.First.IsZero():
		last.ended = now
		switch {
		case rec.Resend.Sent < last.resends.Sent:
			last.claim = ResendNotDue
		case rec.Resend.Unsure > last.resends.Unsure:
			last.claim = ResendUnsure
		default:
			last.claim = ResendSent
		}
	}
}

// judge holds what the ledger claims against the API's journal.
func (w *reminding) judge() (bad []string) {
	complain := func(count *int, format string, args ...any) {
		*count++
		bad = append(bad, fmt.Sprintf(format, args...))
	}
	w.sum.Campaigns++
	w.sum.Lives += w.lives
	for class, n := range w.crashes {
		w.sum.Classes[class] += n
	}
	journal := w.api.Journal()
	for class, n := range journal.Faults {
		w.sum.Classes[string(class)] += n
	}
	for _, v := range journal.Sessions {
		if v.Creator != sandbox.ByAPI {
			continue
		}
		all := w.due[v.ID]
		resends := make([][]time.Time, len(all)+1) // by the intent before them; the first are those without one
		var mails []time.Time
		for _, m := range v.Sent {
			mails = append(mails, m.At)
			switch {
			case m.Kind == sandbox.MailReminder:
				w.sum.Reminders++
			case m.Kind == sandbox.MailResend && !w.byHand[m.At]:
				w.sum.Mails++
				i := 0
				for i < len(all) && !all[i].began.After(m.At) {
					i++
				}
				resends[i] = append(resends[i], m.At)
			}
		}
		if n := len(resends[0]); n > 0 {
			complain(&w.sum.Second, "%s: %d mails without an intent", v.Account, n)
		}
		for i, d := range all {
			w.sum.Due++
			w.sum.Claims[d.claim]++
			left := resends[i+1]
			if len(left) > 1 {
				complain(&w.sum.Second, "%s: %d mails for the reminder due at %s: %v", v.Account, len(left), d.began.Sub(w.began), left)
			}
			switch d.claim {
			case ResendSent:
				if !slices.ContainsFunc(mails, func(at time.Time) bool { return !at.Before(d.began.Add(-readingSlack)) && !at.After(d.ended) }) {
					complain(&w.sum.FalseSent, "%s: no mail left for the reminder due at %s", v.Account, d.began.Sub(w.began))
				}
			case ResendNotDue:
				if len(left) > 0 {
					complain(&w.sum.FalseUnsent, "%s: a mail left for the reminder due at %s", v.Account, d.began.Sub(w.began))
				}
			case ResendUnsure:
				w.sum.UnsureSent += len(left)
			}
		}
	}
	return bad
}

func reminded(t *testing.T, seed uint64, m mutant, sum *remindTally) (bad, trace []string) {
	synctest.Test(t, func(t *testing.T) {
		w := newReminding(t, seed, m, sum)
		defer w.api.Close()
		w.run()
		bad, trace = w.judge(), w.trace
		slices.Sort(trace)
	})
	return bad, trace
}

// mustRemind are the classes that must occur: one that never does proves nothing.
var mustRemind = []string{
	"crash before the resend's intent", "crash after the resend's intent", "crash before the resend's outcome", "crash after the resend's outcome",
	"crash the resend before it is sent", "crash the resend after its effect", "crash a night's look before it is sent", "crash after what a sync saw", "sync", "crash at a random moment",
	"disk full on the resend's intent", "disk full on the resend's outcome", "commit error on the resend's intent", "stepped clock",
	"outcome: sent", "outcome: may_sent", "outcome: cooling", "outcome: not_due", "outcome: open", "outcome: refused",
	string(sandbox.ConnectRefused), string(sandbox.ResetBefore), string(sandbox.ResetAfter), string(sandbox.ErrorBefore), string(sandbox.ErrorAfter),
	string(sandbox.TimeoutNone), string(sandbox.TimeoutEarly), string(sandbox.TimeoutLate), string(sandbox.Truncated), string(sandbox.HTML),
	string(sandbox.Throttled), string(sandbox.ThrottledBare), string(sandbox.Unauthorized), string(sandbox.SkewedDate), string(sandbox.StaleList),
}

// enoughReminders are campaigns in which every class of failure occurs.
const enoughReminders = 1000

// TestResendSimulation runs seeded campaigns; KYCBATCH_RESEND_SEED replays one of them with its trace, KYCBATCH_RESEND_SEEDS chooses
// how many, and KYCBATCH_UNTIL when to end at the latest.
func TestResendSimulation(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	sum := newRemindTally()
	if seed := number(t, "KYCBATCH_RESEND_SEED", -1); seed >= 0 {
		bad, trace := reminded(t, uint64(seed), "", sum)
		for _, line := range trace {
			fmt.Println(line)
		}
		require.Empty(t, bad)
		return
	}
	seeds := number(t, "KYCBATCH_RESEND_SEEDS", enoughReminders)
	if testing.Short() {
		seeds = 40
	}
	over := outOfTime(t)
	for seed := range seeds {
		if over() {
			break
		}
		bad, _ := reminded(t, uint64(seed), "", sum)
		require.Empty(t, bad, "replay with: KYCBATCH_RESEND_SEED=%d go test ./campaign -run TestResendSimulation -v", seed)
	}
	sum.tell(t.Logf)
	for _, class := range slices.Sorted(maps.Keys(sum.Classes)) {
		t.Logf("%8d × %s", sum.Classes[class], class)
	}
	if sum.Campaigns < enoughReminders {
		t.Logf("NOT RUN: %d campaigns of nights are too few to ask that each class of failure occurred", sum.Campaigns)
		return
	}
	for _, class := range mustRemind {
		require.NotZero(t, sum.Classes[class], "%s never occurred", class)
	}
}

// TestResendSimulationRepeats holds that one seed is one story, whatever the scheduler does.
func TestResendSimulationRepeats(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	seeds := 60
	if testing.Short() {
		seeds = 3
	}
	for seed := range seeds {
		_, once := reminded(t, uint64(seed), "", newRemindTally())
		_, twice := reminded(t, uint64(seed), "", newRemindTally())
		require.Equal(t, once, twice, "seed %d", seed)
	}
}

// TestResendSimulationFindsMutants: each of these rules, left out, is noticed.
func TestResendSimulationFindsMutants(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for _, m := range []mutant{noIntent, retryAnyTime, ownClock, blindToReading} { // for what is checked after the brake's wait see resend_wait_test.go
		t.Run(string(m), func(t *testing.T) {
			for seed := range 600 {
				if bad, _ := reminded(t, uint64(seed), m, newRemindTally()); len(bad) > 0 {
					t.Logf("seed %d: %v", seed, bad)
					return
				}
			}
			t.Fatal("600 campaigns noticed nothing")
		})
	}
}
