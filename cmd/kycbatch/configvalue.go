package main

import (
	"bytes"
	"encoding/csv"
	"regexp"
	"strings"
	"unicode"

	"github.com/goccy/go-yaml/ast"
	"github.com/spf13/pflag"
)

// configValue is a value of the configuration file as a flag takes it: one text, or the items of a list.
type configValue struct {
	texts []string
	list  bool
}

// give sets a flag. What the flag refuses, it refuses as on the command line.
func (v configValue) give(f *pflag.Flag) error {
	if list, ok := f.Value.(pflag.SliceValue); ok && v.list {
		return list.Replace(v.texts) // Set would cut items at their commas
	}
	return f.Value.Set(v.texts[0])
}

// readValue takes a value in YAML's own form for the type of a flag. A reason says why it is none.
func readValue(f *pflag.Flag, node ast.Node) (v configValue, reason string) {
	kind := f.Value.Type()
	if _, list := f.Value.(pflag.SliceValue); list {
		return readList(node)
	}
	if kind == "stringToString" {
		return readPairs(node)
	}
	text, form := scalar(node)
	if form == formNone {
		return v, oneValue(node)
	}
	v.texts = []string{text}
	switch {
	case kind == "bool" && form != formBool:
		return v, "write true or false"
	case strings.HasPrefix(kind, "int") || strings.HasPrefix(kind, "uint") || kind == "count":
		if form != formInteger {
			return v, "write a whole number, as 5"
		}
	case strings.HasPrefix(kind, "float") && form != formInteger && form != formNumber:
		return v, "write a number, as 0.5"
	case kind == "duration" && form != formText:
		return v, "write a time with its unit, as 90s, 10m or 2h"
	case kind == "string" && form != formText:
		return v, "write it in quotation marks"
	}
	if strings.ContainsFunc(text, unicode.IsControl) {
		return v, "it has a control character"
	}
	return v, ""
}

// readList takes a list of texts and numbers.
func readList(node ast.Node) (v configValue, reason string) {
	items, ok := node.(*ast.SequenceNode)
	if !ok {
		return v, "write a list, as [a, b]"
	}
	v.list, v.texts = true, []string{}
	for _, item := range items.Values {
		text, form := scalar(item)
		if form == formNone || form == formBool || strings.ContainsFunc(text, unicode.IsControl) {
			return v, "write a list of texts or numbers, as [a, b]"
		}
		v.texts = append(v.texts, text)
	}
	return v, ""
}

// readPairs takes names with values, and writes them as the command line would: a line of CSV.
func readPairs(node ast.Node) (v configValue, reason string) {
	const wanted = "write names with their values, as {a: b}"
	pairs, ok := node.(*ast.MappingNode)
	if !ok {
		return v, wanted
	}
	var line []string
	for _, pair := range pairs.Values {
		name, form := scalar(pair.Key)
		value, valueForm := scalar(pair.Value)
		if form != formText || valueForm == formNone || strings.ContainsFunc(name+value, unicode.IsControl) {
			return v, wanted
		}
		line = append(line, name+"="+value)
	}
	if len(line) == 1 && strings.Count(line[0], "=") == 1 { // which the flag does not take for CSV
		return configValue{texts: line}, ""
	}
	var text bytes.Buffer
	w := csv.NewWriter(&text)
	if err := w.Write(line); err != nil {
		return v, wanted
	}
	w.Flush()
	return configValue{texts: []string{strings.TrimSuffix(text.String(), "\n")}}, ""
}

// form is what YAML takes a value for.
type form int

const (
	formNone    form = iota // no single value
	formText                // with or without quotation marks
	formBool                // true or false
	formInteger             // decimal; leading zeros, 0x and _ are for nobody to guess at
	formNumber              // any other number
)

// scalar is the text of a single value, as it was written, and its form.
func scalar(node ast.Node) (text string, f form) {
	text = node.GetToken().Value
	switch n := node.(type) {
	case *ast.StringNode:
		return n.Value, formText
	case *ast.BoolNode:
		return text, formBool
	case *ast.IntegerNode:
		if regexp.MustCompile(`^-?(0|[1-9][0-9]*)$`).MatchString(text) {
			return text, formInteger
		}
		return text, formNumber
	case *ast.FloatNode:
		return text, formNumber
	}
	return "", formNone
}

// oneValue says why a node is no single value.
func oneValue(node ast.Node) string {
	switch node.(type) {
	case *ast.NullNode:
		return "it has no value: give one, or take the line out"
	case *ast.LiteralNode:
		return "write it on one line"
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode:
		return "anchors, aliases and tags are not used here: write the value"
	}
	return "write one value"
}
