package campaign

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"kycbatch/checkpoint"
	"kycbatch/internal/intake"
)

// A recovery makes a ledger anew that is lost or damaged, from the campaigns' files and from what the API shows:
//
//	files ─► a new ledger, beside ─► wait until what was under way has settled ─► the API's whole list, twice, proved complete
//	                                                                                        │ our attempt ids tell what is ours
//	in its place ◄─ a person agrees ◄─ read back, compared with the list ◄─ a record an account ◄─┘
//
// Nothing is sent but looks, and until the end everything that was there is as it was. A ledger that keeps its id keeps the
// meaning of its attempt ids: what the create protocol knows of a session of ours holds for the new ledger as for the old one.

// Recovery says what a ledger is to be made of.
type Recovery struct {
	Config // Client, Brake, Workers, Timeout, Settle, MaxOutage, Origin, Progress; what it says of a ledger and of rows plays no part

	DataDir  string
	Options  LedgerOptions
	Files    []RecoverFile // one a campaign; an account that several name is the first one's
	LedgerID string        // that the ledger had; "": what its fence, its header or the API's list tells
	Redirect *string       // where browsers went, "" in the email flow, for a campaign with sessions of both flows; nil: refuse that

	Waits func(Waiting)         // is told of the wait before it begins; nil: nobody is
	Agree func(Recovered) error // is shown what was found; its error leaves everything as it was. nil: nobody is asked
}

// RecoverFile is the file of one campaign.
type RecoverFile struct {
	Campaign string
	File     *intake.File
	Options  string // as for Import
}

// Waiting is the wait before the list that counts.
type Waiting struct {
	Fence time.Time     // requests may be under way until then, by the ledger's fence; zero: no fence tells
	Clean bool          // by the fence none is, for the last run came to an orderly end
	For   time.Duration // the settle time included
}

// Recovered is what a recovery found, and what it made of that.
type Recovered struct {
	Damage    error  // why there was no usable ledger
	SetAside  string // path of the damaged file; "": there was none
	LedgerID  string
	IDFrom    IDSource
	Waited    time.Duration
	Campaigns []RecoveredCampaign // in the order of their files
	Others    map[string]int      // sessions of these accounts that carry another ledger's id, by that
	Unclaimed int                 // sessions of ours whose account is in none of the files
	Notes     []RecoveredNote     // what a person should look at, those sessions among it
	Sessions  int                 // that the API's list has
	Requests  int
	Elapsed   time.Duration
}

// RecoveredCampaign is where one campaign stands in the new ledger.
type RecoveredCampaign struct {
	Name     string
	Rows     int
	Counts   map[Outcome]int // of its rows; they add up
	Accounts map[RecoveredAs]int
	Differ   int  // accounts whose session went to another address than the row has now
	Recent   int  // sessions of the email flow that were created within a day: they count for today's cap
	Redirect bool // its flow, by its sessions
	Known    bool // some session told the flow; else the next create chooses it
}

// RecoveredAs is what became of an account.
type RecoveredAs string

// What an account can be recovered as.
const (
	RecoveredLive      RecoveredAs = "live"      // created: its session of ours lives
	RecoveredCompleted RecoveredAs = "completed" // created: its customer has completed
	RecoveredEnded     RecoveredAs = "ended"     // created: its session of ours has ended, and nothing is sent by itself
	RecoveredUndecided RecoveredAs = "undecided" // a person has to look
	RecoveredSkipped   RecoveredAs = "skipped"   // only somebody else's session lives or was completed
	RecoveredPending   RecoveredAs = "pending"   // nothing of it lives: a create will send it, if its row can be sent
)

// RecoveredAll lists them, in the order in which a summary shows them.
func RecoveredAll() []RecoveredAs {
	return []RecoveredAs{RecoveredLive, RecoveredCompleted, RecoveredEnded, RecoveredUndecided, RecoveredSkipped, RecoveredPending}
}

// IDSource is how the id of a recovered ledger came to be known.
type IDSource string

// Where the id comes from.
const (
	IDGiven    IDSource = "given"    // by a person
	IDRemains  IDSource = "remains"  // the fence, or what can be read of the damaged file
	IDSessions IDSource = "sessions" // the only one that sessions of the files' accounts carry
	IDNew      IDSource = "new"      // no session of these accounts carries any
)

// RecoveredNote is an account that a person should look at.
type RecoveredNote struct {
	What     NoteKind
	Campaign string // "": in none of the files
	Account  string
	Session  string
	Status   string // the API's word
}

// NoteKind is why.
type NoteKind string

// The kinds of notes.
const (
	NoteUnclaimed NoteKind = "unclaimed" // a session of ours whose account is in none of the files
	NoteUndecided NoteKind = "undecided"
	NoteRevoked   NoteKind = "revoked" // a session of ours was revoked, and nobody knows any more by whom
	NoteDiffers   NoteKind = "differs" // the session went to another address than the row has now
)

// Errors of a recovery on which a caller branches.
const (
	ErrLedgerSound     = checkpoint.ErrSound     // the ledger can be opened: there is nothing to recover
	ErrLedgerDisturbed = checkpoint.ErrDisturbed // another run still works with it
)

// ErrFlows refuses a campaign whose sessions are of both flows, where nobody says which one it has.
var ErrFlows = errors.New("its sessions are of both flows")

// CheckLedgerID refuses what no ledger has for an id.
func CheckLedgerID(id string) error { return checkpoint.CheckID(id) }

// recovery is one on its way.
type recovery struct {
	Recovery
	r       *run
	l       *Ledger
	id      string
	remains checkpoint.Remains
	found   *found
	links   *everyLink
	done    Recovered
}

// Recover makes the ledger anew. It returns when that has taken its place, or nothing was changed. The errors are ErrLedgerSound, ErrLedgerDisturbed,
// *LedgerIDError, ErrFlows, vobiz.ErrIncomplete, those of opening a ledger and of the API's answers, that of Agree, and the cause of ctx.
func Recover(ctx context.Context, rec Recovery) (_ Recovered, err error) {
	began := time.Now()
	making, err := checkpoint.Rebuild(LedgerPath(rec.DataDir), rec.Options)
	if err != nil {
		return Recovered{}, err
	}
	defer func() { err = errors.Join(err, making.Close()) }()
	v, err := newRecovery(rec, making)
	if err != nil {
		return Recovered{}, err
	}
	waiting, cancel := v.r.begin(ctx)
	defer cancel()
	if err := v.make(waiting, making.Alone); err != nil {
		return Recovered{}, v.cause(ctx, err)
	}
	v.done.Requests, v.done.Elapsed = int(v.r.progress.Requests.Load()), time.Since(began)
	if rec.Agree != nil {
		if err := rec.Agree(v.done); err != nil {
			return Recovered{}, err
		}
	}
	if v.done.SetAside, err = making.Install(ctx, v.id); err != nil {
		return Recovered{}, err
	}
	return v.done, nil
}

func newRecovery(rec Recovery, making *checkpoint.Rebuilding) (v *recovery, err error) {
	rec.Ledger, rec.Budget = NewLedger(making.Ledger()), Budget{}
	v = &recovery{Recovery: rec, l: rec.Ledger, remains: making.Remains(), links: newEveryLink(filepath.Join(rec.DataDir, campaignsFolder))}
	v.done.Damage = v.remains.Damage
	v.r, err = newLook(rec.Config, Campaign{})
	return v, err
}

// make fills the new ledger.
func (v *recovery) make(ctx context.Context, alone func() error) error {
	wait := v.waiting()
	if v.Waits != nil {
		v.Waits(wait)
	}
	v.r.phase("taking in the files")
	if err := v.takeIn(ctx); err != nil {
		return err
	}
	v.r.phase("waiting until requests that nobody knows of any more have settled")
	if !v.r.sleep(ctx, wait.For-v.r.now()) {
		return errHalted
	}
	v.done.Waited = wait.For
	if err := alone(); err != nil {
		return err
	}
	if err := v.look(ctx); err != nil {
		return err
	}
	if err := v.chooseID(); err != nil {
		return err
	}
	v.r.phase("writing the ledger")
	if err := v.write(ctx); err != nil {
		return err
	}
	v.r.phase("comparing the ledger with the API's list")
	return v.compare()
}

// waiting is how long no list can be believed. The wall clock may have been stepped: never less than the settle time, never more than a
// fence reaches.
func (v *recovery) waiting() Waiting {
	w := Waiting{Fence: v.remains.Until, Clean: v.remains.Clean, For: v.r.cfg.Timeout}
	switch {
	case w.Clean:
		w.For = 0
	case !w.Fence.IsZero():
		w.For = min(max(0, time.Until(w.Fence)), 2*v.r.cfg.Timeout+2*time.Minute)
	}
	w.For += v.r.cfg.Settle
	return w
}

// takeIn makes each file a campaign's.
func (v *recovery) takeIn(ctx context.Context) error {
	for _, f := range v.Files {
		done, err := v.l.Import(ctx, f.Campaign, f.File, f.Options)
		if err != nil {
			return err
		}
		v.done.Campaigns = append(v.done.Campaigns, RecoveredCampaign{
			Name: f.Campaign, Rows: int(done.Campaign.Rows), Counts: map[Outcome]int{}, Accounts: map[RecoveredAs]int{},
		})
	}
	return nil
}

// cause says why a recovery ended: what halted its run, or the end of the context.
func (v *recovery) cause(ctx context.Context, err error) error {
	v.r.mu.Lock()
	why, cause := v.r.why, v.r.cause
	v.r.mu.Unlock()
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case why != "" && cause != nil:
		return fmt.Errorf("%s: %w", why, cause)
	case why != "":
		return errors.New(string(why))
	}
	return err
}
