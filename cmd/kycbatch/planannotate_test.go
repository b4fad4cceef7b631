package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/sandbox"
)

// An account manager's workbook goes the whole way: notices, a sheet by name, a copy as CSV, and the sessions.
func TestWorkbook(t *testing.T) {
	s := newStage(t)
	server := s.api(sandbox.Config{})
	hidden := s.testFile("workbook-hidden-rows.xlsx")
	plan := s.run("plan", "--offline", hidden, "-o", "json")
	require.Equal(t, exitDone, plan.code, plan.talked)
	require.Equal(t, []any{"rows that the sheet hides or filters out are taken like all others; there are 2"}, plan.decoded(t)["notices"])
	require.Contains(t, plan.talked, hidden+": rows that the sheet hides")

	two := s.testFile("workbook-two-sheets.xlsx")
	require.Equal(t, exitInput, s.run("create", two).code)
	got := s.run("create", two, "--sheet", "Customers")
	require.Equal(t, exitDone, got.code, got.talked)
	require.Equal(t, 1, server.Journal().Total(sandbox.RouteCreate))

	broken := s.testFile("workbook.xlsx")
	got = s.run("create", broken, "--sheet", "Sheet1", "--on-duplicate", "first")
	require.Equal(t, exitMend, got.code, got.talked)
	require.NotContains(t, got.out, "--sheet", "rejected.csv has none")
	require.Contains(t, got.out, "--on-duplicate first")

	copied := filepath.Join(s.dir, "copy.csv")
	require.Equal(t, exitDone, s.run("plan", "--offline", broken, "--annotate", copied).code)
	text, err := os.ReadFile(copied)
	require.NoError(t, err)
	require.Contains(t, string(text), "\nMA_1,a@example.com,pro,\n")
	require.Equal(t, exitDone, s.run("plan", "--offline", copied).code)
}

// testFile copies one of intake's files into the stage's folder.
func (s *stage) testFile(name string) string {
	s.t.Helper()
	content, err := os.ReadFile(filepath.Join("../../internal/intake/testdata", name))
	require.NoError(s.t, err)
	return s.file(name, string(content))
}
