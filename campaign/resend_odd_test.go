package campaign

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/intake"
	"kycbatch/internal/sandbox"
	"kycbatch/ratelimit"
)

// What an adversarial review found of resends, each with the mend that keeps it dead: rounds, restores, odd answers, and who is not to be
// mailed.

// long is a campaign whose links work for a month.
func long(c *Config) { c.Settings = &Settings{ExpiresInDays: 30} }

// oddDates lets answers from one to another have a Date that is off.
func (d *desk) oddDates(from, to int, by time.Duration) {
	var answers atomic.Int64
	d.through(func(r *http.Request, api http.RoundTripper) (*http.Response, error) {
		a, err := api.RoundTrip(r)
		if n := int(answers.Add(1)); err == nil && n >= from && n <= to {
			at, _ := http.ParseTime(a.Header.Get("Date"))
			a.Header.Set("Date", at.Add(by).UTC().Format(http.TimeFormat))
		}
		return a, err
	})
}

func straight(r *http.Request, api http.RoundTripper) (*http.Response, error) {
	return api.RoundTrip(r)
}

// refuses lets the API answer resends of some sessions, or of all, with a status and a body.
func (d *desk) refuses(status int, body string, ids ...string) (posts *atomic.Int64) {
	posts = new(atomic.Int64)
	d.through(func(r *http.Request, api http.RoundTripper) (*http.Response, error) {
		id, resend := strings.CutSuffix(r.URL.Path, "/resend")
		if !resend || len(ids) > 0 && !slices.ContainsFunc(ids, func(bad string) bool { return strings.HasSuffix(id, bad) }) {
			return api.RoundTrip(r)
		}
		posts.Add(1)
		return &http.Response{
			StatusCode: status, Status: http.StatusText(status), Header: http.Header{
				"Date": {time.Now().UTC().Format(http.TimeFormat)}, "Content-Type": {"application/json"}, "Retry-After": {"120"},
			},
			Body: io.NopCloser(strings.NewReader(body)), ContentLength: -1, Request: r, ProtoMajor: 1, ProtoMinor: 1,
		}, nil
	})
	return posts
}

const suppressed = `{"error":"HTTPError","message":"Cannot resend: the mailbox is suppressed","status_code":409}`

// open leaves a reminder as a process does that dies right after its intent.
func (d *desk) open(account string) {
	at := time.Now().UTC().Truncate(time.Second)
	d.change(account, func(r *Record) { r.Resend = Resends{Sent: 1, First: at}; r.mailed(at) })
}

// restore puts a copy of the ledger back.
func (d *desk) restore(copied string) {
	require.NoError(d.t, d.file.Close())
	require.NoError(d.t, os.Rename(copied, LedgerPath(d.dir)))
	d.openLedger()
}

func (d *desk) copied() string {
	path := filepath.Join(worldDir(d.t), "copy.db")
	require.NoError(d.t, d.file.Backup(path))
	return path
}

func (d *desk) resends(account string) int {
	_, resends, _ := d.mails(account)
	return resends
}

func TestResendKnowsASessionThatWasNotReplacedAfterAll(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 1)...)
		d.create("spring", long)
		time.Sleep(3*days + time.Minute)
		once := Policy{MaxResends: 1}
		require.Equal(t, 1, d.resend("spring", once).Counts[ResendSent])
		before := d.record("MA_000")
		plan := d.plan(Order{Accounts: []string{"MA_000"}})
		d.acts("MA_000", statusOpened)
		d.carryOut(plan)
		after := d.record("MA_000")
		require.Equal(t, before.Session.ID, after.Session.ID)
		require.Equal(t, before.Resend, after.Resend)
		require.Equal(t, before.Address, after.Address)
		time.Sleep(3*days + time.Minute)
		require.Equal(t, map[Why]int{WhyEnough: 1}, d.resend("spring", once).Why)
	})
}

func TestResendCountsMailsOfEndedAccounts(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", "MA_1,a@example.com,x", "MA_2,a@example.com,x")
		d.create("spring")
		time.Sleep(3*days + time.Minute)
		p := Policy{MaxMails: 2, MailsWithin: 5 * days}
		require.Equal(t, 2, d.resend("spring", p).Why[WhyAddress])
		d.carryOut(d.plan(Order{Accounts: []string{"MA_1"}, Only: true}))
		require.Equal(t, map[Why]int{WhyAddress: 1}, d.resend("spring", p).Why)
	})
}

func TestResendCountsMailsOfFormerRounds(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 1)...)
		d.create("spring", func(c *Config) { c.Settings = &Settings{ExpiresInDays: 8, RemindBefore: []int{3, 2, 1}} })
		time.Sleep(8*days + 2*time.Hour) // an invitation, three reminders of the API's own, and it has expired
		d.give("summer", rows(0, 1)...)
		d.counts(d.create("summer", long), map[Outcome]int{OutcomeCreated: 1})
		require.Len(t, d.record("MA_000").Mails, 5)
		time.Sleep(3*days + time.Minute)
		require.Equal(t, map[Why]int{WhyAddress: 1}, d.resend("summer", Policy{MaxMails: 4, MailsWithin: 10 * days}).Why)
	})
}

func TestResendKnowsAddressesOfAdoptedAccounts(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", "MA_1,a@example.com,x", "MA_2,a@example.com,x", "MA_3,a@example.com,x")
		copied := d.copied()
		d.create("spring")
		d.restore(copied)
		d.counts(d.create("spring"), map[Outcome]int{OutcomeAdopted: 3})
		rec := d.record("MA_1")
		require.Equal(t, "a@example.com", rec.Address)
		require.Len(t, rec.Mails, 1)
		time.Sleep(6 * days)
		require.Zero(t, d.resend("spring", Policy{MaxMails: 3, MailsWithin: 14 * days}).Counts[ResendSent])
	})
}

func TestResendCountsOnlyTheMailOfACreate(t *testing.T) {
	inBubble(t, sandbox.Faults{Scripts: []sandbox.Script{
		{Route: sandbox.RouteCreate, Classes: []sandbox.Fault{sandbox.Throttled, sandbox.Throttled, sandbox.Throttled}},
	}}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 1)...)
		d.counts(d.create("spring"), map[Outcome]int{OutcomeCreated: 1})
		rec := d.record("MA_000")
		require.Equal(t, []time.Time{rec.Session.Created}, rec.Mails, "the requests that were throttled mailed nobody")
	})
}

func TestResendAfterARestoreKeepsEveryCap(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 1)...)
		d.create("spring", long)
		copied := d.copied()
		p := Policy{MaxMails: 2, MailsWithin: 14 * days, MaxResends: 1}
		time.Sleep(3*days + time.Minute)
		require.Equal(t, 1, d.resend("spring", p).Counts[ResendSent])
		d.restore(copied)
		d.resend("spring", p)
		for range 20 {
			time.Sleep(days)
			d.resend("spring", p)
		}
		require.Equal(t, 1, d.resends("MA_000"))
	})
}

// TestResendAfterARestoreGoesByTheServersClock: this machine's is four days behind.
func TestResendAfterARestoreGoesByTheServersClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clock, err := sandbox.NewClock(time.Time{}, 1)
		require.NoError(t, err)
		require.NoError(t, clock.Advance(4*days))
		d := newDeskAt(t, sandbox.Config{Clock: clock})
		d.give("spring", rows(0, 1)...)
		d.create("spring")
		copied := d.copied()
		time.Sleep(3*days + time.Minute)
		require.Equal(t, 1, d.resend("spring", Policy{}).Counts[ResendSent])
		d.restore(copied)
		time.Sleep(time.Hour)
		require.Equal(t, map[Why]int{WhyForgot: 1}, d.resend("spring", Policy{}).Why)
	})
}

// TestResendOnlyFindsOut: whose row is on a list, or gone, gets no mail any more, not even a second request for a lost one.
func TestResendOnlyFindsOut(t *testing.T) {
	for _, gone := range []bool{false, true} {
		inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
			d.give("spring", rows(0, 2)...)
			d.create("spring")
			time.Sleep(3*days + time.Minute)
			d.open("MA_000")
			time.Sleep(time.Minute)
			exclude := func(*Config) {}
			if gone {
				d.give("spring", rows(1, 2)...)
			} else {
				path := filepath.Join(d.dir, "no.txt")
				require.NoError(t, os.WriteFile(path, []byte("MA_000\n"), 0o600))
				list, err := intake.LoadExclusions(path)
				require.NoError(t, err)
				exclude = func(c *Config) { c.Exclude = list }
			}
			require.Equal(t, map[ResendOutcome]int{ResendUnsure: 1, ResendSent: 1}, d.resend("spring", Policy{}, exclude).Counts)
			require.Zero(t, d.resends("MA_000"))
		})
	}
}

// TestResendAfterOddDates: something in between answers twice with a clock of its own, weeks ahead.
func TestResendAfterOddDates(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 1)...)
		d.create("spring", long)
		time.Sleep(3*days + time.Minute)
		d.open("MA_000")
		_, err := d.cfg.Client.Resend(t.Context(), d.record("MA_000").Session.ID)
		require.NoError(t, err)
		time.Sleep(time.Minute)
		d.oddDates(1, 2, 20*days)
		require.Equal(t, map[ResendOutcome]int{ResendSent: 1}, d.resend("spring", Policy{}).Counts)
		require.WithinDuration(t, time.Now(), d.record("MA_000").Mails[1], 5*time.Minute)
		d.through(straight)
		time.Sleep(time.Hour)
		require.Equal(t, map[Why]int{WhyRecent: 1}, d.resend("spring", Policy{}).Why)
	})
	p := Policy{}.withDefaults()
	at := time.Date(2026, 5, 5, 6, 0, 0, 0, time.UTC)
	rec := Record{State: Created, Session: Session{ID: "s", Status: statusOpened, Created: at.Add(-9 * days), Expires: at.Add(60 * days)}}
	rec.mailed(at.Add(20 * days))
	require.Equal(t, WhyRecent, p.Judge(rec, nil, at, at).Why, "a mail that is dated ahead stands against one now, however far ahead")
}

// TestResendAmongSeveralClocks: of two machines behind one address the one is eight seconds ahead.
func TestResendAmongSeveralClocks(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 5)...)
		d.create("spring")
		time.Sleep(3*days + time.Minute)
		var answers atomic.Int64
		d.through(func(r *http.Request, api http.RoundTripper) (*http.Response, error) {
			a, err := api.RoundTrip(r)
			if n := answers.Add(1); err == nil && n%2 == 0 {
				at, _ := http.ParseTime(a.Header.Get("Date"))
				a.Header.Set("Date", at.Add(8*time.Second).UTC().Format(http.TimeFormat))
			}
			return a, err
		})
		require.Equal(t, map[ResendOutcome]int{ResendSent: 5}, d.resend("spring", Policy{}).Counts)
	})
}

// TestCooldownByAClockThatLags: the machine that answers the second request is forty seconds behind the one that mailed for the first. Its
// 429 seems to tell of a mail before ours, and it was ours.
func TestCooldownByAClockThatLags(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 1)...)
		d.create("spring")
		time.Sleep(3*days + time.Minute)
		resends := 0
		d.through(func(r *http.Request, api http.RoundTripper) (*http.Response, error) {
			a, err := api.RoundTrip(r)
			if err != nil || r.Method != http.MethodPost {
				return a, err
			}
			if resends++; resends == 1 {
				_ = a.Body.Close()
				return nil, http.ErrHandlerTimeout // its answer is lost
			}
			at, _ := http.ParseTime(a.Header.Get("Date"))
			a.Header.Set("Date", at.Add(-40*time.Second).UTC().Format(http.TimeFormat))
			return a, err
		})
		require.Equal(t, map[ResendOutcome]int{ResendUnsure: 1}, d.resend("spring", Policy{}).Counts)
		require.Equal(t, 2, resends)
		require.Equal(t, 1, d.resends("MA_000"))
		require.Len(t, d.record("MA_000").Mails, 2, "the invitation, and what may have been ours")
	})
}

// TestResendGoesByTheStatusOfAnIDInAnotherCase: POST and GET may write ids differently.
func TestResendGoesByTheStatusOfAnIDInAnotherCase(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 1)...)
		d.create("spring")
		d.change("MA_000", func(r *Record) { r.Session.ID = strings.ToUpper(r.Session.ID) })
		d.through(func(r *http.Request, api http.RoundTripper) (*http.Response, error) {
			r.URL.Path = strings.ToLower(r.URL.Path)
			return api.RoundTrip(r)
		})
		time.Sleep(3*days + time.Minute)
		d.acts("MA_000", statusInProgress)
		require.Equal(t, map[Why]int{WhyStatus: 1}, d.resend("spring", Policy{}).Why)
	})
}

// TestResendThatArrivesLate keeps its distance from the API's own reminder all the same.
func TestResendThatArrivesLate(t *testing.T) {
	for before, resends := range map[time.Duration]int{12: 1, 2: 0} {
		inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
			d.give("spring", rows(0, 1)...)
			d.create("spring", func(c *Config) { c.Settings = &Settings{ExpiresInDays: 10, RemindBefore: []int{2}, Hold: true} })
			reminder := d.record("MA_000").ServerReminders()[0]
			time.Sleep(time.Until(reminder.Add(-3*days - before*time.Minute)))
			require.NoError(t, d.api.SetFaults(sandbox.Faults{LateBy: 8 * time.Minute, Scripts: []sandbox.Script{
				{Route: sandbox.RouteResend, Classes: []sandbox.Fault{sandbox.TimeoutLate}},
			}}))
			d.resend("spring", Policy{})
			time.Sleep(time.Hour)
			require.Equal(t, resends, d.resends("MA_000"))
			for _, m := range d.newest("MA_000").Sent {
				if m.Kind == sandbox.MailResend {
					require.GreaterOrEqual(t, reminder.Sub(m.At), 3*days-3*time.Second)
				}
			}
		})
	}
}

// TestResendIsNotHeldUpByTheRefused: whom the API refuses, or does not know, does not take the places of all others night after night.
func TestResendIsNotHeldUpByTheRefused(t *testing.T) {
	for _, unknown := range []bool{false, true} {
		inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
			d.give("spring", rows(0, 12)...)
			d.create("spring", long)
			d.cfg.Workers = 1
			var bad []string
			for i := range 12 {
				account := fmt.Sprintf("MA_%03d", i)
				if i < 4 {
					bad = append(bad, d.newest(account).ID)
				} else {
					d.change(account, func(r *Record) { r.Session.Expires = r.Session.Expires.Add(time.Minute) })
				}
			}
			if d.refuses(http.StatusConflict, suppressed, bad...); unknown {
				d.through(func(r *http.Request, api http.RoundTripper) (*http.Response, error) {
					for _, id := range bad {
						if strings.Contains(r.URL.Path, id) {
							a := notFound()
							a.Header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
							return a, nil
						}
					}
					return api.RoundTrip(r)
				})
			}
			sent := 0
			for range 25 {
				time.Sleep(days)
				sent += d.resend("spring", Policy{}, func(c *Config) { c.Limit = 4 }).Counts[ResendSent]
			}
			require.Equal(t, 8*DefaultMaxResends, sent)
		})
	}
}

// TestResendUnderSomebodyElsesThrottle: a 429 that is not the cooldown's is about the API, and slows the run down.
func TestResendUnderSomebodyElsesThrottle(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 40)...)
		d.create("spring")
		time.Sleep(3*days + time.Minute)
		d.cfg.Brake, d.cfg.Workers = ratelimit.New(20), 16
		posts := d.refuses(http.StatusTooManyRequests, "<html>slow down</html>")
		s := d.resend("spring", Policy{})
		require.Equal(t, HaltOutage, s.Halt)
		require.Less(t, float64(d.cfg.Brake.State().Now), 20.0)
		require.LessOrEqual(t, int(posts.Load()), deafCreates+16)
		require.LessOrEqual(t, s.Counts[ResendOpen], deafCreates+16, "the others are left for another night")
	})
}

// TestResendWithACooldownOfAnHour: every answer says that nothing was sent, so nothing counts.
func TestResendWithACooldownOfAnHour(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 1)...)
		d.create("spring", long)
		posts := d.refuses(http.StatusTooManyRequests, `{"error":"HTTPError","message":"Email was sent recently. Please wait 3600 seconds before resending.","status_code":429}`)
		for range 12 {
			time.Sleep(days)
			d.resend("spring", Policy{})
		}
		require.Zero(t, d.record("MA_000").Resend.Sent)
		require.LessOrEqual(t, int(posts.Load()), 4)
	})
}

// TestResendToTwoAccountsOfOneAddress at one time: each mail counts once.
func TestResendToTwoAccountsOfOneAddress(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		d.give("spring", "MA_1,a@example.com,x", "MA_2,a@example.com,x")
		d.create("spring")
		time.Sleep(3*days + time.Minute)
		var looks atomic.Int64
		d.through(func(r *http.Request, api http.RoundTripper) (*http.Response, error) {
			if strings.HasSuffix(r.URL.Path, "/resend") {
				time.Sleep(2 * time.Second)
			} else if !isList(r) {
				time.Sleep(time.Duration(looks.Add(1)) * 500 * time.Millisecond)
			}
			return api.RoundTrip(r)
		})
		require.Equal(t, 2, d.resend("spring", Policy{MaxMails: 4, MailsWithin: 14 * days}).Counts[ResendSent])
	})
}
