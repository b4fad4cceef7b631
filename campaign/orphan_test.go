package campaign

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/intake"
	"kycbatch/internal/sandbox"
)

// replaced holds what must be true of an account whose first link was lost and whose second one was not.
func (d *desk) replaced(account, orphan string) {
	d.t.Helper()
	sessions := d.api.Sessions(account)
	require.Len(d.t, sessions, 2)
	require.Equal(d.t, orphan, sessions[0].ID)
	require.Equal(d.t, "revoked", sessions[0].Status)
	require.Equal(d.t, "link_ready", sessions[1].Status)
	rec := d.record(account)
	require.Equal(d.t, Created, rec.State)
	require.Equal(d.t, sessions[1].ID, rec.Session.ID)
	require.Equal(d.t, 2, rec.Round)
	require.Equal(d.t, 1, rec.Orphans)
	require.Empty(d.t, rec.Incident)
	require.Equal(d.t, sessions[1].ID, d.linksOf("spring")[account])
	require.Zero(d.t, d.api.Journal().Verdict().Accidents)
}

func TestLostLinkIsReplaced(t *testing.T) {
	lost := sandbox.Faults{Rules: []sandbox.Rule{{Route: sandbox.RouteCreate, Class: sandbox.ResetAfter, Account: "MA_001", To: 1}}}
	inBubble(t, lost, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 3)...)
		s := d.create("spring", d.redirect("spring"))
		d.counts(s, map[Outcome]int{OutcomeCreated: 3})
		require.Equal(t, []int{3, 0, 1}, []int{s.Links, s.LinksLost, s.Orphans})
		orphan := d.api.Sessions("MA_001")[0]
		d.replaced("MA_001", orphan.ID)
		require.Equal(t, sandbox.RevokeDelete, orphan.Revoke)
		require.Contains(t, orphan.Reason, "link was lost")
		require.Len(t, d.linksOf("spring"), 3)
		require.Equal(t, []int{4, 1}, []int{d.posts(), d.revokes()})
		d.counts(d.create("spring", d.redirect("spring")), map[Outcome]int{OutcomeAlready: 3})
		require.Equal(t, []int{4, 1}, []int{d.posts(), d.revokes()})
	})
}

// TestAnswerWithoutALink: a 201 that does not hold what the flow is about is as good as lost.
func TestAnswerWithoutALink(t *testing.T) {
	inBubble(t, sandbox.Faults{}, func(t *testing.T, d *desk) {
		posts := 0
		d.through(func(r *http.Request, api http.RoundTripper) (*http.Response, error) {
			resp, err := api.RoundTrip(r)
			if r.Method != http.MethodPost {
				return resp, err
			}
			if posts++; posts == 1 {
				body, err := io.ReadAll(resp.Body)
				require.NoError(t, err)
				before, after, found := bytes.Cut(body, []byte(`"widget_url":"`))
				require.True(t, found, "%s", body)
				_, after, _ = bytes.Cut(after, []byte(`"`))
				body = append(append(before, `"widget_url":null`...), after...)
				resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
				resp.Header.Del("Content-Length")
			}
			return resp, err
		})
		d.give("spring", rows(0, 1)...)
		d.counts(d.create("spring", d.redirect("spring")), map[Outcome]int{OutcomeCreated: 1})
		d.replaced("MA_000", d.api.Sessions("MA_000")[0].ID)
	})
}

// leftAlone holds that an account is undecided over its session, and that nobody ended it.
func (d *desk) leftAlone(s Summary, session, why string) {
	d.t.Helper()
	d.counts(s, map[Outcome]int{OutcomeUndecided: 1})
	rec := d.record("MA_000")
	require.Equal(d.t, session, rec.Session.ID)
	require.Contains(d.t, rec.Reason, why)
	require.Empty(d.t, rec.Incident)
	seen, _ := d.api.Session(session)
	require.NotEqual(d.t, "revoked", seen.Status)
}

func TestOpenedOrphanIsUndecided(t *testing.T) {
	lostLink(t, func(t *testing.T, d *desk, orphan string) {
		require.NoError(t, d.api.Set(orphan, "opened"))
		d.leftAlone(d.create("spring", d.redirect("spring")), orphan, "yet somebody has opened the session")
		require.Equal(t, []int{1, 0}, []int{d.posts(), d.revokes()})
		require.Zero(t, d.record("MA_000").Orphans, "it is not even begun to replace it")
	})
}

// TestOrphanOpenedAtTheLastMoment: the look right before the DELETE decides, not the one that found the orphan.
func TestOrphanOpenedAtTheLastMoment(t *testing.T) {
	lostLink(t, func(t *testing.T, d *desk, orphan string) {
		looks := 0
		d.through(func(r *http.Request, api http.RoundTripper) (*http.Response, error) {
			if isList(r) {
				if looks++; looks == 2 {
					require.NoError(t, d.api.Set(orphan, "opened"))
				}
			}
			return api.RoundTrip(r)
		})
		d.leftAlone(d.create("spring", d.redirect("spring")), orphan, "yet somebody has opened the session")
		require.Equal(t, []int{1, 0}, []int{d.posts(), d.revokes()})
	})
}

// TestOddWordIsLookedAtAgain: a word that nobody knows is no proof that a customer was there, nor that nobody was. One
// that stays is left to a person.
func TestOddWordIsLookedAtAgain(t *testing.T) {
	for _, odd := range []int{1, 2, 3} { // looks that show it
		t.Run(fmt.Sprint(odd), func(t *testing.T) {
			for _, from := range []int{1, 2} { // where the orphan is found, and right before its DELETE
				lostLink(t, func(t *testing.T, d *desk, orphan string) {
					looks := 0
					d.through(func(r *http.Request, api http.RoundTripper) (*http.Response, error) {
						if isList(r) {
							switch looks++; looks {
							case from:
								require.NoError(t, d.api.Set(orphan, "archived"))
							case from + odd:
								require.NoError(t, d.api.Set(orphan, "link_ready"))
							}
						}
						return api.RoundTrip(r)
					})
					s := d.create("spring", d.redirect("spring"))
					if odd < maxUnknown {
						d.counts(s, map[Outcome]int{OutcomeCreated: 1})
						d.replaced("MA_000", orphan)
						return
					}
					d.leftAlone(s, orphan, "status is a word that nobody knows")
					require.Equal(t, []int{1, 0}, []int{d.posts(), d.revokes()})
				})
			}
		})
	}
}

func TestHoldReplacesNoOrphan(t *testing.T) {
	lostLink(t, func(t *testing.T, d *desk, orphan string) {
		s := d.create("spring", d.redirect("spring"), func(c *Config) { c.Settings.Hold = true })
		d.leftAlone(s, orphan, "--on-unknown hold sends no second request")
		require.Equal(t, []int{1, 0}, []int{d.posts(), d.revokes()})
	})
}

// TestLinksLostInARow: as many sessions are replaced as there may be attempts; then a person looks.
func TestLinksLostInARow(t *testing.T) {
	lost := sandbox.Faults{Rules: []sandbox.Rule{{Route: sandbox.RouteCreate, Class: sandbox.ResetAfter}}}
	inBubble(t, lost, func(t *testing.T, d *desk) {
		d.give("spring", rows(0, 1)...)
		s := d.create("spring", d.redirect("spring"))
		last := d.api.Sessions("MA_000")[DefaultMaxAttempts].ID
		d.leftAlone(s, last, "the links of 4 sessions in a row were lost")
		require.Equal(t, []int{DefaultMaxAttempts + 1, DefaultMaxAttempts}, []int{d.posts(), d.revokes()})
		require.Equal(t, DefaultMaxAttempts, s.Orphans)
		require.Empty(t, d.linksOf("spring"))
	})
}

// TestOrphansEnd: whatever comes back on its DELETE, the orphan ends once, and the account gets one link.
func TestOrphansEnd(t *testing.T) {
	fault := func(class sandbox.Fault) func(*testing.T, *desk, string) {
		return func(t *testing.T, d *desk, _ string) {
			require.NoError(t, d.api.SetFaults(sandbox.Faults{Rules: []sandbox.Rule{{Route: sandbox.RouteRevoke, Class: class, To: 1}}}))
		}
	}
	for what, prepare := range map[string]func(t *testing.T, d *desk, orphan string){
		"200":                    func(*testing.T, *desk, string) {},
		"lost, with its effect":  fault(sandbox.TimeoutEarly),
		"lost, before it worked": fault(sandbox.ResetBefore),
		"lost, to work later":    fault(sandbox.TimeoutLate),
		"5xx":                    fault(sandbox.ErrorBefore),
		"429":                    fault(sandbox.Throttled),
		"409: ended by somebody else": func(t *testing.T, d *desk, orphan string) {
			d.through(func(r *http.Request, api http.RoundTripper) (*http.Response, error) {
				if r.Method == http.MethodDelete {
					require.NoError(t, d.api.Set(orphan, "revoked"))
				}
				return api.RoundTrip(r)
			})
		},
		"404, once": func(t *testing.T, d *desk, _ string) {
			asked := false
			d.through(func(r *http.Request, api http.RoundTripper) (*http.Response, error) {
				if r.Method != http.MethodDelete || asked {
					return api.RoundTrip(r)
				}
				asked = true
				return notFound(), nil
			})
		},
	} {
		t.Run(what, func(t *testing.T) {
			lostLink(t, func(t *testing.T, d *desk, orphan string) {
				prepare(t, d, orphan)
				s := d.create("spring", d.redirect("spring"))
				d.counts(s, map[Outcome]int{OutcomeCreated: 1})
				require.Empty(t, s.Incidents)
				d.replaced("MA_000", orphan)
				require.Equal(t, 2, d.posts())
			})
		})
	}
}

// notFound is a 404 in the API's own words.
func notFound() *http.Response {
	const body = `{"error":"HTTPError","message":"Not Found","status_code":404}`
	return &http.Response{
		StatusCode: http.StatusNotFound, ProtoMajor: 1, ProtoMinor: 1, ContentLength: int64(len(body)),
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body)),
	}
}

// TestRefusedCredentialsLeaveTheEndingDurable: the run stops, and the next one knows whom it meant to end.
func TestRefusedCredentialsLeaveTheEndingDurable(t *testing.T) {
	lostLink(t, func(t *testing.T, d *desk, orphan string) {
		denied := sandbox.Rule{Route: sandbox.RouteRevoke, Class: sandbox.Unauthorized}
		require.NoError(t, d.api.SetFaults(sandbox.Faults{Rules: []sandbox.Rule{denied}}))
		s := d.create("spring", d.redirect("spring"))
		require.Equal(t, HaltCredentials, s.Halt)
		rec := d.record("MA_000")
		require.Equal(t, Pending, rec.State)
		require.Equal(t, Ending{Session: orphan}, rec.End)
		require.NoError(t, d.api.SetFaults(sandbox.Faults{}))
		d.counts(d.create("spring", d.redirect("spring")), map[Outcome]int{OutcomeCreated: 1})
		d.replaced("MA_000", orphan)
	})
}

// TestExcludedOrphanIsNotReplaced: what the exclusion list names gets nothing, a new session least of all.
func TestExcludedOrphanIsNotReplaced(t *testing.T) {
	lostLink(t, func(t *testing.T, d *desk, orphan string) {
		list := filepath.Join(d.dir, "exclude")
		require.NoError(t, os.WriteFile(list, []byte("MA_000\n"), 0o600))
		x, err := intake.LoadExclusions(list)
		require.NoError(t, err)
		s := d.create("spring", d.redirect("spring"), func(c *Config) { c.Exclude = x })
		d.counts(s, map[Outcome]int{OutcomeSkipped: 1})
		rec := d.record("MA_000")
		require.Equal(t, Pending, rec.State)
		require.Equal(t, Ending{Session: orphan}, rec.End)
		require.Equal(t, []int{1, 0}, []int{d.posts(), d.revokes()})

		d.counts(d.create("spring", d.redirect("spring")), map[Outcome]int{OutcomeCreated: 1})
		d.replaced("MA_000", orphan)
	})
}
