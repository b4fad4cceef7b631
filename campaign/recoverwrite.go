package campaign

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"kycbatch/checkpoint"
)

// recoveredRecently is how young a session is whose invitation counts for today's cap: no local day is longer, with room for clocks.
const recoveredRecently = 25 * time.Hour

// write makes the records, each with its part of the trail, and the campaigns' flows.
func (v *recovery) write(ctx context.Context) (err error) {
	r := v.r
	if r.number, r.trail, err = v.l.beginRun(ctx, v.Origin, Campaign{}); err != nil {
		return err
	}
	campaigns, shared, err := v.campaigns()
	if err != nil {
		return err
	}
	var met bitset
	for i, c := range campaigns {
		if err := v.writeCampaign(ctx, c, &v.done.Campaigns[i], &met, shared); err != nil {
			return err
		}
	}
	v.done.Sessions = v.found.sessions
	v.noteUnclaimed()
	// What was resent before is on no record, and no look can show it.
	if err := v.l.s.Put(ctx, forgotWrite(v.found.to)); err != nil {
		return err
	}
	facts := []Fact{{FactAccounts, strconv.Itoa(len(v.found.accounts))}, {FactRequests, strconv.Itoa(int(r.progress.Requests.Load()))}}
	if halt, cause := r.tellEndOf(ctx, "", nil, nil, facts); halt != "" {
		return cause
	}
	return v.count(campaigns)
}

// campaigns are those that the files became, and the accounts that several of them would send.
func (v *recovery) campaigns() (all []Campaign, shared *bitset, err error) {
	var met bitset
	shared = &bitset{}
	for _, f := range v.Files {
		c, err := v.l.Campaign(f.Campaign)
		if err != nil {
			return nil, nil, err
		}
		all = append(all, c)
		var here bitset
		for row, err := range v.l.Rows(c) {
			if err != nil {
				return nil, nil, err
			}
			if row.Record == 0 || here.has(row.Record) {
				continue
			}
			here.set(row.Record)
			if met.has(row.Record) {
				shared.set(row.Record)
			}
			met.set(row.Record)
		}
	}
	return all, shared, nil
}

// writeCampaign writes the records of the accounts that no file before this one has named.
func (v *recovery) writeCampaign(ctx context.Context, c Campaign, done *RecoveredCampaign, met, shared *bitset) error {
	w := &recordWriter{recovery: v, campaign: c, done: done}
	for _, sendable := range []bool{true, false} { // the row that stands for the account comes before its duplicates
		for row, err := range v.l.Rows(c) {
			if err != nil {
				return err
			}
			if row.Record == 0 || met.has(row.Record) || sendable && !row.sendable() {
				continue
			}
			met.set(row.Record)
			if err := w.add(ctx, row, shared.has(row.Record)); err != nil {
				return err
			}
		}
	}
	if err := w.flush(ctx); err != nil {
		return err
	}
	return w.settle(ctx)
}

// recordWriter writes the records of one campaign, many in a commit.
type recordWriter struct {
	*recovery
	campaign Campaign
	done     *RecoveredCampaign
	writes   []checkpoint.Write
	links    int       // sessions of the redirect flow
	mails    int       // and of the email flow
	url      string    // where the newest of the former sends the browser
	newest   time.Time // when that was created
}

func (w *recordWriter) add(ctx context.Context, row Row, shared bool) error {
	all := w.found.accounts[row.Record]
	rec, as := w.found.rebuilt(w.id, row.Account, all, shared)
	if as != RecoveredPending || row.sendable() {
		w.done.Accounts[as]++
	}
	if as == RecoveredPending {
		return nil
	}
	rec.Campaign, rec.Digest = w.campaign.ID, digestOf(row.Request)
	if rec.State != Skipped {
		if err := w.compareRow(&rec, row); err != nil {
			return err
		}
		w.flow(rec, all)
	}
	w.notes(rec)
	now := time.Now().UTC()
	rec.Run, rec.Changed = w.r.number, now
	var told []checkpoint.Write
	for _, e := range changes(Record{}, rec, nil) {
		e.Record, e.Run, e.Prev = row.Record, w.r.number, rec.Trail
		e.Mail = e.Kind == KindAdopted && w.recent(rec)
		told = append(told, w.r.trail.add(&e))
		rec.Trail = e.ID
	}
	// The incident is told by this run: no mark is left for the next one.
	w.writes = append(append(w.writes, checkpoint.Write{Table: checkpoint.Records, Key: recordKey(row.Record), Value: rec.encode()}), told...)
	if len(w.writes) >= importChunk {
		return w.flush(ctx)
	}
	return nil
}

// compareRow takes the session's own address for the record's, and a row that has another one for a row that was changed since.
func (w *recordWriter) compareRow(rec *Record, row Row) error {
	if row.Request == nil || rec.Redirect || rec.Address == "" {
		return nil
	}
	q, err := decodeRequest(row.Request)
	if err != nil {
		return err
	}
	if q.Email != rec.Address {
		q.Email = rec.Address
		rec.Digest = digestOf(q.encode())
		w.done.Differ++
		w.note(NoteDiffers, w.campaign.Name, *rec)
	}
	return nil
}

// flow takes down what the session says of its campaign's flow.
func (w *recordWriter) flow(rec Record, all []shown) {
	if !rec.Redirect {
		w.mails++
		if w.recent(rec) {
			w.done.Recent++
		}
		return
	}
	w.links++
	for _, s := range all {
		if s.ID == rec.Session.ID && !s.Created.Before(w.newest) {
			w.url, w.newest = s.redirect, s.Created
		}
	}
}

// recent says whether the session's invitation may count for today.
func (w *recordWriter) recent(rec Record) bool {
	return !rec.Redirect && w.found.to.Sub(rec.Session.Created) < recoveredRecently
}

func (w *recordWriter) notes(rec Record) {
	if rec.State == Undecided {
		w.note(NoteUndecided, w.campaign.Name, rec)
	}
	if rec.Incident != "" {
		w.note(NoteRevoked, w.campaign.Name, rec)
	}
}

func (w *recordWriter) flush(ctx context.Context) error {
	if len(w.writes) == 0 {
		return nil
	}
	err := w.l.s.Put(ctx, w.writes...)
	w.writes = w.writes[:0]
	return err
}

// settle gives the campaign the flow that its sessions have. Where no session tells, the next create chooses it.
func (w *recordWriter) settle(ctx context.Context) error {
	c := w.campaign
	switch {
	case w.links > 0 && w.mails > 0 && w.Redirect == nil:
		return fmt.Errorf("campaign %q: %w: %d hand out links, %d were mailed", c.Name, ErrFlows, w.links, w.mails)
	case w.links > 0 && w.mails > 0:
		c.Settings.RedirectURL = *w.Redirect
	case w.links > 0:
		c.Settings.RedirectURL = w.url
	case w.mails == 0:
		return nil
	}
	c.Begun, w.done.Known, w.done.Redirect = true, true, c.Settings.Redirect()
	return w.l.s.Put(ctx, campaignWrite(c))
}

func (v *recovery) note(what NoteKind, campaign string, rec Record) {
	v.done.Notes = append(v.done.Notes, RecoveredNote{what, campaign, rec.Account, rec.Session.ID, rec.Session.Status})
}

// noteUnclaimed names the sessions of ours that belong to campaigns whose files were not given.
func (v *recovery) noteUnclaimed() {
	for id, s := range v.found.unclaimed {
		if s.Attempt.Ledger == v.id {
			v.done.Unclaimed++
			v.done.Notes = append(v.done.Notes, RecoveredNote{NoteUnclaimed, "", v.found.owner[id], id, s.Status})
		}
	}
}

// count says what became of the rows.
func (v *recovery) count(campaigns []Campaign) error {
	for i, c := range campaigns {
		for res, err := range v.l.Results(c, v.r.number, nil) {
			if err != nil {
				return err
			}
			v.done.Campaigns[i].Counts[res.Outcome]++
		}
	}
	return nil
}

// errNotAsListed is a ledger that is not what the list has shown: a bug, or a disk that lies.
var errNotAsListed = errors.New("the ledger that was written is not what the API's list shows; nothing was changed")

// compare reads back what was written and holds it against the list: each session of ours is some record's or an earlier one of its account, and
// no record has a session that the list lacks.
func (v *recovery) compare() error {
	records := 0
	for e, err := range v.l.s.Scan(checkpoint.Records, nil, nil) {
		if err != nil {
			return err
		}
		rec, err := decodeRecord(e.Value)
		if err != nil {
			return err
		}
		n, err := v.l.number(rec.Account)
		if err != nil {
			return err
		}
		look := Look{}
		for _, s := range v.found.accounts[n] {
			look.Sessions = append(look.Sessions, s.Seen)
		}
		s, listed := look.find(rec.Session.ID)
		ours := s.Attempt.Ledger == v.id
		if !listed || ours != (rec.State != Skipped) || ours && s.Attempt.Round != rec.Round {
			return errNotAsListed
		}
		records++
	}
	expected := 0
	for _, c := range v.done.Campaigns {
		for as, n := range c.Accounts {
			if as != RecoveredPending {
				expected += n
			}
		}
	}
	if records != expected {
		return errNotAsListed
	}
	for n, all := range v.found.accounts {
		for _, s := range all {
			if s.Attempt.Ledger != v.id {
				continue
			}
			if rec, err := v.l.record(n); err != nil || rec.Session.ID == "" || rec.Round < s.Attempt.Round {
				return errors.Join(errNotAsListed, err)
			}
		}
	}
	return nil
}
