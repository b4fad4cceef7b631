//go:build !(linux && amd64)

package main

import (
	"fmt"
	"os"
)

// failingCannot is the exit code of failing where it can't do what it is for.
const failingCannot = 125

// failing is a program of linux on amd64: it has to know the registers.
func failing() {
	fmt.Fprintln(os.Stderr, "failing: system calls can be failed on linux/amd64 alone")
	os.Exit(failingCannot)
}
