package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"kycbatch/campaign"
)

// tell writes a line that can't steer the terminal, whatever an API or a file said.
func tell(w io.Writer, format string, args ...any) {
	fmt.Fprintln(w, oneLine(fmt.Sprintf(format, args...)))
}

func standingOf(rec campaign.Record) string {
	text := ""
	if rec.Session.ID != "" {
		text += ", session " + rec.Session.ID
	}
	if rec.Session.Status != "" {
		text += ", " + rec.Session.Status
	}
	if rec.Incident != "" {
		text += ". INCIDENT: " + rec.Incident
	}
	return text
}

// line is an entry in words.
func line(e campaign.Entry) string {
	text := e.At.Local().Format("2006-01-02 15:04:05 MST")
	if e.Run > 0 {
		text += fmt.Sprintf("  run %d", e.Run)
	}
	return text + "  " + words(e)
}

// attemptOf names an attempt as its id does: the round and the number within it.
func attemptOf(e campaign.Entry) string {
	if e.Attempt == 0 {
		return ""
	}
	return fmt.Sprintf("%d.%d", e.Round, e.Attempt)
}

// words says what an entry tells.
func words(e campaign.Entry) string {
	request := "request " + attemptOf(e)
	answer := ""
	if e.Status > 0 {
		answer = fmt.Sprintf(", HTTP %d", e.Status)
	}
	because := ""
	if e.Reason != "" {
		because = ": " + e.Reason
	}
	switch e.Kind {
	case campaign.KindBegan, campaign.KindEnded, campaign.KindImported:
		return commandWords(e) + because
	case campaign.KindIntent:
		if !e.Mail {
			return request + " is about to be sent"
		}
		return request + " is about to be sent; it mails the customer"
	case campaign.KindCreated:
		return request + " created session " + e.Session + answer
	case campaign.KindRefused:
		if e.Status > 0 {
			return request + " was refused" + answer + because
		}
		return "refused" + because
	case campaign.KindThrottled:
		return request + " came at a time of too many requests, and is in doubt" + answer + because
	case campaign.KindUnauthorized:
		return request + ": the credentials were refused, it is in doubt" + answer + because
	case campaign.KindUnsent:
		return request + " never left" + because
	case campaign.KindUnknown:
		return request + " is in doubt" + answer + because
	case campaign.KindLost:
		return "the link of a session of ours was lost with the answer to " + request + onSession(e) + "; another one follows"
	case campaign.KindOrdered:
		return "ordered: its session is to end" + onSession(e) + because
	case campaign.KindRevoked:
		return "revoked on purpose" + onSession(e) + answer + because
	case campaign.KindReopened:
		return "pending again, by hand: no session lives"
	case campaign.KindWithdrawn:
		return "nothing more is sent" + because
	case campaign.KindAdopted:
		if e.Reason != "" {
			return e.Reason + onSession(e)
		}
		return "found at the API: session " + e.Session + " is ours, made by " + request
	case campaign.KindAbsent:
		return "proved: " + request + " made no session"
	case campaign.KindFreed:
		return "proved: " + request + " made no session; the row is pending again"
	case campaign.KindSkipped:
		return "skipped" + because + onSession(e)
	case campaign.KindUndecided:
		return "undecided" + because + onSession(e)
	case campaign.KindAudited:
		return "looked at again" + onSession(e) + because
	case campaign.KindIncident:
		return "INCIDENT" + onSession(e) + because
	default:
		return followedWords(e, because, answer)
	}
}

// followedWords says what became of a session after its audit, and of resends.
func followedWords(e campaign.Entry, because, answer string) string {
	switch e.Kind {
	case campaign.KindStatus:
		return "its status is " + e.Reason + " now" + onSession(e)
	case campaign.KindExpired:
		return "its session has expired" + onSession(e)
	case campaign.KindNewer:
		return "somebody else has made a later session for the account" + onSession(e)
	case campaign.KindResend:
		return "a resend is about to be sent; it mails the customer" + onSession(e)
	case campaign.KindResent:
		return "resent: a mail left" + onSession(e) + answer + because
	case campaign.KindMayResend:
		return "the resend may have been sent; it counts as a mail" + onSession(e) + answer + because
	case campaign.KindNotResent:
		return "not resent: no mail left" + onSession(e) + answer + because
	case campaign.KindPurged:
		return "what is personal was removed from the ledger"
	default:
		return string(e.Kind) + onSession(e) + because
	}
}

func onSession(e campaign.Entry) string {
	if e.Session == "" {
		return ""
	}
	return " (session " + e.Session + ")"
}

// commandWords says what a command was: what it is about first, then who gave it, then its flags or counts.
func commandWords(e campaign.Entry) string {
	name := e.Fact(campaign.FactCampaign)
	rows, sum := e.Fact(campaign.FactRows), e.Fact(campaign.FactSHA256)
	switch e.Kind {
	case campaign.KindImported:
		return fmt.Sprintf("file of campaign %s taken in: %s rows, file sha256 %s, %s rows of earlier files are not in it", name, rows, sum, e.Fact(campaign.FactGone))
	case campaign.KindEnded:
		return strings.TrimSpace(fmt.Sprintf("%s ended: %s", name, factList(e, campaign.FactCampaign)))
	default:
		began := fmt.Sprintf("%s begun by %s on %s (process %s)", strings.TrimSpace(e.Fact(campaign.FactCommand)+" "+name), e.Fact(campaign.FactUser),
			e.Fact(campaign.FactHost), e.Fact(campaign.FactPID))
		if sum != "" { // it was about one campaign
			began += fmt.Sprintf(", %s rows, file sha256 %.12s…", rows, sum)
		}
		if flags := flagsOf(e); len(flags) > 0 {
			began += ", with " + strings.Join(flags, " ")
		}
		return began
	}
}

// factList lists the facts but those named.
func factList(e campaign.Entry, but ...string) string {
	var parts []string
	for _, f := range e.Facts {
		if !slices.Contains(but, f.Name) {
			parts = append(parts, f.Value+" "+f.Name)
		}
	}
	return strings.Join(parts, ", ")
}

// flagsOf lists the flags of a command, as they were typed.
func flagsOf(e campaign.Entry) (flags []string) {
	for _, f := range e.Facts {
		switch {
		case !isFlag(f):
		case f.Value == "":
			flags = append(flags, f.Name)
		default:
			flags = append(flags, f.Name+" "+quoted(f.Value))
		}
	}
	return flags
}

func isFlag(f campaign.Fact) bool { return strings.HasPrefix(f.Name, "--") }
