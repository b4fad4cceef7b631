package main

import (
	"encoding/csv"
	"io"
	"strconv"
	"time"

	"kycbatch/campaign"
	"kycbatch/internal/intake"
)

// calendarFile writes a plan of reminders as CSV, a line for each session, in the order of the campaign's file. It has no e-mail
// addresses.
type calendarFile struct {
	w    *csv.Writer
	zone *time.Location // of its times
}

// newCalendarFile begins one with its header. done has its errors.
func newCalendarFile(w io.Writer, zone *time.Location) calendarFile {
	f := calendarFile{csv.NewWriter(w), zone}
	f.write("line", "account_auth_id", "session_id", "status", "resends", "last_mail", "next_resend", "next_api_reminder", "expires_at", "why_not_now")
	return f
}

// write neutralises every cell: the file will be opened in a spreadsheet.
func (f calendarFile) write(cells ...string) {
	for i, cell := range cells {
		cells[i] = intake.Neutralise(cell)
	}
	_ = f.w.Write(cells) // done asks for the error
}

// add writes one session as it stands at a time.
func (f calendarFile) add(one campaign.Reminder, at time.Time) {
	rec := one.Record
	why := string(one.Verdict.Why)
	if rec.Resend.Underway() {
		why = "a resend is under way, without a definite answer yet"
	}
	f.write(strconv.Itoa(one.Row.Line), rec.Account, rec.Session.ID, rec.Session.Status, strconv.Itoa(rec.Resend.Sent),
		f.at(rec.LastMail(at)), f.at(one.Verdict.When), f.at(one.API), f.at(rec.Session.Expires), why)
}

func (f calendarFile) at(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(f.zone).Truncate(time.Second).Format(time.RFC3339)
}

func (f calendarFile) done() error {
	f.w.Flush()
	return f.w.Error()
}
