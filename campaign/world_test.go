package campaign

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/checkpoint"
	"kycbatch/internal/intake"
	"kycbatch/internal/sandbox"
	"kycbatch/internal/vobiz"
	"kycbatch/ratelimit"
)

// world is one seeded simulation in virtual time: the real create pass, the real client, the real ledger
// file and the whole API in memory, with faults in the network, at the disk, and in the process, which
// dies at any seam and is started again until the campaign is done. Every draw is a hash of the seed and
// what it is about, never a shared stream, so that one seed is one story.
type simulation struct {
	t      *testing.T
	seed   uint64
	rows   int
	mutant mutant
	dir    string
	api    *sandbox.Server
	calm   bool // no more faults: what is left must come to its end

	mu      sync.Mutex
	draws   map[string]int
	states  map[string]State // as last written
	crashes map[string]int
	trace   []string
	began   time.Time
}

// errDead is what a process sees of its world after it was killed: nothing works any more.
var errDead = errors.New("the process is dead")

// chance draws a number in [0, 1) that belongs to the seed, the entity and how often it was asked for.
func (s *simulation) chance(entity string) float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.draws[entity]++
	h := fnv.New64a()
	_ = binary.Write(h, binary.LittleEndian, s.seed)
	_ = binary.Write(h, binary.LittleEndian, uint64(s.draws[entity]))
	_, _ = io.WriteString(h, entity)
	x := h.Sum64()
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return float64((x^x>>31)>>11) / (1 << 53)
}

func (s *simulation) note(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trace = append(s.trace, fmt.Sprintf("%12s ", time.Since(s.began))+fmt.Sprintf(format, args...))
}

// life is one process: it dies once, and from then on nothing it does has an effect.
type life struct {
	*simulation
	cancel context.CancelFunc

	mu     sync.Mutex
	dead   bool
	broken bool // the ledger had a commit error
}

func (l *life) isDead() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.dead
}

func (l *life) die(where string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.dead {
		return
	}
	l.dead = true
	l.note("CRASH %s", where)
	l.simulation.mu.Lock()
	l.crashes["crash "+where]++
	l.simulation.mu.Unlock()
	l.cancel()
}

const seamChance = 0.004 // of dying at one seam

// takes lets a moment pass that belongs to the entity: up to limit, and never the same for two. Things
// that happen at one instant happen in whatever order the scheduler likes; these don't.
func (s *simulation) takes(entity string, limit time.Duration) {
	time.Sleep(time.Microsecond + time.Duration(s.chance("time of "+entity)*float64(limit)))
}

// mortalStore is the second implementation of store: a ledger in a process that dies at its seams, on a
// disk that fills up and fails.
type mortalStore struct {
	*checkpoint.Ledger
	l *life
}

func (m mortalStore) Put(ctx context.Context, w ...checkpoint.Write) error {
	where, account := m.seam(w)
	m.l.takes("put "+where+account, 5*time.Millisecond)
	if m.l.isDead() {
		return errDead
	}
	if m.l.isBroken() {
		return checkpoint.ErrBroken
	}
	draw := 0.5
	if where != "" && !m.l.calm {
		draw = m.l.chance("put " + where + account)
	}
	switch {
	case draw < seamChance:
		m.l.die("before " + where)
		return errDead
	case draw < 1.5*seamChance:
		m.l.breaks("disk full on " + where)
		return checkpoint.ErrFull
	}
	if err := m.Ledger.Put(ctx, w...); err != nil {
		return err
	}
	m.l.wrote(w)
	switch {
	case draw > 1-seamChance:
		m.l.die("after " + where)
		return errDead
	case draw > 1-1.5*seamChance:
		m.l.breaks("commit error on " + where)
		return checkpoint.ErrBroken
	}
	return nil
}

// breaks is the end of a disk: nothing is written any more in this life.
func (l *life) breaks(class string) {
	l.mu.Lock()
	l.broken = true
	l.mu.Unlock()
	l.note("FAULT %s", class)
	l.simulation.mu.Lock()
	defer l.simulation.mu.Unlock()
	l.crashes[class]++
}

func (l *life) isBroken() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.broken
}

// Get takes a moment, as a disk does.
func (m mortalStore) Get(t checkpoint.Table, key []byte) ([]byte, error) {
	m.l.takes("get "+string(t)+string(key), time.Millisecond)
	return m.Ledger.Get(t, key)
}

// seam names what a Put is about, and "" where nothing of the protocol depends on it.
func (m mortalStore) seam(w []checkpoint.Write) (where, account string) {
	if len(w) == 0 || w[0].Table != checkpoint.Records || w[0].Value == nil {
		if len(w) > 1 {
			return "the import", ""
		}
		return "", ""
	}
	rec, err := decodeRecord(w[0].Value)
	require.NoError(m.l.t, err)
	switch {
	case rec.State == Started:
		return "the intent", rec.Account
	case rec.Audited:
		return "the audit's outcome", rec.Account
	default:
		return "the outcome", rec.Account
	}
}

func (l *life) wrote(w []checkpoint.Write) {
	l.simulation.mu.Lock()
	defer l.simulation.mu.Unlock()
	for _, write := range w {
		if write.Table == checkpoint.Records && write.Value != nil {
			rec, err := decodeRecord(write.Value)
			require.NoError(l.t, err)
			l.states[rec.Account] = rec.State
			l.trace = append(l.trace, fmt.Sprintf("%12s put %s %s %d.%d %s audited=%v", time.Since(l.began), rec.Account, rec.State,
				rec.Round, rec.Attempt, rec.Session.ID, rec.Audited))
		}
	}
}

// mortalTransport is the network of a process that can die in the middle of a request.
type mortalTransport struct{ l *life }

func (m mortalTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if m.l.isDead() {
		return nil, errDead
	}
	where, account := m.seam(r)
	draw := 0.5
	if !m.l.calm {
		draw = m.l.chance("request " + where + account)
	}
	if draw < seamChance {
		m.l.die(where + " before it is sent")
		return nil, errDead
	}
	m.l.takes("way to "+where+account, 20*time.Millisecond)
	resp, err := m.l.api.Transport().RoundTrip(r)
	status := 0
	if err == nil {
		status = resp.StatusCode
	}
	if m.l.isDead() {
		return nil, errDead
	}
	m.l.note("%s %s: %d", where, account, status)
	m.l.takes("way back from "+where+account, 20*time.Millisecond)
	if draw > 1-seamChance {
		m.l.die(where + " after its effect")
	}
	if m.l.isDead() {
		return nil, errDead
	}
	return resp, err
}

func (m mortalTransport) seam(r *http.Request) (where, account string) {
	if r.Method == http.MethodPost {
		body, err := io.ReadAll(r.Body)
		require.NoError(m.l.t, err)
		r.Body = io.NopCloser(bytes.NewReader(body))
		var create struct {
			Account string `json:"account_auth_id"`
		}
		require.NoError(m.l.t, json.Unmarshal(body, &create))
		return "the POST", create.Account
	}
	account = r.URL.Query().Get("account_auth_id")
	switch {
	case !strings.HasSuffix(r.URL.Path, "/kyc-sessions"):
		return "the canary's look", filepath.Base(r.URL.Path)
	case account == "":
		return "a sweep", ""
	}
	m.l.simulation.mu.Lock()
	defer m.l.simulation.mu.Unlock()
	switch m.l.states[account] {
	case Started:
		return "a reconciling look", account
	case "":
		return "a guard's look", account
	default:
		return "an audit's look", account
	}
}

// newSimulation draws a world.
func newSimulation(t *testing.T, seed uint64, rows int, m mutant) *simulation {
	s := &simulation{
		t: t, seed: seed, rows: rows, mutant: m, dir: t.TempDir(), began: time.Now(),
		draws: map[string]int{}, states: map[string]State{}, crashes: map[string]int{},
	}
	faults := sandbox.Storm(0.3 * s.chance("storm"))
	faults.LateBy, faults.StaleBy = 3*time.Minute, 3*time.Minute
	rare := func(route sandbox.Route, class sandbox.Fault, p float64) {
		faults.Rules = append(faults.Rules, sandbox.Rule{Route: route, Class: class, P: p})
	}
	rare(sandbox.RouteList, sandbox.Unauthorized, 0.002)
	rare(sandbox.RouteCreate, sandbox.Unauthorized, 0.002)
	rare(sandbox.RouteList, sandbox.MetadataTrimmed, 0.01)
	rare(sandbox.RouteGet, sandbox.MetadataTrimmed, 0.1)
	rare(sandbox.RouteGet, sandbox.NotFoundOnce, 0.2)
	rare(sandbox.RouteGet, sandbox.TimeoutNone, 0.1)
	rare(sandbox.RouteList, sandbox.StrangerBefore, 0.01)
	rare(sandbox.RouteList, sandbox.StrangerAfter, 0.01)
	rare(sandbox.RouteCreate, sandbox.UnknownStatus, 0.01)
	var err error
	s.api, err = sandbox.New(sandbox.Config{
		Seed: seed, Faults: faults, MaxPageSize: 1 + int(s.chance("page size")*6),
		SkewDate: time.Duration((s.chance("skew") - 0.5) * float64(time.Hour)),
		Readings: sandbox.Readings{
			OldestFirst: s.chance("order") < 0.5, PastEndEmpty: s.chance("past end") < 0.5,
			UnknownAccountEmpty: s.chance("unknown account") < 0.5,
			ShownAfter:          time.Duration(s.chance("replica") * s.chance("replica") * float64(3*time.Minute)),
		},
	})
	require.NoError(t, err)
	if s.chance("skewed") < 0.5 {
		s.crashes["clock skew"]++
	}
	s.writeCSV()
	return s
}

func (s *simulation) csv() string { return filepath.Join(s.dir, "customers.csv") }

// account names a row's account; a few are not known to the API.
func (s *simulation) account(i int) string {
	if i%19 == 18 {
		return fmt.Sprintf("MA_NONE%04d", i)
	}
	return fmt.Sprintf("MA_%04d", i)
}

func (s *simulation) writeCSV() {
	var b strings.Builder
	b.WriteString("account_auth_id,email,plan\n")
	for i := range s.rows {
		fmt.Fprintf(&b, "%s,customer%d@example.com,starter\n", s.account(i), i)
	}
	require.NoError(s.t, os.WriteFile(s.csv(), []byte(b.String()), 0o600))
	for i := range s.rows {
		if s.chance("a stranger was there") < 0.05 {
			s.api.Stranger(s.account(i))
		}
	}
}

// live is one process: it opens the ledger, takes the file in and runs the pass until it ends or dies.
func (s *simulation) live(n int) (Summary, error) {
	ctx, cancel := context.WithCancel(s.t.Context())
	defer cancel()
	l := &life{simulation: s, cancel: cancel}
	if !s.calm {
		crash := time.AfterFunc(time.Duration(s.chance("moment")*float64(time.Hour)), func() { l.die("at a random moment") })
		defer crash.Stop()
	}
	file, err := OpenLedger(s.dir, true, LedgerOptions{
		Identity: LedgerIdentity{API: "http://127.0.0.1", Partner: "PA_SIM"}, NoSync: true,
	})
	require.NoError(s.t, err)
	defer func() { require.NoError(s.t, ignoreBroken(file.Close())) }()
	ledger := &Ledger{mortalStore{file, l}}
	in, err := intake.Open(ctx, s.csv(), intake.Options{})
	if err != nil {
		return Summary{}, err
	}
	if _, err := ledger.Import(ctx, "sim", in, ""); err != nil {
		return Summary{}, err
	}
	client, err := vobiz.New(vobiz.Config{
		BaseURL: "http://127.0.0.1/api/v1/partner", AuthID: vobiz.NewSecret("PA_SIM"), AuthToken: vobiz.NewSecret("token"),
		Transport: mortalTransport{l},
	})
	require.NoError(s.t, err)
	s.note("run %d begins", n)
	s.api.ClientRestarted()
	guard := GuardEach
	if s.chance("sweep") < 0.3 {
		guard = GuardSweep
	}
	cfg := Config{Ledger: ledger, Client: client, Brake: ratelimit.New(20), Workers: 4, Guard: guard, mutant: s.mutant,
		moment: func(account string) { s.takes("start of "+account, time.Millisecond) }}
	sum, err := Create(ctx, cfg, "sim")
	if l.isDead() {
		return Summary{}, errDead
	}
	s.note("run %d ends: %v %q %v", n, sum.Counts, sum.Halt, err)
	if sum.Halt != "" {
		s.crashes["halt: "+string(sum.Halt)]++
	}
	return sum, err
}

func ignoreBroken(err error) error {
	if errors.Is(err, checkpoint.ErrBroken) {
		return nil
	}
	return err
}

// run starts processes until the campaign is done, and returns the last one's summary.
func (s *simulation) run() Summary {
	for n := range 400 {
		if n == 300 { // an end must be reachable from wherever this is
			s.calm = true
			s.api.SetFaults(sandbox.Faults{})
		}
		sum, err := s.live(n)
		if err == nil && sum.Halt == "" && sum.Counts[OutcomePending]+sum.Counts[OutcomeInDoubt]+sum.Unaudited == 0 {
			return sum
		}
		time.Sleep(time.Duration(s.chance("break") * float64(5*time.Minute)))
	}
	s.t.Fatalf("seed %d: the campaign never ended; its last steps:\n%s", s.seed, strings.Join(s.trace[max(0, len(s.trace)-60):], "\n"))
	return Summary{}
}

// tally is what simulations add up to.
type tally struct {
	campaigns, rows, accidents, secondMails, lost, undecidedOurs int
	revokes                                                      map[sandbox.Revoke]int
	outcomes                                                     map[State]int
	classes                                                      map[string]int
}

func newTally() *tally {
	return &tally{revokes: map[sandbox.Revoke]int{}, outcomes: map[State]int{}, classes: map[string]int{}}
}

// judge compares the ledger with the API's journal and adds what it finds.
func (t *tally) judge(s *simulation) (bad []string) {
	file, err := ReadLedger(s.dir, LedgerOptions{})
	require.NoError(s.t, err)
	defer file.Close()
	ledger := NewLedger(file)
	journal := s.api.Journal()
	verdict := journal.Verdict()
	t.campaigns++
	t.accidents += verdict.Accidents
	t.secondMails += verdict.SecondMails
	for _, id := range verdict.AccidentIDs {
		v, _ := s.api.Session(id)
		bad = append(bad, fmt.Sprintf("accidentally revoked: %s of %s by %s, made at %s, revoked at %s, %s", id, v.Account, v.Creator,
			v.Created.Sub(s.began), v.Updated.Sub(s.began), v.Cause))
	}
	if verdict.SecondMails > 0 {
		bad = append(bad, fmt.Sprintf("%d second mails", verdict.SecondMails))
	}
	for why, n := range verdict.Revokes {
		t.revokes[why] += n
	}
	for class, n := range journal.Faults {
		t.classes[string(class)] += n
	}
	for class, n := range s.crashes {
		t.classes[class] += n
	}
	ours := map[string][]sandbox.View{}
	for _, v := range journal.Sessions {
		if v.Creator == sandbox.ByAPI {
			ours[v.Account] = append(ours[v.Account], v)
		}
	}
	for i := range s.rows {
		t.rows++
		rec, known, err := ledger.Record(s.account(i))
		require.NoError(s.t, err)
		if !known {
			bad = append(bad, "lost: "+s.account(i)+" is not in the ledger")
			t.lost++
			continue
		}
		t.outcomes[rec.Current()]++
		if why := t.rowLost(rec, ours[rec.Account]); why != "" {
			t.lost++
			bad = append(bad, "lost: "+rec.Account+" "+why)
		}
	}
	return bad
}

// rowLost says what is untrue in a record, compared with the sessions that our POSTs made.
func (t *tally) rowLost(rec Record, ours []sandbox.View) string {
	switch rec.Current() {
	case Created:
		for _, v := range ours {
			if v.ID == rec.Session.ID {
				return ""
			}
		}
		return "is created with a session that none of our POSTs made"
	case Undecided:
		t.undecidedOurs += len(ours)
		return ""
	case Pending, Started:
		return "has no end: " + string(rec.Current())
	default:
		if len(ours) > 0 {
			return fmt.Sprintf("is %s, and our POST made a session", rec.State)
		}
		return ""
	}
}
