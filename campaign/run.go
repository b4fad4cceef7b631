package campaign

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"kycbatch/checkpoint"
	"kycbatch/internal/intake"
	"kycbatch/internal/vobiz"
	"kycbatch/ratelimit"
)

// GuardMode says how the guard looks at the API before a round's first POST (design, rule 4).
type GuardMode string

const (
	// GuardEach lists the account right before its POST.
	GuardEach GuardMode = "each"
	// GuardSweep pages the whole list once; an answer older than [DefaultGuardAge] is renewed as by GuardEach.
	GuardSweep GuardMode = "sweep"
)

// Defaults of a run.
const (
	DefaultWorkers   = 16
	DefaultTimeout   = 30 * time.Second
	DefaultMaxOutage = 10 * time.Minute

	// refusalsInARow without one success stop a run: one wrong setting must not burn a campaign.
	refusalsInARow = 20
	// replacementsRefused stops an order sooner: each refusal leaves a customer without a session.
	replacementsRefused = 3
	// maxParked bounds the accounts that wait for a time; while as many do, no new ones are taken up.
	maxParked = 20_000
)

// MinRate is the slowest rate of a create pass, two requests a minute: a POST leaves on a look that is at
// most [DefaultGuardAge] old, and both take a turn of the brake.
const MinRate Rate = 2.0 / 60

// ErrRate refuses a slower one.
var ErrRate = errors.New("a rate below 2/m is too slow: the look before a request would be too old when its turn comes")

// Config is what a create pass needs. Zero values mean what each field says.
type Config struct {
	Ledger *Ledger
	Client *vobiz.Client
	Brake  *ratelimit.Brake

	Workers     int           // requests under way at a time; 0: DefaultWorkers
	Timeout     time.Duration // of one request, as the client has it; 0: DefaultTimeout
	Settle      time.Duration // 0: DefaultSettle
	MaxAttempts int           // 0: DefaultMaxAttempts
	Guard       GuardMode     // "": GuardEach
	Limit       int           // pending accounts to take up at most, or accounts to remind; 0: all
	MaxDuration time.Duration // drain after this long; 0: never
	MaxOutage   time.Duration // stop after the API gave no answer for this long; 0: DefaultMaxOutage
	MaxFailures Tolerance     // stop for safety when more rows fail; zero: never

	AuditOnly    bool               // nothing is created or resolved: only look again at what was sent
	AuditAll     bool               // look again at everything that was sent, not only at what never was looked at
	RetryRefused bool               // refused accounts are asked for again
	Include      []string           // of a sync: fields of verified_data to keep of completed sessions; nil: none
	Exclude      *intake.Exclusions // accounts and addresses that get nothing, whatever the ledger says; nil: none
	Settings     *Settings          // kept with the campaign before anything is sent; nil: those that it has

	// Dir is the campaign's [ResultsDir]; a redirect campaign keeps its links there, and those of other campaigns are
	// looked for beside it. "" will do in the email flow.
	Dir string

	Budget Budget // how many mails may leave, and when

	Origin   Origin    // who gave the command, for the trail
	Progress *Progress // filled while the run goes on; nil: nobody looks

	// Of the simulation alone: the rule to leave out (see mutant.go), and a moment to let pass before a job
	// is handed to a worker, so that jobs due at one instant begin in a known order.
	mutant mutant
	moment func(account string)
	clock  func() time.Time // this machine's clock, for a mutant that goes by it

	only *bitset // record numbers of the accounts that the pass is about; nil: all of the campaign
}

// run is one create pass over one campaign.
type run struct {
	cfg      Config
	l        *Ledger
	p        Protocol
	campaign Campaign
	number   uint64 // of this run
	trail    *trail
	began    time.Time
	progress *Progress
	server   serverClock

	cancel context.CancelFunc // ends every wait

	settled settled // what was known of the rows when the run began, for good: all that it does is about others

	links     *links     // nil in the email flow
	everyLink *everyLink // nil where no folder was given

	slots   chan struct{} // one is held by each request under way
	storing atomic.Int64  // jobs that wait for a commit
	spare   chan struct{} // has one when there may be a place for another job

	sweep sweep // changed only while no job is in hand

	mu       sync.Mutex
	why      Halt
	cause    error         // what the halt came from, for people
	silent   int           // how many of the newest answers were none
	since    time.Duration // when that began
	lastPost time.Duration
	creates  creates
	proved   atomic.Bool // the canary read our attempt id back
	refused  int         // in a row
	success  bool
	ends     int    // rows that came to an end
	failures int    // of them, those that were refused or are undecided
	audits   bitset // numbers of records to audit

	resends ResendProtocol // of a resend pass
	resend  *resendPass    // nil in every other one

	allowance *allowance
	probe     chan struct{} // held by the one who asks whether the API answers again

	takenUp bitset // records that were taken up to be sent under the limit
	limited int    // how many
}

// Create runs the create pass over a campaign that was taken in: it drives every account of it to an end,
// then audits what was sent. It returns when nothing is left to do, or nothing may be done. What became
// of the rows is in the Summary, also when the run was halted; an error is a failure to find out.
//
// Cancelling ctx drains: nothing more is begun, and what is under way is finished, which takes at most
// one request's timeout. To end at once, end the process: a crash is safe.
func Create(ctx context.Context, cfg Config, name string) (Summary, error) {
	r, err := newRun(ctx, cfg, name)
	if err != nil {
		return Summary{}, err
	}
	return r.create(ctx)
}

// create works until nothing is left to do, or nothing may be done, and sums up.
func (r *run) create(ctx context.Context) (Summary, error) {
	waiting, cancel := r.begin(ctx)
	defer cancel()
	if r.cfg.MaxDuration > 0 {
		defer time.AfterFunc(r.cfg.MaxDuration, func() { r.halt(HaltDuration, nil) }).Stop()
	}
	var err error
	if r.settled, err = r.l.settled(r.campaign); err != nil {
		return Summary{}, err
	}
	if r.cfg.AuditAll {
		r.settled = r.settled.reopened()
	}
	r.work(waiting)
	if ctx.Err() != nil {
		r.halt(HaltDrained, nil)
	}
	sum, err := r.summarise()
	if r.links != nil {
		err = errors.Join(err, r.links.close())
		if err == nil {
			var needed int
			sum.Links, needed, err = r.l.tidyLinks(r.cfg.Dir, r.campaign.ID)
			sum.LinksLost -= needed
		}
	}
	if err == nil {
		r.tellEnd(ctx, &sum)
	}
	return sum, err
}

func newRun(ctx context.Context, cfg Config, name string) (*run, error) {
	if asked := cfg.Brake.State().Asked; asked != ratelimit.Unlimited && asked < MinRate {
		return nil, fmt.Errorf("%w: %s", ErrRate, asked)
	}
	if err := cfg.Budget.Check(cfg.Timeout); err != nil {
		return nil, err
	}
	c, err := cfg.Ledger.Campaign(name)
	if err != nil {
		return nil, err
	}
	if c.Import == 0 {
		return nil, fmt.Errorf("%w: the file of campaign %q was never taken in completely; give it again", ErrNoCampaign, name)
	}
	if !cfg.AuditOnly {
		if err := cfg.Ledger.configure(ctx, &c, cfg.Settings); err != nil {
			return nil, err
		}
	}
	r, err := newNumberedRun(ctx, cfg, c)
	if err != nil {
		return nil, err
	}
	r.p.Hold = c.Settings.Hold
	r.progress.Rows.Store(int64(c.Rows))
	if cfg.Dir != "" {
		r.everyLink = newEveryLink(filepath.Dir(cfg.Dir))
	}
	if c.Settings.Redirect() {
		if r.links, err = openLinks(cfg.Dir); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// begin is the context that ends every wait of the run when it is halted.
func (r *run) begin(ctx context.Context) (context.Context, context.CancelFunc) {
	waiting, cancel := context.WithCancel(ctx)
	r.cancel = cancel
	return waiting, cancel
}

// newNumberedRun is a run over a campaign, or over accounts of any: then c is the zero Campaign.
func newNumberedRun(ctx context.Context, cfg Config, c Campaign) (*run, error) {
	r, err := newLook(cfg, c)
	if err != nil {
		return nil, err
	}
	r.number, r.trail, err = cfg.Ledger.beginRun(ctx, cfg.Origin, c)
	return r, err
}

// newLook is a run that writes nothing, so it has no number and no place in the trail.
func newLook(cfg Config, c Campaign) (*run, error) {
	cfg = cfg.withDefaults()
	r := &run{
		cfg: cfg, l: cfg.Ledger, campaign: c, began: time.Now(), progress: cfg.Progress,
		cancel: func() {}, probe: make(chan struct{}, 1), slots: make(chan struct{}, cfg.Workers), spare: make(chan struct{}, 1),
		p: Protocol{
			Ledger: cfg.Ledger.s.ID(), Settle: cfg.Settle, MaxAttempts: cfg.MaxAttempts, GuardAge: DefaultGuardAge, mutant: cfg.mutant,
		},
	}
	if m := chosenMutant(); m != "" {
		r.p.mutant = m
	}
	var err error
	r.allowance, err = cfg.Ledger.newAllowance(cfg.Budget, cfg.Timeout, r.p.mutant, wall())
	return r, err
}

func (c Config) withDefaults() Config {
	if c.Workers == 0 {
		c.Workers = DefaultWorkers
	}
	if c.Timeout == 0 {
		c.Timeout = DefaultTimeout
	}
	if c.Settle == 0 {
		c.Settle = DefaultSettle
	}
	if c.MaxAttempts == 0 {
		c.MaxAttempts = DefaultMaxAttempts
	}
	if c.MaxOutage == 0 {
		c.MaxOutage = DefaultMaxOutage
	}
	if c.Guard == "" {
		c.Guard = GuardEach
	}
	if c.moment == nil {
		c.moment = func(string) {}
	}
	if c.Progress == nil {
		c.Progress = &Progress{}
	}
	return c
}

// now is the time since this process took the ledger, on the monotonic clock. Step knows no other.
func (r *run) now() time.Duration { return time.Since(r.began) }

func (r *run) phase(s string) { r.progress.phase.Store(s) }

// work is the pass: wait out a suspicion, sweep, create, audit; and once more from the sweep on for each time that the run
// waited for its budget of mails.
func (r *run) work(ctx context.Context) {
	if !r.waitOutSuspicion(ctx) {
		return
	}
	for again := true; again; again = r.waitForBudget(ctx) {
		if r.cfg.Guard == GuardSweep {
			r.phase("reading the API's whole list")
			r.sweepOnce(ctx)
		}
		r.phase("creating")
		r.pass(ctx, r.feed)
		if ctx.Err() == nil {
			r.phase("auditing")
			r.audit(ctx)
		}
	}
}

// waitOutSuspicion sits out the time in which POSTs that this ledger does not know of may still take
// effect (design, "The ledger"); then the guard sees them. That it had to is kept for good: what the ledger has forgotten
// may be on a lagging replica whenever its guard looks.
func (r *run) waitOutSuspicion(ctx context.Context) bool {
	s, ok := r.l.s.Suspect()
	if ok && r.p.mutant != noFence && !r.sitOut(ctx, s) {
		return false
	}
	v, err := r.l.s.Get(checkpoint.Settings, []byte(forgotKey))
	if err != nil {
		r.halt(HaltLedger, err)
		return false
	}
	r.p.Restored = v != nil
	return true
}

func (r *run) sitOut(ctx context.Context, s checkpoint.Suspicion) bool {
	r.phase("waiting until requests that the ledger does not know of have settled: " + s.Reason)
	// The wall clock may have been stepped: never less than the settle time, never more than a fence reaches.
	ahead := min(max(0, time.Until(s.Until)), 2*r.cfg.Timeout+2*time.Minute)
	if !r.sleep(ctx, ahead+r.cfg.Settle) {
		return false
	}
	err := r.l.s.Put(finishing(ctx), forgotWrite(time.Time{}))
	if err == nil {
		err = r.l.s.Cleared()
	}
	if err != nil {
		r.halt(HaltLedger, err)
		return false
	}
	return true
}

// sleep waits, and says false where the run is halted first.
func (r *run) sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// turn waits for the brake, and for an API that is down; false where the run is halted first.
func (r *run) turn(ctx context.Context) bool {
	return ctx.Err() == nil && r.answering(ctx) && r.cfg.Brake.Wait(ctx) == nil && ctx.Err() == nil
}

// request makes one request and lets brake and run learn from its answer.
func (r *run) request(ctx context.Context, request func(context.Context) error) error {
	if !r.takeSlot(ctx) {
		return errHalted
	}
	defer r.giveSlot()
	return r.ask(ctx, request)
}

// ask is request for one that has its slot.
func (r *run) ask(ctx context.Context, request func(context.Context) error) error {
	ctx = finishing(ctx)
	// Spaced once more: the intent's commit has bunched what the brake spaced.
	err := r.cfg.Brake.Send(ctx, request)
	if wasHeldBack(err) { // nothing left, so nobody was heard
		return err
	}
	r.progress.Requests.Add(1)
	switch tellBrake(r.cfg.Brake, err) {
	case heard:
		r.silence(false)
	case unauthorized:
		r.halt(HaltCredentials, err)
	case unheard:
		if r.silence(true) > r.cfg.MaxOutage || time.Until(r.cfg.Brake.State().PausedUntil) > r.cfg.MaxOutage {
			r.halt(HaltOutage, err)
		}
	}
	return err
}

// silence notes whether the API answered, and says for how long it has not.
func (r *run) silence(now bool) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !now {
		r.silent = 0
		r.progress.Down.Store(false)
		return 0
	}
	if r.silent++; r.silent == 1 {
		r.since = r.now()
	}
	r.progress.Down.Store(r.silent >= silentAnswers)
	return r.now() - r.since
}

// finishing is the context of what must be finished once it is begun: a request whose answer decides
// what we know, and the write of that answer. The client's timeout bounds the one, the disk the other.
func finishing(ctx context.Context) context.Context { return context.WithoutCancel(ctx) }
