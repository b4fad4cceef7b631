//go:build !mutant

package campaign

// chosenMutant is none: the program that people run has no switch for it.
func chosenMutant() mutant { return "" }
