package campaign

import (
	"os"
	"runtime/debug"
	"testing"
)

// TestMain lets the worlds of the simulations live on garbage for longer: collecting it was a fifth of their time.
func TestMain(m *testing.M) {
	debug.SetGCPercent(400)
	os.Exit(m.Run())
}
