package main

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// What this file lets through cannot steer a terminal. It stands before both streams, so that no command can forget it;
// what is only one line of a text goes through oneLine beside.

// screen is a stream on which nothing but text comes out. Like a bufio.Writer it keeps its first error; a character that two
// writes share is kept until it is whole.
type screen struct {
	to   io.Writer
	half []byte // the beginning of a character
	err  error
}

// Write never says that less was taken than it was given, but with an error.
func (s *screen) Write(b []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	text := append(s.half, b...)
	whole := len(text) - unfinishedRune(text)
	s.half = bytes.Clone(text[whole:])
	if whole == 0 {
		return len(b), nil
	}
	if _, s.err = io.WriteString(s.to, printable(string(text[:whole]))); s.err != nil {
		return 0, s.err
	}
	return len(b), nil
}

// unfinishedRune is the number of bytes at the end of text that more bytes could make a character of.
func unfinishedRune(text []byte) int {
	for n := 1; n <= min(len(text), utf8.UTFMax-1); n++ {
		if end := text[len(text)-n:]; utf8.RuneStart(end[0]) {
			if utf8.FullRune(end) {
				return 0
			}
			return n
		}
	}
	return 0
}

// obeyed says that a terminal obeys a character in place of showing it: a control character but the line's end and the tab, and
// one that turns the direction of writing, or hides.
func obeyed(r rune) bool {
	switch r {
	case '\n', '\t':
		return false
	case '\u2028', '\u2029': // some viewers break a line at them
		return true
	}
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
}

// printable replaces what a terminal would obey instead of showing.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if obeyed(r) {
			return unicode.ReplacementChar
		}
		return r
	}, s)
}

// oneLine is printable for a text that must stay within its line, or its cell of a table: what an API or a file said cannot
// pass for a line of ours.
func oneLine(s string) string {
	return strings.NewReplacer("\n", " ", "\t", " ").Replace(printable(s))
}

// encoded is a value as indented JSON. What a terminal would obey is escaped in it, which every reader of JSON undoes.
func encoded(v any) ([]byte, error) {
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	if !bytes.ContainsFunc(text.Bytes(), obeyed) {
		return text.Bytes(), nil
	}
	var safe bytes.Buffer
	for _, r := range text.String() { // encoding/json leaves such characters in strings only
		if !obeyed(r) {
			safe.WriteRune(r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			const hex = "0123456789abcdef"
			safe.WriteString(`\u`)
			for shift := 12; shift >= 0; shift -= 4 {
				safe.WriteByte(hex[unit>>shift&0xf])
			}
		}
	}
	return safe.Bytes(), nil
}
