package sandbox

import (
	"encoding/json"
	"slices"
	"time"
)

// A session of the email flow mails its customer by itself, by its reminder_schedule (page, "Request body"):
// so many days before it expires, while it is active. Each moment is one mail, however often the
// schedule names it; one that is over when the session is created is none.

// reminderTimes are the moments of the schedule, in order.
func (s *session) reminderTimes() []time.Time {
	var items []struct {
		Value int `json:"value"`
	}
	if s.Flow != flowEmail || len(s.Reminders) <= len("[]") || json.Unmarshal(s.Reminders, &items) != nil {
		return nil
	}
	times := make([]time.Time, 0, len(items))
	for _, item := range items {
		times = append(times, s.Expires.AddDate(0, 0, -item.Value))
	}
	slices.SortFunc(times, time.Time.Compare)
	return times
}

// remind puts a session's next reminder into the schedule, if there is one to come.
func (s *Server) remind(one *session) {
	last := one.Created
	if reminded := one.lastOf(MailReminder); reminded.After(last) {
		last = reminded
	}
	for _, t := range one.reminderTimes() {
		if t.After(last) { // not the same moment again
			s.at(t, func() { s.sendReminder(one) })
			return
		}
	}
}

func (s *Server) sendReminder(one *session) {
	if active(one.now().status) && !one.expired(s.now()) {
		_ = s.happen(event{Kind: eventReminder, At: s.now(), ID: one.ID}) // what cannot be written did not happen
	}
}
