package report

import (
	"fmt"
	"math"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// light is a colour as amounts of red, green and blue light, each from 0 to 1.
type light [3]float64

// schemes are the colours of the style sheet by name, for each of its schemes.
func schemes(t testing.TB) map[string]map[string]light {
	t.Helper()
	style, err := pageFiles.ReadFile("page/style.css")
	require.NoError(t, err)
	day, night, ok := strings.Cut(string(style), "@media screen and (prefers-color-scheme: dark)")
	require.True(t, ok)
	found := map[string]map[string]light{}
	for name, part := range map[string]string{"light": day, "dark": night[:strings.Index(night, "\n}")]} {
		found[name] = map[string]light{}
		for _, m := range regexp.MustCompile(`--([a-z]+): #([0-9a-f]{6})`).FindAllStringSubmatch(part, -1) {
			var rgb [3]int
			_, err := fmt.Sscanf(m[2], "%02x%02x%02x", &rgb[0], &rgb[1], &rgb[2])
			require.NoError(t, err)
			var l light
			for i, c := range rgb {
				if v := float64(c) / 255; v <= .04045 {
					l[i] = v / 12.92
				} else {
					l[i] = math.Pow((v+.055)/1.055, 2.4)
				}
			}
			found[name][m[1]] = l
		}
	}
	return found
}

// luminance is that of WCAG 2.2, from 0 to 1.
func (l light) luminance() float64 { return .2126*l[0] + .7152*l[1] + .0722*l[2] }

// lab is the colour in CIELAB, where distances are as large as they are seen.
func (l light) lab() light {
	f := func(v float64) float64 {
		if v > .008856 {
			return math.Cbrt(v)
		}
		return 7.787*v + 16.0/116
	}
	x := f((.4124*l[0] + .3576*l[1] + .1805*l[2]) / .9505)
	y := f(l.luminance())
	z := f((.0193*l[0] + .1192*l[1] + .9505*l[2]) / 1.089)
	return light{116*y - 16, 500 * (x - y), 200 * (y - z)}
}

// through is the colour as it is seen by the eye.
func (l light) through(eye [3][3]float64) light {
	var seen light
	for i, row := range eye {
		seen[i] = min(max(row[0]*l[0]+row[1]*l[1]+row[2]*l[2], 0), 1)
	}
	return seen
}

// Text has the contrast of WCAG's level AA in both schemes.
func TestHTMLContrast(t *testing.T) {
	for name, scheme := range schemes(t) {
		for text, least := range map[string]float64{"ink": 4.5, "soft": 4.5, "accent": 4.5, "completed": 3, "way": 3} {
			a, b := scheme[text].luminance(), scheme["paper"].luminance()
			require.GreaterOrEqual(t, (max(a, b)+.05)/(min(a, b)+.05), least, "%s: %s", name, text)
		}
	}
}

// Every two kinds of rows can be told apart in a bar, whatever eyes look at it (Machado, Oliveira and Fernandes 2009, severity 1).
func TestHTMLColoursForEveryEye(t *testing.T) {
	var kinds []string
	for _, s := range newBar(Counts{Rows: 9, Completed: 1, Open: 1, Invited: 1, Expired: 1, Failed: 1, Revoked: 1, Other: 1, Undecided: 1, Pending: 1}).Segments {
		kinds = append(kinds, s.Kind)
	}
	require.Len(t, kinds, 9)
	for eye, matrix := range map[string][3][3]float64{
		"trichromat":  {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
		"protanope":   {{.152286, 1.052583, -.204868}, {.114503, .786281, .099216}, {-.003882, -.048116, 1.051998}},
		"deuteranope": {{.367322, .860646, -.227968}, {.280085, .672501, .047413}, {-.011820, .042940, .968881}},
		"tritanope":   {{1.255528, -.076749, -.178779}, {-.078411, .930809, .147602}, {.004733, .691367, .303900}},
	} {
		for name, scheme := range schemes(t) {
			for i, a := range kinds {
				for _, b := range kinds[i+1:] {
					x, y := scheme[a].through(matrix).lab(), scheme[b].through(matrix).lab()
					require.Greater(t, math.Hypot(math.Hypot(x[0]-y[0], x[1]-y[1]), x[2]-y[2]), 15.0, "%s, %s: %s and %s", name, eye, a, b)
				}
			}
		}
	}
}
