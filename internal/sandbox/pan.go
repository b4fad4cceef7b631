package sandbox

import (
	"fmt"
	"strings"
	"time"
)

// PAN is what a customer submits to begin the verification. Spaces around and small letters do not matter.
type PAN struct {
	Number string // its 4th letter decides: P is an individual's, C a company's
	Born   string // an individual's date of birth, as 2006-01-02; of a company it is ignored
	Entity string // a company's name; of an individual it is ignored
}

// number is the PAN as registers write it.
func (p PAN) number() string { return strings.ToUpper(strings.TrimSpace(p.Number)) }

// check finds the kind of customer, or what there is to mend.
func (p PAN) check(now time.Time) (kind string, wrong error) {
	number := p.number()
	if !shaped(number, shapePAN) {
		return "", &InputError{"pan", "A PAN has five letters, four digits and a letter, like ABCPE1234F."}
	}
	switch kind = typeOf(number); kind {
	case typeIndividual:
		born, err := time.Parse(time.DateOnly, strings.TrimSpace(p.Born))
		if err != nil || born.After(now) || born.Year() < 1900 {
			return "", &InputError{"born", "Enter your date of birth; this PAN is a person's."}
		}
	case typeCompany:
		if strings.TrimSpace(p.Entity) == "" {
			return "", &InputError{"entity", "Enter the company's registered name; this PAN is a company's."}
		}
	default:
		return "", &InputError{"pan", fmt.Sprintf("The 4th letter of this PAN is %s. Only a person's (P) and a company's (C) can be verified.", number[3:4])}
	}
	return kind, nil
}

// typeOf is the kyc_type by a PAN's 4th letter, "" for neither.
func typeOf(pan string) string {
	switch {
	case !shaped(pan, shapePAN):
	case pan[3] == 'P':
		return typeIndividual
	case pan[3] == 'C':
		return typeCompany
	}
	return ""
}

// checkGSTIN finds what there is to mend in the GSTIN of a company with that PAN.
func checkGSTIN(gstin, pan string) error {
	switch {
	case !shaped(gstin, shapeGSTIN):
		return &InputError{"gstin", "A GSTIN has 15 characters: two digits, the PAN, then three more with a Z in their middle."}
	case gstin[2:12] != pan:
		return &InputError{"gstin", "This GSTIN belongs to another PAN than the one you entered."}
	}
	return nil
}

// The shapes of what customers type.
const (
	shapePAN   = "AAAAA0000A"
	shapeGSTIN = "00AAAAA0000A*Z*"
)

// shaped says whether a text has a shape: A is a letter, 0 a digit, * either, all else itself.
func shaped(text, shape string) bool {
	if len(text) != len(shape) {
		return false
	}
	for i := range len(text) {
		c := text[i]
		letter, digit := 'A' <= c && c <= 'Z', '0' <= c && c <= '9'
		switch shape[i] {
		case 'A':
			if !letter {
				return false
			}
		case '0':
			if !digit {
				return false
			}
		case '*':
			if !letter && !digit {
				return false
			}
		default:
			if c != shape[i] {
				return false
			}
		}
	}
	return true
}

// sameName compares names as registers do: without case, punctuation and the number of spaces.
func sameName(a, b string) bool {
	plain := func(name string) string {
		return strings.Join(strings.FieldsFunc(strings.ToUpper(name), func(r rune) bool {
			return r == ' ' || r == '.' || r == ',' || r == '-'
		}), " ")
	}
	return plain(a) == plain(b)
}
