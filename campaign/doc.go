// Package campaign is the heart of kycbatch: it turns the rows of a file into KYC sessions, one live
// session and one invitation per account, whatever fails.
//
// # The one hard thing
//
// POST /kyc-sessions has no idempotency key. Every call mails a customer and silently revokes the session
// that this customer may be half-way through. So a lost answer, a 5xx or a crash leaves an outcome that
// nobody knows, and the retry that other tools treat as harmless is here the worst bug there is. This
// package never guesses: it writes down what it is about to do, asks the API what became of it, and where
// the API can't tell, it says so.
//
// # How it is built
//
//	file ──► Import ──► ledger: rows, one record per account
//	                      │
//	         feed ◄───────┘            pure: no I/O, no clock, no randomness
//	          │                       ┌──────────────────────────────────────┐
//	          ▼            event      │ Protocol.Step(account, event)        │
//	 pass ─► drive ──────────────────►│   ─► (account, action)               │
//	  ▲       │  ▲                    └──────────────────────────────────────┘
//	parked    │  └── one action: list, take a turn, put, post, wait, end
//	(waits)   ▼
//	     vobiz client · ratelimit brake · checkpoint ledger
//
// [Protocol.Step] is the create protocol as a pure function; the explorer in the tests walks through
// everything that can happen to one account by calling this very function. A driver (drive.go) carries out one
// action and comes back with one event. Waiting is data: an action with a time, on which the pass (pass.go)
// parks the account and takes another. Answers are judged in one place (judge.go), and one loop tries again, from the
// ledger: a retry and a restart are the same code.
//
// # The create protocol
//
//	pending ─guard clean─► [durable: started, attempt n] ─► POST ─201─► [durable: created] ─► audit
//	    │                        │                            ├─ 404/422 on attempt 1 ──────► [durable: refused]
//	    │ a live or completed    │ also after a restart       ├─ nothing was sent ─► try again
//	    ▼ session                ▼                            └─ anything else: in doubt
//	[durable: skipped,       reconcile: list the account's sessions
//	 or adopted if ours]      ├─ one has an attempt id of this round ──► [durable: created, adopted]
//	                          ├─ a new one, not ours ──────────────────► [durable: undecided]
//	                          ├─ none, settle time not over ───────────► wait, list again
//	                          ├─ none, twice, settle time over ────────► attempt n+1, or what the API last said
//	                          └─ attempts used up, or hold ────────────► [durable: undecided]
//
// In the redirect flow nobody is mailed, and the link is in the 201 and nowhere else. It is written to the links
// file before the ledger says created; a session of ours whose link is not there is an orphan, and replaced:
//
//	started ─ours, its link is not known─┬─ never opened ─► [durable: pending, next round, what has to end]
//	                                     └─ opened ───────► [durable: undecided]
//	pending, something has to end ─► guard ─► DELETE ─► guard ─► intent, POST: an ordinary round
//
// A person's word on an undecided account goes through the same function (resolve.go): adopt, retry or give up,
// each only after looks that would prove absence, too.
//
// Three orders hold it together. Brake, then the durable intent, then the POST. A look that proves
// absence is begun later than the settle time after the last moment at which a POST can have left. And every account
// that was POSTed is looked at once more, durably, before it counts as done.
//
// # Orders
//
// The create pass never replaces a session that a customer can use. An [Order] does, because a person means it:
// [PlanOrder] looks at each account and names what would end, [CarryOut] makes that durable, one new round an account with
// its [Ending], and hands the accounts to the same pass.
//
//	[durable: pending, round n+1, to end: s] ─guard sees s live, untouched─► DELETE s ─► guard ─► the protocol above
//	    │ s was opened or completed meanwhile      │ s has ended               │ no answer: guard again
//	    ▼                                          ▼                           ▼
//	[durable: created, or skipped: as before]   the protocol above; where nothing is to follow: [durable: withdrawn]
//
// A crash anywhere leaves a pending account, and whichever pass comes next goes on: with [Resume] or [Create]. Where the row
// of what was to follow can't be sent by then, the account is undecided: its session may have ended, and a person has to know.
//
// # Where the proofs led away from the first design
//
// A documented 404 or 422 on a later attempt does not end the row at once, and once absence is proved it does:
// nothing was created and nothing can be any more, so the row is refused instead of being sent again only to be
// refused again. What a listing shows is there, however little of it could be read; only absence takes all of
// it. A session of an earlier round that a lagging list still shows live is looked at again instead of being adopted.
// A round's number is raised above every one that the API shows, and a later attempt of the round than the
// record knows is ours too: a ledger that was put back never uses an attempt id twice. Its guard looks twice, a gap
// apart, before it believes that nothing of ours is there, and takes over what it sent and what has ended since. That a session has
// expired takes enough answers whose Dates agree; that it lives takes none. A session of an earlier round that still lives after
// the settle time does not lag: it is the account's. A conflict ends a session only in the words of the API's page. Undecided and refused
// accounts are audited, and an audit that finds a session of ours makes them created. An API that refuses to list an
// account, three times in its documented words, refuses a row that was never sent, and leaves one in doubt undecided. A 429 is durable as soon as it is
// heard: it costs no attempt in a run that is cut short either. A row
// in doubt that was excluded, changed or taken out meanwhile is found out and not sent again. With a slow brake only
// so many accounts are in hand that no look is too old when its POST's turn comes, and requests pass a door that
// spaces again what a shared commit has bunched. Behind that door, as the last thing, is asked whether what lets a POST, a DELETE or
// a resend leave still holds (timely.go). A part of a list skips no account that has something to end; what the
// guard of a lost round saw ended has ended, whatever a lagging list shows; and a stranger's session that appeared
// beside a lost round is told, because no audit looks at that round any more.
//
// # What holds a run back, and what is kept of it
//
// Each change to a record is committed together with an entry of the trail (trail.go), which tells what was
// done and found out, and is never changed. A mail is an intent in the trail, so the trail is also the memory of
// the daily cap (budget.go): a job takes its place after the brake's wait and before its intent, and where there is none it
// rests (place.go). While the API is down, everybody waits and one request at a time asks whether it is back (outage.go);
// the pure protocol knows nothing of either.
//
// In the redirect flow a session whose link was lost with its answer is no success: nobody can open it. Such an orphan is
// ended on purpose and followed by a new round, unless somebody has opened it all the same. What is an orphan is
// settled by the links files of every campaign, for an account can be in two of them; and no line of those files goes
// as long as its session may turn out to be the account's.
//
// # Following every session to its end
//
// After its mail a session lives for weeks. [Sync] asks where each one stands that can still change, by reading the list or by one
// GET each, whichever takes fewer requests. The list is only a way to spare requests: what it does not show is asked for by its id, so
// that no session is missed because items move while their pages are read. A record follows the API's word in one place (follow.go),
// and never back. A session that was revoked unasked is an incident; somebody else's later one is shown, never fought.
// Of verified_data nothing is kept but what a person names, and no digits of a PAN or an Aadhaar number then.
//
// [Resend] reminds those who are due by a [Policy], which merges our mails, those to other accounts with the same address and the API's
// own reminders into one calendar. Its protocol is a pure step function too (resend.go has its diagram), with an explorer and
// a simulation of its own, and it lives on one fact: the API sends at most one mail in thirty minutes for a session. So
// all POSTs of one due reminder arrive within less than that, on the server's clock (serverclock.go), and a 429 is read for
// when a mail left. Both passes go through the same brake, budget and trail as a create.
//
// What a campaign does each night, and in which order, is the border's affair (cmd/kycbatch/night.go): it calls the passes of this
// package one after the other, under one hold of the ledger and one budget.
//
// What is personal and no longer needed is removed by a [Purge]; every count stays.
//
// # A ledger that is lost
//
// [Recover] makes it anew from the campaigns' files and the API's list: two complete listings, begun after everything that was under way
// has settled, as absence has to be proved in the protocol. The attempt ids in the metadata say what is ours; with the id that the ledger
// had, they mean to the new one what they meant to the old, so that adopting, raising rounds and the audit work on. Every account with a session of
// ours comes back as created, however that session ended: to send it again takes a person. Where it can't be known for which of
// several campaigns an ended session was, or where its link is, a person is asked. What no look can show is a number in [Recovered].
//
// # Words
//
// A row is a line of the file; an account is the identity of the work; a record is what we durably know of
// one. [State] is ours, a session's status is the API's. A round is one life of an account in the protocol,
// an attempt is one POST, and its [AttemptID] travels in the request's metadata: our own idempotency key.
// An item's failure is data, counted as an [Outcome]; only the run's failure is an error.
package campaign
