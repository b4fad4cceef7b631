//go:build !(linux && amd64)

package checkpoint

import "fmt"

func trace(string, []string, func(*call) fault) (recording, error) {
	return recording{}, fmt.Errorf("%w: a trace needs linux on amd64", errNoTrace)
}
