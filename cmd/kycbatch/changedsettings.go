package main

import (
	"slices"
	"strings"

	"kycbatch/campaign"
)

// sayChanged says which settings of a campaign that was begun are others from now on. Another flow is refused later.
func (p *program) sayChanged(c campaign.Campaign, now campaign.Settings) {
	changed := changedSettings(c.Settings, now)
	if c.Begun && now.Redirect() == c.Settings.Redirect() && len(changed) > 0 {
		p.talk.say("Campaign %s had another %s: from now on it has the new one. What was sent keeps what it was sent with.",
			c.Name, strings.Join(changed, ", "))
	}
}

// changedSettings names those that differ, by their flags.
func changedSettings(was, now campaign.Settings) (changed []string) {
	for _, s := range []struct {
		flag string
		same bool
	}{
		{"--redirect-url", was.RedirectURL == now.RedirectURL},
		{"--webhook-url", was.WebhookURL == now.WebhookURL},
		{"--expires-in-days", was.ExpiresInDays == now.ExpiresInDays},
		{"--remind-before", slices.Equal(was.RemindBefore, now.RemindBefore)},
		{"--on-unknown", was.Hold == now.Hold},
	} {
		if !s.same {
			changed = append(changed, s.flag)
		}
	}
	return changed
}
