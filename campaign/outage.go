package campaign

import "context"

// silentAnswers in a row that were none are an outage; fewer happen in any long run.
const silentAnswers = 3

// nobodysSession is the id of a session that there is none of. What is asked about it shows no customer: a list would show
// sessions that no look takes note of, and that one may be the only sign of a session which a POST must not revoke.
const nobodysSession = "00000000-0000-0000-0000-000000000000"

// answering returns when the API answers again; at once where it does anyway; false where the run is halted first.
//
// While it is down, everybody who wants a turn waits here and one of them asks for a session that there is none of, as
// often as the brake lets it: after one second, two, four, and then each thirty. So an outage costs a handful of requests
// whatever the number of workers, none of them creates anything, and no row has trouble of its own for which it would be
// put aside. When it has lasted longer than MaxOutage, request ends the run.
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
		_ = r.request(ctx, func(ctx context.Context) error { // request has learnt from it
			_, _, err := r.cfg.Client.Get(ctx, nobodysSession)
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
