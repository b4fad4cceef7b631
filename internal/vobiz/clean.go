package vobiz

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxText    = 600    // bytes of one cleaned text
	minSecret  = 4      // bytes; a shorter credential is a test's, and would blot out half of every text
	linkPrefix = "kst_" // a widget link's token is kst_<64 hex> (section "Redirect Flow")
)

// clean makes a text from outside fit for an error or a log: one line of printable characters, e-mail addresses
// masked as the API itself masks them (c***@example.com), link tokens and the digits of PAN, Aadhaar and mobile numbers hidden,
// at most some 600 bytes.
func clean(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsPrint(r): // no control, no bidi or other format characters
			return r
		}
		return '\uFFFD'
	}, text)
	return truncate(maskNumbers(maskAddresses(maskLinks(text))), maxText)
}

// clean also hides the client's own credentials, which a server may repeat in its complaint about them.
func (c *Client) clean(text string) string {
	for _, secret := range []Secret{c.authToken, c.authID} {
		if hidden := secret.Reveal(); len(hidden) >= minSecret {
			text = strings.ReplaceAll(text, hidden, secretMask)
		}
	}
	return clean(text)
}

// maskAddresses keeps the first character before each @ (or %40) and what follows it. One pass: the text may be a
// megabyte of @.
func maskAddresses(text string) string {
	var b strings.Builder
	for from := 0; ; {
		at, width := from, 1
		if i := strings.IndexAny(text[from:], "@%"); i < 0 {
			b.WriteString(text)
			return b.String()
		} else if at += i; text[at] == '%' {
			width = len("%40")
			if !strings.HasPrefix(text[at:], "%40") {
				from = at + 1
				continue
			}
		}
		b.WriteString(maskLocalPart(text[:at]) + text[at:at+width])
		text, from = text[at+width:], 0
	}
}

// maskLocalPart masks the local part of an address with which text ends.
func maskLocalPart(text string) string {
	if strings.HasSuffix(text, `"`) { // "john doe"@example.com
		if open := strings.LastIndexByte(text[:len(text)-1], '"'); open >= 0 {
			return text[:open] + `"***"`
		}
	}
	before := strings.TrimRightFunc(text, func(r rune) bool {
		return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || strings.ContainsRune("!#$%&*+-/=?^_`{|}~.'", r)
	})
	if before == text {
		return text
	}
	_, first := utf8.DecodeRuneInString(text[len(before):])
	return text[:len(before)+first] + "***"
}

// maskLinks hides what follows the prefix; that the word ends there is the server's business, so any word character
// counts, not only the documented hex digits.
func maskLinks(text string) string {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(text, linkPrefix)
		b.WriteString(before)
		if !found {
			return b.String()
		}
		b.WriteString(linkPrefix)
		text = strings.TrimLeft(after, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-")
		if len(text) < len(after) {
			b.WriteString(secretMask)
		}
	}
}

var (
	// panLike is a PAN: five letters, four digits, a letter.
	panLike = regexp.MustCompile(`\b(\pL{3})\pL{2}\p{Nd}{4}(\pL)\b`)
	// numberLike is an Aadhaar number, or a mobile number of India with or without the country's. What stands in an id between
	// hyphens is none.
	numberLike = regexp.MustCompile(`(^|[^\pL\p{Nd}_-])(\p{Nd}{4}[ -]?\p{Nd}{4}[ -]?\p{Nd}{4}|(?:\+?91[ -]?|0)?[6-9]\p{Nd}{4}[ -]?\p{Nd}{5})($|[^\pL\p{Nd}_-])`)
)

// maskNumbers leaves of a PAN what tells two customers apart on the telephone, and nothing of the numbers of people. Texts
// with too few digits for either, which most complaints of a server are, are not searched.
func maskNumbers(text string) string {
	digits := 0
	for _, r := range text {
		if unicode.Is(unicode.Nd, r) {
			digits++
		}
	}
	if digits >= 4 { // as many as a PAN has
		text = panLike.ReplaceAllString(text, "${1}xxxxxx$2")
	}
	if digits < 10 { // fewer than any number of a person has
		return text
	}
	for range 2 { // two that share the character between them
		text = numberLike.ReplaceAllString(text, "${1}xxxx$3")
	}
	return text
}

func truncate(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	cut := limit
	for !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "…"
}
