package arch

import (
	"os"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

func TestTheHouseStands(t *testing.T) {
	packages, err := load(os.DirFS("../.."))
	require.NoError(t, err)
	var dirs []string
	for _, p := range packages {
		dirs = append(dirs, p.dir)
	}
	require.Contains(t, dirs, "internal/arch", "the walk reaches this very package")
	require.Contains(t, dirs, "ratelimit")
	for _, v := range violations(packages) {
		t.Error(v)
	}
}

// Each rule, broken once in a small tree of its own.
func TestViolations(t *testing.T) {
	cases := []struct {
		name, file, source string
		want               []string
	}{
		{"the border may import the heart", "cmd/kycbatch/main.go",
			"// Kycbatch runs.\npackage main\nimport _ \"kycbatch/campaign\"\nimport _ \"kycbatch/internal/report\"\n", nil},
		{"the border sees no leaf", "cmd/kycbatch/main.go",
			"// Kycbatch runs.\npackage main\nimport _ \"kycbatch/checkpoint\"\n",
			[]string{"cmd/kycbatch: main.go must not import checkpoint"}},
		{"the heart may import its four", "campaign/a.go",
			"// Package campaign is.\npackage campaign\nimport _ \"kycbatch/checkpoint\"\nimport _ \"kycbatch/ratelimit\"\n" +
				"import _ \"kycbatch/internal/vobiz\"\nimport _ \"kycbatch/internal/intake\"\n", nil},
		{"the heart does not import upward", "campaign/a.go",
			"// Package campaign is.\npackage campaign\nimport _ \"kycbatch/internal/report\"\n",
			[]string{"campaign: a.go must not import internal/report"}},
		{"the product does not know the sandbox", "campaign/a.go",
			"// Package campaign is.\npackage campaign\nimport _ \"kycbatch/internal/sandbox\"\n",
			[]string{"campaign: a.go must not import internal/sandbox"}},
		{"tests may use the sandbox", "internal/vobiz/a_test.go",
			"package vobiz_test\nimport _ \"kycbatch/internal/sandbox\"\nimport _ \"kycbatch/internal/vobiz\"\n", nil},
		{"tests keep to the layers otherwise", "checkpoint/a_test.go",
			"package checkpoint\nimport _ \"kycbatch/campaign\"\n",
			[]string{"checkpoint: a_test.go must not import campaign"}},
		{"a report is made of campaigns", "internal/report/a.go",
			"// Package report is.\npackage report\nimport _ \"kycbatch/campaign\"\nimport _ \"kycbatch/checkpoint\"\n",
			[]string{"internal/report: a.go must not import checkpoint"}},
		{"and of what a spreadsheet makes of cells", "internal/report/a.go",
			"// Package report is.\npackage report\nimport _ \"kycbatch/internal/intake\"\nimport _ \"kycbatch/internal/vobiz\"\n",
			[]string{"internal/report: a.go must not import internal/vobiz"}},
		{"the sandbox imports none of ours", "internal/sandbox/a.go",
			"// Package sandbox is.\npackage sandbox\nimport _ \"kycbatch/internal/vobiz\"\n",
			[]string{"internal/sandbox: a.go must not import internal/vobiz"}},
		{"the sandbox's tests may", "internal/sandbox/a_test.go",
			"package sandbox\nimport _ \"kycbatch/internal/vobiz\"\n", nil},
		{"a leaf imports none of ours", "ratelimit/a.go",
			"// Package ratelimit is.\npackage ratelimit\nimport _ \"kycbatch/checkpoint\"\n",
			[]string{"ratelimit: a.go must not import checkpoint"}},
		{"nothing imports the border", "internal/sandbox/a_test.go",
			"package sandbox\nimport _ \"kycbatch/cmd/kycbatch\"\n",
			[]string{"internal/sandbox: a_test.go must not import cmd/kycbatch"}},
		{"no folder beside the design", "internal/extra/a.go",
			"// Package extra is.\npackage extra\n",
			[]string{"internal/extra: the design has no such folder"}},
		{"no drawer", "internal/utils/a.go",
			"// Package things is.\npackage things\n",
			[]string{`internal/utils: name the package for what it is, not "things"`,
				"internal/utils: the design has no such folder"}},
		{"no drawer by its package clause", "ratelimit/a.go",
			"// Package common is.\npackage common\n",
			[]string{`ratelimit: name the package for what it is, not "common"`}},
		{"a package has a comment", "ratelimit/a.go", "package ratelimit\n",
			[]string{"ratelimit: no package comment that begins with its name"}},
		{"the comment is the package's", "ratelimit/a.go", "// Copyright.\npackage ratelimit\n",
			[]string{"ratelimit: no package comment that begins with its name"}},
		{"a command has a comment", "cmd/kycbatch/main.go", "package main\n",
			[]string{"cmd/kycbatch: no package comment that begins with its name"}},
		{"testdata is not looked at", "ratelimit/testdata/utils/a.go", "package utils\n", nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			packages, err := load(fstest.MapFS{c.file: {Data: []byte(c.source)}})
			require.NoError(t, err)
			require.Equal(t, c.want, violations(packages))
		})
	}
}

// One folder is one package to the rules, wherever its files sort and whichever of them has the comment.
func TestLoadJoinsAFolder(t *testing.T) {
	packages, err := load(fstest.MapFS{
		"internal/vobiz/a_test.go": {Data: []byte("package vobiz\n")},
		"internal/vobiz/m/x.go":    {Data: []byte("package x\n")},
		"internal/vobiz/z.go":      {Data: []byte("package vobiz\n")},
		"ratelimit/a.go":           {Data: []byte("package ratelimit\n")},
		"ratelimit/b/go.mod":       {Data: []byte("module nested\n")},
		"ratelimit/b/b.go":         {Data: []byte("package utils\n")},
		"ratelimit/c/c.go":         {Data: []byte("package c\n")},
		"ratelimit/doc.go":         {Data: []byte("// Package ratelimit is.\npackage ratelimit\n")},
		"ratelimit/z_test.go":      {Data: []byte("package ratelimit_test\nimport _ \"kycbatch/campaign\"\n")},
		"ratelimit/_old/utils.go":  {Data: []byte("package utils\n")},
		"ratelimit/.git/broken.go": {Data: []byte("no Go at all")},
	})
	require.NoError(t, err)
	require.Len(t, packages, 4)
	require.Equal(t, []string{
		"internal/vobiz: no package comment that begins with its name",
		"internal/vobiz/m: the design has no such folder",
		"ratelimit: z_test.go must not import campaign",
		"ratelimit/c: the design has no such folder",
	}, violations(packages))
	_, err = load(fstest.MapFS{"ratelimit/a.go": {Data: []byte("not Go")}})
	require.ErrorContains(t, err, "ratelimit/a.go")
}
