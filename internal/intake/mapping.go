package intake

import (
	"fmt"
	"slices"
)

// completeMap checks [Options.Map] and puts the known columns in it under their one name.
func completeMap(given map[string]string) (map[string]string, error) {
	complete := map[string]string{}
	for column, header := range given {
		use := known(column)
		switch {
		case use == "":
			return nil, fmt.Errorf("intake: map %s=%q: the left side must be one of %s", column, header, list(KnownColumns()))
		case fold(header) == "":
			return nil, fmt.Errorf("intake: map %s: name the column that it is, as %s=\"My column\"", column, column)
		case isOwn(header):
			return nil, fmt.Errorf("intake: map %s=%q: columns that begin with kyc_ are results and are left out", column, header)
		}
		for other, same := range complete {
			if other == use || fold(same) == fold(header) {
				return nil, fmt.Errorf("intake: map %s=%q and %s=%q: give each column one use", other, same, column, header)
			}
		}
		complete[use] = header
	}
	return complete, nil
}

// usesOf returns for every header the known column that it is, "" for another use; or says why the mapping cannot be.
// What is mapped comes first: the aliases of its column are then columns as any other.
func usesOf(names []string, mapped map[string]string) (uses []string, reason string) {
	uses = make([]string, len(names))
	for _, column := range KnownColumns() {
		header, ok := mapped[column]
		if !ok {
			continue
		}
		i, reason := find(names, header)
		if reason != "" {
			return nil, reason
		}
		uses[i] = column
	}
	for i, name := range names {
		use := known(name)
		if _, taken := mapped[use]; !taken && uses[i] == "" && !isOwn(name) {
			uses[i] = use
		}
	}
	return uses, ""
}

// find returns the column of a name: the one spelled just so, else the only one that is spelled like it.
func find(names []string, header string) (index int, reason string) {
	if i := slices.Index(names, trim(header)); i >= 0 {
		return i, ""
	}
	found := -1
	for i, name := range names {
		if fold(name) != fold(header) {
			continue
		}
		if found >= 0 {
			return 0, fmt.Sprintf("has two columns for %q, %q and %q: write the one that is meant just as it stands", header, names[found], name)
		}
		found = i
	}
	if found < 0 {
		return 0, fmt.Sprintf("has no column %q; it has %s: correct --map", header, list(names))
	}
	return found, ""
}
