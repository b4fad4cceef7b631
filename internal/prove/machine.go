package main

import (
	"fmt"
	"os"
	"regexp"
	"runtime"
)

// thisMachine says what the proof ran on, without a name of it.
func thisMachine() string {
	kernel := "unknown"
	if release, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		kernel = regexp.MustCompile(`^[0-9.]*`).FindString(string(release)) // what follows is the builder's
	}
	return fmt.Sprintf("%d cores, %s %s (kernel %s), %s", runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, kernel, runtime.Version())
}
