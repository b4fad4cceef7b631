package campaign

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// Settings are a campaign's own: what its requests have where a row does not say otherwise, and whether a second
// one may ever leave. They are kept with the campaign, so that a rerun sends what the first run sent.
type Settings struct {
	RedirectURL   string // "": the email flow; else the redirect flow, and where the browser goes afterwards
	WebhookURL    string
	ExpiresInDays int   // 0: the API's default, 7
	RemindBefore  []int // days before expiry; nil: no reminders by the API itself
	Hold          bool  // never a second POST in a round (--on-unknown hold)
}

// Redirect says whether the campaign's sessions are of the redirect flow: links, no mails.
func (s Settings) Redirect() bool { return s.RedirectURL != "" }

func (s Settings) equal(o Settings) bool {
	return s.RedirectURL == o.RedirectURL && s.WebhookURL == o.WebhookURL && s.ExpiresInDays == o.ExpiresInDays &&
		slices.Equal(s.RemindBefore, o.RemindBefore) && s.Hold == o.Hold
}

// ErrFlow refuses to change the flow of a campaign that was begun.
var ErrFlow = errors.New("the flow of a campaign can't be changed once it was begun")

// configure notes that the campaign begins, and with which settings: those given, or those that it has.
func (l *Ledger) configure(ctx context.Context, c *Campaign, given *Settings) error {
	if given == nil {
		given = &c.Settings
	}
	if c.Begun && given.Redirect() != c.Settings.Redirect() {
		return fmt.Errorf("%w: %q", ErrFlow, c.Name)
	}
	if c.Begun && given.equal(c.Settings) {
		return nil
	}
	c.Begun, c.Settings = true, *given
	if err := l.s.Put(ctx, campaignWrite(*c)); err != nil {
		return fmt.Errorf("keep the settings of campaign %q: %w", c.Name, err)
	}
	return nil
}
