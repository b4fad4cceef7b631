// Package vobiz is the client of the partner API's KYC sessions: five endpoints, both flows, typed errors. A sixth,
// [Client.Profile], only tells whether the credentials are taken.
//
// One method is one HTTP request. It never waits, never tries again and never follows a redirect, because
// POST /kyc-sessions has no idempotency key: each one mails a customer and silently revokes the session before
// it. When to ask, and whether to ask again, is the caller's business; this package only says, as exactly as can
// be known, what became of the one request.
//
//	client, err := vobiz.New(vobiz.Config{
//		BaseURL:   vobiz.DefaultBaseURL,
//		AuthID:    vobiz.NewSecret(id),
//		AuthToken: vobiz.NewSecret(token),
//	})
//	session, answer, err := client.Create(ctx, vobiz.CreateRequest{
//		AccountAuthID: "MA_XXXXXXXX",
//		CustomerEmail: "customer@example.com",
//	})
//
// What an error says about the request:
//
//	ErrInvalid        refused here, before anything was sent; the same call fails again
//	*TransportError   no answer; Sent == false proves that the request never left
//	*APIError         any status but 2xx, redirects included; Documented tells the API from something in between
//	*AnswerError      a 2xx that cannot be read: the work may well have been done
//
// A list is a set that moves while it is read. [Listing] takes its pages one at a time and says when they are
// provably all of it:
//
//	listing := vobiz.Listing{Account: "MA_XXXXXXXX"}
//	for !listing.Done() {
//		page, _, err := client.List(ctx, listing.Next())
//		if err != nil {
//			return err
//		}
//		if err := listing.Add(page); err != nil {
//			return err // wraps ErrIncomplete: begin a new Listing
//		}
//	}
//
// Personal data and secrets: a [Secret], a [Session] and a [CreateRequest] print nothing confidential under any
// verb, and the text of every error is cleaned (addresses masked, links and credentials left out, control
// characters replaced, length bounded), since it may repeat what a server chose to say.
//
// Section names in the comments ("Session object", "Errors", …) are those of the vendor's API page.
package vobiz
