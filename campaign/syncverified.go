package campaign

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"kycbatch/internal/vobiz"
)

// Of verified_data (API page, "Verified data") the ledger keeps what a person names and nothing else, and no digits of a PAN
// or an Aadhaar number. What is masked is masked before it is written, so nothing that reads the ledger has to think of it.

// longestFact bounds what is kept of one field, in bytes.
const longestFact = 500

var fieldName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,63}$`)

// ErrInclude refuses what can't be the name of a field of verified_data.
var ErrInclude = errors.New("not the name of a field of verified_data")

// CheckInclude refuses names that no field has; ErrInclude.
func CheckInclude(names ...string) error {
	for _, name := range names {
		if !fieldName.MatchString(name) {
			return fmt.Errorf("%w: %q", ErrInclude, name)
		}
	}
	return nil
}

// lacks says whether the session has completed and the record has not been told of each of these fields.
func (rec Record) lacks(include []string) bool {
	return !rec.purged() && rec.Session.Status == statusCompleted && slices.ContainsFunc(include, func(name string) bool {
		return !slices.ContainsFunc(rec.Verified, func(f Fact) bool { return f.Name == name })
	})
}

// keep takes fields of a completed session over. One that the session does not have is kept without a value, so that it is not
// asked for again.
func (rec *Record) keep(include []string, s vobiz.Session) {
	if len(include) == 0 || s.ID != rec.Session.ID || s.Status != vobiz.StatusKYCCompleted {
		return
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal(s.VerifiedData, &fields) != nil {
		fields = nil // null, absent, or no object: it has none of them
	}
	kept := slices.Clone(rec.Verified)
	for _, name := range include {
		fact := Fact{name, masked(name, textOf(fields[name]))}
		if i := slices.IndexFunc(kept, func(f Fact) bool { return f.Name == name }); i >= 0 {
			kept[i] = fact
		} else {
			kept = append(kept, fact)
		}
	}
	slices.SortFunc(kept, func(a, b Fact) int { return strings.Compare(a.Name, b.Name) })
	rec.Verified = kept
}

// textOf is a JSON value as text: a string's own, nothing for null, and any other value as it stands.
func textOf(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text // "" for null
	}
	var list []string
	if json.Unmarshal(raw, &list) == nil {
		return strings.Join(list, ", ")
	}
	return string(raw)
}

const panField = "pan_number"

var (
	// panLike is a PAN wherever it stands: five letters, four digits, a letter.
	panLike = regexp.MustCompile(`\b(\pL{3})\pL{2}[\s.-]?\p{Nd}{4}[\s.-]?(\pL)\b`)
	// digitsLike are four or more digits, also where they are written in groups, as an Aadhaar number is.
	digitsLike = regexp.MustCompile(`\p{Nd}(?:[\s.-]?\p{Nd}){3,}`)
	digit      = regexp.MustCompile(`\p{Nd}`)
)

// masked is a value as it may be kept. A PAN keeps its first three characters and its last one, ABCxxxxxxF: enough to tell
// two customers apart on the telephone, and too little to be used. Every other run of four or more digits loses all of them:
// the last four of an Aadhaar number, a date's year, a postal code.
func masked(field, value string) string {
	if len(value) > longestFact {
		value = strings.ToValidUTF8(value[:longestFact], "")
	}
	if runes := []rune(strings.TrimSpace(value)); field == panField && len(runes) > 0 {
		for i := range runes {
			if i >= 3 && i < len(runes)-1 || len(runes) < 10 {
				runes[i] = 'x'
			}
		}
		value = string(runes)
	}
	value = panLike.ReplaceAllString(value, "${1}xxxxxx${2}")
	return digitsLike.ReplaceAllStringFunc(value, func(run string) string { return digit.ReplaceAllString(run, "x") })
}
