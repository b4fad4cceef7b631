package campaign

import (
	"slices"
	"time"
)

// The versions of values. What has nothing that version 1 lacks is still written as version 1, so that the same
// request has the same digest whoever wrote it.
const (
	valueVersion    = 1
	rowVersion      = 2 // with Purged
	recordVersion   = 3 // 1 ends before Redirect, 2 before Address
	requestVersion  = 2 // with RedirectURL
	campaignVersion = 2 // 1 ends before Settings
)

func (rec Record) encode() []byte {
	w := writer{b: make([]byte, 0, 192+len(rec.Request))}
	w.b = append(w.b, recordVersion)
	w.text(rec.Account)
	w.state(rec.Current())
	w.int(rec.Round)
	w.int(rec.Attempt)
	w.int(rec.Free)
	w.texts(rec.Guard)
	w.text(rec.Session.ID)
	w.text(rec.Session.Status)
	w.time(rec.Session.Expires)
	w.flag(rec.Adopted)
	w.flag(rec.Audited)
	w.text(rec.Incident)
	w.text(rec.Reason)
	w.num(rec.Campaign)
	w.bytes(rec.Request)
	w.b = append(w.b, rec.Digest[:]...)
	w.num(rec.Run)
	w.time(rec.Changed)
	w.flag(rec.Redirect)
	w.int(rec.Orphans)
	w.text(rec.End.Session)
	w.text(rec.End.Why)
	w.flag(rec.End.Started)
	w.flag(rec.End.Only)
	w.b = append(w.b, rec.End.Was[:]...)
	w.num(rec.Trail)
	w.text(rec.Correction.Wrong)
	w.text(rec.Correction.Right)
	w.text(rec.Address)
	w.ints(rec.Reminders)
	w.int(len(rec.Mails))
	for _, at := range rec.Mails {
		w.time(at)
	}
	w.int(rec.Resend.Sent)
	w.int(rec.Resend.Unsure)
	w.time(rec.Resend.First)
	w.time(rec.Resend.Last)
	w.time(rec.Resend.Tried)
	w.text(rec.Newer)
	for _, at := range []time.Time{rec.Session.Created, rec.Session.Opened, rec.Session.Completed, rec.Session.Ended} {
		w.time(at)
	}
	w.text(rec.Session.KYCType)
	w.facts(rec.Verified)
	return w.b
}

func decodeRecord(b []byte) (Record, error) {
	r, version := openUpTo(b, recordVersion)
	rec := Record{
		Account: r.text(), State: r.state(),
		Round: r.int(), Attempt: r.int(), Free: r.int(), Guard: r.texts(),
		Session: Session{ID: r.text(), Status: r.text(), Expires: r.time()},
		Adopted: r.flag(), Audited: r.flag(), Incident: r.text(), Reason: r.text(),
		Campaign: r.num(), Request: r.bytes(),
	}
	rec.Digest, rec.Run, rec.Changed = r.digest(), r.num(), r.time()
	if version >= 2 {
		rec.Redirect, rec.Orphans = r.flag(), r.int()
		rec.End = Ending{Session: r.text(), Why: r.text(), Started: r.flag(), Only: r.flag(), Was: r.digest()}
		rec.Trail, rec.Correction = r.num(), Correction{Wrong: r.text(), Right: r.text()}
	}
	if version >= 3 {
		rec.Address, rec.Reminders = r.text(), r.ints()
		for n := r.int(); n > 0 && r.err == nil; n-- {
			rec.Mails = append(rec.Mails, r.time())
		}
		rec.Resend, rec.Newer = Resends{Sent: r.int(), Unsure: r.int(), First: r.time(), Last: r.time(), Tried: r.time()}, r.text()
		s := &rec.Session
		s.Created, s.Opened, s.Completed, s.Ended, s.KYCType = r.time(), r.time(), r.time(), r.time(), r.text()
		rec.Verified = r.facts()
	}
	return rec, r.end("record")
}

func (row Row) encode() []byte {
	room := 48 + len(row.Account) + len(row.Request) + len(row.Problem)
	for _, cell := range row.Cells {
		room += 2 + len(cell)
	}
	w := writer{b: make([]byte, 0, room)}
	version := byte(valueVersion)
	if row.Purged != "" {
		version = rowVersion
	}
	w.b = append(w.b, version)
	w.int(row.Line)
	w.text(row.Account)
	w.num(row.Record)
	w.bytes(row.Request)
	w.texts(row.Cells)
	w.text(row.Problem)
	w.int(row.DuplicateOf)
	w.flag(row.Excluded)
	w.flag(row.Gone)
	if row.Purged != "" {
		w.text(string(row.Purged))
	}
	return w.b
}

func decodeRow(b []byte) (Row, error) {
	r, version := openUpTo(b, rowVersion)
	row := Row{
		Line: r.int(), Account: r.text(), Record: r.num(), Request: r.bytes(), Cells: r.texts(),
		Problem: r.text(), DuplicateOf: r.int(), Excluded: r.flag(), Gone: r.flag(),
	}
	if version >= 2 {
		if row.Purged = Outcome(r.text()); !slices.Contains(Outcomes(), row.Purged) {
			r.fail()
		}
	}
	return row, r.end("row")
}

func (q Request) encode() []byte {
	w := writer{b: make([]byte, 0, 24+len(q.Email)+len(q.WebhookURL)+len(q.RedirectURL)+len(q.Metadata))}
	if q.RedirectURL == "" {
		w.b = append(w.b, valueVersion)
	} else {
		w.b = append(w.b, requestVersion)
		w.text(q.RedirectURL)
	}
	w.text(q.Email)
	w.text(q.WebhookURL)
	w.int(q.ExpiresInDays)
	w.ints(q.RemindBefore)
	w.bytes(q.Metadata)
	return w.b
}

func decodeRequest(b []byte) (Request, error) {
	r, version := openUpTo(b, requestVersion)
	var q Request
	if version >= 2 {
		if q.RedirectURL = r.text(); q.RedirectURL == "" {
			r.fail()
		}
	}
	q.Email, q.WebhookURL, q.ExpiresInDays = r.text(), r.text(), r.int()
	q.RemindBefore, q.Metadata = r.ints(), r.bytes()
	return q, r.end("request")
}

func (c Campaign) encode() []byte {
	w := writer{b: []byte{campaignVersion}}
	w.num(c.ID)
	w.num(c.Import)
	w.text(c.Source)
	w.text(c.SHA256)
	w.text(c.Options)
	w.texts(c.Header)
	w.num(c.Rows)
	w.num(c.Kept)
	w.time(c.Imported)
	w.text(c.Settings.RedirectURL)
	w.text(c.Settings.WebhookURL)
	w.int(c.Settings.ExpiresInDays)
	w.ints(c.Settings.RemindBefore)
	w.flag(c.Settings.Hold)
	w.flag(c.Begun)
	return w.b
}

func decodeCampaign(name string, b []byte) (Campaign, error) {
	r, version := openUpTo(b, campaignVersion)
	c := Campaign{
		Name: name, ID: r.num(), Import: r.num(), Source: r.text(), SHA256: r.text(), Options: r.text(),
		Header: r.texts(), Rows: r.num(), Kept: r.num(), Imported: r.time(),
	}
	if version >= 2 {
		c.Settings = Settings{RedirectURL: r.text(), WebhookURL: r.text(), ExpiresInDays: r.int(), RemindBefore: r.ints()}
		c.Settings.Hold, c.Begun = r.flag(), r.flag()
	} else {
		c.Begun = true
	}
	return c, r.end("campaign")
}
