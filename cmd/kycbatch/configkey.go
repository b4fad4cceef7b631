package main

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// unknownKey says what is wrong with a key of a command's section that means nothing there, and what may have been
// meant. A credential gets no key on purpose: a configuration file is made to be read and copied.
func unknownKey(cmd *cobra.Command, name string) string {
	folded := strings.NewReplacer("-", "", "_", "", ".", "", " ", "").Replace(strings.ToLower(name))
	for _, part := range []string{"token", "authid", "secret", "password", "apikey", "credential"} {
		if strings.Contains(folded, part) {
			return "credentials have no key: put them into VOBIZ_AUTH_ID and VOBIZ_AUTH_TOKEN, or into files that auth-id-file and auth-token-file name"
		}
	}
	if name == "config" {
		return "it names this file, and so has no place in it"
	}
	if others := commandsWith(cmd.Root(), name); len(others) > 0 {
		return fmt.Sprintf("it is no setting here, but of %s", strings.Join(others, ", "))
	}
	if near := nearest(folded, keysFor(cmd)); near != "" {
		return fmt.Sprintf("there is no such setting; did you mean %s?", near)
	}
	return "there is no such setting"
}

// commandsWith names the commands that have a flag.
func commandsWith(root *cobra.Command, flag string) []string {
	var names []string
	eachCommand(root, func(c *cobra.Command) {
		if c != root && c.LocalFlags().Lookup(flag) != nil && flag != "help" {
			names = append(names, sectionOf(c))
		}
	})
	return names
}

// keysFor are the keys that the section of a command takes.
func keysFor(cmd *cobra.Command) []string {
	var keys []string
	eachCommand(cmd, func(c *cobra.Command) {
		if c.Parent() == cmd {
			keys = append(keys, c.Name())
		}
		eachSetting(c, func(f *pflag.Flag) {
			if len(settable(cmd, f.Name)) > 0 {
				keys = append(keys, f.Name)
			}
		})
	})
	slices.Sort(keys)
	return slices.Compact(keys)
}

// nearest is the key that differs from a word in the fewest letters, "" where too many differ.
func nearest(word string, keys []string) string {
	best, fewest := "", 1+min(2, utf8.RuneCountInString(word)/2)
	for _, key := range keys {
		if n := distance([]rune(word), []rune(strings.ReplaceAll(key, "-", ""))); n < fewest {
			best, fewest = key, n
		}
	}
	return best
}

// distance is Levenshtein's: the fewest letters to put in, take out or change that make a of b.
func distance(a, b []rune) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		corner := row[0]
		row[0] = i + 1
		for j := range b {
			changed := corner
			if a[i] != b[j] {
				changed++
			}
			corner = row[j+1]
			row[j+1] = min(changed, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}

// shortened keeps a key that is a whole paragraph out of messages.
func shortened(key string) string {
	const longest = 40
	if runes := []rune(key); len(runes) > longest {
		return string(runes[:longest]) + "…"
	}
	return key
}
