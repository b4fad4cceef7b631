package main

import (
	"context"
	"fmt"
	"time"

	"kycbatch/campaign"
)

// standing is where one campaign stands: an entry of schema kycbatch/status/1.
type standing struct {
	Campaign  string              `json:"campaign"`
	Source    string              `json:"source"`   // base name of the file
	Imported  time.Time           `json:"imported"` // when its newest version was taken in
	Rows      int                 `json:"rows"`
	Counts    map[string]int      `json:"counts"`    // every outcome; they add up to rows. "already" is created
	Gone      int                 `json:"gone"`      // rows of earlier files that are not in the newest
	Unaudited int                 `json:"unaudited"` // accounts that were sent and not looked at again
	Incidents []campaign.Incident `json:"incidents"`
}

// only leaves the one campaign that is meant.
func only(all []standing, name string) ([]standing, error) {
	names := make([]string, 0, len(all))
	for _, st := range all {
		names = append(names, st.Campaign)
	}
	i, err := pick(names, name)
	if err != nil {
		return nil, err
	}
	return all[i : i+1], nil
}

// standingsOf is where one campaign stands, or "" for each.
func (s *store) standingsOf(ctx context.Context, name string) ([]standing, error) {
	all, err := s.ledger.Campaigns()
	if err == nil && name != "" {
		all = make([]campaign.Campaign, 1)
		all[0], err = s.choose(name)
	}
	if err != nil {
		return nil, err
	}
	return s.standings(ctx, all)
}

// standings is where each campaign stands. A run answers with it too, while it goes on: the reading is in short pages.
func (s *store) standings(ctx context.Context, all []campaign.Campaign) ([]standing, error) {
	found := []standing{}
	for _, c := range all {
		st, err := s.standing(ctx, c)
		if err != nil {
			return nil, fmt.Errorf("read campaign %q: %w", c.Name, err)
		}
		found = append(found, st)
	}
	return found, nil
}

// standing counts the rows of a campaign. An account that several rows name has its incident and its audit once.
func (s *store) standing(ctx context.Context, c campaign.Campaign) (standing, error) {
	st := standing{
		Campaign: c.Name, Source: c.Source, Imported: c.Imported, Gone: int(c.Kept), Incidents: []campaign.Incident{},
	}
	counts := map[campaign.Outcome]int{}
	for res, err := range s.ledger.Results(c, 0, nil) {
		if err == nil {
			err = context.Cause(ctx)
		}
		if err != nil {
			return st, err
		}
		st.Rows++
		counts[res.Outcome]++
		rec := res.Record
		if res.Row.DuplicateOf > 0 || rec.Campaign != c.ID {
			continue
		}
		if rec.Posted() && rec.Current() != campaign.Started && !rec.Audited {
			st.Unaudited++
		}
		if rec.Incident != "" {
			st.Incidents = append(st.Incidents, campaign.Incident{Account: res.Row.Account, Session: rec.Session.ID, What: rec.Incident})
		}
	}
	st.Counts = eachOutcome(counts)
	return st, nil
}
