package campaign

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Values in the ledger are a version byte and then fields in a fixed order: numbers as uvarints, texts
// and bytes behind their length. A version that is not known is refused, never guessed.

// errValue is a ledger value that cannot be read. Its checksum was right, so it was written by another
// version of this program or by mistake.
var errValue = errors.New("the ledger holds a value that this version cannot read")

type writer struct{ b []byte }

func (w *writer) num(n uint64)     { w.b = binary.AppendUvarint(w.b, n) }
func (w *writer) int(n int)        { w.num(uint64(max(n, 0))) }
func (w *writer) text(s string)    { w.int(len(s)); w.b = append(w.b, s...) }
func (w *writer) bytes(b []byte)   { w.int(len(b)); w.b = append(w.b, b...) }
func (w *writer) time(t time.Time) { w.num(uint64(timeValue(t))) }

func (w *writer) flag(f bool) {
	if f {
		w.num(1)
	} else {
		w.num(0)
	}
}

func (w *writer) texts(ts []string) {
	w.int(len(ts))
	for _, t := range ts {
		w.text(t)
	}
}

func (w *writer) ints(ns []int) {
	w.int(len(ns))
	for _, n := range ns {
		w.int(n)
	}
}

func (w *writer) facts(fs []Fact) {
	w.int(len(fs))
	for _, f := range fs {
		w.text(f.Name)
		w.text(f.Value)
	}
}

// timeValue keeps microseconds, the API's precision; the zero time is 0.
func timeValue(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

type reader struct {
	b   []byte
	err error
}

func (r *reader) fail() {
	if r.err == nil {
		r.err = errValue
	}
	r.b = nil
}

func (r *reader) num() uint64 {
	n, size := binary.Uvarint(r.b)
	if size <= 0 {
		r.fail()
		return 0
	}
	r.b = r.b[size:]
	return n
}

func (r *reader) int() int {
	n := r.num()
	if n > 1<<40 {
		r.fail()
		return 0
	}
	return int(n)
}

func (r *reader) flag() bool { return r.num() == 1 }

func (r *reader) bytes() []byte {
	n := r.int()
	if n > len(r.b) {
		r.fail()
	}
	if n == 0 || r.err != nil {
		return nil
	}
	b := r.b[:n:n]
	r.b = r.b[n:]
	return b
}

func (r *reader) text() string { return string(r.bytes()) }

func (r *reader) texts() []string {
	n := r.int()
	if n > len(r.b) { // each takes at least a byte
		r.fail()
	}
	if n == 0 || r.err != nil {
		return nil
	}
	ts := make([]string, n)
	for i := range ts {
		ts[i] = r.text()
	}
	return ts
}

func (r *reader) ints() (ns []int) {
	for n := r.int(); n > 0 && r.err == nil; n-- {
		ns = append(ns, r.int())
	}
	return ns
}

func (r *reader) facts() (fs []Fact) {
	for n := r.int(); n > 0 && r.err == nil; n-- {
		fs = append(fs, Fact{Name: r.text(), Value: r.text()})
	}
	return fs
}

func (r *reader) time() time.Time {
	n := int64(r.num())
	if n == 0 || r.err != nil {
		return time.Time{}
	}
	return time.UnixMicro(n).UTC()
}

func (r *reader) digest() (d Digest) {
	if len(r.b) < len(d) {
		r.fail()
		return d
	}
	r.b = r.b[copy(d[:], r.b):]
	return d
}

// end says whether everything was read, and nothing but that.
func (r *reader) end(what string) error {
	if r.err == nil && len(r.b) > 0 {
		r.err = errValue
	}
	if r.err != nil {
		return fmt.Errorf("%s: %w", what, r.err)
	}
	return nil
}

// open reads the version byte of a value that has only one version.
func open(b []byte, version byte) reader {
	r, found := openUpTo(b, version)
	if found != version {
		r.fail()
	}
	return r
}

// openUpTo reads the version byte of a value that has had several, up to newest. Version 0 is none: it can't be read.
func openUpTo(b []byte, newest byte) (r reader, version byte) {
	if len(b) == 0 || b[0] == 0 || b[0] > newest {
		r.fail()
		return r, 0
	}
	return reader{b: b[1:]}, b[0]
}

// stateCodes are the states as the ledger writes them: an index, never to be reordered.
var stateCodes = [...]State{Pending, Started, Created, Refused, Skipped, Undecided, Withdrawn}

func (w *writer) state(s State) {
	for i, known := range stateCodes {
		if s == known {
			w.int(i)
			return
		}
	}
	panic("campaign: no code for state " + string(s))
}

func (r *reader) state() State {
	n := r.int()
	if n >= len(stateCodes) {
		r.fail()
		return Pending
	}
	return stateCodes[n]
}

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
	w := writer{b: make([]byte, 0, 256)}
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
	w := writer{b: make([]byte, 0, 64+len(q.Metadata))}
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
