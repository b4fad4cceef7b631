package intake

import (
	"strings"
	"unicode"
)

// The columns that are known, under the names of the API page ("Request body").
const (
	nameAccount  = "account_auth_id"
	nameEmail    = "email"
	nameDays     = "expires_in_days"
	nameWebhook  = "webhook_url"
	nameMetadata = "metadata"
)

const (
	reservedKey = "kycbatch" // the protocol's own metadata key (design, "attempt")
	ownPrefix   = "kyc_"     // of the columns in our result files
)

// known returns the known column that a header means. Words that a team uses for
// things of its own (id, name, customer_id, contact) are no aliases on purpose.
func known(header string) (string, bool) {
	switch fold(header) {
	case "accountauthid", "authid", "account", "accountid", "accountauth",
		"subaccount", "subaccountid", "subaccountauthid", "subaccountauth":
		return nameAccount, true
	case "email", "mail", "emailaddress", "mailaddress", "emailid", "mailid",
		"customeremail", "customermail", "customeremailaddress", "customeremailid":
		return nameEmail, true
	case "expiresindays", "expireindays", "expiryindays", "expirydays", "expiresdays", "validitydays":
		return nameDays, true
	case "webhookurl", "webhook", "callbackurl":
		return nameWebhook, true
	case "metadata":
		return nameMetadata, true
	}
	return "", false
}

func isOwn(header string) bool {
	return strings.HasPrefix(strings.ToLower(header), ownPrefix)
}

// fold makes headers comparable: without case, white space, invisible
// characters, underscores, hyphens and dots.
func fold(header string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || r == '-' || r == '.' || isBlank(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, header)
}

// trim takes white space and invisible characters from both ends: what comes
// along when a value is copied out of a spreadsheet, a web page or a mail.
func trim(s string) string {
	if s == "" || solid(s[0]) && solid(s[len(s)-1]) {
		return s
	}
	return strings.TrimFunc(s, isBlank)
}

func solid(b byte) bool { return b > ' ' && b < 0x7f }

// isBlank reports white space (no-break spaces included) and format characters:
// zero-width ones, soft hyphens, byte order and direction marks.
func isBlank(r rune) bool {
	return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r)
}
