package report

// place is one of the disjoint places where a row can stand: all places together are the rows.
type place struct {
	Kind  string // its colour: a class of the style sheet
	Name  string
	Means string
	Rows  int
}

// placeGroup are places that belong together.
type placeGroup struct {
	Name   string
	Places []place
}

// Rows is how many rows stand in the group.
func (g placeGroup) Rows() int {
	n := 0
	for _, p := range g.Places {
		n += p.Rows
	}
	return n
}

// placesOf says of every row where it stands, in the order in which people ask.
func placesOf(c Counts) []placeGroup {
	return []placeGroup{
		{"Invited", []place{
			{"completed", "Completed", "Verified. Nothing is left to do.", c.Completed},
			{"open", "Opened, not finished", "The customer has opened the link or has begun, and can still finish.", c.Open},
			{"invited", "Not opened yet", "The link is with the customer, who has not opened it.", c.Invited},
			{"expired", "Expired", "The link has stopped working by its time. The customer needs a new one.", c.Expired},
			{"failed", "Failed", "The verification failed.", c.Failed},
			{"revoked", "Revoked", "The link was ended, by us or by somebody else.", c.Revoked},
			{"other", "Unknown status", "The API says a word for it that this program does not know.", c.Other},
		}},
		{"Not clear yet", []place{
			{"unclear", "In doubt", "Sent, and no definite answer came. The next run looks again.", c.InDoubt},
			{"unclear", "Undecided", "Nobody can tell from the API whether the customer was invited. A person has to look.", c.Undecided},
		}},
		{"Not invited", []place{
			{"unsent", "Pending", "Nothing was sent yet, or a new link is to follow. A later run sends it.", c.Pending},
			{"unsent", "Refused", "The API refused the row. It can be sent again when it is corrected.", c.Refused},
			{"unsent", "Invalid", "The row can’t be sent as it is. It has to be corrected in the file.", c.Invalid},
			{"unsent", "Skipped", "Has somebody else’s session, is on the exclusion list, or is a duplicate of another row.", c.Skipped},
			{"unsent", "Withdrawn", "Taken out by a person.", c.Withdrawn},
		}},
	}
}

// ended is how many links have stopped working before the customer completed.
func ended(c Counts) int { return c.Expired + c.Failed + c.Revoked }

// aside is how many rows are not on the way and did not end: never invited, or nobody knows.
func aside(c Counts) int {
	n := c.Other
	for _, g := range placesOf(c)[1:] {
		n += g.Rows()
	}
	return n
}
