package report

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maskAddress leaves of an address what the API itself shows (c***@example.com), and nothing of a local part so short that
// its first character would be most of it.
func maskAddress(address string) string {
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		if address == "" {
			return ""
		}
		return "***"
	}
	local := address[:at]
	if utf8.RuneCountInString(local) < 3 {
		return "***" + address[at:]
	}
	_, first := utf8.DecodeRuneInString(local)
	return local[:first] + "***" + address[at:]
}

var (
	localInText = regexp.MustCompile(`("[^"\s]*"|[^\s"'<>(),;:@]+)@`) // up to the @: what follows may be the next one's
	panInText   = regexp.MustCompile(`(?i)\b[A-Z]{5}[0-9]{4}[A-Z]\b`)
	linkInText  = regexp.MustCompile(`kst_[0-9A-Za-z_-]+`)
	digitRun    = regexp.MustCompile(`\p{Nd}(?:[\s._/-]?\p{Nd}){3,}`)
)

// exampleAddress is nobody's: it stands in what people are told to write.
const exampleAddress = "name@example.com"

// maskAddresses masks every address within a text.
func maskAddresses(text string) string {
	if !strings.Contains(text, "@") {
		return text
	}
	parts := strings.Split(text, exampleAddress)
	for i, part := range parts {
		parts[i] = localInText.ReplaceAllStringFunc(part, maskAddress)
	}
	return strings.Join(parts, exampleAddress)
}

// maskLinks hides the tokens of widget links within a text. Whoever has one can do the customer's KYC.
func maskLinks(text string) string {
	if !strings.Contains(text, "kst_") {
		return text
	}
	return linkInText.ReplaceAllString(text, "kst_***")
}

// maskPAN leaves of each PAN in a text what the ledger itself keeps of one: the first three characters and the last, ABCxxxxxxF.
func maskPAN(text string) string {
	if !mayHavePAN(text) {
		return text
	}
	return panInText.ReplaceAllStringFunc(text, func(pan string) string { return pan[:3] + "xxxxxx" + pan[9:] })
}

// mayHavePAN says whether four digits come behind a letter, or behind what may be one, somewhere in a text. There is no PAN in any
// other, which is most of them: a reference of digits alone is not worth an expression's time.
func mayHavePAN(text string) bool {
	letter, digits := false, 0 // digits: so many in a row up to here; letter: what is before them
	for i := range len(text) {
		c := text[i]
		if '0' <= c && c <= '9' {
			if digits++; digits == 4 && letter {
				return true
			}
			continue
		}
		letter, digits = 'A' <= c&^0x20 && c&^0x20 <= 'Z' || c >= utf8.RuneSelf, 0 // case folding knows letters beyond ASCII
	}
	return false
}

// maskVerified masks what verified_data says, although the ledger keeps nothing of it that a sync has not masked: each PAN, and every run of four digits or more, whatever stands between them. That takes
// the digits of an Aadhaar number, of its last four, and of a date of birth.
func maskVerified(text string) string {
	return digitRun.ReplaceAllStringFunc(maskPAN(text), func(run string) string {
		return strings.Map(func(r rune) rune {
			if unicode.IsDigit(r) {
				return 'x'
			}
			return r
		}, run)
	})
}

// printable replaces the characters that no cell should have; tabs and line breaks stay.
func printable(text string) string {
	if ascii(text) {
		return text
	}
	clean := func(r rune) bool {
		return r == '\t' || r == '\n' || r == '\r' || !unicode.IsControl(r) && r != utf8.RuneError && r != '\uFFFE' && r != '\uFFFF'
	}
	if strings.IndexFunc(text, func(r rune) bool { return !clean(r) }) < 0 {
		return text
	}
	return strings.Map(func(r rune) rune {
		if clean(r) {
			return r
		}
		return '\uFFFD'
	}, text)
}

// ascii says whether a text is nothing but what printable leaves, where that is seen byte by byte: without anything beyond ASCII.
func ascii(text string) bool {
	for i := range len(text) {
		if c := text[i]; (c < ' ' && c != '\t' && c != '\n' && c != '\r') || c > '~' {
			return false
		}
	}
	return true
}
