package campaign

import (
	"container/heap"
	"context"
	"iter"
	"time"

	"github.com/sourcegraph/conc/pool"

	"kycbatch/checkpoint"
)

// job is one account in the hands of the pass. Between two of its actions nobody else touches it.
type job struct {
	account   Account
	durable   Record  // as the ledger has it
	number    uint64  // of the record
	request   Request // what its POST asks for, defaults included
	action    Action
	audit     bool
	decision  Decision      // a person's, to be carried out; zero: none
	resend    *Resending    // its session is to be resent; nil: another job
	status    int           // of the newest answer to a resend
	show      func(Account) // only look at the account, and hand it over; nil: work on it
	heard     []Entry       // answers to its POSTs that the trail does not have yet
	place     place         // in the budget of mails
	turned    time.Duration // when it had its newest turn
	clock     time.Time     // the wall clock at the run's beginning, as it seemed when the newest look was begun
	usedSweep bool
	swept     time.Duration // when the sweep that it used was begun
}

// pass drives jobs to their ends, as many at a time as width says. A job that has to wait for a
// time is parked, and its place is another's: while rows wait for their settle time, the others go on.
//
//	feed ──► worker: step, act, step … ──► End
//	              ▲          │ Wait
//	              └─ parked ◄┘
//
// On a halt the feed stops, and every job gets a Stop at its next wait.
func (r *run) pass(ctx context.Context, feed func() iter.Seq2[*job, error]) {
	next, stop := iter.Pull2(feed())
	defer stop()
	workers := pool.New().WithMaxGoroutines(inHand * r.cfg.Workers)
	defer workers.Wait()
	var (
		parked parking
		active int
		back   = make(chan *job, r.cfg.Workers) // from the workers: parked, or nil when ended
		fed    bool
	)
	for {
		width := r.width()
		free := func() bool { return active < width && active-int(r.storing.Load()) < r.cfg.Workers }
		for free() {
			j := parked.due(r.now(), ctx.Err() != nil)
			if j == nil && !fed && ctx.Err() == nil && len(parked) < maxParked {
				var err error
				var ok bool
				if j, err, ok = next(); err != nil {
					r.halt(HaltLedger, err)
				}
				fed = !ok || err != nil
				if fed {
					continue
				}
			}
			if j == nil {
				break
			}
			active++
			r.cfg.moment(j.account.Account)
			workers.Go(func() {
				rest := (*job)(nil)
				defer func() {
					if p := recover(); p != nil { // a bug: begin nothing more; the pool passes it on when all are back
						r.cancel()
						back <- nil
						panic(p)
					}
					back <- rest
				}()
				r.drive(ctx, j)
				if j.action.Kind != End {
					rest = j
				}
			})
		}
		r.progress.Waiting.Store(int64(len(parked)))
		if active == 0 && len(parked) == 0 && (fed || ctx.Err() != nil) {
			return
		}
		if j := r.await(ctx, back, parked, free()); j != nil {
			active--
			if *j != nil {
				heap.Push(&parked, *j)
			}
		}
	}
}

// inHand is how many accounts are in hand at most for each request that may be under way. One that waits for its commit leaves its
// place to another: without that, a disk that takes 7 ms for a commit would let a worker send a request each 20 ms.
const inHand = 16

// width is how many jobs may be in hand. One, until the canary is proved (design, rule 5). Then as many as it takes for
// the workers to have requests under way all the time; under a rate as many as there are workers, but no more than the brake serves
// within half the age that a guard's look may have: with more, every look would be too old when its POST's turn comes, and
// none would ever leave.
func (r *run) width() int {
	if !r.proved.Load() || r.cfg.Workers == 1 { // who asks for one worker wants to see one account after the other
		return 1
	}
	rate := float64(r.cfg.Brake.State().Now)
	if rate == 0 {
		return inHand * r.cfg.Workers
	}
	return max(1, min(r.cfg.Workers, int(rate*DefaultGuardAge.Seconds()/2)))
}

// takeSlot waits until fewer requests are under way than there are workers; false where the run is halted first. Whoever has one gives
// it back.
func (r *run) takeSlot(ctx context.Context) bool {
	select {
	case r.slots <- struct{}{}: // also in a halted run: what it still asks for has a use
		return true
	default:
	}
	select {
	case r.slots <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

func (r *run) giveSlot() { <-r.slots }

// await waits until a worker comes back, a parked job is due or the run is halted. It returns what came
// back: a job to park, or a nil one that ended; and nil where none came back.
func (r *run) await(ctx context.Context, back <-chan *job, parked parking, free bool) **job {
	var due <-chan time.Time
	if len(parked) > 0 && free {
		t := time.NewTimer(max(0, parked[0].action.Until-r.now()))
		defer t.Stop()
		due = t.C
	}
	halted := ctx.Done()
	if ctx.Err() != nil {
		halted = nil // known already: wait for the workers
	}
	select {
	case j := <-back:
		return &j
	case <-due:
	case <-r.spare:
	case <-halted:
	}
	return nil
}

// store waits for a commit; meanwhile the job's place is another's.
func (r *run) store(ctx context.Context, writes []checkpoint.Write) error {
	r.storing.Add(1)
	defer r.storing.Add(-1)
	select {
	case r.spare <- struct{}{}:
	default: // the pass has that before it
	}
	return r.l.s.Put(finishing(ctx), writes...)
}

// parking holds the jobs that wait, the earliest first.
type parking []*job

func (p parking) Len() int           { return len(p) }
func (p parking) Less(i, j int) bool { return p[i].action.Until < p[j].action.Until }
func (p parking) Swap(i, j int)      { p[i], p[j] = p[j], p[i] }
func (p *parking) Push(x any)        { *p = append(*p, x.(*job)) }

func (p *parking) Pop() any {
	last := (*p)[len(*p)-1]
	(*p)[len(*p)-1] = nil
	*p = (*p)[:len(*p)-1]
	return last
}

// due takes out the first job whose time has come; any job where the run is halted.
func (p *parking) due(now time.Duration, halted bool) *job {
	if len(*p) == 0 || !halted && (*p)[0].action.Until > now {
		return nil
	}
	return heap.Pop(p).(*job)
}
