package campaign

import (
	"os"
	"runtime/debug"
	"testing"
)

// TestMain lets the worlds of the simulations live on garbage for longer: collecting it was a fifth of their time. A world
// keeps little alive; what keeps much is held to the limit.
func TestMain(m *testing.M) {
	debug.SetGCPercent(1600)
	debug.SetMemoryLimit(512 << 20)
	os.Exit(m.Run())
}
