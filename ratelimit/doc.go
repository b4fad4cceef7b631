// Package ratelimit is the one adaptive brake for every request of the process.
//
// All passes share one [Brake]. Each request asks it for its turn, and each answer is told to it:
//
//	brake := ratelimit.New(rate) // of ParseRate("5/s")
//	if err := brake.Wait(ctx); err != nil {
//		return err // ctx ended; nothing was sent and the turn was not used up
//	}
//	// ... durable intent, then the one request (design, create protocol, rule 1) ...
//	switch {
//	case throttled: // a 429 or 503 that is about the whole API
//		brake.Throttled(retryAfter) // 0 where the answer names no wait
//	case noAnswer: // refused, reset, timed out
//		brake.Unreachable()
//	case definite: // the API did what was asked, or said why not (404, 422, ...)
//		brake.Succeeded()
//	}
//
// The 429 of a resend is about one session, not about the API: it is not told to the brake.
//
//	          Throttled: pause, rate halved               Succeeded: rate won back
//	asked ───────────────────────────────► paused ──► slower ──────────────────────► asked
//	  └──── Unreachable, three in a row ──► paused ──► same rate
//
// # Pace
//
// Requests start one at a time, evenly spaced, at 0.995 of the rate in force. The API page documents no
// limit for create or list; 0.995 leaves a server that counts over any one-second window no reason for
// a 429. A start that is late, because a timer was or the machine had other things to do, doesn't delay those after it: they catch
// up, by 50 ms at most, while the door (see Leave) counts what has left and lets no second hold more than the rate. A pause and
// time in which nobody came are nothing to catch up with.
//
// What holds a request up behind the door would spoil that: it arrives late, and those that leave a second later do not. So the door
// looks at the answers (see Send). Where most of them come within the 0.005 that the pace keeps back, a request counts from its answer,
// by 250 ms later than it left at most; where they take longer, the API's own work is what takes the time, and it counts from its leaving.
//
// # Slowing down
//
// A throttle pauses everyone for the time that the answer names, else for 1 s, 2 s, 4 s ... 60 s as
// throttles follow each other without a success. It also halves the rate, down to 1/64 of the asked one
// and not below one a minute (nor above what was asked). Requests that were already under way are often
// throttled together: until a request has left after the halving, further throttles prolong the
// pause and halve nothing.
//
// An unlimited brake takes the rate of the last second, at least 1/s, as the asked one and halves that.
//
// # Winning the rate back
//
// Each step is 1/16 of the asked rate, taken by a success at least one second after the step before (or after
// the halving). A step into the last sixteenth below the rate which drew the throttle, and every later
// one, asks for one minute instead: the API's limit may be there, and a throttled create leaves its row in
// doubt for the settle time. From one throttle at the asked rate it takes 7 s to 15/16 of it and a
// minute for the rest, from anywhere 16 minutes at most while successes come; an API that allows less than was asked answers one 429 a minute, not one every few seconds. Throttles without a success between them say "not now", not "too fast",
// and leave the remembered rate where it was. A brake that began unlimited ends unlimited.
//
// # No answer at all
//
// The third transport failure without a success between them pauses everyone for 1 s, each further one
// for 2 s, 4 s ... 30 s; failures of requests that left before the pause do not count. One or two are left to
// the caller's own retry: at 200/s, with one lost answer in a hundred, pausing for each would
// stop the run for good.
package ratelimit
