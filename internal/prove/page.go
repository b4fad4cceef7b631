package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// page is what PROOF.md is made of.
type page struct {
	tree    tree
	machine string
	minutes float64 // what the proof was asked for
	parts   []part
	results []result // in the order of the parts
	written time.Time
}

// text is PROOF.md.
func (p page) text() string {
	var b strings.Builder
	b.WriteString("# Proof\n\nWritten by `make prove`, never by hand.\n\n")
	p.failures(&b)
	p.about(&b)
	p.table(&b)
	p.unfinished(&b)
	p.lines(&b)
	section(&b, "Bugs found on the way", bugs)
	section(&b, "What reviews found", review)
	section(&b, "Outside of what is modelled", outside)
	return b.String()
}

func section(b *strings.Builder, title, text string) {
	fmt.Fprintf(b, "\n## %s\n\n%s\n", title, strings.TrimSpace(text))
}

// failures comes before everything else.
func (p page) failures(b *strings.Builder) {
	bad := 0
	for i, r := range p.results {
		if !r.failed() {
			continue
		}
		bad++
		fmt.Fprintf(b, "**FAILED: %s.** What it tried: %s.\n\n", r.Part, p.parts[i].what)
		for _, f := range r.Facts {
			if f.Kind == zero && f.Found > 0 {
				fmt.Fprintf(b, "- %s\n", f)
			}
		}
		for _, e := range r.Ends {
			if !e.failed() {
				continue
			}
			switch {
			case e.Empty:
				fmt.Fprintf(b, "- `%s`: no test has such a name\n", e.Command)
			default:
				fmt.Fprintf(b, "- `%s`: exit %d\n", e.Command, e.Exit)
			}
			for _, name := range e.Broken {
				fmt.Fprintf(b, "- failed: `%s`\n", name)
			}
			for _, find := range e.Finds {
				fmt.Fprintf(b, "- an input that fails: `%s`\n", find)
			}
			fmt.Fprintf(b, "\n```\n%s\n```\n\n", strings.Join(e.Tail, "\n"))
		}
	}
	whole := 0
	for _, r := range p.results {
		if word(r) == ended && slices.ContainsFunc(r.Facts, func(f fact) bool { return f.Kind != notRun }) {
			whole++
		}
	}
	if bad == 0 {
		b.WriteString("No part failed: nothing was found that must not happen. ")
	}
	fmt.Fprintf(b, "%d of %d parts ran to their end; what did not is named below.\n\n", whole, len(p.results))
}

func (p page) about(b *strings.Builder) {
	fmt.Fprintf(b, "| | |\n|---|---|\n| commit | `%s` (%s) |\n| machine | %s |\n", p.tree.commit, cell(p.tree.subject), p.machine)
	budget := "the whole, " + strconv.Itoa(full) + " minutes at most"
	if p.minutes < full {
		budget = fmt.Sprintf("**a short try**: what is drawn was asked for as if the whole had %g minutes in place of %d", p.minutes, full)
	}
	begun, last := p.written, time.Time{}
	seconds := 0.0
	for i, r := range p.results {
		if r.Started.Before(begun) {
			begun = r.Started
		}
		if end := r.Started.Add(time.Duration(r.Seconds * float64(time.Second))); end.After(last) {
			last = end
		}
		seconds += r.Seconds * float64(p.parts[i].cores) / cores
	}
	fmt.Fprintf(b, "| size | %s |\n| begun | %s |\n| ended | %s |\n| time | %s on %d cores, without pauses between runs |\n", budget,
		begun.UTC().Format("2006-01-02 15:04 UTC"), last.UTC().Format("2006-01-02 15:04 UTC"), clock(seconds), cores)
}

func (p page) table(b *strings.Builder) {
	b.WriteString("\n## What was tried, and what was found\n\n" +
		"| part | tried | found | time | so at 95 %: fewer than 3/N |\n|---|---|---|---|---|\n")
	for i, r := range p.results {
		name, took := p.parts[i].name, clock(r.Seconds)
		rows := 0
		for n, f := range r.Facts {
			if f.Kind != zero {
				continue
			}
			fmt.Fprintf(b, "| %s | %s %s | %s: %s | %s | %s |\n", name, number(f.N), cell(f.Unit), cell(f.Text), number(f.Found), took, claim(p.parts[i], r.Facts, n))
			name, took = "", ""
			rows++
		}
		if rows == 0 {
			fmt.Fprintf(b, "| %s | nothing was counted | %s | %s | |\n", name, word(r), took)
		}
	}
	b.WriteString("\nN is the number of independent draws, which the last column names: campaigns, kills or images, not the rows in them. What was not found in N\n" +
		"of them happens, at 95 % confidence, in fewer than 3/N (the rule of three). That assumes that the draws are independent and come from the faults as\n" +
		"they are modelled here. It says how much was tried, not how often something will happen to you: the world draws otherwise. Where the column says\n" +
		"\"no draws\", everything that the model has was tried (explorers, syscalls) or the inputs depend on each other (fuzzing): no frequency follows from that.\n")
	for i, r := range p.results {
		fmt.Fprintf(b, "\n- **%s**: %s.", r.Part, p.parts[i].what)
	}
	b.WriteString("\n")
}

// claim is what follows from the n-th fact, a zero. It is about the draws that were counted last before it: a test says
// how much it drew, and then what it found in that.
func claim(p part, facts []fact, n int) string {
	if facts[n].Found > 0 {
		return "it happens"
	}
	for _, f := range slices.Backward(facts[:n+1]) {
		if f.Kind == notRun || !slices.Contains(p.draws, f.Unit) {
			continue
		}
		if bound(f.N) == 0 {
			break
		}
		return fmt.Sprintf("1 in %s %s", number(bound(f.N)), f.Unit)
	}
	if len(p.draws) == 0 {
		return "no draws"
	}
	return "too few to say"
}

// unfinished says what did not fit, and what was not run.
func (p page) unfinished(b *strings.Builder) {
	var lines []string
	for i, r := range p.results {
		cut, left := 0, 0
		for _, e := range r.Ends {
			switch {
			case !e.Begun:
				left++
			case e.Cut:
				cut++
			}
		}
		if cut+left > 0 {
			lines = append(lines, fmt.Sprintf("**%s** did not fit into its %.1f minutes. Of its commands were ended, with what they had printed until then counted: %d of %d; did not begin: %d",
				r.Part, p.parts[i].minutes, cut, len(r.Ends), left))
		}
		if drawn := r.drawn(p.parts[i]); drawn < p.parts[i].least {
			lines = append(lines, fmt.Sprintf("**%s**: %s %s of the %s that were asked for, in its %.1f minutes", r.Part,
				number(drawn), p.parts[i].draws[0], number(p.parts[i].least), p.parts[i].minutes))
		}
		for _, f := range r.Facts {
			if f.Kind == notRun {
				lines = append(lines, fmt.Sprintf("**%s**: %s", r.Part, f))
			}
		}
	}
	b.WriteString("\n## What did not fit, or was not run\n\n")
	if len(lines) == 0 {
		b.WriteString("Every command ended by itself, within its time.\n")
	}
	for _, line := range lines {
		b.WriteString("- " + line + "\n")
	}
}

// lines is everything that the parts counted, and how to count it again.
func (p page) lines(b *strings.Builder) {
	b.WriteString("\n## What each part printed\n")
	for _, r := range p.results {
		fmt.Fprintf(b, "\n### %s\n\n```\n", r.Part)
		for _, e := range r.Ends {
			fmt.Fprintf(b, "$ %s%s\n", e.Command, e.note())
		}
		for _, f := range r.Facts {
			fmt.Fprintf(b, "%s\n", f)
		}
		b.WriteString("```\n")
	}
}

// number has its digits in groups of three.
func number(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// clock is a time as people say it.
func clock(seconds float64) string {
	return (time.Duration(seconds) * time.Second).String()
}

// cell is text that stays within a cell of a table.
func cell(s string) string { return strings.ReplaceAll(s, "|", "\\|") }
