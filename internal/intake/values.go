package intake

import (
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Each check of a value returns the trimmed value, or "" (0) and the reason of a Problem.

const (
	maxAccount = 128  // bytes; the API page names no limit, its ids have 11
	maxWebhook = 2048 // bytes
	maxCell    = 64 << 10

	reasonCell    = "is longer than 64 KiB: shorten it"
	reasonDamaged = "holds a character that an earlier conversion destroyed (U+FFFD): write the value anew"
)

// checkAccount: account ids are case-sensitive and sent as they are, so only
// their ends are mended.
func checkAccount(cell string) (account, reason string) {
	s := trim(cell)
	switch {
	case s == "":
		return "", "is empty: every row needs the auth id of its account"
	case len(s) > maxAccount:
		return "", "is longer than 128 bytes: give the auth id of the account"
	}
	if reason = damagedID(s); reason == "" {
		reason = failedCell(s)
	}
	if reason != "" {
		return "", reason
	}
	for _, r := range s {
		switch {
		case isGraphic(r):
		case r == utf8.RuneError:
			return "", reasonDamaged
		case unicode.IsSpace(r):
			return "", "holds a space or a line break: give one auth id without spaces"
		case !unicode.IsPrint(r):
			return "", "holds an invisible or control character: type the auth id anew"
		}
	}
	return s, ""
}

// isGraphic reports the ASCII characters that one sees, which most text consists of: they need no table.
func isGraphic(r rune) bool { return r > ' ' && r < 0x7f }

// checkText: metadata may hold any text that arrived whole; of control characters only those that lay text out.
func checkText(cell string) (reason string) {
	if len(cell) > maxCell {
		return reasonCell
	}
	for _, r := range cell {
		switch {
		case isGraphic(r):
		case r == utf8.RuneError:
			return reasonDamaged
		case unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t':
			return "holds a control character, which no one can see: write the value anew"
		}
	}
	return failedCell(trim(cell))
}

// checkDays: "expires_in_days 1 to 365"; an empty cell is 0, the API's default.
func checkDays(cell string) (days int, reason string) {
	s := trim(cell)
	if s == "" {
		return 0, ""
	}
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil || n < 1 || n > 365 {
		return 0, "is not a whole number from 1 to 365: correct it or leave it empty"
	}
	return int(n), ""
}

// checkWebhook: "HTTPS endpoint" (API page, "Request body"); empty is none.
func checkWebhook(cell string) (webhook, reason string) {
	s := trim(cell)
	if s == "" {
		return "", ""
	}
	if len(s) > maxWebhook || strings.ContainsFunc(s, func(r rune) bool { return isBlank(r) || unicode.IsControl(r) || r == utf8.RuneError }) {
		return "", "is not an https address: it is too long or holds spaces"
	}
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Scheme != "https" || u.Hostname() == "":
		return "", "is not an https address: it must begin with https:// and name a host"
	case u.User != nil:
		return "", "holds a user name or password: leave it out"
	}
	return s, ""
}
