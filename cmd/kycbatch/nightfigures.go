package main

import (
	"kycbatch/campaign"
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
	rows, err := n.rows(of)
	return append(all, rows), err
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
