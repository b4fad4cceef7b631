package campaign

// Address is where the mails of the row's account go, or would go: that of the round which was sent, else the row's own,
// corrected where a person said so. "" where there is none: for a row that can't be sent, and once it was purged.
func (res Result) Address() string {
	if res.Record.Posted() && res.Record.Address != "" {
		return res.Record.Address
	}
	asked, err := res.Record.asked(res.Row)
	if err != nil || asked == nil {
		return ""
	}
	q, err := decodeRequest(asked)
	if err != nil {
		return ""
	}
	return q.Email
}
