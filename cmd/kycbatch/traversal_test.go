package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"kycbatch/campaign"
)

// A campaign's name is a folder's: none leads out of the data directory, whether it is given or made of a file's name.
func TestNamesLeadNowhereElse(t *testing.T) {
	t.Parallel()
	names := []string{
		"..", ".", "../x", "../../x", "a/../../x", "/etc/x", "a/b", `a\b`, "a\x00b", "a\n", "a\n..", " a", "a b", "~", "-rf", "$HOME", "%2e%2e", "．．", "a\u202eb", "\xff", "*",
		strings.Repeat("x", 300), "con\\", "C:x", ".hidden", "\x1b[2J", "https://x", "x:y", "'", "`id`",
	}
	s := newStage(t)
	inside := s.env["KYCBATCH_DATA_DIR"] + sandboxSuffix
	file := s.file("customers.csv", rows(1))
	outside := func() (all []string) {
		require.NoError(t, filepath.WalkDir(filepath.Dir(s.dir), func(path string, _ os.DirEntry, err error) error {
			if !strings.HasPrefix(path, inside) {
				all = append(all, path)
			}
			return err
		}))
		return all
	}
	require.Equal(t, exitDone, s.run("create", "--sandbox", file).code)
	before := outside()
	for _, name := range names {
		for _, args := range [][]string{{"create", file}, {"report"}, {"nightly"}} {
			if args[0] == "report" {
				args = append(args, "--", name)
				args = append([]string{"--sandbox"}, args...)
			} else {
				args = append(args, "--sandbox", "--campaign="+name)
			}
			got := s.run(args...)
			require.Equal(t, exitUsage, got.code, "%q: %v: %s%s", name, args, got.out, got.talked)
		}
	}
	require.Equal(t, before, outside())
	for _, name := range names {
		of := campaign.NameFor("/in/" + name + ".csv")
		require.NoError(t, campaign.CheckName(of), "%q", name)
		dir := campaign.ResultsDir(inside, of)
		require.Equal(t, filepath.Join(inside, "campaigns"), filepath.Dir(dir), "%q", name)
		if strings.ContainsAny(name, "/\x00") || len(name) > 200 || strings.Trim(name, ".") == "" {
			continue // no file's name
		}
		path := s.file(name+".csv", rows(1))
		got := s.run("create", "--sandbox", path)
		require.Contains(t, []int{exitDone, exitUsage}, got.code, "%q: %s", name, got.talked)
		require.NoError(t, os.Remove(path))
	}
	require.Equal(t, before, outside())
}
