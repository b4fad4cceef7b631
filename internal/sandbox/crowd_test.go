package sandbox_test

import (
	"fmt"
	"math"
	"net/http"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
)

func TestParseCrowd(t *testing.T) {
	typical := sandbox.TypicalCrowd()
	for text, want := range map[string]sandbox.Crowd{
		"":                                       {},
		"typical":                                typical,
		"open=70%,complete=60%,fail=3%,delay=2d": {Open: 0.7, Complete: 0.6, Fail: 0.03, Delay: 48 * time.Hour},
		"fail=0, complete=1, open=0.5,delay=0s":  {Open: 0.5, Complete: 1},
		"delay=1d12h,open=100%":                  {Open: 1, Complete: typical.Complete, Fail: typical.Fail, Delay: 36 * time.Hour},
		"delay=90m":                              {Open: typical.Open, Complete: typical.Complete, Fail: typical.Fail, Delay: 90 * time.Minute},
	} {
		got, err := sandbox.ParseCrowd(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	for text, words := range map[string]string{
		"Typical":               "write typical",
		"open":                  "write typical",
		"open=":                 "no share",
		"open=many":             "no share",
		"open=101%":             "0 to 1",
		"open=-1%":              "0 to 1",
		"open=NaN":              "0 to 1",
		"complete=60%,fail=41%": "together",
		"delay=2":               "no time",
		"delay=d":               "no time",
		"delay=-1d":             "no time",
		"delay=366d":            "at most 365 days",
		"delay=9000h":           "at most 365 days",
		"delay=-1h":             "0 to 365 days",
		"leave=3%":              `no "leave"`,
	} {
		_, err := sandbox.ParseCrowd(text)
		require.ErrorContains(t, err, strings.Replace(words, "at most 365 days", "365 days", 1), text)
	}
	_, err := sandbox.New(sandbox.Config{Crowd: sandbox.Crowd{Open: 2}})
	require.ErrorContains(t, err, "crowd")
}

// invite creates n sessions at one instant, in as many goroutines as asked.
func invite(t *testing.T, s *sandbox.Server, n, goroutines int) {
	t.Helper()
	work := make(chan int)
	var wg sync.WaitGroup
	for range goroutines {
		wg.Go(func() {
			for i := range work {
				if r := post(t, s, fmt.Sprint("MA_", i)); r.status != 201 {
					t.Error(r.body)
				}
			}
		})
	}
	for i := range n {
		work <- i
	}
	close(work)
	wg.Wait()
}

// stories tells what became of each account's sessions, with all times.
func stories(t *testing.T, s *sandbox.Server, n int) []string {
	t.Helper()
	var told []string
	for i := range n {
		told = append(told, get(t, s, fmt.Sprintf("?account_auth_id=MA_%d", i)).body)
	}
	return told
}

func count(told []string, words string) int {
	n := 0
	for _, story := range told {
		n += strings.Count(story, words)
	}
	return n
}

// Law: the shares are those that were asked for, of mails that have time enough.
func TestCrowdShares(t *testing.T) {
	const n = 2000
	for _, crowd := range []sandbox.Crowd{
		{},
		{Open: 1, Complete: 1, Delay: time.Hour},
		{Open: 1, Fail: 1, Delay: time.Hour},
		{Open: 0.7, Complete: 0.6, Fail: 0.1, Delay: time.Hour},
		{Open: 0.3, Complete: 0.2, Fail: 0.5},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := newServer(t, sandbox.Config{Seed: 3, Crowd: crowd})
			invite(t, s, n, 1)
			time.Sleep(6 * 24 * time.Hour)
			told := stories(t, s, n)
			near := func(share float64, got int) {
				t.Helper()
				require.InDelta(t, share*n, got, 3.5*math.Sqrt(n*share*(1-share)), "%+v", crowd)
			}
			near(1-crowd.Open, count(told, `"first_opened_at":null`))
			near(crowd.Open*crowd.Complete, count(told, `"status":"kyc_completed"`))
			near(crowd.Open*crowd.Fail, count(told, `"status":"failed"`))
			left := crowd.Open * (1 - crowd.Complete - crowd.Fail)
			near(left/2, count(told, `"status":"opened"`))
			near(left/2, count(told, `"status":"in_progress"`))
			require.Equal(t, n, count(told, `"total":1`))
		})
	}
}

// A crowd has people and companies, at human delays: half of them within the median or soon after it, by
// day in India.
func TestCrowdIsHuman(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 1000
		start := time.Now() // midnight UTC: 5:30 in India
		s := newServer(t, sandbox.Config{Seed: 3, Crowd: sandbox.Crowd{Open: 1, Complete: 0.9, Fail: 0.1, Delay: 8 * time.Hour}})
		invite(t, s, n, 1)
		time.Sleep(7 * 24 * time.Hour)
		soon := 0
		for _, story := range stories(t, s, n) {
			session := story[strings.Index(story, `{"id"`):]
			session = session[:strings.LastIndex(session, "]")]
			if strings.Contains(session, `"first_opened_at":null`) {
				continue // too late for its link
			}
			opened := field[time.Time](t, session, "first_opened_at")
			hour := opened.UTC().Add(5*time.Hour + 30*time.Minute).Hour()
			require.True(t, hour >= 8 && hour < 22, "%s", opened)
			if opened.Sub(start) <= 8*time.Hour {
				soon++
			}
			if strings.Contains(session, `"completed_at":"`) {
				took := field[time.Time](t, session, "completed_at").Sub(opened)
				require.True(t, took >= time.Minute && took < 15*time.Minute, "%s", took)
			}
		}
		require.InDelta(t, n/2, soon, n/10)
		told := stories(t, s, n)
		require.InDelta(t, n/5, count(told, `"kyc_type":"company"`), n/20)
		require.InDelta(t, 4*n/5, count(told, `"kyc_type":"individual"`), n/20)
		require.Greater(t, count(told, `"completed_steps":["pan","gst"]`), n/10)
		require.Greater(t, count(told, `"completed_steps":["pan","aadhaar"]`), n/2)
	})
}

// Law: the crowd does the same at the same times of the world, whatever the concurrency and however fast the
// clock runs, or is set; and in one world that is closed in between and read from its file.
func TestCrowdRepeats(t *testing.T) {
	const n, days = 60, 8
	start := time.Date(2026, 5, 5, 6, 0, 0, 0, time.UTC)
	tell := func(t *testing.T, seed uint64, speed, goroutines int, pass func(s *sandbox.Server, clock *sandbox.Clock) *sandbox.Server, world string) (told []string) {
		synctest.Test(t, func(t *testing.T) {
			clock, err := sandbox.NewClock(start, speed)
			require.NoError(t, err)
			s, err := sandbox.New(sandbox.Config{Seed: seed, Crowd: sandbox.TypicalCrowd(), Clock: clock, World: world})
			require.NoError(t, err)
			invite(t, s, n, goroutines)
			s = pass(s, clock)
			require.GreaterOrEqual(t, clock.Now(), start.AddDate(0, 0, days))
			told = stories(t, s, n)
			require.NoError(t, s.Close())
		})
		return told
	}
	sleep := func(d time.Duration) func(*sandbox.Server, *sandbox.Clock) *sandbox.Server {
		return func(s *sandbox.Server, _ *sandbox.Clock) *sandbox.Server { time.Sleep(d); return s }
	}
	for seed := range uint64(5) {
		alone := tell(t, seed, 1, 1, sleep(days*24*time.Hour), "")
		require.Positive(t, count(alone, `"status":"kyc_completed"`))
		require.Equal(t, alone, tell(t, seed, 1, 16, sleep(days*24*time.Hour), ""), "many goroutines")
		require.Equal(t, alone, tell(t, seed, 600, 4, sleep(days*24*time.Hour/600), ""), "600x")
		require.Equal(t, alone, tell(t, seed, 0, 4, func(s *sandbox.Server, clock *sandbox.Clock) *sandbox.Server {
			require.NoError(t, clock.Advance(days*24*time.Hour))
			return s
		}, ""), "a clock that is set")
		world := filepath.Join(t.TempDir(), "world.jsonl")
		require.Equal(t, alone, tell(t, seed, 1, 4, func(s *sandbox.Server, clock *sandbox.Clock) *sandbox.Server {
			for range days {
				time.Sleep(24 * time.Hour)
				require.NoError(t, s.Close())
				var err error
				s, err = sandbox.New(sandbox.Config{Seed: seed, Crowd: sandbox.TypicalCrowd(), Clock: clock, World: world})
				require.NoError(t, err)
			}
			return s
		}, world), "closed each day")
		require.NotEqual(t, alone, tell(t, seed+100, 1, 1, sleep(days*24*time.Hour), ""))
	}
}

// Each mail is a chance of its own: a resend brings some of those who ignored the invitation, and of those
// who left it lying.
func TestCrowdReadsEachMail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 600
		s := newServer(t, sandbox.Config{Seed: 9, Crowd: sandbox.Crowd{Open: 0.5, Complete: 1, Delay: time.Hour}})
		invite(t, s, n, 1)
		time.Sleep(2 * 24 * time.Hour)
		require.InDelta(t, n/2, s.Journal().Verdict().Completed, n/12)
		for _, v := range s.Journal().Sessions {
			if v.Status != "kyc_completed" {
				require.Equal(t, 200, do(t, s, http.MethodPost, "/"+v.ID+"/resend", "").status)
			}
		}
		time.Sleep(2 * 24 * time.Hour)
		require.InDelta(t, 3*n/4, s.Journal().Verdict().Completed, n/12)
	})
	synctest.Test(t, func(t *testing.T) {
		const n = 600
		s := newServer(t, sandbox.Config{Seed: 9, Crowd: sandbox.Crowd{Open: 1, Complete: 0.5, Delay: time.Hour}})
		invite(t, s, n, 1)
		for range 2 {
			time.Sleep(2 * 24 * time.Hour)
			for _, v := range s.Journal().Sessions {
				if v.Status != "kyc_completed" {
					require.Equal(t, 200, do(t, s, http.MethodPost, "/"+v.ID+"/resend", "").status)
				}
			}
		}
		time.Sleep(2 * 24 * time.Hour)
		require.InDelta(t, 7*n/8, s.Journal().Verdict().Completed, n/12)
	})
}

// Nobody follows a link that is dead, and nobody has one that was not mailed.
func TestCrowdWithoutLinks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, sandbox.Config{Crowd: sandbox.Crowd{Open: 1, Complete: 1, Delay: time.Hour}})
		invite(t, s, 50, 1)
		for _, v := range s.Journal().Sessions {
			require.Equal(t, 200, do(t, s, http.MethodDelete, "/"+v.ID, "").status)
		}
		for i := range 50 {
			invited(t, s, fmt.Sprint("MA_R", i), "https://yourapp.com/kyc-complete")
		}
		before := stories(t, s, 50)
		time.Sleep(30 * 24 * time.Hour)
		require.Equal(t, before, stories(t, s, 50))
		require.Zero(t, s.Journal().Verdict().Completed)
		require.Equal(t, 50, count([]string{get(t, s, "?size=100").body}, `"first_opened_at":null,"completed_at":null,"webhook_url":null,"redirect_url":"https`))
	})
}

// A link that dies before its customer comes to it is not opened, and one that dies under the customer's hands
// leads no further.
func TestCrowdAtDyingLinks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, sandbox.Config{Crowd: sandbox.Crowd{Open: 1, Complete: 1, Delay: 10 * 24 * time.Hour}})
		invite(t, s, 100, 1)
		time.Sleep(7*24*time.Hour + time.Second)
		before := stories(t, s, 100)
		require.Positive(t, count(before, `"first_opened_at":null`))
		require.Positive(t, count(before, `"kyc_completed"`))
		time.Sleep(200 * 24 * time.Hour)
		require.Equal(t, before, stories(t, s, 100))
	})
	synctest.Test(t, func(t *testing.T) { // at noon in India, so that links die by day
		s := newServer(t, sandbox.Config{Seed: 1, Crowd: sandbox.Crowd{Open: 1, Complete: 1, Delay: 24 * time.Hour}})
		time.Sleep(6*time.Hour + 30*time.Minute)
		for i := range 4000 {
			r := do(t, s, http.MethodPost, "", fmt.Sprintf(`{"account_auth_id":"MA_%d","customer_email":"a@example.com","expires_in_days":1}`, i))
			require.Equal(t, 201, r.status)
		}
		time.Sleep(3 * 24 * time.Hour)
		left := map[string]int{}
		for _, v := range s.Journal().Sessions {
			require.True(t, v.Updated.Before(v.Expires), "%s at %s", v.Status, v.Updated)
			left[v.Status]++
		}
		require.Positive(t, left["opened"], "too late for the PAN")
		require.Positive(t, left["in_progress"], "too late for the code")
	})
	for _, status := range []string{"opened", "in_progress"} {
		synctest.Test(t, func(t *testing.T) {
			s := newServer(t, sandbox.Config{Crowd: sandbox.Crowd{Open: 1, Complete: 1}})
			invite(t, s, 30, 1)
			for range 6 * 60 * 6 { // six hours, a look every ten seconds: faster than any customer
				time.Sleep(10 * time.Second)
				for _, v := range s.Journal().Sessions {
					if v.Status == status {
						require.Equal(t, 200, do(t, s, http.MethodDelete, "/"+v.ID, "").status)
					}
				}
			}
			require.Equal(t, 30, s.Journal().Verdict().Revokes[sandbox.RevokeDelete])
			require.Equal(t, 30, count(stories(t, s, 30), `"status":"revoked"`))
		})
	}
}

// What a crowd costs is bounded: of each customer, one step to come.
func TestCrowdMemory(t *testing.T) {
	const n = 20_000
	heap := func(crowd sandbox.Crowd) (bytes uint64) {
		synctest.Test(t, func(t *testing.T) {
			s := newServer(t, sandbox.Config{Crowd: crowd})
			for i := range n {
				require.NotEmpty(t, s.Stranger(fmt.Sprint("MA_", i)))
			}
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			bytes = m.HeapAlloc
			runtime.KeepAlive(s)
		})
		return bytes
	}
	without := heap(sandbox.Crowd{})
	with := heap(sandbox.Crowd{Open: 1, Complete: 1, Delay: 24 * time.Hour})
	t.Logf("a session and its mail: %d bytes; its customer: %d more", without/n, (with-without)/n)
	require.Less(t, (with-without)/n, uint64(512), "100,000 customers are 50 MB at most")
}
