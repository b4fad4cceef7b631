package report

import "time"

// Overview is a report in figures: what its index, its HTML page and its JSON have in common. Times are the server's; the zero
// time is unknown. It holds no address, no link and nothing of verified_data.
type Overview struct {
	Campaigns []string       `json:"campaigns"`
	AsOf      time.Time      `json:"as_of,omitzero"` // when the newest look at the API was; zero: nothing was looked at yet
	Zone      *time.Location `json:"-"`              // in which days are counted and times are shown
	Since     time.Time      `json:"since,omitzero"` // when the report was made with which this one is compared; zero: none
	By        string         `json:"by"`             // the column that names the owners; "": there are none

	Total   Counts  `json:"total"`
	Owners  []Owner `json:"owners"`  // by name; the rows without an owner are the last one, with Name ""
	Days    []Day   `json:"days"`    // each local day from the first invitation to AsOf
	Stuck   []Stuck `json:"stuck"`   // those with a link that works who have not done anything for the longest time, at most 20
	Changes Changes `json:"changes"` // since Since
}

// Counts are rows by where they stand. All but Opened and Started are disjoint, and add up to Rows.
type Counts struct {
	Rows int `json:"rows"`

	Invited   int `json:"invited"` // the link is with the customer, who has not opened it
	Opened    int `json:"opened"`  // the customer has loaded the widget, at some time: of Rows, whatever became of it
	Started   int `json:"started"` // the customer has begun verification, at some time: of Rows, whatever became of it
	Open      int `json:"open"`    // opened or started, not finished
	Completed int `json:"completed"`
	Expired   int `json:"expired"` // the link has stopped working by its time
	Failed    int `json:"failed"`  // verification failed
	Revoked   int `json:"revoked"` // ended, by us or by somebody else
	Other     int `json:"other"`   // under a status that nobody knows

	Pending   int `json:"pending"`   // nothing was sent yet
	InDoubt   int `json:"in_doubt"`  // sent, no definite answer yet
	Undecided int `json:"undecided"` // a person has to look
	Refused   int `json:"refused"`   // by the API
	Invalid   int `json:"invalid"`   // can't be sent as it is
	Skipped   int `json:"skipped"`   // somebody else's session, or on the exclusion list, or a duplicate of another row
	Withdrawn int `json:"withdrawn"` // taken out
}

// Sent is how many customers ever got a link of ours.
func (c Counts) Sent() int {
	return c.Invited + c.Open + c.Completed + c.Expired + c.Failed + c.Revoked + c.Other
}

// Owner is what one account manager has.
type Owner struct {
	Name      string   `json:"name"` // as the rows have it; "" for those without one
	Files     []string `json:"files"`
	Counts    Counts   `json:"counts"`
	Reminders int      `json:"reminders"` // that were sent, or may have been
}

// Day is one local day of the campaign.
type Day struct {
	Date      time.Time `json:"date"`      // its beginning
	Invited   int       `json:"invited"`   // customers invited on it
	Completed int       `json:"completed"` // customers who completed on it
}

// Stuck is a customer who has a link and does not get on.
type Stuck struct {
	Campaign string    `json:"campaign"`
	Account  string    `json:"account"`
	Owner    string    `json:"owner"`
	Status   string    `json:"status"`         // in plain words
	Since    time.Time `json:"since,omitzero"` // of the last thing that the customer did, or of the invitation
	Next     string    `json:"next"`           // in plain words
}

// Changes are what happened since the report before, in rows.
type Changes struct {
	Invited   int `json:"invited"`
	Opened    int `json:"opened"`
	Completed int `json:"completed"`
	Expired   int `json:"expired"`
	Failed    int `json:"failed"`
	Revoked   int `json:"revoked"`
}
