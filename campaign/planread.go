package campaign

import (
	"context"
	"errors"
	"time"

	"kycbatch/internal/vobiz"
)

const (
	pageTries  = 5                // requests for a page that get no answer; the brake's pauses between them grow from a second
	wholeTries = 3                // readings of a list that changed while it was read
	planPause  = 30 * time.Second // nobody waits for a plan that the API asks to come back later than this
)

// readAPI reads the API's whole list. A plan has no time to wait an outage out, as a run does; but one answer that was
// lost must not end it.
func (p *planner) readAPI(ctx context.Context) (err error) {
	for range wholeTries {
		p.api = sweep{sessions: map[string][]Seen{}}
		err = readWhole(ctx, p.page, func(v vobiz.Session) { p.api.add(v.AccountAuthID, seenOf(v)) })
		if !errors.Is(err, vobiz.ErrIncomplete) {
			break
		}
	}
	return err
}

// page asks for one page until the API answers, pageTries times at most. A plan sends nothing, so that one Date is enough for it.
func (p *planner) page(ctx context.Context, q vobiz.ListQuery) (page vobiz.Page, err error) {
	for range pageTries {
		if waited := p.cfg.Brake.Pass(ctx); waited != nil {
			return page, errors.Join(err, waited)
		}
		var answer vobiz.Answer
		page, answer, err = p.cfg.Client.List(ctx, q)
		p.date = answer.Date
		var unreadable *vobiz.AnswerError
		none := tellBrake(p.cfg.Brake, err) == unheard || errors.As(err, &unreadable)
		if !none || time.Until(p.cfg.Brake.State().PausedUntil) > planPause {
			break
		}
	}
	return page, err
}
