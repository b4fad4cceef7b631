package sandbox_test

import (
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
)

// Law: every field of Readings is one choice, every value of it can be set, read back and parsed, no two values
// are the same, and the first one is the zero value.
func TestReadingChoices(t *testing.T) {
	choices := sandbox.ReadingChoices()
	require.Len(t, choices, reflect.TypeFor[sandbox.Readings]().NumField())
	name := regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)
	seen, fields := map[string]bool{}, map[string]bool{}
	var all []string
	var together sandbox.Readings
	for _, c := range choices {
		require.Regexp(t, name, c.Name)
		require.NotEmpty(t, c.About)
		require.False(t, seen[c.Name], c.Name)
		seen[c.Name] = true
		require.Greater(t, len(c.Values), 1, c.Name)
		require.Equal(t, c.Values[0], c.Of(sandbox.Readings{}), c.Name)
		met := map[sandbox.Readings]bool{}
		for _, value := range c.Values {
			var r sandbox.Readings
			require.NoError(t, c.Apply(&r, value))
			require.Equal(t, value, c.Of(r))
			require.False(t, met[r], "%s=%s is the same as another", c.Name, value)
			met[r] = true
			parsed, err := sandbox.ParseReadings(c.Name + "=" + value)
			require.NoError(t, err)
			require.Equal(t, r, parsed)
			require.NoError(t, newServer(t, sandbox.Config{Readings: r}).SetReadings(r))
			if value != c.Values[0] {
				fields[changed(r)] = true
			}
		}
		last := c.Values[len(c.Values)-1]
		require.NoError(t, c.Apply(&together, last))
		all = append(all, c.Name+"="+last)
		before := together
		require.Error(t, c.Apply(&together, "no such"))
		require.Equal(t, before, together)
	}
	require.Len(t, fields, len(choices), "each choice has a field of its own")
	parsed, err := sandbox.ParseReadings(strings.Join(all, ", "))
	require.NoError(t, err)
	require.Equal(t, together, parsed)
}

// changed names the fields that differ from the zero value.
func changed(r sandbox.Readings) string {
	var names []string
	v := reflect.ValueOf(r)
	for i := range v.NumField() {
		if !v.Field(i).IsZero() {
			names = append(names, v.Type().Field(i).Name)
		}
	}
	return strings.Join(names, " ")
}

func TestParseReadings(t *testing.T) {
	for text, want := range map[string]sandbox.Readings{
		"":                                     {},
		"oldest-first=true,expired=word":       {OldestFirst: true, Expired: sandbox.ExpiredWord},
		"shown-after=1m30s":                    {ShownAfter: 90 * time.Second},
		"metadata-limit=12, size=refused":      {MetadataLimit: 12, Size: sandbox.SizeRefused},
		"resend-order=429-409-400":             {ResendOrder: sandbox.Resend429409400},
		"oldest-first=true,oldest-first=false": {},
	} {
		got, err := sandbox.ParseReadings(text)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	for _, text := range []string{"oldest-first", "=", ",", "oldest-first=yes", "expired=", "no-such=true", "shown-after=-1s", "shown-after=3",
		"metadata-limit=-1", "metadata-limit=many", "expired=word,", "OLDEST-FIRST=true"} {
		_, err := sandbox.ParseReadings(text)
		require.Error(t, err, text)
	}
	_, err := sandbox.ParseReadings("expired=gone")
	require.EqualError(t, err, "sandbox: reading expired=gone; its values are unchanged, word, revoked")
}

func TestReadingsRefused(t *testing.T) {
	s := newServer(t, sandbox.Config{Readings: sandbox.Readings{OldestFirst: true}})
	for _, r := range []sandbox.Readings{
		{ShownAfter: -1}, {MetadataLimit: -1}, {Size: 3}, {Expired: -1}, {Failed: 9}, {ResendOrder: 6}, {EndedNamed: 2}, {ErrorBodies: 3}, {WebhookStatus: 3},
	} {
		_, err := sandbox.New(sandbox.Config{Readings: r})
		require.Error(t, err)
		require.Error(t, s.SetReadings(r))
	}
	require.Equal(t, sandbox.Readings{OldestFirst: true}, s.Readings(), "what is refused changes nothing")
}
