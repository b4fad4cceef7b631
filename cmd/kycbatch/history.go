package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kycbatch/campaign"
)

const historyLong = `Tell one customer's story in order: every request, what became of it, every look at the API that decided something.

Without ACCOUNT it tells what commands ran, who gave them, and which files came in: of all campaigns, or of the one
named with --campaign. It asks neither the API nor for credentials. Times are this machine's local time; TZ changes
it for one call.

`

func newHistory(p *program) *cobra.Command {
	var name string
	cmd := &cobra.Command{
		Use:     "history [ACCOUNT]",
		Short:   "Tell one customer's story, or what commands ran; ask nobody",
		Long:    historyLong + exitHelp,
		Example: "  kycbatch history MA_7Q2XK4LD\n  kycbatch history --campaign customers\n  TZ=Asia/Kolkata kycbatch history MA_7Q2XK4LD",
		Args:    cobra.MaximumNArgs(1),
		RunE:    p.does(func(ctx context.Context, args []string) (int, error) { return p.history(ctx, name, args) }),
	}
	cmd.Flags().StringVar(&name, "campaign", "", "commands of one campaign only (default: all)")
	return cmd
}

// historyJSON is the object that -o json prints: schema kycbatch/history/1.
type historyJSON struct {
	Schema   string      `json:"schema"`
	Account  string      `json:"account,omitempty"` // with its record as it stands now
	State    string      `json:"state,omitempty"`
	Session  string      `json:"session,omitempty"`
	Status   string      `json:"status,omitempty"`
	Campaign string      `json:"campaign,omitempty"` // where it was asked for
	Entries  []entryJSON `json:"entries"`            // the oldest first
}

// entryJSON is one entry of the trail. What does not apply is left out.
type entryJSON struct {
	Time       time.Time         `json:"time"`
	Run        uint64            `json:"run,omitempty"`
	What       string            `json:"what"`
	Attempt    string            `json:"attempt,omitempty"` // round and attempt, as 1.2
	Session    string            `json:"session,omitempty"`
	HTTPStatus int               `json:"http_status,omitempty"`
	Reason     string            `json:"reason,omitempty"`
	Facts      map[string]string `json:"facts,omitempty"` // of a command: who, where, counts
	Flags      []string          `json:"flags,omitempty"` // of a command, as typed
}

func entryObject(e campaign.Entry) entryJSON {
	o := entryJSON{
		Time: e.At, Run: e.Run, What: string(e.Kind), Attempt: attemptOf(e), Session: e.Session, HTTPStatus: e.Status, Reason: printable(e.Reason),
	}
	o.Flags = flagsOf(e)
	for _, f := range e.Facts {
		if o.Facts == nil {
			o.Facts = map[string]string{}
		}
		if !isFlag(f) {
			o.Facts[f.Name] = f.Value
		}
	}
	return o
}

// history is the command.
func (p *program) history(ctx context.Context, name string, args []string) (code int, err error) {
	if len(args) > 0 && name != "" {
		return 0, failed(exitUsage, "give one of them", "an account's story is one over all campaigns, so --campaign has no place beside it")
	}
	s, err := p.read(ctx, campaign.LedgerIdentity{})
	if err != nil {
		return 0, err
	}
	defer closing(s.close, &err)
	if len(args) > 0 {
		return exitDone, p.story(s, strings.TrimSpace(args[0]))
	}
	if name != "" {
		if _, err := s.choose(name); err != nil {
			return 0, err
		}
	}
	return exitDone, p.commands(s, name)
}

// story prints one account's.
func (p *program) story(s *store, account string) error {
	story, err := s.ledger.History(account)
	if errors.Is(err, campaign.ErrNoAccount) {
		return failed(exitUsage, "account ids are compared as they are, upper and lower case differ; results.csv has those of a campaign", "%w", err)
	}
	if err != nil {
		return err
	}
	rec := story.Record
	if p.options.output == formatJSON {
		o := historyJSON{
			Schema: historySchema, Account: rec.Account, State: string(rec.Current()), Session: rec.Session.ID, Status: rec.Session.Status, Entries: []entryJSON{},
		}
		for _, e := range story.Entries {
			o.Entries = append(o.Entries, entryObject(e))
		}
		return p.print(o)
	}
	tell(p.out, "%s is %s%s", account, rec.Current(), standingOf(rec))
	if len(story.Entries) == 0 {
		tell(p.out, "Nothing was ever sent for it, or only before there was a history.")
		return nil
	}
	fmt.Fprintln(p.out)
	for _, e := range story.Entries {
		tell(p.out, "%s", line(e))
	}
	return nil
}

const historySchema = "kycbatch/history/1"

// commands prints what ran. The whole trail passes by, so nothing is kept that need not be.
func (p *program) commands(s *store, name string) error {
	o := historyJSON{Schema: historySchema, Campaign: name, Entries: []entryJSON{}}
	empty := true
	for e, err := range s.ledger.Commands(name) {
		if err != nil {
			return err
		}
		empty = false
		if p.options.output == formatJSON {
			o.Entries = append(o.Entries, entryObject(e))
		} else {
			tell(p.out, "%s", line(e))
		}
	}
	switch {
	case p.options.output == formatJSON:
		return p.print(o)
	case empty:
		tell(p.out, "Nothing was done yet.")
	}
	return nil
}
