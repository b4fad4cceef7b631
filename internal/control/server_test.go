package control

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// Each question has its answer, over a real socket.
func TestAnswers(t *testing.T) {
	until, left := time.Date(2026, 5, 6, 8, 32, 48, 524909000, time.UTC), 61.5
	run := Run{
		PID: 7, Host: "here", User: "kyc", Command: "create spring", Since: until, Campaign: "spring", Phase: "creating", Draining: "interrupted",
		Pass: &Pass{Rows: 9, Work: 8, Created: 1, Refused: 2, Skipped: 3, Waiting: 4, ToAudit: 6, Audited: 5, Requests: 17, RateAsked: 5, RateNow: 2.5, RateExpected: 2, PausedUntil: &until, SecondsLeft: &left},
	}
	var askers []Asker
	d := plainDesk()
	d.Run = func() Run { return run }
	d.Stop = func(a Asker) { askers = append(askers, a) }
	s, dir := serve(t, d)
	c := NewClient(dir)

	got, err := c.Run(t.Context())
	require.NoError(t, err)
	require.Equal(t, run, got)
	var campaigns []string
	require.NoError(t, c.Campaigns(t.Context(), &campaigns))
	require.Equal(t, []string{"spring"}, campaigns)
	require.NoError(t, c.Stop(t.Context(), Asker{PID: 12, User: "kyc"}))
	require.Equal(t, []Asker{{PID: 12, User: "kyc"}}, askers)
	s.Ended(map[string]int{"exit_code": 130})
	s.Ended("only the first counts")
	var end map[string]int
	known, err := c.End(t.Context(), &end)
	require.NoError(t, err)
	require.True(t, known)
	require.Equal(t, map[string]int{"exit_code": 130}, end)
}

// The desk's errors arrive as they were said; what nobody knows and what is too long is refused.
func TestRefusals(t *testing.T) {
	d := plainDesk()
	d.Campaigns = func(context.Context) (any, error) { return nil, errors.New("the ledger is damaged") }
	d.Snapshot = func(string) error { return errors.New("the disk is full") }
	stops := 0
	d.Stop = func(Asker) { stops++ }
	_, dir := serve(t, d)
	c := NewClient(dir)
	var refused *RefusedError
	require.ErrorAs(t, c.Campaigns(t.Context(), new(any)), &refused)
	require.EqualError(t, refused, "the ledger is damaged")
	require.ErrorAs(t, c.Snapshot(t.Context(), nil), &refused)
	require.EqualError(t, refused, "the disk is full")
	require.ErrorAs(t, c.Stop(t.Context(), Asker{User: strings.Repeat("x", maxRequest)}), &refused)
	require.ErrorContains(t, refused, "too large")
	_, err := c.call(t.Context(), http.MethodPost, "/stop", "no asker", nil)
	require.ErrorAs(t, err, &refused)
	require.ErrorContains(t, refused, "who asks cannot be read")
	require.Zero(t, stops)
	for method, path := range map[string]string{"GET": "/stop", "DELETE": "/run", "PUT": "/bogus"} {
		_, err := c.call(t.Context(), method, path, nil, nil)
		require.ErrorAs(t, err, &refused)
		require.ErrorContains(t, refused, "does not know the question", path)
	}
}

// An answer of another program, or of another version of this one, is none.
func TestForeignAnswer(t *testing.T) {
	for said, want := range map[string]string{
		"HTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\n{}":   "it does not know the question",
		"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\noops": "its answer cannot be read",
	} {
		_, err := newClient("", answering(said)).Run(t.Context())
		require.ErrorContains(t, err, want)
	}
}

// answering dials a process that says this to whatever it is asked, and hangs up.
func answering(said string) func(context.Context, string, string) (net.Conn, error) {
	return func(context.Context, string, string) (net.Conn, error) {
		here, there := net.Pipe()
		go func() {
			_, _ = there.Read(make([]byte, 1024))
			_, _ = io.WriteString(there, said)
			_ = there.Close()
		}()
		return here, nil
	}
}

// Where nobody listens, or whoever did is gone in mid-answer, nobody answers.
func TestNobody(t *testing.T) {
	dir := t.TempDir()
	_, err := NewClient(dir).Run(t.Context())
	require.ErrorIs(t, err, ErrNobody)
	stale(t, dir+"/"+socketName)
	_, err = NewClient(dir).Run(t.Context())
	require.ErrorIs(t, err, ErrNobody)

	for _, said := range []string{"", "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{\"pid\":"} {
		_, err = newClient("", answering(said)).Run(t.Context())
		require.ErrorIs(t, err, ErrNobody, said)
	}
}

// A process that hangs is told of after five seconds; so is one that nobody lets in.
func TestSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		c := newClient("", m.dial)
		began := time.Now()
		_, err := c.Run(t.Context())
		require.ErrorIs(t, err, ErrSilent)
		require.ErrorIs(t, c.Stop(t.Context(), Asker{}), ErrSilent)
		require.Equal(t, 2*answerWithin, time.Since(began))

		d := plainDesk()
		hang := make(chan struct{})
		d.Run = func() Run { <-hang; return Run{} }
		s := Serve(m, t.TempDir(), d)
		_, err = c.Run(t.Context())
		require.ErrorIs(t, err, ErrSilent)
		require.Equal(t, 3*answerWithin, time.Since(began))

		why := errors.New("Ctrl-C")
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(why)
		_, err = c.Run(ctx)
		require.ErrorIs(t, err, why)
		close(hang)
		require.NoError(t, s.Close())
	})
}

// Somebody who connects and says nothing, or half a request, keeps no place.
func TestMute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		s := Serve(m, t.TempDir(), plainDesk())
		for _, half := range []string{"GET /run HT", "POST /stop HTTP/1.1\r\nHost: run\r\nContent-Length: 10\r\n\r\n{"} {
			conn, err := m.dial(t.Context(), "", "")
			require.NoError(t, err)
			_, err = io.WriteString(conn, half)
			require.NoError(t, err)
			began := time.Now()
			_, err = io.Copy(io.Discard, conn)
			require.NoError(t, err, "the server hangs up")
			require.LessOrEqual(t, time.Since(began), 2*answerWithin)
			require.GreaterOrEqual(t, time.Since(began), answerWithin)
		}
		require.NoError(t, s.Close())
	})
}

// More askers than there are places wait for theirs.
func TestPlaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		s := Serve(m, t.TempDir(), plainDesk())
		for range maxConnections {
			_, err := m.dial(t.Context(), "", "")
			require.NoError(t, err)
		}
		began := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := newClient("", m.dial).Run(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		_, err = newClient("", m.dial).Run(t.Context())
		require.NoError(t, err, "those who said nothing have lost theirs")
		require.Equal(t, answerWithin, time.Since(began))
		require.NoError(t, s.Close())
	})
}

// Whoever waits for the end waits as long as it takes; too many are refused, and others are still answered.
func TestEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		s := Serve(m, t.TempDir(), plainDesk())
		c := newClient("", m.dial)
		var all sync.WaitGroup
		for range maxWaiting {
			all.Go(func() {
				var sum map[string]int
				known, err := c.End(t.Context(), &sum)
				require.NoError(t, err)
				require.True(t, known)
				require.Equal(t, 3, sum["created"])
			})
		}
		synctest.Wait()
		var refused *RefusedError
		_, err := c.End(t.Context(), nil)
		require.ErrorAs(t, err, &refused)
		require.ErrorContains(t, refused, "too many")
		time.Sleep(24 * time.Hour)
		_, err = c.Run(t.Context())
		require.NoError(t, err)
		s.Ended(map[string]int{"created": 3})
		all.Wait()
		require.NoError(t, s.Close())

		m = newMemory() // a run that ends without a summary
		s = Serve(m, t.TempDir(), plainDesk())
		c = newClient("", m.dial)
		all.Go(func() {
			known, err := c.End(t.Context(), nil)
			require.NoError(t, err)
			require.False(t, known)
		})
		all.Go(func() { // an asker that gives up
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			_, err := c.End(ctx, nil)
			require.ErrorIs(t, err, context.DeadlineExceeded)
		})
		time.Sleep(time.Hour)
		synctest.Wait()
		require.Len(t, s.waiting, 1, "its place is free again")
		require.NoError(t, s.Close())
		all.Wait()
	})
}

// However many ask, every one is answered, one reading of the ledger goes on at a time, and most share one.
func TestManyAskers(t *testing.T) {
	var reading gauge
	d := plainDesk()
	d.Campaigns = func(context.Context) (any, error) {
		defer reading.enter()()
		var rows []string
		for i := range 500 { // work that takes its time, and no sleep
			rows = append(rows, fmt.Sprint("row ", i))
		}
		return rows, nil
	}
	_, dir := serve(t, d)
	const askers = 300
	var all sync.WaitGroup
	wrong := make(chan error, 2*askers)
	for range askers {
		all.Go(func() {
			c := NewClient(dir)
			if _, err := c.Run(t.Context()); err != nil {
				wrong <- err
			}
			var rows []string
			if err := c.Campaigns(t.Context(), &rows); err != nil || len(rows) != 500 {
				wrong <- fmt.Errorf("%d rows: %w", len(rows), err)
			}
		})
	}
	all.Wait()
	close(wrong)
	for err := range wrong {
		require.NoError(t, err)
	}
	require.EqualValues(t, 1, reading.most.Load())
	require.Less(t, reading.all.Load(), int64(askers))
	t.Logf("%d askers, %d readings", askers, reading.all.Load())
}

// An answer serves others for four times as long as it took, and no longer.
func TestTable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tab := newTable()
		n := 0
		ask := func(context.Context) (any, error) {
			time.Sleep(time.Second)
			n++
			return n, nil
		}
		get := func() string {
			v, err := tab.get(t.Context(), ask)
			require.NoError(t, err)
			return string(v)
		}
		require.Equal(t, "1", get())
		time.Sleep(3900 * time.Millisecond)
		require.Equal(t, "1", get())
		time.Sleep(100 * time.Millisecond)
		require.Equal(t, "2", get())

		_, err := tab.get(t.Context(), func(context.Context) (any, error) { return nil, nil })
		require.NoError(t, err)
		time.Sleep(time.Minute)
		broken := errors.New("broken")
		_, err = tab.get(t.Context(), func(context.Context) (any, error) { return nil, broken })
		require.ErrorIs(t, err, broken)
		require.Equal(t, "3", get(), "an error is not kept")

		tab.turn <- struct{}{}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = tab.get(ctx, ask)
		require.ErrorIs(t, err, context.DeadlineExceeded, "who leaves does not wait for his turn")
	})
}

// The end of the server breaks off what is read, in words.
func TestCloseWhileReading(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		d := plainDesk()
		d.Campaigns = func(ctx context.Context) (any, error) { <-ctx.Done(); return nil, ctx.Err() }
		s := Serve(m, t.TempDir(), d)
		asked := make(chan error, 1)
		go func() { asked <- newClient("", m.dial).Campaigns(t.Context(), new(any)) }()
		synctest.Wait()
		require.NoError(t, s.Close())
		var refused *RefusedError
		require.ErrorAs(t, <-asked, &refused)
		require.ErrorContains(t, refused, "the run ends just now")
	})
}

// A reader that hangs holds the run's end up for two seconds, no longer.
func TestCloseDoesNotWaitForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		d := plainDesk()
		hang := make(chan struct{})
		d.Campaigns = func(context.Context) (any, error) { <-hang; return nil, nil }
		s := Serve(m, t.TempDir(), d)
		asked := make(chan error, 1)
		go func() { asked <- newClient("", m.dial).Campaigns(t.Context(), new(any)) }()
		synctest.Wait()
		began := time.Now()
		require.NoError(t, s.Close())
		require.Equal(t, grace, time.Since(began))
		require.ErrorIs(t, <-asked, ErrNobody)
		require.Equal(t, grace, time.Since(began))
		close(hang)
	})
}
