package checkpoint

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// TestMain also is the child of the kill tests.
func TestMain(m *testing.M) {
	if path := os.Getenv(childPath); path != "" {
		child(path)
	}
	if s := os.Getenv(lifeOf); s != "" {
		f, err := parseLife(s)
		if err != nil {
			panic(err)
		}
		f.live()
	}
	goleak.VerifyTestMain(m)
}
