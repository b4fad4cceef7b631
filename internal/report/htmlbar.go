package report

import "strings"

// bar is a row of segments that fill its width.
type bar struct {
	Segments []segment
}

// segment is the part of a bar that one kind of rows takes.
type segment struct {
	Kind  string // a class of the style sheet
	Name  string
	Rows  int
	X     percent // where it begins
	Width percent
}

// leastWidth is the width of the smallest segment, in percent: one row of a million can be seen.
const leastWidth = 0.7

// newBar is the bar of the rows, a segment for each kind of place that has any.
func newBar(c Counts) bar {
	var b bar
	for _, group := range placesOf(c) {
		for i, p := range group.Places {
			name := p.Name
			if p.Kind == "unclear" || p.Kind == "unsent" {
				name = group.Name
			}
			if last := len(b.Segments) - 1; i > 0 && last >= 0 && b.Segments[last].Kind == p.Kind {
				b.Segments[last].Rows += p.Rows
			} else if p.Rows > 0 {
				b.Segments = append(b.Segments, segment{Kind: p.Kind, Name: name, Rows: p.Rows})
			}
		}
	}
	b.layOut(c.Rows)
	return b
}

// layOut gives each segment its place. What the smallest ones take more than their share, the others give.
func (b *bar) layOut(rows int) {
	wide := 0.0
	for i, s := range b.Segments {
		b.Segments[i].Width = max(percentOf(s.Rows, rows), leastWidth)
		wide += float64(b.Segments[i].Width)
	}
	x := percent(0)
	for i := range b.Segments {
		b.Segments[i].X = x
		b.Segments[i].Width *= percent(100 / wide)
		x += b.Segments[i].Width
	}
}

// Words are the bar for those who can't see it.
func (b bar) Words() string {
	var words []string
	for _, s := range b.Segments {
		words = append(words, s.Name+": "+grouped(s.Rows))
	}
	if words == nil {
		return "no rows"
	}
	return strings.Join(words, "; ")
}
