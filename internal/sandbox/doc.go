// Package sandbox is the partner API's KYC sessions, whole and local: the five endpoints of the API
// page with their true rules, webhooks and reminders, faults on demand, and a journal by which tests judge.
//
// Use it in memory, inside a test or a process:
//
//	s, err := sandbox.New(sandbox.Config{Seed: 1, Faults: sandbox.Storm(0.3)})
//	defer s.Close()
//	client := &http.Client{Transport: s.Transport()}
//	// … any requests to any host under /api/v1/partner …
//	verdict := s.Journal().Verdict()
//
// or as a process of its own:
//
//	l, err := sandbox.Listen("127.0.0.1:0")
//	err = s.Serve(ctx, l) // until ctx ends; see "Beside the world"
//
// What a request goes through:
//
//	request ─► understand ─► limit ─► draw a fault ─► perform ─► answer ─► the network's treatment ─► client
//	           endpoint,     429      by hash of      the API    or none   whole, half, reset,
//	           body, query            seed, route,    itself:              silence, refused
//	                                  entity, count   world, events
//
// [Server.ServeHTTP] treats real connections, [Server.Transport] an imagined one; everything before is
// the same code. The API itself does not know of faults: a class decides whether its work is done, when
// (timeout_late), and what becomes of the answer.
//
// The world (sessions and their pasts) changes by events only. With [Config.World] each event is a
// line of a file before its answer leaves, and reading the lines back makes the same world.
//
// # Time
//
// The world has a [Clock], which can run faster than the process's own and be set forward. What is still to
// come (late effects, reminders, attempts at webhooks) is in one schedule and happens in the order of
// time, each at its own time: by a timer, before any request looks, and all at once where the clock leaps.
// A world that was put away catches up with its clock when it is served again.
//
// # Webhooks and reminders
//
// kyc.completed, kyc.failed and kyc.session_revoked go to a session's webhook_url, signed with the partner's
// token, and with exponential back-off on anything but 2xx ([WebhookTries] and what is beside it). A redirect is
// not followed. Nothing leaves this machine: a webhook_url elsewhere is "not sent" in the journal. An attempt
// takes the time it takes, also where the clock runs fast or leaps. A session of the email flow mails by its
// reminder_schedule while it is active.
//
// # Repeatability
//
// Every id and every fault is drawn from a hash of the seed and what it is about, so requests for one
// account in one order have one result, whatever other goroutines do. What shows other accounts (a list
// of everything, filter_ignored) depends on them; Limit and the clock depend on time, and repeat inside
// a testing/synctest bubble.
//
// # The customers
//
// A customer acts by [Server.Open], [Server.SubmitPAN], [Server.SubmitCode] and [Server.SubmitGSTIN] with the
// token of a link; what it did is an event of the world like all else, and verified_data grows by it. A person
// does the same in a browser: GET /mail is the outbox, and the link in each mail, like a widget_url, leads to
// the hosted widget under /verify, if [Config.LinkBase] is where the sandbox is served. With [Config.Crowd]
// the other customers act by themselves, on the world's clock:
//
//	mail ─► opened, or not ─► PAN, or left lying ─► completed or failed
//
// # Beside the world
//
// [Server.Stranger], [Server.Set] and [Server.Fail] are the other people: someone who creates a session for the
// same account, a customer who opens it or whose verification fails. The classes stranger_before and
// stranger_after do the first at the worst moments.
//
// A sandbox that is served can be looked at and changed by anyone on this machine, without credentials:
//
//	GET /journal            what was done, and the verdict; without the sessions by ?sessions=0
//	GET /journal/verdict    the verdict alone
//	GET, PUT /faults        {"rules":[{"route":"create","class":"reset_after","probability":0.3}],
//	                         "scripts":["create: reset_after, ok, error_before"]}, or {"storm":0.3}, or {}
//	GET, PUT /readings      {"oldest-first":"true","expired":"word"}
//	GET, PUT /clock         {"speed":600}, {"advance":"72h"}, {"now":"2026-05-05T06:00:00Z"}
//
// Where the API page is silent, [Readings] choose, and [ReadingChoices] names them; what the page says, the tests
// hold sentence by sentence.
// Texts that it does not give (404, 401, the 200 of a resend) are the sandbox's own: do not match them.
//
// The package imports none of ours. A struct shared with the client would hide a wrong field name.
package sandbox
