package main

import _ "embed"

// What a person has to write, each the body of a section of PROOF.md.
var (
	//go:embed bugs.md
	bugs string
	//go:embed review.md
	review string
	//go:embed outside.md
	outside string
)
