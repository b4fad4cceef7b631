package main

import (
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"kycbatch/campaign"
)

// recoveredJSON is the object that -o json prints: schema kycbatch/recover/1.
type recoveredJSON struct {
	Schema        string                  `json:"schema"`
	LedgerID      string                  `json:"ledger_id"`
	IDFrom        string                  `json:"id_from"` // given, remains, sessions or new
	Damage        string                  `json:"damage"`  // why there was no usable ledger
	SetAside      string                  `json:"set_aside,omitempty"`
	WaitedSeconds float64                 `json:"waited_seconds"`
	Sessions      int                     `json:"sessions"` // that the API's list has
	Campaigns     []recoveredCampaignJSON `json:"campaigns"`
	Others        map[string]int          `json:"others"`    // sessions of these accounts with another ledger's id, by that
	Unclaimed     int                     `json:"unclaimed"` // sessions of ours whose account is in none of the files
	Unknown       []unknownJSON           `json:"unknown"`
	Notes         string                  `json:"notes,omitempty"` // path
	Requests      int                     `json:"requests"`
	Seconds       float64                 `json:"seconds"`
	ExitCode      int                     `json:"exit_code"`
}

type recoveredCampaignJSON struct {
	Campaign string         `json:"campaign"`
	Rows     int            `json:"rows"`
	Counts   map[string]int `json:"counts"`         // every outcome; they add up to rows
	Accounts map[string]int `json:"accounts"`       // as what they came back; zeros too
	Flow     string         `json:"flow,omitempty"` // "" no session tells: the next create chooses it
	Differ   int            `json:"differ"`
	Recent   int            `json:"recent"`
}

// unknownJSON is something that a recovery can't know, and how many may be concerned at most.
type unknownJSON struct {
	What   string `json:"what"`
	AtMost int    `json:"at_most"`
	So     string `json:"so"` // what follows from it
}

// recovered is a recovery that came to its end.
type recovered struct {
	p      *program
	sum    campaign.Recovered
	notes  string // path; "" there are none
	failed int    // code of what went wrong with them
}

// code asks for a person where there is something to look at.
func (r recovered) code() int {
	codes := []int{r.failed}
	if len(r.sum.Notes) > 0 {
		codes = append(codes, exitMend)
	}
	return weigh(codes...)
}

// accounts counts those of all campaigns that came back as one of these.
func (r recovered) accounts(as ...campaign.RecoveredAs) (n int) {
	for _, c := range r.sum.Campaigns {
		for _, one := range as {
			n += c.Accounts[one]
		}
	}
	return n
}

func (r recovered) noted(what campaign.NoteKind) (n int) {
	for _, note := range r.sum.Notes {
		if note.What == what {
			n++
		}
	}
	return n
}

// unknown is what the files and the API don't tell, with how many it may concern at most.
func (r recovered) unknown() []unknownJSON {
	pending, ended := r.accounts(campaign.RecoveredPending), r.accounts(campaign.RecoveredEnded)
	live := 0
	for _, c := range r.sum.Campaigns {
		if !c.Redirect {
			live += c.Accounts[campaign.RecoveredLive]
		}
	}
	all := r.accounts(campaign.RecoveredAll()...)
	return []unknownJSON{
		{"refused", pending, "pending now: the API will be asked again. results.csv has the reasons of the last run"},
		{"withdrawn", pending, "pending now: exclude them, or withdraw them again, before you run create"},
		{"undecided", pending, "pending now: a request of theirs may still be on its way"},
		{"revoked_by", r.noted(campaign.NoteRevoked), "revoked: by us, by somebody else, or because the verification failed"},
		{"replacements", ended, "created, with the session that has ended: what was ordered for them has to be ordered again"},
		{"resends", live, "nobody is reminded before it can't be too soon any more"},
		{"history", all, "history begins anew with this command"},
		{"settings", len(r.sum.Campaigns), "campaigns: give webhook, expiry, reminders and --on-unknown to the next create again"},
		{"caps", all, "invitations of the last day count for today's cap; reminders and revoked sessions don't"},
		{"campaigns", r.sum.Unclaimed, "sessions of ours whose account is in none of the files: their campaigns are not in this ledger"},
	}
}

func (r recovered) object() recoveredJSON {
	o := recoveredJSON{
		Schema: "kycbatch/recover/1", LedgerID: r.sum.LedgerID, IDFrom: string(r.sum.IDFrom), Damage: r.sum.Damage.Error(), SetAside: r.sum.SetAside,
		WaitedSeconds: r.sum.Waited.Seconds(), Sessions: r.sum.Sessions, Campaigns: []recoveredCampaignJSON{}, Others: map[string]int{},
		Unclaimed: r.sum.Unclaimed, Unknown: r.unknown(), Notes: r.notes, Requests: r.sum.Requests, Seconds: r.sum.Elapsed.Seconds(), ExitCode: r.code(),
	}
	maps.Copy(o.Others, r.sum.Others)
	for _, c := range r.sum.Campaigns {
		one := recoveredCampaignJSON{
			Campaign: c.Name, Rows: c.Rows, Counts: eachOutcome(c.Counts), Accounts: map[string]int{}, Flow: flowOf(c), Differ: c.Differ, Recent: c.Recent,
		}
		for _, as := range campaign.RecoveredAll() {
			one.Accounts[string(as)] = c.Accounts[as]
		}
		o.Campaigns = append(o.Campaigns, one)
	}
	return o
}

func flowOf(c campaign.RecoveredCampaign) string {
	switch {
	case !c.Known:
		return ""
	case c.Redirect:
		return flowRedirect
	}
	return flowEmail
}

// print writes for people what was done.
func (r recovered) print(w io.Writer) {
	fmt.Fprintf(w, "Recovered the ledger: %s, %s, %s of the API read\n", span(r.sum.Elapsed), things(r.sum.Requests, "request"), things(r.sum.Sessions, "session"))
	r.show(w)
	if r.sum.SetAside != "" || r.notes != "" {
		fmt.Fprintln(w, "\nFiles:")
	}
	if r.sum.SetAside != "" {
		fmt.Fprintf(w, "  %s  the damaged ledger, kept\n", r.sum.SetAside)
	}
	if r.notes != "" {
		fmt.Fprintf(w, "  %s  %s to look at\n", r.notes, things(len(r.sum.Notes), "account"))
	}
	fmt.Fprintln(w, "\nNext:")
	for _, c := range r.sum.Campaigns {
		fmt.Fprintln(w, "  "+r.p.typed("plan --campaign "+quoted(c.Name)))
	}
	fmt.Fprintln(w, "Nothing was sent. Look at the plan before create: it audits what came back, and sends what is pending.")
}

// show writes what was found, and what nobody can know any more.
func (r recovered) show(w io.Writer) {
	fmt.Fprintln(w, printable(fmt.Sprintf("What was wrong: %v", r.sum.Damage)))
	fmt.Fprintf(w, "Ledger id %s, %s\n", r.sum.LedgerID, idFrom(r.sum.IDFrom))
	for _, id := range slices.Sorted(maps.Keys(r.sum.Others)) {
		fmt.Fprintf(w, "%s of these accounts carry the id of another ledger, %s: that one is somebody else's\n", things(r.sum.Others[id], "session"), printable(id))
	}
	for _, c := range r.sum.Campaigns {
		fmt.Fprintf(w, "\nCampaign %s: %s%s\n\n", c.Name, things(c.Rows, "row"), flowWords(c))
		t := plainTable(w)
		t.SetColumnConfigs([]table.ColumnConfig{{Number: 2, Align: text.AlignRight}})
		for _, as := range campaign.RecoveredAll() {
			if n := c.Accounts[as]; n > 0 {
				t.AppendRow(table.Row{"  " + string(as), count(n), cameBackAs(as)})
			}
		}
		if n := c.Counts[campaign.OutcomeInvalid]; n > 0 {
			t.AppendRow(table.Row{"  " + string(campaign.OutcomeInvalid), count(n), "rows that can't be sent as they are"})
		}
		t.Render()
		if c.Differ > 0 {
			fmt.Fprintf(w, "%s went to another address than the row has now: shown as conflict, never sent\n", things(c.Differ, "invitation"))
		}
	}
	fmt.Fprintln(w, "\nWhat neither the files nor the API tell, and how many it may concern at most:")
	fmt.Fprintln(w)
	t := plainTable(w)
	t.SetColumnConfigs([]table.ColumnConfig{{Number: 2, Align: text.AlignRight}})
	for _, one := range r.unknown() {
		t.AppendRow(table.Row{"  " + one.What, count(one.AtMost), one.So})
	}
	t.Render()
}

func flowWords(c campaign.RecoveredCampaign) string {
	switch flowOf(c) {
	case flowRedirect:
		return ", links; those that are not in a links.csv are lost, for the API does not give them again"
	case flowEmail:
		return ", mails"
	}
	return "; no session tells its flow, the next create chooses it"
}

func idFrom(s campaign.IDSource) string {
	switch s {
	case campaign.IDGiven:
		return "as it was given"
	case campaign.IDRemains:
		return "as what is left of the old one says"
	case campaign.IDSessions:
		return "the only one that sessions of these accounts carry"
	}
	return "new: no session of these accounts carries one"
}

// cameBackAs says what became of accounts.
func cameBackAs(as campaign.RecoveredAs) string {
	switch as {
	case campaign.RecoveredLive:
		return "created, and the session lives"
	case campaign.RecoveredCompleted:
		return "created, and the customer has completed"
	case campaign.RecoveredEnded:
		return "created, and the session has ended: nothing is sent by itself"
	case campaign.RecoveredUndecided:
		return "a person has to look: kycbatch undecided"
	case campaign.RecoveredSkipped:
		return "only somebody else's session lives or was completed"
	}
	return "NOTHING OF IT LIVES: create will send it"
}
