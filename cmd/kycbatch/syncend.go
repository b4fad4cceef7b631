package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"kycbatch/campaign"
)

// synced is a sync that came to its end, and what is left of it.
type synced struct {
	sum      campaign.Synced
	campaign string // that was named; "": all
	files    []syncedFiles
	code     int
	again    repeat
}

// syncedFiles are the result files of one campaign.
type syncedFiles struct {
	Campaign string `json:"campaign"`
	filesJSON
}

// syncedJSON is the object that sync prints: schema kycbatch/sync/1.
type syncedJSON struct {
	Schema    string               `json:"schema"`
	Campaigns []string             `json:"campaigns"`
	Accounts  int                  `json:"accounts"`  // whose session could still change
	Missed    int                  `json:"missed"`    // of them, those that could not be read
	Unknown   int                  `json:"unknown"`   // of them, those whose session the API does not know
	Changed   int                  `json:"changed"`   // of which something is known that was not
	Statuses  map[string]int       `json:"statuses"`  // sessions by the API's word, all that the campaigns have
	Became    map[string]int       `json:"became"`    // sessions that are under that word since
	Expired   int                  `json:"expired"`   // of statuses
	Newer     int                  `json:"newer"`     // accounts with a later session of somebody else's
	Elsewhere []campaign.Elsewhere `json:"elsewhere"` // of them, those that are seen for the first time; at most 100
	Incidents []campaign.Incident  `json:"incidents"`
	Unread    []campaign.Unread    `json:"unread"`   // of missed; at most 100
	Unlisted  []campaign.Unread    `json:"unlisted"` // of unknown; at most 100
	ByList    bool                 `json:"by_list"`
	Pages     int                  `json:"pages"` // requests by the list
	Gets      int                  `json:"gets"`  // requests one by one
	Requests  int                  `json:"requests"`
	Seconds   float64              `json:"seconds"`
	ExitCode  int                  `json:"exit_code"`
	Halt      string               `json:"halt,omitempty"`
	Cause     string               `json:"cause,omitempty"`
	Files     []syncedFiles        `json:"files"`
}

// endSync writes the result files, prints what was found, and gives the exit code.
func (p *program) endSync(ctx context.Context, s *store, cfg campaign.Config, end synced) (int, error) {
	end.code = codeOfSync(end.sum)
	for _, name := range end.sum.Campaigns {
		sum := end.sum.Summary()
		sum.Campaign = name
		files, err := p.writeResults(s, cfg, sum)
		if err != nil {
			p.talk.complain(err)
			end.code = weigh(end.code, codeOf(err))
			continue
		}
		end.files = append(end.files, syncedFiles{name, filesJSON{files.Results, files.Links, files.Rejected}})
	}
	var err error
	if p.options.output == formatJSON {
		err = p.print(end.object())
	} else {
		end.print(p.out)
	}
	if err = errors.Join(err, p.out.Flush()); err != nil {
		return 0, fmt.Errorf("write the summary: %w", err)
	}
	p.told(ctx, s, end.sum.Summary())
	return end.code, nil
}

// codeOfSync is the exit code of a sync. A session that the API does not know is for a person to see.
func codeOfSync(sum campaign.Synced) int {
	codes := []int{codeOfHalt(sum.Halt, sum.Cause)}
	if len(sum.Incidents) > 0 {
		codes = append(codes, exitIncident)
	}
	if sum.Missed > 0 {
		codes = append(codes, exitAgain)
	}
	if sum.Unknown > 0 {
		codes = append(codes, exitMend)
	}
	return weigh(codes...)
}

func (s synced) object() syncedJSON {
	sum := s.sum
	o := syncedJSON{
		Schema: "kycbatch/sync/1", Campaigns: append([]string{}, sum.Campaigns...), Accounts: sum.Accounts, Missed: sum.Missed, Unknown: sum.Unknown,
		Changed: sum.Changed, Statuses: sum.Statuses, Became: sum.Became, Expired: sum.Expired, Newer: sum.Newer,
		Elsewhere: append([]campaign.Elsewhere{}, sum.Elsewhere...), Incidents: append([]campaign.Incident{}, sum.Incidents...),
		Unread: append([]campaign.Unread{}, sum.Unread...), Unlisted: append([]campaign.Unread{}, sum.Unlisted...),
		ByList: sum.ByList, Pages: sum.Pages, Gets: sum.Gets, Requests: sum.Requests,
		Seconds: math.Round(sum.Elapsed.Seconds()*1000) / 1000, ExitCode: s.code, Halt: string(sum.Halt), Files: append([]syncedFiles{}, s.files...),
	}
	if sum.Cause != nil {
		o.Cause = printable(sum.Cause.Error())
	}
	return o
}

// print writes what was found for people.
func (s synced) print(w io.Writer) {
	sum := s.sum
	noun := "Campaign"
	if len(sum.Campaigns) != 1 {
		noun = "Campaigns"
	}
	fmt.Fprintf(w, "%s %s: %s that could still change, %s changed, %s, %s\n", noun, strings.Join(sum.Campaigns, ", "), things(sum.Accounts, "session"),
		count(sum.Changed), span(sum.Elapsed), things(sum.Requests, "request"))
	s.printStatuses(w)
	if sum.Accounts > 0 {
		fmt.Fprintf(w, "\nBy the API's list: %s; one by one: %s.\n", s.pages(), things(sum.Gets, "request"))
	}
	printHalt(w, sum.Summary())
	printSessions(w, "COULD NOT BE READ, the next sync asks again", sum.Missed, sum.Unread)
	printSessions(w, "NOT KNOWN TO THE API", sum.Unknown, sum.Unlisted)
	if len(sum.Elsewhere) > 0 {
		fmt.Fprintf(w, "\nNEWER SESSIONS, made by somebody else (%s):\n", count(len(sum.Elsewhere)))
		for _, one := range sum.Elsewhere {
			tell(w, "  %s, session %s", one.Account, one.Session)
		}
	}
	printIncidents(w, sum.Incidents)
	if len(s.files) > 0 {
		fmt.Fprint(w, "\nFiles:\n")
		for _, f := range s.files {
			fmt.Fprintf(w, "  %s  every row, with its status\n", f.Results)
		}
	}
	printNext(w, s.next())
}

// pages says what the list takes. Where one by one is less in any case, nobody asked how long the list is.
func (s synced) pages() string {
	if s.sum.ByList {
		return things(s.sum.Pages, "request")
	}
	return "at least " + things(s.sum.Pages, "request")
}

// printStatuses writes a line for each status, numbers aligned.
func (s synced) printStatuses(w io.Writer) {
	if len(s.sum.Statuses) == 0 {
		return
	}
	fmt.Fprintln(w)
	t := plainTable(w)
	t.SetColumnConfigs([]table.ColumnConfig{
		{Number: 2, Align: text.AlignRight, AlignHeader: text.AlignRight}, {Number: 3, Align: text.AlignRight, AlignHeader: text.AlignRight},
	})
	t.AppendHeader(table.Row{"  status", "sessions", "new"})
	for _, status := range inOrder(s.sum.Statuses) {
		fresh := ""
		if n := s.sum.Became[status]; n > 0 {
			fresh = count(n)
		}
		t.AppendRow(table.Row{"  " + oneLine(status), count(s.sum.Statuses[status]), fresh, statusMeaning(status)})
	}
	t.Render()
	if n := s.sum.Expired; n > 0 {
		fmt.Fprintf(w, "\nOf these, %s expired: the link has stopped working.\n", have(n))
	}
}

func have(n int) string {
	if n == 1 {
		return "1 has"
	}
	return count(n) + " have"
}

func printSessions(w io.Writer, what string, n int, some []campaign.Unread) {
	if n == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s: %s\n", what, things(n, "session"))
	for _, one := range some {
		tell(w, "  %s, session %s: %s", one.Account, one.Session, one.Why)
	}
	if more := n - len(some); more > 0 && len(some) > 0 {
		fmt.Fprintf(w, "  and %s more\n", count(more))
	}
}

// documented are the API's words in the order in which a session comes to them; then those that its page does not have.
var documented = [...]struct{ status, meaning string }{
	{"email_sent", "mailed, not opened yet"},
	{"link_ready", "the link is there, not opened yet"},
	{"opened", "opened, not begun"},
	{"in_progress", "begun, not finished"},
	{"kyc_completed", "completed"},
	{"revoked", "ended, by us or by somebody else"},
	{campaign.StatusExpired, "the link has stopped working"},
	{campaign.StatusFailed, "the verification failed"},
	{"kyc_failed", "the verification failed"},
}

func statusMeaning(status string) string {
	for _, known := range documented {
		if known.status == status {
			return known.meaning
		}
	}
	return "a word that the API does not document"
}

// inOrder are the words of a count, those that are documented first.
func inOrder(statuses map[string]int) []string {
	rank := func(status string) int {
		for i, known := range documented {
			if known.status == status {
				return i
			}
		}
		return len(documented)
	}
	return slices.SortedFunc(maps.Keys(statuses), func(a, b string) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a, b))
	})
}

// next says what to do after a sync, one step an entry.
func (s synced) next() []string {
	var steps []string
	rerun := strings.Join(append([]string{"kycbatch sync"}, s.again.flags...), " ")
	if s.campaign != "" {
		rerun = s.again.line("sync", s.campaign)
	}
	switch {
	case s.sum.Halt == campaign.HaltCredentials:
		steps = append(steps, "check VOBIZ_AUTH_ID and VOBIZ_AUTH_TOKEN, then: "+rerun)
	case s.sum.Halt == campaign.HaltOutage:
		steps = append(steps, "when the API answers again: "+rerun)
	case s.sum.Halt == campaign.HaltLedger:
		steps = append(steps, "see that the disk has space and is sound, then: "+rerun)
	case s.sum.Halt != "" || s.sum.Missed > 0:
		steps = append(steps, "go on: "+rerun)
	}
	if s.sum.Unknown > 0 {
		steps = append(steps, "ask the API's support what became of the sessions that it does not know")
	}
	if len(s.sum.Incidents) > 0 {
		steps = append(steps, lookUpIncidents)
	}
	if s.sum.Expired > 0 && len(s.sum.Campaigns) == 1 {
		steps = append(steps, "customers whose link has expired can get a new one: "+
			strings.Join(append([]string{"kycbatch replace --campaign " + quoted(s.sum.Campaigns[0]) + " --status expired --reason TEXT"}, s.again.where...), " "))
	}
	return steps
}
