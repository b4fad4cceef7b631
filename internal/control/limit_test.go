package control

import (
	"net"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
)

// Only so many connections are let in; a place is free again when its connection is closed, and only once.
func TestLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		l := limit(m, 2)
		accepted := make(chan net.Conn)
		ended := make(chan error)
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					ended <- err
					return
				}
				accepted <- c
			}
		}()
		go func() {
			for range 4 {
				_, _ = m.dial(t.Context(), "", "")
			}
		}()
		first := <-accepted
		<-accepted
		synctest.Wait()
		require.Empty(t, accepted)
		select {
		case <-accepted:
			t.Fatal("a third was let in")
		default:
		}
		require.NoError(t, first.Close())
		third := <-accepted
		require.NoError(t, first.Close(), "once more")
		synctest.Wait()
		select {
		case <-accepted:
			t.Fatal("one place was given back twice")
		default:
		}
		require.NoError(t, third.Close())
		<-accepted
		synctest.Wait()
		require.NoError(t, l.Close())
		require.ErrorIs(t, <-ended, net.ErrClosed, "also while it waits for a place")
	})
}
