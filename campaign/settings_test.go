package campaign

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
)

func (d *desk) settings(name string) Settings {
	c, err := d.ledger.Campaign(name)
	require.NoError(d.t, err)
	return c.Settings
}

func TestSettingsAreKept(t *testing.T) {
	lost := sandbox.Faults{Rules: []sandbox.Rule{{Route: sandbox.RouteCreate, Class: sandbox.ResetBefore, Account: "MA_001"}}}
	inBubble(t, lost, func(t *testing.T, d *desk) {
		given := Settings{WebhookURL: "https://hooks.example.com/kyc", ExpiresInDays: 30, RemindBefore: []int{3, 1}, Hold: true}
		d.give("spring", rows(0, 3)...)
		d.create("spring", func(c *Config) { c.Settings, c.Limit = &given, 1 })
		require.Equal(t, given, d.settings("spring"))
		d.give("spring", rows(0, 4)...)
		require.Equal(t, given, d.settings("spring"), "a file that is given again has none of its own")

		d.counts(d.create("spring"), map[Outcome]int{OutcomeAlready: 1, OutcomeCreated: 2, OutcomeUndecided: 1})
		require.Equal(t, given, d.settings("spring"))
		for _, account := range []string{"MA_000", "MA_002", "MA_003"} {
			s := d.api.Sessions(account)[0]
			require.Equal(t, 30, int(s.Expires.Sub(s.Created)/(24*time.Hour)))
		}
		require.Equal(t, 4, d.posts(), "--on-unknown hold is kept too")
	})
}

func TestSettingsThatChangeHoldFromThenOn(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 2)...)
		d.create("spring", func(c *Config) { c.Settings, c.Limit = &Settings{ExpiresInDays: 30, RemindBefore: []int{3}}, 1 })
		changed := Settings{ExpiresInDays: 30, RemindBefore: []int{3, 1}}
		s := d.create("spring", func(c *Config) { c.Settings = &changed })
		d.counts(s, map[Outcome]int{OutcomeAlready: 1, OutcomeCreated: 1})
		require.Equal(t, changed, d.settings("spring"))
		d.create("spring", func(c *Config) { c.AuditOnly, c.Settings = true, &Settings{} })
		require.Equal(t, changed, d.settings("spring"), "an audit settles nothing")
	})
}

func TestFlowOfABegunCampaignStays(t *testing.T) {
	down := sandbox.Faults{Rules: []sandbox.Rule{{Route: sandbox.AnyRoute, Class: sandbox.ConnectRefused}}}
	inBubble(t, down, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 1)...)
		d.create("spring", d.redirect("spring"), minute)
		_, err := Create(t.Context(), withSettings(d.cfg, Settings{}), "spring")
		require.ErrorIs(t, err, ErrFlow)
		require.ErrorContains(t, err, `"spring"`)
		d.give("summer", rows(0, 1)...)
		d.create("summer", minute)
		_, err = Create(t.Context(), withSettings(d.cfg, Settings{RedirectURL: shop}), "summer")
		require.ErrorIs(t, err, ErrFlow)

		require.NoError(t, d.api.SetFaults(sandbox.Faults{}))
		d.create("spring", d.redirect("spring"), func(c *Config) { c.Settings = nil })
		require.Equal(t, "redirect", d.api.Sessions("MA_000")[0].Flow, "a rerun need not say it again")
		d.give("spring", rows(1, 2)...)
		d.create("spring", d.redirect("spring"), func(c *Config) { c.Settings.RedirectURL += "?to=another" })
		require.Equal(t, shop+"?to=another", d.settings("spring").RedirectURL, "where the browser goes may change")
	})
}

func withSettings(c Config, s Settings) Config {
	c.Settings = &s
	return c
}

// Values of version 1, byte by byte as the first release wrote them.

func text(s string) string { return string(rune(len(s))) + s } // of less than 128 bytes

const (
	june = "\x80\xa0\xd6\xf8\xfe\xe5\x94\x03" // 2026-06-01T12:00:00Z in microseconds, a uvarint
	none = "\x00"
)

func juneFirst() time.Time { return time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC) }

func TestRecordOfVersion1(t *testing.T) {
	digest := "0123456789abcdef"
	v := "\x01" + text("MA_1") + "\x02" + // created
		"\x03\x02\x01" + // round, attempt, free
		"\x02" + text("g-1") + text("g-2") +
		text("s-1") + text("email_sent") + june +
		"\x01\x00" + // adopted, not audited
		text("hurt") + text("why") + "\x07" + text("q") + digest + "\x09" + june
	rec, err := decodeRecord([]byte(v))
	require.NoError(t, err)
	want := Record{
		Account: "MA_1", State: Created, Round: 3, Attempt: 2, Free: 1, Guard: []string{"g-1", "g-2"},
		Session: Session{ID: "s-1", Status: "email_sent", Expires: juneFirst()}, Adopted: true,
		Incident: "hurt", Reason: "why", Campaign: 7, Request: []byte("q"), Run: 9, Changed: juneFirst(),
	}
	copy(want.Digest[:], digest)
	require.Equal(t, want, rec)
	require.Equal(t, v[1:], string(rec.encode()[1:len(v)]), "version 2 goes on where it ended")
}

func TestRequestOfVersion1(t *testing.T) {
	v := "\x01" + text("a@example.com") + text("https://h.example") + "\x1e" + "\x02\x03\x01" + text(`{"plan":"x"}`)
	q, err := decodeRequest([]byte(v))
	require.NoError(t, err)
	want := Request{Email: "a@example.com", WebhookURL: "https://h.example", ExpiresInDays: 30, RemindBefore: []int{3, 1}, Metadata: []byte(`{"plan":"x"}`)}
	require.Equal(t, want, q)
	require.Equal(t, v, string(q.encode()), "or every row of the email flow would have another digest, and be a conflict")
	want.RedirectURL = shop
	require.Equal(t, "\x02"+text(shop)+v[1:], string(want.encode()))
}

// TestCampaignOfVersion1: it was begun, so its flow is settled: the email flow, the only one that there was.
func TestCampaignOfVersion1(t *testing.T) {
	v := "\x01" + "\x07\x02" + text("spring.csv") + text("sum") + text("options") + "\x02" + text("account") + text("email") + "\x05\x01" + june
	c, err := decodeCampaign("spring", []byte(v))
	require.NoError(t, err)
	require.Equal(t, Campaign{
		Name: "spring", ID: 7, Import: 2, Source: "spring.csv", SHA256: "sum", Options: "options", Header: []string{"account", "email"},
		Rows: 5, Kept: 1, Imported: juneFirst(), Begun: true,
	}, c)
	for _, tail := range []string{none, text("x")} {
		_, err := decodeCampaign("spring", []byte(v+tail))
		require.ErrorIs(t, err, errValue)
	}
}

func TestSettingsAreCompared(t *testing.T) {
	one := Settings{RedirectURL: "r", WebhookURL: "w", ExpiresInDays: 1, RemindBefore: []int{3, 1}, Hold: true}
	same := one
	same.RemindBefore = slices.Clone(one.RemindBefore)
	require.True(t, one.equal(same))
	for name, change := range map[string]func(*Settings){
		"redirect": func(s *Settings) { s.RedirectURL = "" }, "webhook": func(s *Settings) { s.WebhookURL = "" },
		"expiry": func(s *Settings) { s.ExpiresInDays = 2 }, "reminders": func(s *Settings) { s.RemindBefore = []int{1, 3} },
		"hold": func(s *Settings) { s.Hold = false },
	} {
		other := one
		change(&other)
		require.False(t, one.equal(other), name)
	}
}
