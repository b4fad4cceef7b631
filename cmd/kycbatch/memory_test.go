package main_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// memory is what a process used, beside how many sessions it had made by then.
type memory []sample

type sample struct {
	mebibytes float64 // RssAnon: heap and stacks, without the ledger's pages in the file cache
	sessions  int
}

// sampled samples a process until it has ended. world is the API's file: a line a session.
func sampled(t *testing.T, pid int, world string, ended <-chan struct{}) (m memory) {
	t.Helper()
	events, err := os.Open(world)
	require.NoError(t, err)
	defer events.Close()
	sessions, buffer := 0, make([]byte, 1<<20)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ended:
			require.NotEmpty(t, m)
			return m
		case <-tick.C:
		}
		for n := len(buffer); n == len(buffer); {
			n, err = events.Read(buffer)
			if !errors.Is(err, io.EOF) {
				require.NoError(t, err)
			}
			sessions += bytes.Count(buffer[:n], []byte("\n"))
		}
		if used, alive := rssAnon(t, pid); alive {
			m = append(m, sample{used, sessions})
		}
	}
}

// rssAnon reads the figure, false from a process that has ended.
func rssAnon(t *testing.T, pid int) (mebibytes float64, alive bool) {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, false
	}
	_, rest, found := strings.Cut(string(status), "RssAnon:")
	if !found { // a zombie has no memory any more
		return 0, false
	}
	kibibytes, err := strconv.Atoi(strings.Fields(rest)[0])
	require.NoError(t, err)
	return float64(kibibytes) / 1024, true
}

// quarters gives the most that was used while each quarter of the rows was sent.
func (m memory) quarters(rows int) (most [4]float64) {
	for _, s := range m {
		if s.sessions < rows {
			q := &most[4*s.sessions/rows]
			*q = max(*q, s.mebibytes)
		}
	}
	return most
}

// most is what was used at the height.
func (m memory) most() (mebibytes float64) {
	for _, s := range m {
		mebibytes = max(mebibytes, s.mebibytes)
	}
	return mebibytes
}
