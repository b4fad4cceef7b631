package main

import (
	"kycbatch/campaign"
	"kycbatch/internal/report"
)

// figures are the metrics of a night. They hold counts and times alone, so everybody may read them.
func (n *night) figures() ([]figure, error) {
	of := label{"campaign", n.name}
	object := n.object()
	all := []figure{
		gaugeOf("kycbatch_nightly_start_timestamp_seconds", "When the newest night began.", float64(n.began.UnixMilli())/1000, of),
		gaugeOf("kycbatch_nightly_duration_seconds", "How long the newest night took.", object.Seconds, of),
		gaugeOf("kycbatch_nightly_exit_code", "The exit code of the newest night.", float64(object.ExitCode), of),
		gaugeOf("kycbatch_nightly_incidents", "Incidents that the newest night named.", float64(len(object.Incidents)), of),
	}
	parts := figure{name: "kycbatch_nightly_part_done", help: "Whether a part of the newest night came to its end: 1, or 0. A part that nobody wanted has no sample."}
	requests := 0
	for _, end := range n.ends {
		requests += end.sum.Requests
		if end.end == endSkipped {
			continue
		}
		done := 0.0
		if end.end == endDone {
			done = 1
		}
		parts.samples = append(parts.samples, sample{[]label{of, {"part", end.name}}, done})
	}
	all = append(all, parts, gaugeOf("kycbatch_nightly_requests", "Requests to the API in the newest night.", float64(requests), of))
	for _, end := range n.ends {
		if b, ok := end.result.(backupJSON); ok {
			all = append(all,
				gaugeOf("kycbatch_nightly_backups", "Backups of nightly that are kept.", float64(b.Kept), of),
				gaugeOf("kycbatch_nightly_backup_size_bytes", "Size of the newest backup of nightly.", float64(b.Bytes), of))
		}
	}
	if total, ok := n.total(); ok {
		all = append(all, standings(of, total))
	}
	closed := 0.0
	for _, end := range n.ends {
		if end.sum.Closed != nil {
			closed = 1
		}
	}
	all = append(all, gaugeOf("kycbatch_nightly_held", "Whether the newest night held mails back because the cap was used up or the window closed: 1, or 0.", closed, of))
	rows, err := n.rows(of)
	return append(all, rows), err
}

// standings are the customers of the campaign by where they stand, as its report has them.
func standings(of label, c report.Counts) figure {
	f := figure{name: "kycbatch_customers", help: "Customers who were invited, by where they stand by the newest report."}
	for _, one := range []struct {
		stands string
		n      int
	}{
		{"completed", c.Completed}, {"open", c.Open}, {"invited", c.Invited}, {"expired", c.Expired}, {"failed", c.Failed}, {"revoked", c.Revoked}, {"other", c.Other},
	} {
		f.samples = append(f.samples, sample{[]label{of, {"stands", one.stands}}, float64(one.n)})
	}
	return f
}

// rows are the campaign's rows as the ledger has them, whatever tonight's parts were; no samples where it could not be opened.
func (n *night) rows(of label) (figure, error) {
	f := figure{name: "kycbatch_rows", help: "Rows of the campaign's newest file by outcome; already: a session was created for the row."}
	if n.store == nil || n.campaign.Import == 0 {
		return f, nil
	}
	counts := map[campaign.Outcome]int{}
	for res, err := range n.store.ledger.Results(n.campaign, 0, n.cfg.Exclude) {
		if err != nil {
			return f, err
		}
		counts[res.Outcome]++
	}
	for _, o := range campaign.Outcomes() {
		if o != campaign.OutcomeCreated && o != campaign.OutcomeAdopted { // of a run alone
			f.samples = append(f.samples, sample{[]label{of, {"outcome", string(o)}}, float64(counts[o])})
		}
	}
	return f, nil
}
