package main

import (
	"bytes"
	"fmt"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Each account manager with an address gets their own workbook, and nobody else gets anything. A mail that can't be sent is told of.
func TestAccountManagersAreTold(t *testing.T) {
	if _, err := exec.LookPath("jq"); err != nil {
		fmt.Println("NOT CHECKED: there is no jq on this machine, which samples/tell-account-managers needs")
		t.Skip("there is no jq on this machine")
	}
	sample, err := filepath.Abs(filepath.Join(samplesDir, "tell-account-managers"))
	require.NoError(t, err)
	s := newStage(t)
	got := s.run("create", "--sandbox", filepath.Join(samplesDir, "customers.csv"))
	require.Equal(t, exitMend, got.code, got.talked)

	book := s.file("book", "Meera Nair\tmeera@example.com\nno address\nTanvi Shah\ttanvi shah@example.com\nNobody Here\tnobody@example.com\n")
	mails := filepath.Join(s.dir, "mails")
	mutt := "#!/bin/sh\nfor last; do :; done\nprintf '%s|%s\\n' \"$last\" \"$4\" >> " + mails + "\ntest -s \"$4\" && grep -q workbook\n"
	require.NoError(t, os.WriteFile(filepath.Join(s.dir, "mutt"), []byte(mutt), 0o700)) //nolint:gosec // it has to be run
	tell := fmt.Sprintf("PATH=%s:$PATH %s %s", s.dir, sample, book)
	got = s.run("nightly", "--sandbox", "--campaign", "customers", "--notify-cmd", tell)
	require.Equal(t, exitMend, got.code, got.talked)
	text, err := os.ReadFile(mails)
	require.NoError(t, err)
	folder := filepath.Join(s.env["KYCBATCH_DATA_DIR"]+sandboxSuffix, "campaigns", "customers", "report")
	require.Equal(t, []string{
		"meera@example.com|" + filepath.Join(folder, "meera-nair.xlsx"),
		"tanvi shah@example.com|" + filepath.Join(folder, "tanvi-shah.xlsx"),
	}, strings.Split(strings.TrimSpace(string(text)), "\n"))

	require.NoError(t, os.WriteFile(filepath.Join(s.dir, "mutt"), []byte("#!/bin/sh\nexit 1\n"), 0o700)) //nolint:gosec // as above
	got = s.run("nightly", "--sandbox", "--campaign", "customers", "--notify-cmd", tell)
	require.Equal(t, exitAgain, got.code, got.talked)
}

// The picture that README.md shows is one, and small enough for a page.
func TestPictureOfAReport(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(samplesDir, "report.png"))
	require.NoError(t, err)
	require.Less(t, len(text), 300<<10)
	picture, err := png.DecodeConfig(bytes.NewReader(text))
	require.NoError(t, err)
	require.Equal(t, 1200, picture.Width)
	readme, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	require.Regexp(t, `!\[[^\]]{40,}\]\(samples/report\.png\)`, string(readme), "with words for who can't see it")
}
