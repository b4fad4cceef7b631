package sandbox

import "slices"

// Verdict is the journal in the figures that a proof asserts. What a run promises is Accidents,
// SecondMails and TwoLive all zero.
type Verdict struct {
	Sessions   int `json:"sessions"`
	Accounts   int `json:"accounts"`    // accounts that ever had a session
	ByAPI      int `json:"by_api"`      // sessions made by POSTs to the sandbox
	ByStranger int `json:"by_stranger"` // sessions made by someone else
	Completed  int `json:"completed"`   // sessions whose status is kyc_completed
	Failed     int `json:"failed"`      // sessions whose verification failed, under whichever word

	// Revokes counts the revoked sessions by reason.
	Revokes map[Revoke]int `json:"revokes"`
	// Accidents is Revokes[RevokeAccident]: live sessions that a POST killed although its sender
	// could have known.
	Accidents int `json:"accidents"`
	// AccidentIDs names the first of them, at most 20.
	AccidentIDs []string `json:"accident_ids,omitempty"`

	// CreationMails counts the invitations sent by POSTs to the sandbox, Resends those by resend.
	CreationMails int `json:"creation_mails"`
	Resends       int `json:"resends"`
	Reminders     int `json:"reminders"` // mails that sessions sent by their reminder_schedule
	// SecondMails counts creation mails to an account that had got one from an earlier POST, unless
	// every earlier session of that kind had been ended on purpose (DELETE), had expired, or had
	// failed (status failed or kyc_failed).
	SecondMails int `json:"second_mails"`
	// MostMails is the largest number of creation mails that one account got from POSTs to the sandbox.
	MostMails int `json:"most_mails"`
	// OrphansReplaced counts redirect-flow sessions that were ended on purpose (DELETE) and never opened, and
	// whose account has a later one: their links were lost.
	OrphansReplaced int `json:"orphans_replaced"`

	// OneLive, NoneLive and TwoLive count the accounts by their live sessions; an expired session
	// is not live. NoneLive leaves out accounts that completed. TwoLive is above zero only by the
	// lever Set.
	OneLive  int `json:"one_live"`
	NoneLive int `json:"none_live"`
	TwoLive  int `json:"two_live"`

	// Webhooks counts the deliveries by how far they came; nil for none.
	Webhooks map[WebhookState]int `json:"webhooks,omitempty"`

	// Requests is how many arrived, WorstSecond and After401 as in the journal.
	Requests    int `json:"requests"`
	WorstSecond int `json:"worst_second"`
	After401    int `json:"after_401"`
}

const maxAccidentIDs = 20

// Verdict sums the journal up. It needs the sessions.
func (j Journal) Verdict() Verdict {
	v := Verdict{
		Sessions: len(j.Sessions), Revokes: map[Revoke]int{},
		Requests: j.Total(AnyRoute), WorstSecond: j.WorstSecond, After401: j.After401,
	}
	type account struct {
		live      int
		completed bool
		mailed    []int // indices of the sessions that brought it a creation mail
		orphans   int   // 1 if the latest session is one
	}
	accounts := map[string]*account{}
	for i, s := range j.Sessions {
		a := accounts[s.Account]
		if a == nil {
			a = &account{}
			accounts[s.Account] = a
		}
		v.OrphansReplaced += a.orphans
		if a.orphans = 0; s.orphan() {
			a.orphans = 1
		}
		if s.failed() {
			v.Failed++
		}
		if s.Live(j.At) {
			a.live++
		}
		if s.Status == statusCompleted {
			v.Completed++
			a.completed = true
		}
		v.revoke(s)
		v.Resends += s.Resends
		v.Reminders += s.Reminders
		for _, h := range s.Webhooks {
			if v.Webhooks == nil {
				v.Webhooks = map[WebhookState]int{}
			}
			v.Webhooks[h.State]++
		}
		if s.Creator == ByStranger {
			v.ByStranger++
			continue
		}
		v.ByAPI++
		v.CreationMails += s.Mails
		if s.Mails == 0 {
			continue
		}
		if slices.ContainsFunc(a.mailed, func(k int) bool { return !j.Sessions[k].replaceable(s) }) {
			v.SecondMails++
		}
		a.mailed = append(a.mailed, i)
		v.MostMails = max(v.MostMails, len(a.mailed))
	}
	v.Accounts = len(accounts)
	for _, a := range accounts {
		switch {
		case a.live == 1:
			v.OneLive++
		case a.live > 1:
			v.TwoLive++
		case !a.completed:
			v.NoneLive++
		}
	}
	return v
}

func (v *Verdict) revoke(s View) {
	if s.Revoke == "" {
		return
	}
	v.Revokes[s.Revoke]++
	if s.Revoke == RevokeAccident {
		v.Accidents++
		if len(v.AccidentIDs) < maxAccidentIDs {
			v.AccidentIDs = append(v.AccidentIDs, s.ID)
		}
	}
}

// replaceable says whether a later session of the account may bring a mail of its own.
func (v View) replaceable(later View) bool {
	return v.Revoke == RevokeDelete && !v.Updated.After(later.Created) ||
		!v.Expires.After(later.Created) ||
		v.failed()
}

func (v View) failed() bool {
	return v.Revoke == RevokeFailed || v.Status == FailedWord.status() || v.Status == FailedKYC.status()
}

// orphan says whether nobody had the session's link when it was ended.
func (v View) orphan() bool {
	return v.Flow == flowRedirect && v.Revoke == RevokeDelete && v.Opened.IsZero()
}
