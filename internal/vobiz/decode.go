package vobiz

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// Bounds of what is taken from one answer, beside its bytes: they keep what it becomes in memory, and in a ledger, in proportion.
const (
	maxWord     = 1 << 10  // bytes of an id, a status or a type; the documented ones have at most 36
	maxExtra    = 100      // fields of a session that the page does not know
	maxSchedule = 16 << 10 // bytes of a reminder schedule; a longer one is not read
	maxItems    = 25_000   // sessions of one page, whatever size was asked for: 16 MiB of whole ones
)

// Page is one page of the list. Total is the number of sessions in the filtered list; Number and Size are echoes,
// zero if absent, and may not be what was asked or done.
type Page struct {
	Sessions []Session
	Total    int
	Number   int
	Size     int
}

func parseSession(text []byte) (Session, error) {
	if err := checkJSON(text); err != nil {
		return Session{}, err
	}
	return decodeSession(text)
}

// parsePage needs sessions and total: without them nothing can be concluded from a page.
func parsePage(text []byte) (Page, error) {
	if err := checkJSON(text); err != nil {
		return Page{}, err
	}
	var page Page
	var hasSessions, hasTotal, hasPage, hasSize bool
	once := func(seen *bool, name string) error {
		if *seen {
			return fmt.Errorf("%s occurs twice", name)
		}
		*seen = true
		return nil
	}
	count := func(seen *bool, name string, value []byte, to *int) error {
		if err := once(seen, name); err != nil {
			return err
		}
		n, err := strconv.ParseUint(string(value), 10, 31)
		if err != nil {
			return fmt.Errorf("%s is not a count", name)
		}
		*to = int(n)
		return nil
	}
	err := eachMember(text, func(name, value []byte) error {
		switch string(name) {
		case "sessions":
			if err := once(&hasSessions, "sessions"); err != nil {
				return err
			}
			return eachElement(value, func(item []byte) error {
				session, err := decodeSession(item)
				if err == nil && len(page.Sessions) == maxItems {
					err = fmt.Errorf("a page has no more than %d", maxItems)
				}
				if err != nil {
					return fmt.Errorf("session %d of the page: %w", len(page.Sessions)+1, err)
				}
				page.Sessions = append(page.Sessions, session)
				return nil
			})
		case "total":
			return count(&hasTotal, "total", value, &page.Total)
		case "page":
			return count(&hasPage, "page", value, &page.Number)
		case "size":
			return count(&hasSize, "size", value, &page.Size)
		}
		return nil
	})
	switch {
	case err != nil:
		return Page{}, err
	case !hasSessions:
		return Page{}, errors.New("it has no sessions")
	case !hasTotal:
		return Page{}, errors.New("it has no total")
	}
	return page, nil
}

// parseID reads the session id of an answer that says nothing else of use, "" if it names none.
func parseID(text []byte) (string, error) {
	if err := checkJSON(text); err != nil {
		return "", err
	}
	var session Session
	decoder := sessionDecoder{session: &session}
	err := eachMember(text, func(name, value []byte) error {
		if string(name) == "id" || string(name) == "session_id" {
			return decoder.id(value)
		}
		return nil
	})
	return session.ID, err
}

// decodeSession decodes one object of a text that checkJSON accepted. A name that occurs twice is an error, as is an
// id that is missing or named twice differently.
func decodeSession(raw []byte) (Session, error) {
	var session Session
	decoder := sessionDecoder{session: &session}
	if err := eachMember(raw, decoder.member); err != nil {
		return Session{}, err
	}
	if session.ID == "" {
		return Session{}, errNoID
	}
	return session, nil
}

// sessionDecoder fills one Session, member by member. seen has one bit for each known name.
type sessionDecoder struct {
	session *Session
	seen    uint32
}

func (d *sessionDecoder) member(name, value []byte) error {
	s := d.session
	var err error
	bit := uint32(0)
	switch string(name) {
	case "id":
		bit, err = 1<<0, d.id(value)
	case "session_id":
		bit, err = 1<<1, d.id(value)
	case "account_auth_id":
		bit, err = 1<<2, word(value, &s.AccountAuthID)
	case "status":
		bit, err = 1<<3, word(value, (*string)(&s.Status))
	case "customer_email":
		bit, err = 1<<4, nullableText(value, &s.CustomerEmail)
	case "kyc_type":
		if bit, err = 1<<5, nullableText(value, &s.KYCType); err == nil && s.KYCType != nil {
			err = brief(*s.KYCType)
		}
	case "webhook_url":
		bit, err = 1<<6, nullableText(value, &s.WebhookURL)
	case "redirect_url":
		bit, err = 1<<7, nullableText(value, &s.RedirectURL)
	case "email_dispatched_to":
		bit, err = 1<<8, nullableText(value, &s.EmailDispatchedTo)
	case "widget_url":
		bit, err = 1<<9, nullableText(value, &s.WidgetURL)
	case "kyc_link":
		bit, err = 1<<10, nullableText(value, &s.KYCLink)
	case "message":
		bit, err = 1<<11, optionalText(value, &s.Message)
	case "metadata":
		bit, s.Metadata = 1<<12, rawOrNil(value)
	case "verified_data":
		bit, s.VerifiedData = 1<<13, rawOrNil(value)
	case "expires_at":
		bit = 1 << 14
		d.time(name, value, &s.ExpiresAt)
	case "created_at":
		bit = 1 << 15
		d.time(name, value, &s.CreatedAt)
	case "updated_at":
		bit = 1 << 16
		d.time(name, value, &s.UpdatedAt)
	case "first_opened_at":
		bit, s.FirstOpenedAt = 1<<17, d.nullableTime(name, value)
	case "completed_at":
		bit, s.CompletedAt = 1<<18, d.nullableTime(name, value)
	case "reminder_schedule":
		bit = 1 << 19
		d.reminders(name, value)
	default:
		if _, twice := s.Extra[string(name)]; twice {
			return errors.New("an unknown field occurs twice")
		}
		if len(s.Extra) >= maxExtra {
			return fmt.Errorf("it has more than %d unknown fields", maxExtra)
		}
		d.extra(name, value)
		return nil
	}
	if d.seen&bit != 0 {
		return fmt.Errorf("%s occurs twice", name)
	}
	d.seen |= bit
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// id takes both names of the one field.
func (d *sessionDecoder) id(value []byte) error {
	var id string
	if err := word(value, &id); err != nil {
		return err
	}
	if d.session.ID != "" && id != "" && id != d.session.ID {
		return errors.New("it has two session ids")
	}
	if id != "" {
		d.session.ID = id
	}
	return nil
}

func (d *sessionDecoder) extra(name, value []byte) {
	if d.session.Extra == nil {
		d.session.Extra = make(map[string]json.RawMessage)
	}
	d.session.Extra[string(name)] = bytes.Clone(value)
}

func (d *sessionDecoder) time(name, value []byte, to *time.Time) {
	if isNull(value) {
		return
	}
	var text string
	if decodeString(value, &text) == nil {
		if t, ok := parseTime(text); ok {
			*to = t
			return
		}
	}
	d.extra(name, value)
}

func (d *sessionDecoder) nullableTime(name, value []byte) *time.Time {
	if isNull(value) {
		return nil
	}
	t := new(time.Time)
	d.time(name, value, t)
	return t
}

// reminders is lenient: a schedule says nothing about where a session stands.
func (d *sessionDecoder) reminders(name, value []byte) {
	var schedule []Reminder
	if len(value) > maxSchedule || json.Unmarshal(value, &schedule) != nil {
		d.extra(name, value)
		return
	}
	d.session.ReminderSchedule = schedule
}

// parseTime reads a time as the API writes it: RFC 3339, six digits of a second or none; without a zone it is UTC.
func parseTime(text string) (time.Time, bool) {
	t, err := time.Parse(time.RFC3339, text) // takes a fraction of any length
	if err != nil {
		t, err = time.Parse("2006-01-02T15:04:05", text)
	}
	return t.UTC(), err == nil
}

func optionalText(value []byte, to *string) error {
	if isNull(value) {
		return nil
	}
	return decodeString(value, to)
}

// word is optionalText of what is kept of a session and shown of it.
func word(value []byte, to *string) error {
	if err := optionalText(value, to); err != nil {
		return err
	}
	return brief(*to)
}

func brief(text string) error {
	if len(text) > maxWord {
		return fmt.Errorf("it has %d bytes, and at most %d are taken", len(text), maxWord)
	}
	return nil
}

func nullableText(value []byte, to **string) error {
	if isNull(value) {
		return nil
	}
	*to = new(string)
	return decodeString(value, *to)
}

func rawOrNil(value []byte) json.RawMessage {
	if isNull(value) {
		return nil
	}
	return bytes.Clone(value)
}
