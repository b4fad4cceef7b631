package report

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// The names of files that are not an owner's, without their endings.
const (
	nameNoOwner = "no-owner" // rows without an owner, where others have one
	nameAll     = "all"      // all rows, where there are no owners
	nameSummary = "summary"
	nameIndex   = "index"
	nameReport  = "report"
)

const (
	maxSlug  = 60 // characters, and a few more where several owners would have one name
	hashSize = 8  // hex digits that tell such owners apart
)

var (
	simpleName = regexp.MustCompile(`^[A-Za-z0-9]+([ ._-][A-Za-z0-9]+)*$`)
	unsafe     = regexp.MustCompile(`[^a-z0-9]+`)
	device     = regexp.MustCompile(`^(con|prn|aux|nul|conin|conout|clock|com[0-9]|lpt[0-9])$`)
)

// slugs names the files of owners: lower-case ASCII letters, digits and hyphens, a name for each of them. An owner keeps a name
// whoever else comes and goes, but for those whose names differ in nothing that a file's name can show: they get a part of their hash
// as well. So do names that a slug says too little of, and those that are taken or that Windows keeps for devices. The owner "" is
// those without one; alone there are no owners.
func slugs(owners []string) map[string]string {
	plain := map[string]int{}
	for _, owner := range owners {
		plain[slug(owner)]++
	}
	taken := []string{nameNoOwner, nameAll, nameSummary, nameIndex, nameReport}
	named := map[string]string{}
	for _, owner := range owners {
		name := slug(owner)
		switch {
		case owner == "" && len(owners) == 1:
			named[owner] = nameAll
		case owner == "":
			named[owner] = nameNoOwner
		case simpleName.MatchString(owner) && len(owner) <= maxSlug && plain[name] == 1 && !slices.Contains(taken, name) && !device.MatchString(name):
			named[owner] = name
		}
	}
	for _, name := range named {
		taken = append(taken, name)
	}
	for _, owner := range owners {
		if named[owner] != "" {
			continue
		}
		sum := sha256.Sum256([]byte(owner))
		hash := hex.EncodeToString(sum[:])
		name := strings.TrimLeft(slug(owner)+"-", "-")
		for n := hashSize; named[owner] == "" || slices.Contains(taken, named[owner]); n++ {
			named[owner] = name + hash[:n]
		}
		taken = append(taken, named[owner])
	}
	return named
}

// slug is what a file's name can show of an owner's; "" for one without a letter or digit of ASCII.
func slug(owner string) string {
	ascii := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFKD.String(owner))
	name := strings.Trim(unsafe.ReplaceAllString(ascii, "-"), "-")
	if len(name) > maxSlug {
		name = strings.Trim(name[:maxSlug], "-")
	}
	return name
}
