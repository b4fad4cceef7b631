package sandbox_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
)

// A sentence names a test that there is, and is in the table once.
func TestSentences(t *testing.T) {
	files, err := filepath.Glob("*_test.go")
	require.NoError(t, err)
	tests := map[string]bool{}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		require.NoError(t, err)
		for _, decl := range file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil {
				tests[f.Name.Name] = true
			}
		}
	}
	seen := map[string]bool{}
	for _, s := range sentences {
		require.True(t, strings.HasPrefix(s.test, "Test") && tests[s.test], "%q is held by %s, which does not exist", s.sentence, s.test)
		require.False(t, seen[s.section+s.sentence], "%q is there twice", s.sentence)
		seen[s.section+s.sentence] = true
	}
}

// pageVariable names the environment variable that says where a copy of the API page is. The page is not ours to keep
// here, so that the table is complete is checked where somebody has it.
const pageVariable = "KYCBATCH_API_PAGE"

// Law: every word of the page's prose is in a sentence of the tables, and every sentence of the tables is on the page.
func TestSentencesAreThePage(t *testing.T) {
	path := os.Getenv(pageVariable)
	if path == "" {
		t.Skipf("%s names no copy of the API page, so nobody checked that the table of sentences is complete", pageVariable)
	}
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	page := prose(string(raw))
	covered := make([]bool, len(page))
	cover := func(phrase string) {
		found := false
		for from := 0; ; {
			i := strings.Index(page[from:], phrase)
			if i < 0 {
				break
			}
			found = true
			for k := range phrase {
				covered[from+i+k] = true
			}
			from += i + len(phrase)
		}
		require.True(t, found, "the page does not say %q", phrase)
	}
	for _, s := range sentences {
		cover(s.sentence)
	}
	for _, u := range unheld {
		for _, phrase := range u.phrases {
			cover(phrase)
		}
	}
	var left strings.Builder
	for i, r := range page {
		if !covered[i] && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			left.WriteRune(r)
		} else if left.Len() > 0 && !strings.HasSuffix(left.String(), " ") {
			left.WriteByte(' ')
		}
	}
	require.Empty(t, left.String(), "of the page nobody holds")
}

// example is a line of the page that belongs to an example: JSON or a call of curl.
var example = regexp.MustCompile(`^(curl|-[HXd] |[\[\]{}]|"[a-z_]+":|"https:)`)

// prose is the page without its examples and line ends.
func prose(page string) string {
	var b strings.Builder
	for line := range strings.Lines(page) {
		if line = strings.TrimSpace(line); !example.MatchString(line) {
			b.WriteString(strings.Join(strings.Fields(line), " ") + " ")
		}
	}
	return b.String()
}
