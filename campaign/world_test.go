package campaign

import (
	"context"
	"errors"
	"fmt"
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

// simulation is one seeded world in virtual time: the real create pass, the real client, the real ledger
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
	clock  *sandbox.Clock // the API's
	links  bool           // a campaign of the redirect flow
	skewed bool           // the API's Date is wrong
	calm   bool           // no more faults: what is left must come to its end

	dying   float64      // the chance of dying at one seam; 0: seamChance
	watches func(Record) // told of each record that was written
	resends bool         // what is simulated are nights: syncs and resends
	harms   float64      // the chance that something happens to the ledger's file between two processes
	harmed  bool         // something did
	copied  []byte       // the ledger's file as it was copied once; nil: never

	named map[string]bool // sessions that an operator's orders name, once these are durable
	only  map[string]bool // accounts of those orders: whether nothing was to follow

	untold  bool // nobody reads the trace, so nobody writes it
	mu      sync.Mutex
	draws   map[string]int
	states  map[string]State   // as last written
	resent  map[string]Resends // as last written
	crashes map[string]int
	trace   []string
	began   time.Time
}

// errDead is what a process sees of its world after it was killed: nothing works any more.
var errDead = errors.New("the process is dead")

// chance draws a number in [0, 1) that belongs to the seed, the entity and how often it was asked for: their FNV-1a, mixed.
// It is spelled out because worlds ask a thousand times each, and hash/fnv keeps its state on the heap.
func (s *simulation) chance(entity string) float64 {
	const offset, prime = 14695981039346656037, 1099511628211
	s.mu.Lock()
	defer s.mu.Unlock()
	s.draws[entity]++
	x := uint64(offset)
	for _, word := range [...]uint64{s.seed, uint64(s.draws[entity])} {
		for range 8 { // from the lowest byte up
			x, word = (x^word&0xff)*prime, word>>8
		}
	}
	for _, b := range []byte(entity) {
		x = (x ^ uint64(b)) * prime
	}
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return float64((x^x>>31)>>11) / (1 << 53)
}

func (s *simulation) note(format string, args ...any) {
	if s.untold {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trace = append(s.trace, fmt.Sprintf("%12s ", time.Since(s.began))+fmt.Sprintf(format, args...))
}

// newSimulation draws a world.
func newSimulation(t *testing.T, seed uint64, rows int, m mutant) *simulation {
	return simulationOf(t, seed, rows, m, func(*simulation, *sandbox.Config) {})
}

// simulationOf is newSimulation, with a say in what was drawn.
func simulationOf(t *testing.T, seed uint64, rows int, m mutant, change func(*simulation, *sandbox.Config)) *simulation {
	s := &simulation{
		t: t, seed: seed, rows: rows, mutant: m, dir: worldDir(t), began: time.Now(),
		draws: map[string]int{}, states: map[string]State{}, resent: map[string]Resends{}, crashes: map[string]int{},
		named: map[string]bool{}, only: map[string]bool{},
	}
	var err error
	s.clock, err = sandbox.NewClock(time.Time{}, 1)
	require.NoError(t, err)
	faults := sandbox.Storm(0.3 * s.chance("storm"))
	faults.LateBy, faults.StaleBy, faults.SkewBy = 3*time.Minute, 3*time.Minute, 40*days
	rare := func(route sandbox.Route, class sandbox.Fault, p float64) {
		faults.Rules = append(faults.Rules, sandbox.Rule{Route: route, Class: class, P: p})
	}
	rare(sandbox.RouteList, sandbox.Unauthorized, 0.002)
	rare(sandbox.RouteCreate, sandbox.Unauthorized, 0.002)
	rare(sandbox.AnyRoute, sandbox.SkewedDate, 0.003) // three in a row could not be told from the truth
	rare(sandbox.RouteList, sandbox.MetadataTrimmed, 0.01)
	rare(sandbox.RouteGet, sandbox.MetadataTrimmed, 0.1)
	rare(sandbox.RouteGet, sandbox.NotFoundOnce, 0.2)
	rare(sandbox.RouteGet, sandbox.TimeoutNone, 0.1)
	rare(sandbox.RouteList, sandbox.StrangerBefore, 0.01)
	rare(sandbox.RouteList, sandbox.StrangerAfter, 0.01)
	rare(sandbox.RouteCreate, sandbox.UnknownStatus, 0.01)
	for _, class := range []sandbox.Fault{sandbox.TimeoutNone, sandbox.TimeoutEarly, sandbox.TimeoutLate, sandbox.ErrorBefore, sandbox.ErrorAfter, sandbox.ResetAfter} {
		rare(sandbox.RouteRevoke, class, 0.08)
	}
	s.links = s.chance("redirect flow") < 0.3
	cfg := sandbox.Config{
		Seed: seed, Clock: s.clock, Faults: faults, MaxPageSize: 1 + int(s.chance("page size")*6),
		Readings: sandbox.Readings{
			OldestFirst: s.chance("order") < 0.5, PastEndEmpty: s.chance("past end") < 0.5,
			UnknownAccountEmpty: s.chance("unknown account") < 0.5,
			ShownAfter:          time.Duration(s.chance("replica") * s.chance("replica") * float64(3*time.Minute)),
		},
	}
	if s.skewed = s.chance("skewed") < 0.5; s.skewed {
		cfg.SkewDate = time.Duration((s.chance("skew") - 0.5) * float64(time.Hour))
		s.crashes["clock skew"]++
	}
	change(s, &cfg)
	s.api, err = sandbox.New(cfg)
	require.NoError(t, err)
	s.writeCSV()
	return s
}

// worldDir is a folder for a world's files, in memory where the machine has such a place: what a disk does to a file in a
// power cut is for the tests of package checkpoint, and thousands of worlds would wait for one here.
func worldDir(t *testing.T) string {
	dir, err := os.MkdirTemp("/dev/shm", "kycbatch-") //nolint:usetesting // t.TempDir is on a disk
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	return dir
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

// work is what a process does with its ledger.
type work func(context.Context, Config) (Summary, error)

func (s *simulation) options() LedgerOptions {
	return LedgerOptions{Identity: LedgerIdentity{API: "http://127.0.0.1", Partner: "PA_SIM"}, NoSync: true}
}

// live is one process: it opens the ledger and works until it is done or dies.
func (s *simulation) live(n int, do work) (Summary, error) {
	ctx, cancel := context.WithCancel(s.t.Context())
	defer cancel()
	l := &life{simulation: s, cancel: cancel}
	if !s.calm {
		crash := time.AfterFunc(time.Duration(s.chance("moment")*float64(time.Hour)), func() { l.die("at a random moment") })
		defer crash.Stop()
	}
	file, err := OpenLedger(s.dir, true, s.options())
	require.NoError(s.t, err)
	defer func() { require.NoError(s.t, ignoreBroken(file.Close())) }()
	ledger := &Ledger{mortalStore{file, l}}
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
		Dir:    ResultsDir(s.dir, "sim"),
		moment: func(account string) { s.takes("start of "+account, time.Millisecond) }}
	sum, err := do(ctx, cfg)
	if l.isDead() {
		return Summary{}, errDead
	}
	s.note("run %d ends: %v %q %v", n, sum.Counts, sum.Halt, err)
	if sum.Halt != "" {
		s.crashes["halt: "+string(sum.Halt)]++
	}
	return sum, err
}

// create takes the file in and runs the create pass.
func (s *simulation) create(ctx context.Context, cfg Config) (Summary, error) {
	settings := &Settings{}
	if s.links {
		settings.RedirectURL = "https://shop.example.com/kyc-complete"
	}
	return s.take(ctx, cfg, settings)
}

// take is create with settings of its own.
func (s *simulation) take(ctx context.Context, cfg Config, settings *Settings) (Summary, error) {
	in, err := intake.Open(ctx, s.csv(), intake.Options{})
	if err != nil {
		return Summary{}, err
	}
	if _, err := cfg.Ledger.Import(ctx, "sim", in, ""); err != nil {
		return Summary{}, err
	}
	cfg.Settings = settings
	return Create(ctx, cfg, "sim")
}

func ignoreBroken(err error) error {
	if errors.Is(err, checkpoint.ErrBroken) {
		return nil
	}
	return err
}

// run starts processes until the campaign is done.
func (s *simulation) run() { s.finish(s.create) }

// finish starts processes that do the same work until nothing is left of it.
func (s *simulation) finish(do work) {
	for n := range 400 {
		if n == 300 { // an end must be reachable from wherever this is
			s.calm = true
			s.api.SetFaults(sandbox.Faults{})
		}
		sum, err := s.live(n, do)
		if err == nil && sum.Halt == "" && sum.Counts[OutcomePending]+sum.Counts[OutcomeInDoubt]+sum.Unaudited == 0 {
			return
		}
		s.harm()
		time.Sleep(time.Duration(s.chance("break") * float64(5*time.Minute)))
	}
	s.t.Fatalf("seed %d: the campaign never ended; its last steps:\n%s", s.seed, strings.Join(s.trace[max(0, len(s.trace)-60):], "\n"))
}
