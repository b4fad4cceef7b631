package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The table takes the place of the one before, and of nothing else.
func TestInsertedTable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "README.md")
	put := func(text string) { require.NoError(t, os.WriteFile(path, []byte(text), 0o600)) }
	get := func() string {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		return string(text)
	}
	put("# A\n\n" + tableBegins + "old\n" + tableEnds + "\n## B\n")
	made := table{began: time.Unix(0, 0), commit: "abc", lines: []line{{what: "speed", value: 0.5, unit: "of a loop", goal: 0.9, least: true, figure: "beside"}}}
	require.NoError(t, made.insert(path))
	require.Regexp(t, "^# A\n\n<!-- [^\n]+\nCommit abc, 1970-01-01, on .+:\n\n\\| what .+\n.+\n"+
		"\\| speed \\| 0\\.50 of a loop \\| at least 0\\.90 of a loop \\| \\*\\*missed\\*\\* \\|\n\n<!-- its end -->\n\n## B\n$", get())
	once := get()
	require.NoError(t, made.insert(path))
	require.Equal(t, once, get())

	put("# A\n" + tableBegins)
	require.ErrorContains(t, made.insert(path), "no place for the table")
	require.Equal(t, "# A\n"+tableBegins, get())
	require.NoError(t, made.insert(""))
}
