package sandbox

import (
	"net/http"
	"time"
)

// cooldown is the least time between two mails of a session (page, "Resend KYC Email").
const cooldown = 30 * time.Minute

// perform carries out a call and gives its answer. It is the whole API: everything around it only
// decides whether it is called, when, and what becomes of the answer. The lock is held.
func (s *Server) perform(c call, l lens) answer {
	if c.route == RouteRevoke && s.readings.DeleteBodyDropped {
		c.reason, c.details = "", nil
	}
	if c.id != "" && s.readings.OddIDs && !uuid(c.id) {
		c.details = append(c.details, oddID(c.id))
	}
	if limit := s.readings.MetadataLimit; limit > 0 && len(c.create.metadata) > limit {
		c.details = append(c.details, largeMetadata(limit))
	}
	if c.details != nil {
		return invalid(c.details...)
	}
	switch c.route {
	case RouteCreate:
		return s.create(c.create, ByAPI, c.arrived)
	case RouteList:
		return s.list(c.list, l)
	case RouteGet:
		return s.get(c.id, l)
	case RouteResend:
		return s.resend(c.id)
	case RouteRevoke:
		return s.revoke(c.id, c.reason)
	}
	return refuse(http.StatusNotFound, "Not Found")
}

// create makes a session and revokes the active one of the account, silently.
func (s *Server) create(req createRequest, by Creator, arrived uint64) answer {
	if !exists(req.account) {
		return refuse(http.StatusNotFound, "Account not found")
	}
	a := s.world.account(req.account)
	if a != nil && a.completed && s.readings.CompletedRefused {
		return refuse(http.StatusConflict, "KYC is already completed for this account")
	}
	now := s.now()
	e := event{Kind: eventCreated, At: now, Session: s.newSession(req, by, a, now)}
	if a != nil && a.live != nil && (!s.readings.ExpiredInactive || !a.live.expired(now)) {
		e.Superseded = a.live.ID
		e.Revoke = s.world.supersede(a, by, now, arrived)
	}
	if err := s.happen(e); err != nil {
		return refuse(http.StatusInternalServerError, "%v", err)
	}
	return answer{status: http.StatusCreated, value: e.Session.posted(s.link(e.Session))}
}

func (s *Server) newSession(req createRequest, by Creator, a *account, now time.Time) *session {
	n := 1
	if a != nil {
		n += len(a.sessions)
	}
	id := sessionID(s.cfg.Seed, req.account, n)
	// The page's examples expire some milliseconds more than whole days after their creation.
	extra := time.Duration(1+draw(n).pick(uint64(id[0]), 9999)) * time.Microsecond
	return &session{
		ID: id, Account: req.account, Creator: by, Tag: req.tag,
		Flow: req.flow, Email: req.email, RedirectTo: req.redirect, Webhook: req.webhook,
		Token: linkToken(s.cfg.Seed, id), Reminders: req.reminders, Metadata: req.metadata,
		Created: now, Expires: now.AddDate(0, 0, req.days).Add(extra),
	}
}

func (s *Server) get(id string, l lens) answer {
	asOf := s.asOf(l)
	found := s.world.byID[id]
	if found == nil || found.Created.After(asOf) || found.hide(l) {
		return refuse(http.StatusNotFound, "KYC session not found")
	}
	if !l.lost {
		s.world.show(found)
	}
	o := found.object(&s.readings, asOf)
	l.colour(&o)
	return answer{status: http.StatusOK, value: o}
}

// asOf is the time whose world is shown.
func (s *Server) asOf(l lens) time.Time {
	return s.now().Add(-max(l.stale, s.readings.ShownAfter))
}

// hide spends not_found_once on a session.
func (s *session) hide(l lens) bool {
	if !l.hideFresh || s.hidden {
		return false
	}
	s.hidden = true
	return true
}

// colour changes what a session looks like.
func (l lens) colour(o *object) {
	if l.trim {
		o.Metadata = nil
	}
	if l.status != "" {
		o.Status = l.status
	}
}

// endedAs is the word by which a 409 names a session that has ended; "" for one that has not.
func (s *Server) endedAs(found *session) string {
	status := s.readings.status(found, found.now(), s.now())
	switch {
	case active(status):
		return ""
	case status != statusCompleted && s.readings.EndedNamed == EndedRevoked:
		return statusRevoked
	}
	return status
}

func (s *Server) resend(id string) answer {
	found := s.world.byID[id]
	if found == nil {
		return refuse(http.StatusNotFound, "KYC session not found")
	}
	for _, status := range s.readings.ResendOrder.statuses() {
		if a, refused := s.refuseResend(found, status); refused {
			return a
		}
	}
	if err := s.happen(event{Kind: eventMail, At: s.now(), ID: id}); err != nil {
		return refuse(http.StatusInternalServerError, "%v", err)
	}
	return answer{status: http.StatusOK, value: notice{"KYC email re-dispatched", id}}
}

// refuseResend says whether a resend is refused with a status, and how.
func (s *Server) refuseResend(found *session, status int) (answer, bool) {
	switch status {
	case http.StatusBadRequest:
		return refuse(status, "Resend is not available for redirect-flow sessions — no email is associated with this session."),
			found.Flow == flowRedirect
	case http.StatusConflict:
		word := s.endedAs(found)
		if word == "" && s.readings.ResendExpiredRefused && found.expired(s.now()) {
			word = statusExpired
		}
		return refuse(status, "Cannot resend: session is '%s'", word), word != ""
	case http.StatusTooManyRequests:
		left := s.cooldownEnds(found).Sub(s.now())
		seconds := left / time.Second // cut to whole seconds, so "0 seconds" can be said
		if s.readings.SecondsRoundedUp {
			seconds = (left + time.Second - 1) / time.Second
		}
		return refuse(status, "Email was sent recently. Please wait %d seconds before resending.", seconds), left > 0
	}
	return answer{}, false
}

// cooldownEnds is when the next resend may be sent. The creation counts also for the redirect flow, where no
// mail goes with it: a reading of the order of refusals can tell.
func (s *Server) cooldownEnds(found *session) time.Time {
	last := found.Created
	var restarts []MailKind
	if !s.readings.CooldownFromCreation {
		restarts = append(restarts, MailResend)
	}
	if s.readings.CooldownByReminder {
		restarts = append(restarts, MailReminder)
	}
	if mailed := found.lastOf(restarts...); mailed.After(last) {
		last = mailed
	}
	return last.Add(cooldown)
}

func (s *Server) revoke(id, reason string) answer {
	found := s.world.byID[id]
	if found == nil {
		return refuse(http.StatusNotFound, "KYC session not found")
	}
	if word := s.endedAs(found); word != "" {
		return refuse(http.StatusConflict, "Session is already in terminal status: '%s'", word)
	}
	e := event{Kind: eventStatus, At: s.now(), ID: id, Status: statusRevoked, Revoke: RevokeDelete, Reason: reason}
	if err := s.happen(e); err != nil {
		return refuse(http.StatusInternalServerError, "%v", err)
	}
	return answer{status: http.StatusOK, value: notice{"Session revoked", id}}
}

// notice is the 200 of resend and DELETE.
type notice struct {
	Message   string `json:"message"`
	SessionID string `json:"session_id"`
}
