package sandbox_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
)

const redirectFor = `{"account_auth_id":"ACCOUNT","flow_type":"redirect","redirect_url":"URL"}`

// invited creates a session by the redirect flow, and gives its id and the token that its customer gets.
func invited(t testing.TB, s *sandbox.Server, account, redirectURL string) (id, token string) {
	t.Helper()
	r := do(t, s, http.MethodPost, "", strings.NewReplacer("ACCOUNT", account, "URL", redirectURL).Replace(redirectFor))
	require.Equal(t, 201, r.status, r.body)
	_, token, _ = strings.Cut(field[string](t, r.body, "widget_url"), "?token=")
	return field[string](t, r.body, "session_id"), token
}

// verified is a session's verified_data as GET shows it.
func verified(t testing.TB, s *sandbox.Server, id string) string {
	t.Helper()
	return string(field[json.RawMessage](t, get(t, s, "/"+id).body, "verified_data"))
}

var (
	johnDoe = sandbox.PAN{Number: " abcpe1234f ", Born: "1990-01-15"}
	acme    = sandbox.PAN{Number: "AAACA1234A", Entity: "Acme Technologies Pvt. Ltd."}
)

// The page's sample of a successful individual flow, step by step and to the byte but for spaces.
func TestIndividual(t *testing.T) {
	now := instant(t, "2026-05-05T06:00:52.435008Z")
	s := newServer(t, sandbox.Config{Now: at(now)})
	id, token := invited(t, s, "MA_M3P94TZC", "https://yourapp.com/kyc-complete")
	look := func(status, kycType string) {
		t.Helper()
		got := get(t, s, "/"+id).body
		require.Equal(t, status, field[string](t, got, "status"))
		require.Equal(t, kycType, field[string](t, got, "kyc_type"))
	}
	look("link_ready", "")

	*now = now.Add(time.Minute)
	opened := now.Format("2006-01-02T15:04:05.000000Z")
	step, err := s.Open(token)
	require.NoError(t, err)
	require.Equal(t, sandbox.StepPAN, step)
	look("opened", "")
	before := get(t, s, "/"+id).body
	*now = now.Add(time.Minute)
	_, err = s.Open(token)
	require.NoError(t, err)
	require.Equal(t, before, get(t, s, "/"+id).body, "a second open changes nothing")
	require.Equal(t, "null", verified(t, s, id))

	step, err = s.SubmitPAN(token, johnDoe)
	require.NoError(t, err)
	require.Equal(t, sandbox.StepCode, step)
	look("in_progress", "individual")
	like(t, `{
"pan_type": "individual",
"pan_number": "GTBPDXXXXX",
"pan_name_match": true,
"completed_steps": ["pan"],
"pan_registered_name": "SAURABH DUBEY"
}`, verified(t, s, id), map[string]string{"GTBPDXXXXX": "ABCPE1234F", "SAURABH DUBEY": "John Doe"})

	*now = now.Add(time.Minute)
	step, err = s.SubmitCode(token, " "+sandbox.OneTimeCode)
	require.NoError(t, err)
	require.Equal(t, sandbox.StepDone, step)
	look("kyc_completed", "individual")
	like(t, `{
"pan_type": "individual",
"pan_number": "ABCPE1234F",
"pan_name_match": true,
"pan_registered_name": "John Doe",
"completed_steps": ["pan", "aadhaar"],
"aadhaar_name": "John Doe",
"aadhaar_dob": "1990-01-15",
"masked_aadhaar": "9942",
"gender": "MALE",
"address": "221B Baker Street, Mumbai, Maharashtra, 400001, India"
}`, verified(t, s, id), nil)
	got := get(t, s, "/"+id).body
	require.Equal(t, opened, field[string](t, got, "first_opened_at"))
	require.Equal(t, now.Format("2006-01-02T15:04:05.000000Z"), field[string](t, got, "completed_at"))
}

// The page's sample of a successful company flow: three members, and no PAN.
func TestCompany(t *testing.T) {
	s := newServer(t, sandbox.Config{})
	id, token := invited(t, s, "MA_FIRM", "https://yourapp.com/kyc-complete")
	step, err := s.SubmitPAN(token, acme)
	require.NoError(t, err)
	require.Equal(t, sandbox.StepGSTIN, step)
	require.NotNil(t, field[any](t, get(t, s, "/"+id).body, "first_opened_at"), "who submits has opened")
	require.Equal(t, "company", field[string](t, get(t, s, "/"+id).body, "kyc_type"))
	require.Equal(t, `{"pan_type":"company","completed_steps":["pan"],"pan_registered_name":"ACME TECHNOLOGIES PVT LTD"}`, verified(t, s, id))

	for gstin, words := range map[string]string{
		"":                 "15 characters",
		"27AAACA1234A1X5":  "15 characters",
		"27AAACA1234A1Z55": "15 characters",
		"27AAACB1234A1Z5":  "another PAN",
	} {
		step, err = s.SubmitGSTIN(token, gstin)
		mend(t, err, "gstin", words)
		require.Equal(t, sandbox.StepGSTIN, step)
	}
	_, err = s.SubmitCode(token, sandbox.OneTimeCode)
	mend(t, err, "code", "person's PAN")
	require.Equal(t, "in_progress", field[string](t, get(t, s, "/"+id).body, "status"))

	step, err = s.SubmitGSTIN(token, " 27aaaca1234a1z5 ")
	require.NoError(t, err)
	require.Equal(t, sandbox.StepDone, step)
	require.Equal(t, "kyc_completed", field[string](t, get(t, s, "/"+id).body, "status"))
	like(t, `{
"pan_type": "company",
"completed_steps": ["pan", "gst"],
"pan_registered_name": "ACME TECHNOLOGIES PVT LTD"
}`, verified(t, s, id), nil)
}

// mend checks that an error asks for something in a field, in these words.
func mend(t *testing.T, err error, inField, words string) {
	t.Helper()
	var wrong *sandbox.InputError
	require.ErrorAs(t, err, &wrong)
	require.Equal(t, inField, wrong.Field)
	require.ErrorContains(t, err, words)
}

// What has to be mended is said by field, and changes nothing but that the session is opened.
func TestPANToMend(t *testing.T) {
	now := instant(t, "2026-05-05T06:00:52.435008Z")
	s := newServer(t, sandbox.Config{Now: at(now)})
	id, token := invited(t, s, "MA_1", "https://yourapp.com/kyc-complete")
	for _, c := range []struct {
		pan             sandbox.PAN
		inField, wanted string
	}{
		{sandbox.PAN{}, "pan", "five letters"},
		{sandbox.PAN{Number: "ABCPE123F"}, "pan", "five letters"},
		{sandbox.PAN{Number: "ABCPE1234FX"}, "pan", "five letters"},
		{sandbox.PAN{Number: "ABCP11234F"}, "pan", "five letters"},
		{sandbox.PAN{Number: "ABCPE12E4F"}, "pan", "five letters"},
		{sandbox.PAN{Number: "ÄBCPE1234"}, "pan", "five letters"},
		{sandbox.PAN{Number: "ABCHE1234F", Born: "1990-01-15", Entity: "A"}, "pan", "4th letter of this PAN is H"},
		{sandbox.PAN{Number: "ABCPE1234F"}, "born", "date of birth"},
		{sandbox.PAN{Number: "ABCPE1234F", Born: "15.01.1990"}, "born", "date of birth"},
		{sandbox.PAN{Number: "ABCPE1234F", Born: "2026-05-06"}, "born", "date of birth"},
		{sandbox.PAN{Number: "ABCPE1234F", Born: "1890-05-06"}, "born", "date of birth"},
		{sandbox.PAN{Number: "ABCCE1234F", Entity: " "}, "entity", "registered name"},
	} {
		step, err := s.SubmitPAN(token, c.pan)
		mend(t, err, c.inField, c.wanted)
		require.Equal(t, sandbox.StepPAN, step)
		require.Equal(t, "opened", field[string](t, get(t, s, "/"+id).body, "status"))
	}
	_, err := s.SubmitGSTIN(token, "27AAACA1234A1Z5")
	mend(t, err, "gstin", "company's PAN")
	_, err = s.SubmitPAN(token, johnDoe)
	require.NoError(t, err)
	step, err := s.SubmitPAN(token, acme)
	require.NoError(t, err)
	require.Equal(t, sandbox.StepCode, step, "a PAN that was taken is not taken again")
	require.Equal(t, "individual", field[string](t, get(t, s, "/"+id).body, "kyc_type"))
}

// Law: the PAN's 4th letter alone decides what runs; every letter but P and C is refused.
func TestFourthLetter(t *testing.T) {
	s := newServer(t, sandbox.Config{})
	for letter := 'A'; letter <= 'Z'; letter++ {
		account := "MA_" + string(letter)
		id, token := invited(t, s, account, "https://yourapp.com/kyc-complete")
		pan := "QWE" + string(letter) + "R1234T"
		entity := registeredCompany(t, account)
		step, err := s.SubmitPAN(token, sandbox.PAN{Number: pan, Born: "1990-01-15", Entity: entity})
		switch letter {
		case 'P':
			require.NoError(t, err)
			require.Equal(t, sandbox.StepCode, step)
			require.Equal(t, "individual", field[string](t, get(t, s, "/"+id).body, "kyc_type"))
		case 'C':
			require.NoError(t, err)
			require.Equal(t, sandbox.StepGSTIN, step)
			require.Equal(t, "company", field[string](t, get(t, s, "/"+id).body, "kyc_type"))
		default:
			mend(t, err, "pan", fmt.Sprintf("is %c", letter))
			require.Empty(t, field[string](t, get(t, s, "/"+id).body, "kyc_type"))
		}
	}
}

// registeredCompany is the name under which an account's company is registered, as the widget shows it.
func registeredCompany(t *testing.T, account string) string {
	t.Helper()
	s := newServer(t, sandbox.Config{})
	_, token := invited(t, s, account, "https://yourapp.com/kyc-complete")
	_, page, _ := strings.Cut(visit(t, s, "/verify/pan?token="+token).body, "as a company")
	_, name, ok := strings.Cut(page, "<dt>Name</dt><dd>")
	require.True(t, ok)
	name, _, _ = strings.Cut(name, "<")
	return name
}

func TestNameMismatch(t *testing.T) {
	s := newServer(t, sandbox.Config{})
	id, token := invited(t, s, "MA_1", "https://yourapp.com/kyc-complete")
	other := acme
	other.Entity = "ACME Laundries"
	step, err := s.SubmitPAN(token, other)
	require.NoError(t, err)
	require.Equal(t, sandbox.StepFailed, step)
	v, _ := s.Session(id)
	require.Equal(t, "failed", v.Status)
	require.Equal(t, "company", field[string](t, get(t, s, "/"+id).body, "kyc_type"), "the PAN was submitted")
	require.Nil(t, field[any](t, get(t, s, "/"+id).body, "completed_at"))
}

// The third wrong code ends the verification; the count is of the session, not of the process.
func TestWrongCodes(t *testing.T) {
	path, now := worldPath(t), instant(t, "2026-05-05T06:00:52.435008Z")
	s := reopen(t, path, now)
	id, token := invited(t, s, "MA_1", "https://yourapp.com/kyc-complete")
	_, err := s.SubmitPAN(token, johnDoe)
	require.NoError(t, err)
	_, err = s.SubmitCode(token, "000000")
	mend(t, err, "code", "Tries left: 2.")
	require.NoError(t, s.Close())

	s = reopen(t, path, now)
	_, err = s.SubmitCode(token, "")
	mend(t, err, "code", "Tries left: 1.")
	step, err := s.SubmitCode(token, "123457")
	require.NoError(t, err)
	require.Equal(t, sandbox.StepFailed, step)
	require.NotEqual(t, "kyc_completed", field[string](t, get(t, s, "/"+id).body, "status"))
	_, err = s.SubmitCode(token, sandbox.OneTimeCode)
	linkStopped(t, err, "could not be verified")
	require.NoError(t, s.Close())
}

// linkStopped checks that a link does not work, and what its customer is told.
func linkStopped(t *testing.T, err error, words string) {
	t.Helper()
	var link *sandbox.LinkError
	require.ErrorAs(t, err, &link)
	require.ErrorContains(t, err, words)
}

// A link whose session has ended leads nowhere, at whatever step, and changes nothing.
func TestLinkStops(t *testing.T) {
	for name, c := range map[string]struct {
		words string
		end   func(t *testing.T, s *sandbox.Server, id, token string, now *time.Time)
	}{
		"expired": {"This link worked until 12 May 2026, 06:00 UTC.", func(_ *testing.T, _ *sandbox.Server, _, _ string, now *time.Time) {
			*now = now.AddDate(0, 0, 7).Add(time.Second)
		}},
		"deleted": {"This link was withdrawn.", func(t *testing.T, s *sandbox.Server, id, _ string, _ *time.Time) {
			require.Equal(t, 200, do(t, s, http.MethodDelete, "/"+id, "").status)
		}},
		"replaced": {"This link was withdrawn.", func(t *testing.T, s *sandbox.Server, _, _ string, _ *time.Time) {
			created(t, s, "MA_1")
		}},
		"completed": {"Your KYC is completed.", func(t *testing.T, s *sandbox.Server, _, token string, _ *time.Time) {
			_, err := s.SubmitPAN(token, johnDoe)
			require.NoError(t, err)
			_, err = s.SubmitCode(token, sandbox.OneTimeCode)
			require.NoError(t, err)
		}},
		"unheard of": {"could not be verified", func(t *testing.T, s *sandbox.Server, id, _ string, _ *time.Time) {
			require.NoError(t, s.Set(id, "under_review"))
		}},
	} {
		for reading := range sandbox.ExpiredRevoked + 1 {
			t.Run(fmt.Sprint(name, reading), func(t *testing.T) {
				now := instant(t, "2026-05-05T06:00:52.435008Z")
				s := newServer(t, sandbox.Config{Now: at(now), Readings: sandbox.Readings{Expired: reading}})
				id, token := invited(t, s, "MA_1", "https://yourapp.com/kyc-complete")
				c.end(t, s, id, token, now)
				before := get(t, s, "/"+id).body
				for _, act := range []func() (sandbox.Step, error){
					func() (sandbox.Step, error) { return s.Open(token) },
					func() (sandbox.Step, error) { return s.SubmitPAN(token, johnDoe) },
					func() (sandbox.Step, error) { return s.SubmitCode(token, sandbox.OneTimeCode) },
					func() (sandbox.Step, error) { return s.SubmitGSTIN(token, "27AAACA1234A1Z5") },
				} {
					_, err := act()
					linkStopped(t, err, c.words)
				}
				require.Equal(t, before, get(t, s, "/"+id).body)
			})
		}
	}
	s := newServer(t, sandbox.Config{})
	_, err := s.Open("kst_")
	linkStopped(t, err, "Nobody was sent this link.")
}

// Law: what customers did is the same to the byte in the next process.
func TestCustomersSurvive(t *testing.T) {
	path, now := worldPath(t), instant(t, "2026-05-05T06:00:52.435008Z")
	s := reopen(t, path, now)
	for i := range 24 {
		_, token := invited(t, s, fmt.Sprint("MA_", i), "https://yourapp.com/kyc-complete")
		_, err := s.Open(token)
		require.NoError(t, err)
		pan := johnDoe
		if i%2 == 1 {
			pan = acme
		}
		if i%3 == 2 {
			pan.Entity = "Another"
		}
		*now = now.Add(time.Minute)
		if i%4 == 0 {
			continue
		}
		step, err := s.SubmitPAN(token, pan)
		require.NoError(t, err)
		switch {
		case step == sandbox.StepCode && i%4 == 2:
			_, err = s.SubmitCode(token, sandbox.OneTimeCode)
		case step == sandbox.StepGSTIN && i%4 == 3:
			_, err = s.SubmitGSTIN(token, "27AAACA1234A1Z5")
		}
		require.NoError(t, err)
	}
	list := get(t, s, "?size=100").body
	for _, status := range []string{"opened", "in_progress", "kyc_completed", "failed"} {
		require.Contains(t, list, `"status":"`+status+`"`)
	}
	again := reopen(t, path, now)
	require.Equal(t, list, get(t, again, "?size=100").body)
	require.Equal(t, s.Journal().Sessions, again.Journal().Sessions)
	require.NoError(t, again.Close())
	require.NoError(t, s.Close())

	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NotContains(t, string(text), "aadhaar", "the last four digits are drawn, not kept")
}

func TestForeignPAN(t *testing.T) {
	path, now := worldPath(t), instant(t, "2026-05-05T06:00:52.435008Z")
	s := reopen(t, path, now)
	id := created(t, s, "MA_1")
	require.NoError(t, s.Close())
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = file.WriteString(`{"event":"pan","id":"` + id + `","pan":"X"}` + "\n")
	require.NoError(t, err)
	require.NoError(t, file.Close())
	_, err = sandbox.New(sandbox.Config{World: path})
	require.ErrorContains(t, err, "line 2")
}

// Law: an account's customer is one person with well-formed data, the same in every world, and others are
// others; of an Aadhaar number there are four digits.
func TestRegistry(t *testing.T) {
	seen := map[string]bool{}
	for i := range 200 {
		account := fmt.Sprint("MA_", i)
		var told []string
		for seed := range uint64(2) {
			s := newServer(t, sandbox.Config{Seed: seed})
			id, token := invited(t, s, account, "https://yourapp.com/kyc-complete")
			_, err := s.SubmitPAN(token, sandbox.PAN{Number: "ZZZPZ9999Z", Born: "1970-02-03"})
			require.NoError(t, err)
			_, err = s.SubmitCode(token, sandbox.OneTimeCode)
			require.NoError(t, err)
			told = append(told, verified(t, s, id))
		}
		require.Equal(t, told[0], told[1])
		require.Regexp(t, `"masked_aadhaar":"[0-9]{4}","gender":"(FE)?MALE","address":"[^"]+, [0-9]{6}, India"}$`, told[0])
		require.Contains(t, told[0], `"pan_number":"ZZZPZ9999Z"`)
		require.Contains(t, told[0], `"aadhaar_dob":"1970-02-03"`)
		seen[told[0]] = true
	}
	require.Greater(t, len(seen), 190)
}

// What the world file cannot take did not happen, and the customer is told so.
func TestCustomerCannotBeWritten(t *testing.T) {
	path, now := worldPath(t), instant(t, "2026-05-05T06:00:52.435008Z")
	s := reopen(t, path, now)
	id, token := invited(t, s, "MA_1", "https://yourapp.com/kyc-complete")
	_, err := s.BreakWorld()
	require.NoError(t, err)
	_, err = s.Open(token)
	require.ErrorContains(t, err, "could not write its world file")
	require.Equal(t, "link_ready", field[string](t, get(t, s, "/"+id).body, "status"))
	require.Equal(t, 500, visit(t, s, "/verify?token="+token).status)
	require.Error(t, s.Close())
}
