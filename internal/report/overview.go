package report

import "time"

// Overview is a report in figures: what its index, its HTML page and its JSON have in common. Times are the server's; the zero
// time is unknown. It holds no address, no link and nothing of verified_data.
type Overview struct {
	Campaigns []string
	AsOf      time.Time      // when the newest look at the API was; zero: nothing was looked at yet
	Zone      *time.Location // in which days are counted and times are shown
	Since     time.Time      // when the report was made with which this one is compared; zero: none
	By        string         // the column that names the owners; "": there are none

	Total   Counts
	Owners  []Owner // by name; the rows without an owner are the last one, with Name ""
	Days    []Day   // each local day from the first invitation to AsOf
	Stuck   []Stuck // those who got their link the longest ago and have neither completed nor ended, at most 20
	Changes Changes // since Since
}

// Counts are rows by where they stand. All but Opened and Started are disjoint, and add up to Rows.
type Counts struct {
	Rows int

	Invited   int // the link is with the customer, who has not opened it
	Opened    int // the customer has loaded the widget, at some time: of Rows, whatever became of it
	Started   int // the customer has begun verification, at some time: of Rows, whatever became of it
	Open      int // opened or started, not finished
	Completed int
	Expired   int // the link has stopped working by its time
	Failed    int // verification failed
	Revoked   int // ended, by us or by somebody else
	Other     int // under a status that nobody knows

	Pending   int // nothing was sent yet
	InDoubt   int // sent, no definite answer yet
	Undecided int // a person has to look
	Refused   int // by the API
	Invalid   int // can't be sent as it is
	Skipped   int // somebody else's session, or on the exclusion list, or a duplicate of another row
	Withdrawn int // taken out
}

// Sent is how many customers ever got a link of ours.
func (c Counts) Sent() int {
	return c.Invited + c.Open + c.Completed + c.Expired + c.Failed + c.Revoked + c.Other
}

// Owner is what one account manager has.
type Owner struct {
	Name      string // as the rows have it; "" for those without one
	Files     []string
	Counts    Counts
	Reminders int // that were sent, or may have been
}

// Day is one local day of the campaign.
type Day struct {
	Date      time.Time // its beginning
	Invited   int       // customers invited on it
	Completed int       // customers who completed on it
}

// Stuck is a customer who has a link and does not get on.
type Stuck struct {
	Campaign string
	Account  string
	Owner    string
	Status   string    // in plain words
	Since    time.Time // of the last thing that the customer did, or of the invitation
	Next     string    // in plain words
}

// Changes are what happened since the report before, in rows.
type Changes struct {
	Invited   int
	Opened    int
	Completed int
	Expired   int
	Failed    int
	Revoked   int
}
