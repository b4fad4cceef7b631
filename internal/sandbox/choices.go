package sandbox

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ReadingChoice is one thing that the API page leaves open.
type ReadingChoice struct {
	Name   string   // as [ParseReadings] reads it, in kebab-case
	About  string   // the question, in a few words
	Values []string // what to try, the first reading first; a duration or a number can have others

	get func(Readings) string
	set func(r *Readings, value string) bool
}

// ReadingChoices names all that [Readings] choose, each with its values, so that a program can go through
// their combinations. The caller owns it.
func ReadingChoices() []ReadingChoice {
	return []ReadingChoice{
		boolChoice("oldest-first", "listings run from the oldest session", func(r *Readings) *bool { return &r.OldestFirst }),
		boolChoice("ordered-by-update", "listings are in the order of the last change", func(r *Readings) *bool { return &r.OrderedByUpdate }),
		wordChoice("size", "a listing's size above the largest one", func(r *Readings) *SizeReading { return &r.Size }, "echo-asked", "echo-real", "refused"),
		spanChoice("shown-after", "how long GET and lists lag behind", func(r *Readings) *time.Duration { return &r.ShownAfter }, 0, 3*time.Second),
		boolChoice("past-end-empty", "a page past the end is an empty list, not 422", func(r *Readings) *bool { return &r.PastEndEmpty }),
		boolChoice("unknown-account-empty", "a list of an unknown account is empty, not 422", func(r *Readings) *bool { return &r.UnknownAccountEmpty }),
		boolChoice("unknown-status-empty", "a list of an unknown status is empty, not 422", func(r *Readings) *bool { return &r.UnknownStatusEmpty }),

		wordChoice("expired", "the status of an expired session", func(r *Readings) *ExpiredReading { return &r.Expired }, "unchanged", "word", "revoked"),
		boolChoice("expired-inactive", "a POST does not revoke an expired session", func(r *Readings) *bool { return &r.ExpiredInactive }),
		wordChoice("failed", "the status of a failed session", func(r *Readings) *FailedReading { return &r.Failed }, "word", "kyc-word", "revoked"),
		boolChoice("completed-refused", "a POST for an account that completed is 409", func(r *Readings) *bool { return &r.CompletedRefused }),
		boolChoice("updated-frozen", "updated_at never changes", func(r *Readings) *bool { return &r.UpdatedFrozen }),
		boolChoice("empty-metadata-null", "metadata {} comes back as null", func(r *Readings) *bool { return &r.EmptyMetadata }),
		numberChoice("metadata-limit", "bytes of metadata above which a POST is 422; 0 is none", func(r *Readings) *int { return &r.MetadataLimit }, 0, 4096),

		boolChoice("resend-expired-refused", "a resend on an expired session is 409", func(r *Readings) *bool { return &r.ResendExpiredRefused }),
		wordChoice("resend-order", "the order of a resend's refusals", func(r *Readings) *ResendOrder { return &r.ResendOrder },
			"400-409-429", "400-429-409", "409-400-429", "409-429-400", "429-400-409", "429-409-400"),
		wordChoice("ended-named", "how a 409 names what is neither kyc_completed nor revoked", func(r *Readings) *EndedNamed { return &r.EndedNamed }, "own-word", "revoked"),
		boolChoice("cooldown-from-creation", "a resend does not restart the cooldown", func(r *Readings) *bool { return &r.CooldownFromCreation }),
		boolChoice("cooldown-by-reminder", "a reminder restarts the cooldown", func(r *Readings) *bool { return &r.CooldownByReminder }),
		boolChoice("seconds-rounded-up", "the 429 of a resend rounds its seconds up", func(r *Readings) *bool { return &r.SecondsRoundedUp }),
		boolChoice("delete-body-dropped", "the reason of a DELETE is lost", func(r *Readings) *bool { return &r.DeleteBodyDropped }),

		boolChoice("forbidden", "wrong credentials are 403, not 401", func(r *Readings) *bool { return &r.Forbidden }),
		boolChoice("odd-ids-invalid", "a session id that is no UUID is 422, not 404", func(r *Readings) *bool { return &r.OddIDs }),
		wordChoice("error-bodies", "the bodies of 5xx, 413 and the rate limit's 429", func(r *Readings) *ErrorShape { return &r.ErrorBodies }, "documented", "html", "empty"),

		wordChoice("webhook-status", "the member of a webhook that says the status", func(r *Readings) *StatusMember { return &r.WebhookStatus }, "session-status", "status", "both"),
		boolChoice("webhook-auto-revoke", "an auto-revoke sends a webhook", func(r *Readings) *bool { return &r.WebhookAutoRevoke }),
		boolChoice("webhook-repeated", "a delivered webhook comes once more", func(r *Readings) *bool { return &r.WebhookRepeated }),
		boolChoice("webhook-out-of-order", "webhooks overtake each other", func(r *Readings) *bool { return &r.WebhookOutOfOrder }),
		boolChoice("webhook-extra-fields", "webhooks have undocumented members", func(r *Readings) *bool { return &r.WebhookExtraFields }),
		boolChoice("signature-bare", "a webhook's signature has no prefix", func(r *Readings) *bool { return &r.SignatureBare }),
	}
}

// Apply sets the choice in r. A value that is none of it is an error, and changes nothing.
func (c ReadingChoice) Apply(r *Readings, value string) error {
	if !c.set(r, value) {
		return fmt.Errorf("sandbox: reading %s=%s; its values are %s", c.Name, value, strings.Join(c.Values, ", "))
	}
	return nil
}

// Of gives the value that r has, in the form that Apply reads.
func (c ReadingChoice) Of(r Readings) string { return c.get(r) }

// known refuses a value outside those that there are.
func (c ReadingChoice) known(r Readings) error { return c.Apply(&Readings{}, c.get(r)) }

// ParseReadings reads NAME=VALUE pairs with commas in between, "oldest-first=true,expired=word", and leaves
// the others at their first reading. The empty text is the zero value.
func ParseReadings(text string) (Readings, error) {
	var r Readings
	if text == "" {
		return r, nil
	}
	choices := ReadingChoices()
	for pair := range strings.SplitSeq(text, ",") {
		name, value, ok := strings.Cut(strings.TrimSpace(pair), "=")
		i := slices.IndexFunc(choices, func(c ReadingChoice) bool { return c.Name == name })
		if i < 0 || !ok {
			return r, fmt.Errorf("sandbox: reading %q; write NAME=VALUE, with a name out of %s", pair, names(choices))
		}
		if err := choices[i].Apply(&r, value); err != nil {
			return r, err
		}
	}
	return r, nil
}

func names(choices []ReadingChoice) string {
	all := make([]string, len(choices))
	for i, c := range choices {
		all[i] = c.Name
	}
	return strings.Join(all, ", ")
}

func boolChoice(name, about string, field func(*Readings) *bool) ReadingChoice {
	return ReadingChoice{
		Name: name, About: about, Values: []string{"false", "true"},
		get: func(r Readings) string { return strconv.FormatBool(*field(&r)) },
		set: func(r *Readings, value string) bool {
			if value != "true" && value != "false" {
				return false
			}
			*field(r) = value == "true"
			return true
		},
	}
}

func wordChoice[T ~int](name, about string, field func(*Readings) *T, words ...string) ReadingChoice {
	return ReadingChoice{
		Name: name, About: about, Values: words,
		get: func(r Readings) string {
			if i := int(*field(&r)); i >= 0 && i < len(words) {
				return words[i]
			}
			return strconv.Itoa(int(*field(&r)))
		},
		set: func(r *Readings, value string) bool {
			i := slices.Index(words, value)
			if i >= 0 {
				*field(r) = T(i)
			}
			return i >= 0
		},
	}
}

func spanChoice(name, about string, field func(*Readings) *time.Duration, values ...time.Duration) ReadingChoice {
	c := ReadingChoice{
		Name: name, About: about,
		get: func(r Readings) string { return field(&r).String() },
		set: func(r *Readings, value string) bool {
			d, err := time.ParseDuration(value)
			if err != nil || d < 0 {
				return false
			}
			*field(r) = d
			return true
		},
	}
	for _, v := range values {
		c.Values = append(c.Values, v.String())
	}
	return c
}

func numberChoice(name, about string, field func(*Readings) *int, values ...int) ReadingChoice {
	c := ReadingChoice{
		Name: name, About: about,
		get: func(r Readings) string { return strconv.Itoa(*field(&r)) },
		set: func(r *Readings, value string) bool {
			n, err := strconv.Atoi(value)
			if err != nil || n < 0 {
				return false
			}
			*field(r) = n
			return true
		},
	}
	for _, v := range values {
		c.Values = append(c.Values, strconv.Itoa(v))
	}
	return c
}
