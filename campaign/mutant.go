package campaign

// mutant names a rule that is left out on purpose, to show that the proofs would notice: the explorer
// and the kill test run each one and must find what it breaks. The zero value leaves nothing out, and
// only a build with the tag "mutant" can be told to use another (mutant_on.go).
type mutant string

const (
	noIntent           mutant = "no intent"
	retryUnknown       mutant = "unknown taken for failure and retried"
	noSettle           mutant = "reconcile without settle"
	guardForReconcile  mutant = "guard in place of reconcile"
	guardAfterThrottle mutant = "guard in place of reconcile after a 429"
	noGuard            mutant = "no guard"
	guardForAttemptID  mutant = "the guard's ids in place of the attempt id"
	jumpingClock       mutant = "a settle clock that jumps"
	refuseLater        mutant = "4xx of attempt 2 ends the row"
	noAudit            mutant = "no audit"
	auditNotDurable    mutant = "audit not durable"
	anyRound           mutant = "reconcile that accepts an earlier round's id"
	adoptOrphan        mutant = "a session whose link was lost is adopted"
	endOpened          mutant = "a session that somebody has opened is ended"
	retryUnsettled     mutant = "a retry by hand that does not wait for the settle time"
	postUnended        mutant = "POST before the DELETE is known"
	endNotDurable      mutant = "no durable ending before the DELETE"
	startedUnchecked   mutant = "started not checked on the fresh look"
	callOffEarly       mutant = "an ending called off before an earlier DELETE has settled"
	believeOneLook     mutant = "a guard of a ledger that was put back believes one look"
	believeOneDate     mutant = "sessions taken for expired by the Date of one answer"
	noFence            mutant = "a ledger that may be old is believed at once"

	retryAnyTime     mutant = "a lost resend retried at any time"
	lateBeforeWait   mutant = "the time for a retry checked before the brake's wait"
	ownClock         mutant = "this machine's clock in place of the server's"
	unsettledRetry   mutant = "a retry of a resend without the settle time"
	blindToReminders mutant = "a calendar without the API's own reminders"
	blindToAddress   mutant = "a calendar without the other accounts of an address"
	blindToReading   mutant = "a 429 taken for a failure instead of a reading"

	noDurableCount   mutant = "a daily cap that forgets in a crash"
	windowBeforeWait mutant = "window and cap asked before the brake's wait"
	capByUTCDay      mutant = "a daily cap by the day of UTC"
)
