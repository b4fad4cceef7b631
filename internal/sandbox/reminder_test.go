package sandbox_test

import (
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
)

const day = 24 * time.Hour

// reminded creates a session of 14 days with reminders so many days before its end.
func reminded(t *testing.T, s *sandbox.Server, account string, days ...int) sandbox.View {
	t.Helper()
	schedule := ""
	for _, n := range days {
		schedule += fmt.Sprintf(`,{"trigger":"days_before_expiry","value":%d}`, n)
	}
	r := do(t, s, http.MethodPost, "", `{"account_auth_id":"`+account+`","customer_email":"a@example.com","expires_in_days":14,`+
		`"reminder_schedule":[`+schedule[min(1, len(schedule)):]+`]}`)
	require.Equal(t, 201, r.status, r.body)
	v, _ := s.Session(field[string](t, r.body, "session_id"))
	return v
}

func reminders(s *sandbox.Server, id string) int {
	v, _ := s.Session(id)
	return v.Reminders
}

// Each moment of the schedule is one mail, so many days before expires_at to the microsecond, though nobody asks.
func TestReminders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, sandbox.Config{})
		v := reminded(t, s, "MA_1", 3, 1, 3, 14, 20)
		until := func(before time.Duration) { time.Sleep(time.Until(v.Expires.Add(-before))) }
		until(14 * day)
		require.Equal(t, 1, reminders(s, v.ID), "whole days and a little after the creation")
		until(3*day + time.Microsecond)
		require.Equal(t, 1, reminders(s, v.ID))
		until(3 * day)
		require.Equal(t, 2, reminders(s, v.ID), "once, though the schedule names it twice")
		until(1*day + time.Microsecond)
		require.Equal(t, 2, reminders(s, v.ID))
		until(1 * day)
		require.Equal(t, 3, reminders(s, v.ID))
		until(-day)
		v, _ = s.Session(v.ID)
		require.Equal(t, []int{1, 0, 3}, []int{v.Mails, v.Resends, v.Reminders}, "counted apart from invitations and resends")
		sum := s.Journal().Verdict()
		require.Equal(t, []int{1, 0, 3, 0}, []int{sum.CreationMails, sum.Resends, sum.Reminders, sum.SecondMails})
	})
}

// A session that is over mails nobody; nor does one of the redirect flow, or one without a schedule.
func TestNoReminders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, sandbox.Config{})
		ended := reminded(t, s, "MA_1", 13, 3)
		require.Equal(t, 200, do(t, s, http.MethodDelete, "/"+ended.ID, "").status)
		done := reminded(t, s, "MA_2", 13)
		require.NoError(t, s.Set(done.ID, "kyc_completed"))
		old := reminded(t, s, "MA_3", 13)
		created(t, s, "MA_3")
		reminded(t, s, "MA_4")
		r := do(t, s, http.MethodPost, "", `{"account_auth_id":"MA_5","flow_type":"redirect","redirect_url":"https://example.com",`+
			`"expires_in_days":14,"reminder_schedule":[{"trigger":"days_before_expiry","value":13}]}`)
		require.Equal(t, 201, r.status)
		started := reminded(t, s, "MA_6", 13)
		require.NoError(t, s.Set(started.ID, "in_progress"))
		time.Sleep(15 * day)
		require.Equal(t, 1, s.Journal().Verdict().Reminders, "in_progress is active")
		require.Equal(t, 1, reminders(s, started.ID))
		require.Zero(t, reminders(s, old.ID))
	})
}

func TestReminderAndCooldown(t *testing.T) {
	for restarts, status := range map[bool]int{false: 200, true: 429} {
		synctest.Test(t, func(t *testing.T) {
			s := newServer(t, sandbox.Config{Readings: sandbox.Readings{CooldownByReminder: restarts}})
			v := reminded(t, s, "MA_1", 3)
			time.Sleep(time.Until(v.Expires.Add(-3 * day)))
			time.Sleep(10 * time.Minute)
			r := do(t, s, http.MethodPost, "/"+v.ID+"/resend", "")
			require.Equal(t, status, r.status)
			if restarts {
				refusal(t, r, 429, recent(1200))
			}
			time.Sleep(20*time.Minute + time.Second)
			require.Equal(t, restarts, do(t, s, http.MethodPost, "/"+v.ID+"/resend", "").status == 200)
		})
	}
}

// A world that was put away catches up: it has its reminders again, also those of the time in between.
func TestRemindersAfterRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := worldPath(t)
		open := func() *sandbox.Server {
			s, err := sandbox.New(sandbox.Config{World: path})
			require.NoError(t, err)
			return s
		}
		s := open()
		v := reminded(t, s, "MA_1", 10, 7, 6, 2)
		require.NoError(t, s.Close())
		for _, c := range []struct {
			before time.Duration
			opened int
			later  int
		}{{11 * day, 0, 0}, {10 * day, 1, 1}, {5 * day, 3, 3}, {3 * day, 3, 4}, {-day, 4, 4}} {
			time.Sleep(time.Until(v.Expires.Add(-c.before)))
			s = open()
			require.Equal(t, c.opened, reminders(s, v.ID), "%v before the end", c.before)
			if c.opened != c.later {
				time.Sleep(day)
			}
			require.Equal(t, c.later, reminders(s, v.ID))
			require.NoError(t, s.Close())
		}
	})
}
