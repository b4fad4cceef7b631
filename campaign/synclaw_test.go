package campaign

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
)

// shifting is an API whose sessions change while its list is read: before every request, customers act, other sessions are
// made, and the list's order changes with them.
type shifting struct {
	*desk
	seed     uint64
	rows     int
	pageSize int
	calm     bool          // nothing changes now
	turn     chan struct{} // who acts; a mutex that is held across a sleep hangs a bubble
	rand     *rand.Rand
	since    map[string][]string // by session: where it stood when the sync began, and where it came to since
	other    int
	skew     time.Duration // how far the Date of an answer is off now and then; 0: none is
	sound    int           // answers since the last one of those
	flow     func(*Config) // of the campaign
}

func newShifting(t *testing.T, seed uint64) *shifting {
	s := &shifting{seed: seed, rand: rand.New(rand.NewPCG(seed, 5)), calm: true, turn: make(chan struct{}, 1)}
	cfg := sandbox.Config{Seed: seed, MaxPageSize: 3 + s.rand.IntN(30), Readings: sandbox.Readings{
		OrderedByUpdate: s.chance(0.7), OldestFirst: s.chance(0.5), PastEndEmpty: s.chance(0.5), Size: sandbox.SizeReading(s.rand.IntN(3)),
		Expired: sandbox.ExpiredReading(s.rand.IntN(3)), Failed: sandbox.FailedReading(s.rand.IntN(3)), UpdatedFrozen: s.chance(0.5),
	}}
	s.pageSize = cfg.MaxPageSize
	if cfg.Readings.Size == sandbox.SizeRefused { // no API refuses the size that it takes by itself
		cfg.MaxPageSize, s.pageSize = accountPage+cfg.MaxPageSize, accountPage
	}
	s.desk = newDeskAt(t, cfg)
	s.cfg.Workers = 1 + s.rand.IntN(4)
	s.rows = 3 + s.rand.IntN(50)
	return s
}

func (s *shifting) chance(p float64) bool { return s.rand.Float64() < p }

// begin makes the campaign: some accounts have somebody else's session already, and the partner has other sessions.
func (s *shifting) begin() {
	for i := range s.rows {
		if s.chance(0.1) {
			s.api.Stranger(fmt.Sprintf("MA_%03d", i))
		}
	}
	for range s.rand.IntN(100) {
		s.filler()
	}
	s.give("spring", rows(0, s.rows)...)
	s.flow = func(*Config) {}
	if s.chance(0.25) {
		s.flow = s.redirect("spring")
	}
	s.create("spring", s.flow)
	if s.chance(0.3) { // the account moves on while its sessions are about to expire
		time.Sleep(6*24*time.Hour + time.Duration(s.rand.IntN(28))*time.Hour)
	}
	for range s.rand.IntN(2 * s.rows) {
		s.act()
	}
	s.through(func(r *http.Request, api http.RoundTripper) (*http.Response, error) {
		skew := s.shift()
		answer, err := api.RoundTrip(r)
		if err == nil && skew != 0 {
			at, err := http.ParseTime(answer.Header.Get("Date"))
			require.NoError(s.t, err)
			answer.Header.Set("Date", at.Add(skew).UTC().Format(http.TimeFormat))
		}
		return answer, err
	})
}

// shift lets things happen between two requests, and says how far the Date of the next answer is off. No two answers that could
// be heard one after the other are: nobody can tell such a pair from the truth.
func (s *shifting) shift() (skew time.Duration) {
	s.turn <- struct{}{}
	defer func() { <-s.turn }()
	for !s.calm && s.chance(0.6) {
		s.act()
	}
	if s.sound++; s.skew != 0 && s.sound > 2*s.cfg.Workers && s.chance(0.2) {
		s.sound = 0
		return s.skew
	}
	return 0
}

func (s *shifting) filler() {
	s.other++
	s.api.Stranger(fmt.Sprintf("MA_other%d", s.other))
}

// act lets something happen to one session: a step of its customer, its end, a newer one in its place.
func (s *shifting) act() {
	time.Sleep(time.Duration(s.rand.IntN(1000)) * time.Millisecond)
	if s.chance(0.1) {
		s.filler()
		return
	}
	v := s.newest(fmt.Sprintf("MA_%03d", s.rand.IntN(s.rows)))
	step, known := orderOf(v.Status)
	over := v.Expires.Add(graceAfter)
	if s.api.Readings().Expired == sandbox.ExpiredRevoked { // nothing follows that word
		over = v.Expires
	}
	if slices.Contains([]string{statusCompleted, statusRevoked, statusFailed, statusKYCFailed}, v.Status) || !time.Now().Before(over) {
		return
	}
	status := statusRevoked
	switch {
	case s.chance(0.7):
		status = []string{statusOpened, statusInProgress, statusCompleted}[max(step, 0)%3]
	case s.chance(0.2):
		status = "paused"
	case known && time.Now().Before(v.Expires) && s.chance(0.3):
		require.NoError(s.t, s.api.Fail(v.ID, "name mismatch"))
		now, _ := s.api.Session(v.ID)
		s.since[v.ID] = append(s.since[v.ID], now.Status)
		return
	case s.chance(0.6):
		s.api.Stranger(v.Account)
		now, _ := s.api.Session(v.ID)
		s.since[v.ID] = append(s.since[v.ID], now.Status)
		return
	}
	if !known {
		status = statusCompleted // after a word that nobody knows
	}
	require.NoError(s.t, s.api.Set(v.ID, status))
	s.since[v.ID] = append(s.since[v.ID], status)
}

// watch begins to note what the API says from now on.
func (s *shifting) watch() {
	s.since = map[string][]string{}
	for _, v := range s.api.Journal().Sessions {
		s.since[v.ID] = []string{v.Status}
	}
}

// asked are the records that a sync has to ask about, by account.
func (s *shifting) asked() map[string]Record {
	all := map[string]Record{}
	for i := range s.rows {
		rec := s.record(fmt.Sprintf("MA_%03d", i))
		if rec.follows() && rec.Session.Ended.IsZero() {
			all[rec.Account] = rec
		}
	}
	return all
}

// says holds that a record is at what the API said of its session since the sync began.
func (s *shifting) says(account string) error {
	rec := s.record(account)
	said := s.since[rec.Session.ID]
	v, _ := s.api.Session(rec.Session.ID)
	if !time.Now().Before(v.Expires) { // the API has a word of its own for these
		said = append(slices.Clone(said), "expired", "revoked")
	}
	if !slices.Contains(said, rec.Session.Status) {
		return fmt.Errorf("%s, session %s: the record says %s, the API said %v since", account, rec.Session.ID, rec.Session.Status, said)
	}
	return nil
}

// equals holds that a record is where its session is.
func (s *shifting) equals(account string) {
	rec := s.record(account)
	v, _ := s.api.Session(rec.Session.ID)
	require.NoError(s.t, s.says(account))
	require.True(s.t, rec.Session.Opened.Equal(v.Opened), "%s: opened", account)
	ended := slices.Contains([]string{statusCompleted, statusRevoked, statusFailed, statusKYCFailed}, rec.Session.Status) ||
		time.Now().After(v.Expires.Add(graceAfter))
	require.Equal(s.t, ended, !rec.Session.Ended.IsZero(), "%s: ended, %s, expires %s", account, rec.Session.Status, time.Until(v.Expires))
	unasked := rec.State == Created && v.Status == statusRevoked && v.Updated.Before(v.Expires)
	require.Equal(s.t, unasked, len(s.told(account, KindIncident)) == 1, "%s: %s because of %s", account, v.Status, v.Cause)
	later := slices.ContainsFunc(s.api.Sessions(account), func(v2 sandbox.View) bool {
		return v2.ID == rec.Newer && v2.Created.After(v.Created) && v2.Creator == sandbox.ByStranger
	})
	require.Equal(s.t, rec.Newer != "", later, "%s: a newer session", account)
	if unasked && strings.HasPrefix(v.Cause, "superseded by ") {
		require.NotEmpty(s.t, rec.Newer, "%s: %s", account, v.Cause)
	}
}

// storms are faults of everything that a sync asks for.
func storms() sandbox.Faults {
	var f sandbox.Faults
	for _, class := range []sandbox.Fault{
		sandbox.ConnectRefused, sandbox.ResetAfter, sandbox.ErrorBefore, sandbox.TimeoutNone, sandbox.Truncated, sandbox.Empty, sandbox.HTML,
		sandbox.Throttled, sandbox.ThrottledBare, sandbox.StaleList, sandbox.MetadataTrimmed, sandbox.NotFoundOnce,
	} {
		f.Rules = append(f.Rules, sandbox.Rule{Route: sandbox.RouteGet, Class: class, P: 0.01})
	}
	for _, class := range []sandbox.Fault{
		sandbox.ConnectRefused, sandbox.ErrorBefore, sandbox.TimeoutNone, sandbox.Truncated, sandbox.Empty, sandbox.HTML,
		sandbox.Throttled, sandbox.ThrottledBare, sandbox.StaleList, sandbox.ShiftedPage, sandbox.LyingSize, sandbox.LyingTotal,
	} {
		f.Rules = append(f.Rules, sandbox.Rule{Route: sandbox.RouteList, Class: class, P: 0.02})
	}
	return f
}

// syncTally is what the law's runs add up to.
type syncTally struct{ runs, sessions, changed, byList, requests, pages, gets, incidents, newer int }

func (sum *syncTally) add(s Synced) {
	sum.runs++
	sum.sessions += s.Accounts
	sum.changed += s.Changed
	sum.requests += s.Requests
	sum.pages += s.Pages
	sum.gets += s.Gets
	sum.newer += s.Newer
	if s.ByList {
		sum.byList++
	}
}

// story is one seed: a sync while everything shifts, and one when all is calm.
func (s *shifting) story(sum *syncTally) {
	s.since = map[string][]string{}
	s.begin()
	if s.chance(0.5) {
		require.NoError(s.t, s.api.SetFaults(storms()))
	}
	if s.chance(0.5) {
		s.skew, s.sound = time.Duration(s.rand.IntN(41)-20)*days, 100
	}
	for range 2 {
		time.Sleep(time.Minute) // more than a replica lags
		s.watch()
		asked := s.asked()
		s.calm = false
		done := s.sync()
		s.calm = true
		sum.add(done)
		require.Equal(s.t, len(asked), done.Accounts)
		require.Zero(s.t, done.Missed+done.Unknown, "%v %v", done.Unread, done.Unlisted)
		for account := range asked {
			require.NoError(s.t, s.says(account))
		}
	}

	require.NoError(s.t, s.api.SetFaults(sandbox.Faults{}))
	s.skew = 0
	time.Sleep(time.Minute)
	s.watch()
	asked := s.asked()
	before := s.api.Journal()
	done := s.sync()
	for i := range s.rows {
		s.equals(fmt.Sprintf("MA_%03d", i))
	}
	// The way that was chosen takes as many requests as the cheaper one, and two for each session that was found revoked, now or when
	// nobody could tell whose doing it was;
	// the first page is one more where it did not serve, and so is a size that is refused; so many more may be for the time.
	pages, gets := (len(before.Sessions)+s.pageSize-1)/s.pageSize, len(asked)
	require.Equal(s.t, []int{gets, done.Requests}, []int{done.Gets, s.api.Journal().Total(sandbox.AnyRoute) - before.Total(sandbox.AnyRoute)})
	revoked := done.Became[statusRevoked]
	for _, rec := range asked {
		if rec.Session.Status == statusRevoked {
			revoked++
		}
	}
	require.LessOrEqual(s.t, done.Requests, min(pages, gets)+enoughDates+2*revoked)
	if done.Pages < done.Gets {
		require.Equal(s.t, []any{pages, true}, []any{done.Pages, done.ByList})
	}
	sum.add(done)
	sum.incidents += len(done.Incidents)
	if s.chance(0.3) {
		s.audited(done)
	}
}

// audited holds that an audit of everything after a sync leaves what has ended as it ended, and names no revoke again. That somebody
// else has made a session is for the audit alone to say.
func (s *shifting) audited(done Synced) {
	require.NoError(s.t, s.ledger.Told(s.t.Context(), done.Summary()))
	ended := map[string]Session{}
	for i := range s.rows {
		if rec := s.record(fmt.Sprintf("MA_%03d", i)); !rec.Session.Ended.IsZero() {
			ended[rec.Account] = rec.Session
		}
	}
	all := s.create("spring", s.flow, func(c *Config) { c.AuditOnly, c.AuditAll = true, true })
	require.Zero(s.t, all.Unaudited)
	for _, one := range all.Incidents {
		require.Equal(s.t, incidentStranger, one.What, one.Account)
	}
	for account, session := range ended {
		require.Equal(s.t, session, s.record(account).Session, account)
	}
}

// TestSyncWhileTheListShifts is the law of sync: whatever happens between its requests, and whatever becomes of them, no
// session is missed, and each record is where the API said that its session was since the sync began, or later.
// KYCBATCH_SEEDS chooses how many campaigns, KYCBATCH_UNTIL when to end at the latest, KYCBATCH_SEED replays one.
func TestSyncWhileTheListShifts(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	seeds := number(t, "KYCBATCH_SEEDS", 500)
	if testing.Short() {
		seeds = 25
	}
	first := 1052 // by which a revoke was once taken for an expiry
	if seed := number(t, "KYCBATCH_SEED", -1); seed >= 0 {
		first, seeds = seed, 0
	}
	var sum syncTally
	done, over := 0, outOfTime(t)
	for seed := first; done <= seeds && !over(); seed = done - 1 {
		ok := t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { newShifting(t, uint64(seed)).story(&sum) })
		})
		require.True(t, ok, "replay with: KYCBATCH_SEED=%d go test ./campaign -run TestSyncWhileTheListShifts", seed)
		done++
	}
	t.Logf("%d campaigns whose list shifts", done)
	t.Logf("%d syncs, %d records changed, %d incidents, %d newer sessions", sum.runs, sum.changed, sum.incidents, sum.newer)
	t.Logf("0 of %d sessions asked about: missed, or a record that is not where its session was", sum.sessions)
	t.Logf("requests: %d by the whole list, %d one by one, %d were made; the list was cheaper in %d syncs", sum.pages, sum.gets, sum.requests, sum.byList)
}
