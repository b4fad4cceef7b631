package campaign

import (
	"encoding/json"
	"strconv"
	"time"

	"kycbatch/internal/intake"
	"kycbatch/internal/vobiz"
)

// Row is one line of a campaign's file, as it was taken into the ledger.
type Row struct {
	Line        int      // physical line in the file, from 1
	Account     string   // "" where the cell holds none
	Record      uint64   // the account's record; 0 where Account is ""
	Request     []byte   // the row's own Request, encoded; nil for a row that can't be sent
	Cells       []string // as they stood in the file
	Problem     string   // why the row is invalid; "" it is not
	DuplicateOf int      // the line that stands for this one; 0 none
	Excluded    bool     // on the exclusion list when it was taken in
	Gone        bool     // in an earlier file of the campaign, and not in the newest
	Purged      Outcome  // what had become of it when what is personal of it was removed, and is for good; "": nothing was removed
}

// sendable says whether the row itself may become a session.
func (row Row) sendable() bool {
	return row.Problem == "" && row.DuplicateOf == 0 && !row.Excluded && !row.Gone && row.Purged == ""
}

// Request is what a row asks the API for. A zero field is left to the campaign's settings, then to the API.
type Request struct {
	Email         string // not sent in the redirect flow
	RedirectURL   string // where the browser goes after the widget; "" is the email flow
	WebhookURL    string
	ExpiresInDays int
	RemindBefore  []int  // days before expiry on which the API reminds by itself
	Metadata      []byte // a JSON object; nil none
}

func (q Request) with(d Settings) Request {
	if q.RedirectURL = d.RedirectURL; d.Redirect() {
		q.Email = "" // nobody is mailed, so nobody's address is sent
	}
	if q.WebhookURL == "" {
		q.WebhookURL = d.WebhookURL
	}
	if q.ExpiresInDays == 0 {
		q.ExpiresInDays = d.ExpiresInDays
	}
	if q.RemindBefore == nil {
		q.RemindBefore = d.RemindBefore
	}
	return q
}

// asked is what a row asks for, with its address corrected where a person said so.
func (rec Record) asked(row Row) ([]byte, error) {
	if rec.Correction == (Correction{}) || row.Request == nil {
		return row.Request, nil
	}
	q, err := decodeRequest(row.Request)
	if err != nil {
		return nil, err
	}
	if q.Email == rec.Correction.Wrong {
		q.Email = rec.Correction.Right
	}
	return q.encode(), nil
}

// corrects says whether the row has the wrong address.
func (rec Record) corrects(row Row) bool {
	asked, err := rec.asked(row)
	return err == nil && digestOf(asked) != digestOf(row.Request)
}

// changed says whether a row asks for something else than the record's round does. What can't be read was changed.
func (rec Record) changed(row Row) bool {
	asked, err := rec.asked(row)
	return err != nil || digestOf(asked) != rec.Digest
}

// create is the body of the POST: the request, with the attempt's id in its metadata.
func (q Request) create(account string, id AttemptID) vobiz.CreateRequest {
	metadata := append([]byte{'{'}, strconv.Quote(MetadataKey)...)
	metadata = append(append(metadata, ':'), strconv.Quote(id.String())...)
	if len(q.Metadata) > 2 { // more than "{}"
		metadata = append(append(metadata, ','), q.Metadata[1:]...)
	} else {
		metadata = append(metadata, '}')
	}
	body := vobiz.CreateRequest{
		AccountAuthID: account,
		FlowType:      vobiz.FlowEmail,
		CustomerEmail: q.Email,
		RedirectURL:   q.RedirectURL,
		WebhookURL:    q.WebhookURL,
		ExpiresInDays: q.ExpiresInDays,
		Metadata:      json.RawMessage(metadata),
	}
	if q.RedirectURL != "" {
		body.FlowType = vobiz.FlowRedirect
	}
	for _, days := range q.RemindBefore {
		body.ReminderSchedule = append(body.ReminderSchedule, vobiz.Reminder{Trigger: vobiz.DaysBeforeExpiry, Value: days})
	}
	return body
}

// rowOf takes a line of the file over. Record is left to the import.
func rowOf(in intake.Row) Row {
	row := Row{
		Line: in.Line, Account: in.Account, Cells: in.Cells,
		DuplicateOf: in.DuplicateOf, Excluded: in.Excluded, Problem: problemText(in.Problems),
	}
	if in.Sendable() {
		row.Request = Request{
			Email: in.Email, WebhookURL: in.WebhookURL, ExpiresInDays: in.ExpiresInDays, Metadata: in.Metadata,
		}.encode()
	}
	return row
}

func problemText(problems []intake.Problem) string {
	text := ""
	for _, p := range problems {
		if text != "" {
			text += "; "
		}
		if p.Column != "" {
			text += p.Column + ": "
		}
		text += p.Reason
	}
	return text
}

// Campaign is the name under which a file came in.
type Campaign struct {
	Name     string
	ID       uint64
	Import   uint64    // the import whose rows count; each one writes rows of its own
	Source   string    // the file's base name
	SHA256   string    // of its bytes
	Options  string    // what else the import depended on, as a hash
	Header   []string  // the file's columns
	Rows     uint64    // of the newest file
	Kept     uint64    // rows of earlier files that are gone from the newest
	Imported time.Time // by this machine's clock
	Settings Settings
	Begun    bool // a run was made: its flow stays
}
