package intake

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

const (
	maxEmail  = 254 // RFC 5321, 4.5.3.1.3, without the angle brackets
	maxLocal  = 64  // RFC 5321, 4.5.3.1.1
	maxLabel  = 63  // RFC 1035, 2.3.4
	localMore = "!#$%&'*+-/=?^_`{|}~."

	reasonEmail = "is not an e-mail address: write it as name@example.com"
)

// Email gives an address as a row with it would have it, or an error that says what is wrong and does not quote it.
func Email(text string) (string, error) {
	email, reason := checkEmail(text)
	if reason != "" {
		return "", errors.New("the address " + reason)
	}
	return email, nil
}

// checkEmail accepts one plain address, local@domain, with a dot in the domain.
// Whatever it returns is ASCII, and net/mail reads it as the same address; quoted
// local parts and address literals, which net/mail knows too, are refused: in a
// list of customers they are slips.
//
// An internationalised domain is returned in its ASCII form (xn--…). The API page
// does not say whether it takes the other one; this one every mail server takes.
// A local part that is not ASCII has no such form, so it is refused.
func checkEmail(cell string) (email, reason string) {
	s := trim(cell)
	if s == "" {
		return "", "is empty: every row needs the address that the invitation goes to"
	}
	if isPlain(s) {
		return checkAddress(s)
	}
	switch {
	case strings.ContainsFunc(s, unicode.IsControl), strings.ContainsFunc(s, isInvisible):
		return "", "holds an invisible or control character: type the address anew"
	case !strings.Contains(s, "@") && strings.ContainsAny(s, "()"):
		return "", "has no @ in it, and brackets, as in (at): write it as name@example.com"
	case strings.ContainsAny(s, `<>"()`), len(s) > 7 && strings.EqualFold(s[:7], "mailto:"):
		return "", "holds more than the address itself: write only name@example.com, without a display name"
	case strings.ContainsAny(s, ",;"):
		return "", "holds more than one address: give one"
	}
	if reason = failedCell(s); reason != "" {
		return "", reason
	}
	local, domain, _ := strings.Cut(s, "@")
	if !isASCII(s) && len(s) <= 4*maxEmail {
		if !isASCII(local) {
			return "", "holds a character before the @ that is not ASCII, which many mail servers refuse: correct it"
		}
		ascii, err := idna.Lookup.ToASCII(domain)
		if err != nil {
			return "", "holds a character in its domain that no domain has: correct it"
		}
		s = local + "@" + ascii
	}
	return checkAddress(s)
}

// isPlain reports letters, digits and the marks that nearly every address makes do with: none of them needs a second look.
func isPlain(s string) bool {
	for i := range len(s) {
		if b := s[i]; !isAlnum(b) && b != '@' && b != '.' && b != '-' && b != '_' && b != '+' {
			return false
		}
	}
	return true
}

// checkAddress accepts what is an address in every letter.
func checkAddress(s string) (email, reason string) {
	local, domain, ok := strings.Cut(s, "@")
	switch {
	case !ok:
		return "", reasonEmail
	case len(s) > maxEmail || len(local) > maxLocal:
		return "", "is longer than an e-mail address can be (64 characters before the @, 254 in all)"
	case !strings.Contains(domain, "."):
		return "", "has no dot in its domain: write it as name@example.com"
	case !isLocal(local) || !isDomain(domain):
		return "", reasonEmail
	}
	return s, ""
}

func isLocal(s string) bool {
	if s == "" || s[0] == '.' || s[len(s)-1] == '.' || strings.Contains(s, "..") {
		return false
	}
	for i := range len(s) {
		if !isAlnum(s[i]) && strings.IndexByte(localMore, s[i]) < 0 {
			return false
		}
	}
	return true
}

// isDomain reports a host name whose last label is no number.
func isDomain(s string) bool {
	letters := false
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > maxLabel || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		letters = false
		for i := range len(label) {
			if !isAlnum(label[i]) && label[i] != '-' {
				return false
			}
			letters = letters || label[i] > '9'
		}
	}
	return letters
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func isAlnum(b byte) bool {
	return '0' <= b && b <= '9' || 'A' <= b && b <= 'Z' || 'a' <= b && b <= 'z'
}
