package vobiz

import (
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestClean(t *testing.T) {
	for text, want := range map[string]string{
		"":                                    "",
		"Cannot resend: session is 'revoked'": "Cannot resend: session is 'revoked'",
		"customer@example.com":                "c***@example.com",
		"c***@example.com":                    "c***@example.com",
		"<a.b+c@example.com>, x@y":            "<a***@example.com>, x***@y",
		"élodie@exemple.fr":                   "é***@exemple.fr",
		`"john doe"@example.com`:              `"***"@example.com`,
		"100% of a%20b@c":                     "100% of a***@c",
		"to=customer%40example.com&x":         "t***%40example.com&x",
		"\x15a@b、c@d":                         "\uFFFDa***@b、c***@d",
		"@example.com":                        "@example.com",
		"a@b@c":                               "a***@b***@c",
		"see kst_0123abCDef/ and kst_":        "see kst_[secret]/ and kst_",
		"kst_0z-9_x kst_[secret]":             "kst_[secret] kst_[secret]",
		"a\x00b\x1b[31mc\x7f":                 "a\uFFFDb\uFFFD[31mc\uFFFD",
		"a\r\nb\tc\u2028d\u00a0e":             "a  b c d e",
		"a\u202eb\u200bc\u009bd":              "a\uFFFDb\uFFFDc\uFFFDd",
		"a\xffb":                              "a\uFFFDb",
		"नमस्ते":                              "नमस्ते",
		"PAN ABCPE1234F, (abcpe1234f)":        "PAN ABCxxxxxxF, (abcxxxxxxf)",
		"ABCPE1234F":                          "ABCxxxxxxF",
		"ABCPE1234FX and XABCPE12345F":        "ABCPE1234FX and XABCPE12345F",
		"9942 1234 5678, 994212345678":        "xxxx, xxxx",
		"9942-1234-5678 9942-1234-5678 1":     "xxxx xxxx 1",
		"call +91 98765 43210 or 09876543210": "call xxxx or xxxx",
		"9876543210":                          "xxxx",
		"wait 1799 seconds, 1716300000 s, 2026-05-15T19:37:01.316686Z":              "wait 1799 seconds, 1716300000 s, 2026-05-15T19:37:01.316686Z",
		"a5f8da3c-1234-4234-9234-123412341234 96df2f70-f51f-41b4-997d-0de8fdb570e8": "a5f8da3c-1234-4234-9234-123412341234 96df2f70-f51f-41b4-997d-0de8fdb570e8",
	} {
		require.Equal(t, want, clean(text), "%q", text)
	}
	require.Equal(t, strings.Repeat("x", maxText)+"…", clean(strings.Repeat("x", maxText+1)))
	require.Equal(t, "x"+strings.Repeat("é", maxText/2-1)+"…", clean("x"+strings.Repeat("é", maxText)))
	require.Equal(t, strings.Repeat("x", maxText), clean(strings.Repeat("x", maxText)))
}

func TestCleanHidesCredentialsOfAnyRealLength(t *testing.T) {
	client := &Client{authID: NewSecret("PA_1"), authToken: NewSecret("s3cr3t-token")}
	require.Equal(t, "[secret] and [secret].", client.clean("PA_1 and s3cr3t-token."))
	client = &Client{authID: NewSecret("a"), authToken: NewSecret("b")}
	require.Equal(t, "a bad word", client.clean("a bad word"))
}

var plainAddress = regexp.MustCompile(`[a-z0-9]{2,}@`)

func FuzzClean(f *testing.F) {
	for _, text := range []string{"customer@example.com", `"a b"@c`, "%40%40@@", `" x"@0`, "\x15@0", "kst_kst_aa", "a\xff\u202e\x00", strings.Repeat("é@", 500)} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := clean(text)
		require.True(t, utf8.ValidString(got))
		require.LessOrEqual(t, len(got), maxText+len("…"))
		if !strings.Contains(got, "%40") { // whose own digits stand before what follows
			require.False(t, plainAddress.MatchString(got), "%q", got)
		}
		for _, r := range got {
			require.True(t, unicode.IsPrint(r), "%U", r)
		}
		// Cleaning a clean text changes nothing, so it does no harm twice.
		if len(got) <= maxText {
			require.Equal(t, got, clean(got))
		}
	})
}
