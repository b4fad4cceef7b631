package campaign

import "time"

// Kind names what an entry of the trail tells.
type Kind string

// The kinds of entries. Those of a command are about no account.
const (
	KindBegan    Kind = "began"    // a command took the ledger and began a run
	KindEnded    Kind = "ended"    // it came to its end; a run without this entry was killed
	KindImported Kind = "imported" // a file became a campaign's newest

	KindIntent Kind = "intent" // an attempt is about to be sent; what follows says what became of it

	// What a POST was answered with.
	KindCreated      Kind = "created"      // the session was created
	KindRefused      Kind = "refused"      // the API will not create it; without a status: that is what we hold for decided
	KindThrottled    Kind = "throttled"    // too many requests: in doubt
	KindUnauthorized Kind = "unauthorized" // the credentials were refused: in doubt
	KindUnsent       Kind = "unsent"       // proved: nothing was sent
	KindUnknown      Kind = "unknown"      // no answer, or none that proves anything: in doubt

	// What looks at the API decided.
	KindAdopted   Kind = "adopted"   // a session of ours was found by its attempt id
	KindAbsent    Kind = "absent"    // proved: the attempt made no session and can make none any more
	KindFreed     Kind = "freed"     // nothing was created, and the row is pending again
	KindSkipped   Kind = "skipped"   // a session lives or was completed that is not ours
	KindUndecided Kind = "undecided" // the API can't tell; a person has to look
	KindAudited   Kind = "audited"   // looked at again after everything; the reason is the session's status
	KindIncident  Kind = "incident"  // something happened to a session of ours that nobody asked for
	KindLost      Kind = "lost"      // redirect flow: a session of ours whose link was lost with its answer; another round follows

	// What was done on purpose.
	KindOrdered   Kind = "ordered"   // a person wants the session ended, and another one unless it is a revoke
	KindRevoked   Kind = "revoked"   // the API ended the session, by DELETE
	KindReopened  Kind = "reopened"  // an undecided account is pending again, by a person's word
	KindWithdrawn Kind = "withdrawn" // nothing more is sent, by a person's word
	KindPurged    Kind = "purged"    // what is personal of the account was removed from the ledger

	// What became of the session afterwards.
	KindStatus  Kind = "status"  // it is under another status; the reason is the API's word
	KindExpired Kind = "expired" // its time is over
	KindNewer   Kind = "newer"   // somebody else has made a later one for the account: the session named

	// What became of a resend.
	KindResend    Kind = "resend"     // one is about to be sent; what follows says what became of it
	KindResent    Kind = "resent"     // a mail left
	KindMayResend Kind = "may_resend" // a mail may have left: it is counted, and not sent again
	KindNotResent Kind = "not_resent" // proved: no mail left
)

// Entry is one line of the trail: what was done or found out, when, and by which run. It holds no personal data
// but the number of the account's record.
type Entry struct {
	ID   uint64    // its place in the trail: ascending, and never less than At in microseconds since 1970
	Prev uint64    // the account's entry before this one; 0: it is the first, or about no account
	At   time.Time // by this machine's clock, to the microsecond
	Run  uint64    // 0: outside a run
	Kind Kind

	Record  uint64 // number of the account's record; 0: about no account
	Round   int    // with Attempt, the attempt that it is about
	Attempt int    // 0: about none
	Session string // id of the session that it is about; "": none
	Status  int    // of the HTTP answer; 0: there was none
	Mail    bool   // from here on a customer may have been mailed: what a daily cap counts
	Reason  string // in plain words, where there is something to say
	Facts   []Fact // of a command or an import
}

// Fact is one more thing that an entry says, such as a flag and its value.
type Fact struct {
	Name  string
	Value string // "" where only the name is told
}

// Fact is the value of the fact of that name, and "" where the entry has none.
func (e Entry) Fact(name string) string {
	for _, f := range e.Facts {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}

// kindCodes are the kinds as the ledger writes them: an index, never to be reordered; new ones go to the end.
var kindCodes = [...]Kind{
	KindBegan, KindEnded, KindImported, KindIntent,
	KindCreated, KindRefused, KindThrottled, KindUnauthorized, KindUnsent, KindUnknown,
	KindAdopted, KindAbsent, KindFreed, KindSkipped, KindUndecided, KindAudited, KindIncident,
	KindLost, KindRevoked, KindReopened, KindWithdrawn, KindOrdered,
	KindStatus, KindExpired, KindNewer, KindResend, KindResent, KindMayResend, KindNotResent, KindPurged,
}

// entryVersion begins every entry. What it stands for is never changed: an entry is read for as long as there is a
// ledger that holds it, and another layout gets another version.
const entryVersion = 1

// encode leaves out what the key says. Time and predecessor are written as distances, which makes most of them a byte
// or four: a trail has some three entries for each account.
func (e Entry) encode() []byte {
	w := writer{b: make([]byte, 0, 64)}
	w.b = append(w.b, entryVersion)
	w.num(e.ID - uint64(e.At.UnixMicro()))
	w.num(e.Run)
	w.kind(e.Kind)
	w.num(e.Record)
	if e.Record != 0 {
		w.num(e.ID - e.Prev)
		w.int(e.Round)
		w.int(e.Attempt)
		w.text(e.Session)
		w.int(e.Status)
		w.flag(e.Mail)
	}
	w.text(e.Reason)
	w.facts(e.Facts)
	return w.b
}

func decodeEntry(id uint64, b []byte) (Entry, error) {
	r := open(b, entryVersion)
	e := Entry{ID: id, At: time.UnixMicro(int64(id - r.num())).UTC(), Run: r.num(), Kind: r.kind(), Record: r.num()}
	if e.Record != 0 {
		back := r.num()
		if e.Prev = id - back; back == 0 || back > id {
			r.fail()
		}
		e.Round, e.Attempt, e.Session, e.Status, e.Mail = r.int(), r.int(), r.text(), r.int(), r.flag()
	}
	e.Reason, e.Facts = r.text(), r.facts()
	return e, r.end("entry of the trail")
}

func (w *writer) kind(k Kind) {
	for i, known := range kindCodes {
		if k == known {
			w.int(i)
			return
		}
	}
	panic("campaign: no code for kind " + string(k))
}

func (r *reader) kind() Kind {
	n := r.int()
	if n >= len(kindCodes) {
		r.fail()
		return ""
	}
	return kindCodes[n]
}
