package campaign

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// inShards runs one seed after the other, from KYCBATCH_FROM on, in as many processes as there are cores: a world in
// virtual time is one goroutine at a time. Each shard runs this very test again with seeds of its own and hands its sum
// over. KYCBATCH_SEEDS chooses how many; no seed begins after KYCBATCH_UNTIL (RFC 3339). It says false in a shard,
// whose sum is not all there is.
func inShards[T any](t *testing.T, seeds int, sum *T, add func(*T), one func(seed uint64)) (whole bool) {
	seeds = number(t, "KYCBATCH_SEEDS", seeds)
	from, until := number(t, "KYCBATCH_FROM", 0), time.Time{}
	if text := os.Getenv("KYCBATCH_UNTIL"); text != "" {
		var err error
		until, err = time.Parse(time.RFC3339, text)
		require.NoError(t, err, "KYCBATCH_UNTIL")
	}
	run := func(first, step int) {
		for seed := from + first; seed < from+seeds && (until.IsZero() || time.Now().Before(until)); seed += step {
			one(uint64(seed))
		}
	}
	if testing.Short() {
		run(0, 1)
		return true
	}
	shards := runtime.NumCPU()
	if handOver := os.Getenv("KYCBATCH_SHARD"); handOver != "" {
		go func() { // whoever began this has died
			_, _ = io.Copy(io.Discard, os.Stdin)
			os.Exit(1)
		}()
		run(number(t, "KYCBATCH_SHARD_NUMBER", 0), shards)
		b, err := json.Marshal(sum)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(handOver, b, 0o600))
		return false
	}
	dir := t.TempDir()
	ctx, stop := context.WithCancel(t.Context()) // one that has found something ends the others
	defer stop()
	said, errs := make([][]byte, shards), make([]error, shards)
	var all sync.WaitGroup
	for i := range shards {
		all.Go(func() {
			shard := exec.CommandContext(ctx, os.Args[0], "-test.run=^"+t.Name()+"$", "-test.timeout=0")
			shard.Env = append(os.Environ(), fmt.Sprintf("KYCBATCH_SHARD_NUMBER=%d", i), "KYCBATCH_SHARD="+filepath.Join(dir, fmt.Sprint(i)))
			alive, err := shard.StdinPipe()
			if err == nil {
				said[i], err = shard.CombinedOutput()
				_ = alive.Close()
			}
			if errs[i] = err; err != nil && ctx.Err() == nil {
				stop()
			} else if err != nil {
				errs[i] = nil
			}
		})
	}
	all.Wait()
	for i := range shards {
		require.NoError(t, errs[i], "%s", said[i])
	}
	for i := range shards {
		b, err := os.ReadFile(filepath.Join(dir, fmt.Sprint(i)))
		require.NoError(t, err)
		var part T
		require.NoError(t, json.Unmarshal(b, &part))
		add(&part)
	}
	return true
}
