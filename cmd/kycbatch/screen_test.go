package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// hostile is what somebody may put into a cell, a name or an answer, by what it does to a terminal that obeys it.
func hostile() map[string]string {
	return map[string]string{
		"clear the screen":          "\x1b[2J\x1b[H",
		"colour":                    "\x1b[31mred\x1b[0m",
		"title of the window":       "\x1b]0;owned\x07",
		"clipboard":                 "\x1b]52;c;cm0gLXJmIH4=\x1b\\",
		"a link elsewhere":          "\x1b]8;;https://evil.example\x1b\\here\x1b]8;;\x1b\\",
		"device control":            "\x1bP+q544e\x1b\\",
		"C1 control":                "\u009b2J\u0085\u0090\u009d",
		"C1 control of one byte":    "\x9b2J\x85",
		"bell, backspace, carriage": "\a\b\b\b\rkycbatch: all is well",
		"delete":                    "abc\x7f\x7f",
		"bidi override":             "\u202etxt.exe\u202c",
		"bidi isolates":             "\u2066\u2067\u2068a\u2069",
		"bidi marks":                "\u200e\u200f\u061c",
		"invisible":                 "a\u200bb\u2060c\ufeffd\u00ade",
		"tags":                      "a\U000e0041\U000e007f",
		"line separators":           "a\u2028b\u2029c",
		"nothing":                   "a\x00b",
		"half a character":          "a\xe2\x80",
		"overlong":                  "\xc0\x9b\xe0\x80\x9b",
		"shift":                     "\x0e\x0f\v\f",
	}
}

// harmless says that a terminal can only show a text.
func harmless(t *testing.T, text string, about ...any) {
	t.Helper()
	require.True(t, utf8.ValidString(text), about...)
	if i := strings.IndexFunc(text, obeyed); i >= 0 {
		from := max(0, i-40)
		require.Fail(t, fmt.Sprintf("%q is obeyed, not shown", text[from:min(len(text), i+20)]), about...)
	}
}

// Whatever is written to either stream in whatever pieces, only text comes out, and nothing that is text is lost.
func TestScreenLetsTextThrough(t *testing.T) {
	const plain = "naïve 漢字 आशा 🦊 = \u0301\tdone\n"
	for name, text := range hostile() {
		for cut := 1; cut < 7; cut++ {
			var out strings.Builder
			s := &screen{to: &out}
			for rest := plain + text + plain; rest != ""; {
				n := min(cut, len(rest))
				wrote, err := s.Write([]byte(rest[:n]))
				require.NoError(t, err)
				require.Equal(t, n, wrote)
				rest = rest[n:]
			}
			harmless(t, out.String(), name)
			require.Equal(t, printable(plain+text+plain), out.String(), "%s in pieces of %d", name, cut)
			require.True(t, strings.HasPrefix(out.String(), plain) && strings.HasSuffix(out.String(), plain), name)
		}
	}
}

// A stream that can take no more says so, and goes on saying so.
func TestScreenKeepsItsError(t *testing.T) {
	full := errors.New("full")
	s := &screen{to: writes(func(string) {}), err: full}
	n, err := s.Write([]byte("a"))
	require.ErrorIs(t, err, full)
	require.Zero(t, n)
	read, write := io.Pipe()
	require.NoError(t, read.CloseWithError(full))
	s = &screen{to: write}
	for range 2 {
		_, err = s.Write([]byte("a"))
		require.ErrorIs(t, err, full)
	}
}

// What a terminal would obey is escaped in JSON: a terminal shows it, and a reader of JSON has it back.
func TestEncodedIsLossless(t *testing.T) {
	for name, text := range hostile() {
		text = strings.ToValidUTF8(text, "\ufffd") // as encoding/json has it
		object, err := encoded(map[string]any{text: []string{text, "<&>"}})
		require.NoError(t, err)
		harmless(t, string(object), name)
		var back map[string][]string
		require.NoError(t, json.Unmarshal(object, &back), name)
		require.Equal(t, map[string][]string{text: {text, "<&>"}}, back, name)
		require.Contains(t, string(object), `"<&>"`)
	}
}

// What is said of a hostile name stays within its line, or is indented under it; a log has it in one line.
func TestTalkStaysInItsLine(t *testing.T) {
	for name, text := range hostile() {
		const forged = "\nkycbatch: all is well\n"
		for how, say := range map[string]func(*talk){
			"say":      func(to *talk) { to.say("file %s: read", text+forged) },
			"complain": func(to *talk) { to.complain(errors.New("file " + text + forged + ": no")) },
			"log":      func(to *talk) { newLog(to, formatText).Info("request", "path", text+forged) },
			"any":      func(to *talk) { newLog(to, formatText).Info("request", "error", errors.New(text+forged)) },
			"log JSON": func(to *talk) { newLog(to, formatJSON).Info("request", "path", text+forged) },
			"group":    func(to *talk) { newLog(to, formatJSON).Info("request", slog.Group("of", "path", text+forged)) },
			"one line": func(to *talk) { fmt.Fprintln(to, oneLine(text+forged)) },
			"bar":      func(to *talk) { fmt.Fprintln(to, shortPhase(text+forged)) },
		} {
			var out strings.Builder
			say(&talk{to: &out})
			harmless(t, out.String(), name, how)
			for i, line := range strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n") {
				require.True(t, i == 0 || strings.HasPrefix(line, "  ") || line == "", "%s of %s: %q", how, name, out.String())
			}
		}
	}
}

// FuzzScreen: no bytes, however they are cut, make a terminal obey; and text is never changed.
func FuzzScreen(f *testing.F) {
	for _, text := range hostile() {
		f.Add([]byte(text), 1)
	}
	f.Fuzz(func(t *testing.T, text []byte, cut int) {
		var out strings.Builder
		s := &screen{to: &out}
		cut = min(max(cut, 0), len(text))
		for _, part := range [][]byte{text[:cut], text[cut:], []byte("\n")} {
			n, err := s.Write(part)
			require.NoError(t, err)
			require.Len(t, part, n)
		}
		harmless(t, out.String())
		require.Equal(t, printable(string(text)+"\n"), out.String())
		harmless(t, oneLine(string(text)))
		require.NotContains(t, oneLine(string(text)), "\n")
		object, err := encoded([]string{string(text)})
		require.NoError(t, err)
		harmless(t, string(object))
		var back []string
		require.NoError(t, json.Unmarshal(object, &back))
		if utf8.Valid(text) {
			require.Equal(t, string(text), back[0])
		}
	})
}
