package report

import (
	"context"
	"iter"
	"time"

	"kycbatch/campaign"
)

// Mark is a place in the ledger's story with which a report is compared. The zero value is none.
type Mark struct {
	Position uint64    `json:"position,omitempty"` // id of the trail's newest entry then; 0: only the time is known
	At       time.Time `json:"time"`               // of the newest look at the API then, by its clock; or what a person named
}

// happened says what the trail tells of an account since a mark.
type happened uint8

const (
	hapInvited happened = 1 << iota
	hapOpened
	hapBegun
	hapCompleted
	hapOver // failed, revoked or expired: by which word is up to where it stands now
	hapTold // it was counted: several rows can name one account
)

// events are what happened to each record since a mark, by its number: a byte a record.
type events struct {
	since Mark
	by    []happened
}

// readEvents reads the trail from a mark on, once.
func readEvents(ctx context.Context, l ledger, since Mark) (*events, error) {
	ev := &events{since: since}
	if since == (Mark{}) {
		return ev, nil
	}
	n := 0
	for e, err := range since.entries(l) {
		if n++; err == nil && n%patience == 0 {
			err = context.Cause(ctx)
		}
		if err != nil {
			return nil, err
		}
		if h := happenedBy(e); h != 0 && e.Record > 0 {
			for uint64(len(ev.by)) <= e.Record {
				ev.by = append(ev.by, 0)
			}
			ev.by[e.Record] |= h
		}
	}
	return ev, nil
}

func (m Mark) entries(l ledger) iter.Seq2[campaign.Entry, error] {
	if m.Position > 0 {
		return l.TrailAfter(m.Position)
	}
	return l.TrailFrom(m.At)
}

func happenedBy(e campaign.Entry) happened {
	switch e.Kind {
	case campaign.KindCreated, campaign.KindAdopted:
		return hapInvited
	case campaign.KindExpired, campaign.KindRevoked:
		return hapOver
	case campaign.KindStatus:
	default:
		return 0
	}
	switch e.Reason {
	case statusOpened:
		return hapOpened
	case statusInProgress:
		return hapBegun
	case statusCompleted:
		return hapCompleted
	}
	return hapOver
}

// count adds what happened to the account of a line. A link whose time ran out since is a change, whether anybody looked at it or not.
func (ev *events) count(c *Changes, r *customer) {
	if ev.since == (Mark{}) || r.standing == duplicate || r.standing == invalid {
		return
	}
	n := r.Row.Record
	for uint64(len(ev.by)) <= n {
		ev.by = append(ev.by, 0)
	}
	h := ev.by[n]
	if ev.by[n] |= hapTold; h&hapTold != 0 {
		return
	}
	s := r.Record.Session
	fresh := h&hapInvited != 0
	add := func(to *int, is bool) {
		if is {
			*to++
		}
	}
	add(&c.Invited, fresh && r.standing.sent())
	add(&c.Opened, everOpened(r.standing, s) && (fresh || h&hapOpened != 0 || h&(hapBegun|hapCompleted) != 0 && (s.Opened.IsZero() || s.Opened.After(ev.since.At))))
	add(&c.Completed, r.standing == completed && (fresh || h&hapCompleted != 0))
	add(&c.Expired, r.standing == expired && (s.Expires.After(ev.since.At) || s.Expires.IsZero() && h != 0))
	add(&c.Failed, r.standing == failed && (fresh || h&hapOver != 0))
	add(&c.Revoked, (r.standing == revoked || r.standing == endedByUs) && (fresh || h&hapOver != 0))
}
