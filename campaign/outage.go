package campaign

import "context"

// silentAnswers in a row that were none are an outage; fewer happen in any long run.
const silentAnswers = 3

// noSession is an id that no session has: that it is not found is an answer.
const noSession = "00000000-0000-0000-0000-000000000000"

// answering returns when the API answers again; at once where it does anyway; false where the run is halted first.
//
// While it is down, everybody who wants a turn waits here and one of them asks for a session that is not there, as often as
// the brake lets it: after one second, two, four, and then each thirty. So an outage costs a handful of requests
// whatever the number of workers, none of them creates anything or shows a session that a guard would have to heed, and no row
// has trouble of its own for which it would be put aside. When it has lasted longer than MaxOutage, request ends the run.
func (r *run) answering(ctx context.Context) bool {
	if !r.down() {
		return true
	}
	select {
	case r.probe <- struct{}{}:
	case <-ctx.Done():
		return false
	}
	defer func() { <-r.probe }()
	for r.down() {
		if r.cfg.Brake.Wait(ctx) != nil {
			return false
		}
		_ = r.request(ctx, func(ctx context.Context) error { // which learns from it
			_, _, err := r.cfg.Client.Get(ctx, noSession)
			return err
		})
	}
	return true
}

// down says whether the API is taken for down.
func (r *run) down() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.silent >= silentAnswers
}
