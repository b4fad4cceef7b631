package report

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
)

func TestMaskAddress(t *testing.T) {
	for address, want := range map[string]string{
		"":                         "",
		"customer@example.com":     "c***@example.com",
		"a@example.com":            "***@example.com", // its first character would be all of it
		"ab@example.com":           "***@example.com",
		"abc@example.com":          "a***@example.com",
		"x@xn--mnchen-3ya.example": "***@xn--mnchen-3ya.example",
		"jörg@münchen.example":     "j***@münchen.example",
		"जयश्री@उदाहरण.भारत":        "ज***@उदाहरण.भारत",
		`"john doe@x"@example.com`:  `"***@example.com`,
		"no address at all":         "***",
		"@":                         "***@",
		"first.last+tag@sub.ex.com": "f***@sub.ex.com",
	} {
		require.Equal(t, want, maskAddress(address), address)
	}
}

func TestMaskText(t *testing.T) {
	for text, want := range map[string]string{
		"nothing": "nothing",
		`status 422: "planted@zeta.example" is no address; neither is b@c.`: `status 422: "p***@zeta.example" is no address; neither is ***@c.`,
		"mail to <planted.one@z.example>,planted.two@z.example":             "mail to <p***@z.example>,p***@z.example",
		`"planted"@z.example`: `"***@z.example`,
	} {
		require.Equal(t, want, maskAddresses(text), text)
	}
	require.Equal(t, "see https://kyc.example/verify?token=kst_*** now", maskLinks("see https://kyc.example/verify?token=kst_0a1b2cPLANTED now"))
	require.Equal(t, "ABCxxxxxxF and abcxxxxxxz, not ABCPE12345", maskPAN("ABCPE1234F and abccd9876z, not ABCPE12345"))
	for text, want := range map[string]string{
		"true":                         "true",
		"ABCPE1234F":                   "ABCxxxxxxF",
		"abcpe1234f":                   "abcxxxxxxf",
		"ABCPEXXXXX":                   "ABCPEXXXXX", // the API's own mask
		"9942":                         "xxxx",
		"1234 5678 9012":               "xxxx xxxx xxxx",
		"1234-5678-9012":               "xxxx-xxxx-xxxx",
		"१२३४ ५६७८":                    "xxxx xxxx",
		"1990-01-15":                   "xxxx-xx-xx",
		"flat 221, Mumbai, MH, 400001": "flat 221, Mumbai, MH, xxxxxx",
		"[pan aadhaar]":                "[pan aadhaar]",
	} {
		require.Equal(t, want, maskVerified(text), text)
	}
	require.Equal(t, "a\tb\r\nc�d�", printable("a\tb\r\nc\x1bd\u0085"))
}

// TestNoAddressComesThroughMasks is the law behind the tables: whatever stands around an address, its local part is gone.
func TestNoAddressComesThroughMasks(t *testing.T) {
	around := []string{"", " ", "<", ">", `"`, "'", "(", ")", ",", ";", ":", "=", "mailto:", "\n", "\t", "|", "/", "é", "customer "}
	draw := rand.New(rand.NewPCG(5, 5))
	for range 5000 {
		text := ""
		for range 1 + draw.IntN(3) {
			text += around[draw.IntN(len(around))] + "planted.person" + string(rune('0'+draw.IntN(10))) + "@zeta.example" + around[draw.IntN(len(around))]
		}
		require.NotContains(t, maskAddresses(text), "lanted", "%q", text)
		digits := strings.Repeat("7", 4+draw.IntN(9))
		require.NotRegexp(t, `[0-9]`, maskVerified(around[draw.IntN(len(around))]+digits+around[draw.IntN(len(around))]))
	}
}

// TestShortCutsOfMasks: texts that are seen to need no change are those that would not be changed. K and ſ fold to letters of ASCII.
func TestShortCutsOfMasks(t *testing.T) {
	pieces := []string{"A", "z", "K", "ſ", "é", "7", "07", "1234", "٣", " ", "-", "~", "\t", "\n", "\x00", "\x7f", "\u0085", "\xff", "ABCDE", "klmnK", "PQRSſ", "\uFFFE"}
	draw := rand.New(rand.NewPCG(6, 6))
	pans, skipped, replaced := 0, 0, 0
	for range 20000 {
		text := ""
		for range draw.IntN(8) {
			text += pieces[draw.IntN(len(pieces))]
		}
		want := panInText.ReplaceAllStringFunc(text, func(pan string) string { return pan[:3] + "xxxxxx" + pan[9:] })
		require.Equal(t, want, maskPAN(text), "%q", text)
		if want != text {
			pans++
		} else if !mayHavePAN(text) {
			skipped++
		}
		if ascii(text) {
			require.False(t, strings.ContainsFunc(text, func(r rune) bool {
				return unicode.IsControl(r) && !strings.ContainsRune("\t\r\n", r) || r > unicode.MaxASCII
			}), "%q", text)
		} else {
			replaced++
		}
	}
	require.Greater(t, pans, 10)
	require.Greater(t, skipped, 10000)
	require.Greater(t, replaced, 1000)
}
