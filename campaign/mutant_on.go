//go:build mutant

package campaign

import "os"

// chosenMutant is what the kill test asks for, to see that it would find the fault.
func chosenMutant() mutant { return mutant(os.Getenv("KYCBATCH_MUTANT")) }
