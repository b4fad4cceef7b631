package intake

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
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

	problemColumn = "kyc_problem" // of an annotated copy
)

// KnownColumns returns the names of the columns that have a use of their own.
func KnownColumns() []string {
	return []string{nameAccount, nameEmail, nameDays, nameWebhook, nameMetadata}
}

// aliases are the folded headers that mean a known column. Words that a team uses for things of its own (id, name,
// customer_id, contact) are no aliases on purpose.
func aliases(column string) []string {
	switch column {
	case nameAccount:
		return []string{"accountauthid", "authid", "account", "accountid", "accountauth",
			"subaccount", "subaccountid", "subaccountauthid", "subaccountauth"}
	case nameEmail:
		return []string{"email", "mail", "emailaddress", "mailaddress", "emailid", "mailid",
			"customeremail", "customermail", "customeremailaddress", "customeremailid"}
	case nameDays:
		return []string{"expiresindays", "expireindays", "expiryindays", "expirydays", "expiresdays", "validitydays"}
	case nameWebhook:
		return []string{"webhookurl", "webhook", "callbackurl"}
	}
	return []string{nameMetadata}
}

// known returns the known column that a header means, "" if none.
func known(header string) string {
	folded := fold(header)
	for _, column := range KnownColumns() {
		if slices.Contains(aliases(column), folded) {
			return column
		}
	}
	return ""
}

// ownColumns are those that we add to a file that somebody may give back.
func ownColumns() []string {
	return []string{"kyc_state", "kyc_session_id", "kyc_status", "kyc_expires_at", "kyc_attempts", "kyc_error", problemColumn}
}

func isOwn(header string) bool {
	return strings.HasPrefix(strings.ToLower(header), ownPrefix)
}

// SameColumn says whether two headers name one column: case, white space and invisible characters, underscores, hyphens and
// dots make no difference.
func SameColumn(a, b string) bool { return fold(a) == fold(b) }

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
	return unicode.IsSpace(r) || isInvisible(r)
}

// isInvisible reports format characters, none of which is ASCII: most text needs no look at their table.
func isInvisible(r rune) bool { return r >= utf8.RuneSelf && unicode.Is(unicode.Cf, r) }
