package checkpoint

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// childPath names the environment variable that makes the test binary the child
// of the kill test.
const childPath = "CHECKPOINT_TEST_CHILD"

const childWorkers = 4

// child opens or creates the ledger and puts until it is killed. It says each
// thing that is durable on its own line, after it is.
func child(path string) {
	o := Options{Identity: us(), NoSync: os.Getenv(childPath+"_NOSYNC") != "", LockTimeout: time.Minute}
	fmt.Println("start")
	l, err := Create(path, o)
	if errors.Is(err, fs.ErrExist) {
		l, err = Open(path, o)
	}
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	if s, suspect := l.Suspect(); suspect {
		fmt.Println("error suspect:", s.Reason)
		os.Exit(1)
	}
	fmt.Println("open")
	var mu sync.Mutex
	var all sync.WaitGroup
	for w := range childWorkers {
		all.Go(func() {
			key := []byte{'a' + byte(w)}
			first, err := l.Get(Settings, key)
			n, _ := strconv.Atoi(string(first))
			for err == nil {
				n++
				// One Put, three tables: all of it or nothing.
				value := []byte(strconv.Itoa(n))
				err = l.Put(context.Background(),
					Write{Settings, key, value},
					Write{Trail, fmt.Appendf(nil, "%s%08d", key, n), make([]byte, 50+n%3000)},
					Write{Records, fmt.Appendf(nil, "%s%08d", key, n-1), nil},
					Write{Records, fmt.Appendf(nil, "%s%08d", key, n), value})
				if err == nil {
					err = l.Fence(time.Now().Add(time.Duration(n) * time.Minute))
				}
				if err == nil {
					mu.Lock()
					fmt.Printf("ack %s %d\n", key, n)
					mu.Unlock()
				}
			}
			fmt.Println("error", err)
			os.Exit(1)
		})
	}
	all.Wait()
}

// TestKill kills a process of several writers with SIGKILL at random moments; TestPoints kills one of a single writer at each
// system call. Every acknowledged Put is there, every Put is there
// as a whole, and the ledger always opens and is never suspect.
func TestKill(t *testing.T) {
	const kills = 40
	seed := uint64(1)
	random := rand.New(rand.NewPCG(seed, 0))
	var path string
	acked := map[string]int{}
	stages := map[string]int{}
	exists, total := false, 0
	for i := range kills {
		if i%10 == 0 { // creation too is killed more than once
			path, acked, exists = aPath(t), map[string]int{}, false
		}
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), childPath+"="+path)
		if i%4 != 0 {
			cmd.Env = append(cmd.Env, childPath+"_NOSYNC=1")
		}
		out, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())

		after, stage := random.IntN(60), "putting"
		switch i % 10 {
		case 0, 1, 5:
			after, stage = 1, "creating or opening" // at "start"
		case 2:
			after, stage = 2, "just open"
		}
		stages[stage]++
		lines, killed := 0, false
		for in := bufio.NewScanner(out); in.Scan(); { // to its end: what was said before the kill counts
			line := in.Text()
			require.NotContains(t, line, "error", "kill %d", i)
			if name, n, found := strings.Cut(strings.TrimPrefix(line, "ack "), " "); found {
				acked[name], err = strconv.Atoi(n)
				require.NoError(t, err)
				total++
			}
			exists = exists || line == "open"
			if lines++; lines >= after && !killed {
				for range random.IntN(3000) {
					runtime.Gosched()
				}
				require.NoError(t, cmd.Process.Kill())
				killed = true
			}
		}
		require.Error(t, cmd.Wait())
		require.Equal(t, syscall.SIGKILL, cmd.ProcessState.Sys().(syscall.WaitStatus).Signal())
		exists = wholeAfterKill(t, path, acked, exists)
	}
	t.Logf("%d kills of a process with several writers", kills)
	t.Logf("of these: %v", stages)
	t.Logf("%d acknowledged Puts, all of them found", total)
	require.Greater(t, total, 300)
}

// wholeAfterKill checks the ledger that a killed child left, and reports whether there is one.
func wholeAfterKill(t *testing.T, path string, acked map[string]int, exists bool) bool {
	t.Helper()
	l, err := OpenReadOnly(path, Options{Identity: us()})
	if !exists && errors.Is(err, ErrMissing) {
		require.NotErrorIs(t, err, ErrFenceWithoutLedger)
		return false
	}
	require.NoError(t, err)
	defer func() { require.NoError(t, l.Close()) }()
	require.NoError(t, l.Verify(t.Context()))
	s, suspect := l.Suspect()
	require.False(t, suspect, s.Reason)
	all := contents(t, l)
	for w := range childWorkers {
		key := string(rune('a' + w))
		n, _ := strconv.Atoi(all[Settings][key])
		require.GreaterOrEqual(t, n, acked[key], "an acknowledged Put of %s is lost", key)
		if n > 0 {
			require.Equal(t, strconv.Itoa(n), all[Records][fmt.Sprintf("%s%08d", key, n)])
		}
		for i := 1; i <= n; i++ {
			require.Len(t, all[Trail][fmt.Sprintf("%s%08d", key, i)], 50+i%3000)
		}
		require.NotContains(t, all[Trail], fmt.Sprintf("%s%08d", key, n+1))
	}
	records := 0
	for _, n := range all[Settings] {
		if n != "0" {
			records++
		}
	}
	require.Len(t, all[Records], records, "a Put is there in part")
	return true
}
