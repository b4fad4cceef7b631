package sandbox

import "time"

// Creator is who made a session.
type Creator string

// The creators.
const (
	ByAPI      Creator = "api"      // a POST to the sandbox
	ByStranger Creator = "stranger" // someone else with the same account
)

// Revoke is why a session was revoked; "" for one that was not. The zero-tolerance figure of every
// proof is RevokeAccident.
type Revoke string

// The reasons of a revoke.
const (
	RevokeDelete     Revoke = "delete"      // DELETE
	RevokeByHand     Revoke = "by hand"     // Server.Set
	RevokeByStranger Revoke = "by stranger" // someone else's session took its place
	RevokeFailed     Revoke = "failed"      // its verification failed, under the reading that this is a revoke
	RevokeExpired    Revoke = "expired"     // a POST took its place after its expires_at: nothing was lost

	// RevokeAccident: a POST to the sandbox took the place of a live session that its sender could
	// have known: one made by a POST, one that a list or GET had shown, or one of an account that
	// was never listed.
	RevokeAccident Revoke = "accident"
	// RevokeRaced: the same with a stranger's session that appeared after the account was last
	// listed, or after the POST had left. Not preventable.
	RevokeRaced Revoke = "raced"
	// RevokeHidden: the same with a stranger's session that was there when the account was last
	// listed, but that no answer showed (a replica, a stale or empty list). Not preventable.
	RevokeHidden Revoke = "hidden"
)

// supersede says what a POST by someone does to the live session of an account. arrived is the
// world's seq when the POST arrived: of a late effect, what the sender learnt afterwards is no
// matter.
func (w *world) supersede(a *account, by Creator, now time.Time, arrived uint64) Revoke {
	victim, looked := a.live, max(a.looked, w.swept)
	known := victim.shown > 0 && victim.shown <= arrived
	switch {
	case victim.expired(now):
		return RevokeExpired
	case by == ByStranger:
		return RevokeByStranger
	case victim.Creator == ByAPI || known || looked == 0:
		return RevokeAccident
	case looked < victim.seq || arrived < victim.seq:
		return RevokeRaced
	}
	return RevokeHidden
}
