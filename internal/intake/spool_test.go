package intake_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"kycbatch/internal/intake"
)

// temporary is a folder in which every temporary file of the test lies.
func temporary(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	t.Setenv("TMPDIR", dir)
	return dir
}

func requireEmpty(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, entries, "a temporary file was left behind")
}

// TestSpool: what comes through a pipe is read twice as a file is, under its own name, and leaves nothing behind.
func TestSpool(t *testing.T) {
	dir := temporary(t)
	for _, file := range []string{"plain.csv", "windows-1252.csv", "lost-zeros.csv", "workbook.xlsx"} {
		content, err := os.ReadFile("testdata/" + file)
		require.NoError(t, err)
		s, err := intake.NewSpool(t.Context(), "standard input", iotest.HalfReader(strings.NewReader(string(content))), 0)
		require.NoError(t, err)
		requireEmpty(t, dir)
		piped, err := s.Open(t.Context(), intake.Options{})
		require.NoError(t, err)
		require.Equal(t, "standard input", piped.Path)
		require.Equal(t, fmt.Sprintf("%x", sha256.Sum256(content)), piped.SHA256)
		read, err := intake.Open(t.Context(), "testdata/"+file, intake.Options{})
		require.NoError(t, err)
		require.Equal(t, render(t, read), render(t, piped))
		require.Equal(t, render(t, read), render(t, piped), "again")
		require.NoError(t, s.Close())
		_, err = drain(t.Context(), piped)
		require.ErrorIs(t, err, intake.ErrChanged, "the spool is gone")
	}
}

func TestSpoolRefuses(t *testing.T) {
	dir := temporary(t)
	_, err := intake.NewSpool(t.Context(), "standard input", strings.NewReader("12345678901"), 10)
	require.EqualError(t, err, "standard input: is larger than the limit of 10 bytes: split it into several files")
	s, err := intake.NewSpool(t.Context(), "standard input", strings.NewReader("1234567890"), 10)
	require.NoError(t, err)
	_, err = s.Open(t.Context(), intake.Options{})
	require.ErrorContains(t, err, "standard input, line 1: has no column account_auth_id")
	require.NoError(t, s.Close())

	broken := errors.New("pipe broke")
	_, err = intake.NewSpool(t.Context(), "standard input", iotest.ErrReader(broken), 0)
	var refusal *intake.FileError
	require.ErrorAs(t, err, &refusal)
	require.ErrorIs(t, err, broken)

	why := errors.New("the operator said stop")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(why)
	never, writer := io.Pipe()
	defer func() { require.NoError(t, writer.Close()) }()
	_, err = intake.NewSpool(ctx, "standard input", never, 0)
	require.ErrorIs(t, err, why, "a pipe into which nobody writes does not hold the program")
	requireEmpty(t, dir)

	t.Setenv("TMPDIR", dir+"/gone")
	_, err = intake.NewSpool(t.Context(), "standard input", strings.NewReader(""), 0)
	require.ErrorContains(t, err, "keep standard input in a temporary file")
}
