package main

import (
	"fmt"
	"time"
)

// journal is what the demo reads of the sandbox's GET /journal: what really happened, whatever the program believes.
type journal struct {
	Journal struct {
		Sessions []session `json:"sessions"`
	} `json:"journal"`
	Verdict struct {
		Accidents   int `json:"accidents"`
		SecondMails int `json:"second_mails"`
		TwoLive     int `json:"two_live"`
	} `json:"verdict"`
}

type session struct {
	Status string    `json:"status"`
	Opened time.Time `json:"opened"` // zero: never
	Sent   []struct {
		Kind string `json:"kind"`
	} `json:"sent"`
}

// tally is a journal in the figures of one line.
type tally struct {
	invitations, resends, reminders int
	opened, completed               int
}

func (j journal) tally() tally {
	var t tally
	for _, s := range j.Journal.Sessions {
		for _, m := range s.Sent {
			switch m.Kind {
			case "invitation":
				t.invitations++
			case "resend":
				t.resends++
			case "reminder":
				t.reminders++
			}
		}
		if !s.Opened.IsZero() {
			t.opened++
		}
		if s.Status == "kyc_completed" {
			t.completed++
		}
	}
	return t
}

const header = "day  date         invited  resent  reminded  opened  completed"

// line is one day of the demo: sums, not what the day added. Resent is by kycbatch, reminded by the API itself.
func (t tally) line(n int, at time.Time) string {
	return fmt.Sprintf("%3d  %s  %8d  %6d  %8d  %6d  %9d", n, at.Format("Mon 02 Jan"), t.invitations, t.resends, t.reminders, t.opened, t.completed)
}
