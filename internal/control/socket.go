package control

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"sync"
)

const (
	socketName = "control.sock"
	unfinished = ".control.new" // a folder that nobody else can look into, where the socket gets its mode
	maxAddress = 103            // bytes of a socket's path that every system takes; Linux takes 107
	descriptor = "/proc/self/fd"
)

// Listen makes the control socket of the data directory dir, mode 0600. The caller holds the run lock, so a socket
// at which nobody answers was left by a process that crashed, and is replaced. Anything else in its place stays as
// it is: ErrOccupied. Closing the listener removes the socket, unless another one has its name by then.
func Listen(dir string) (net.Listener, error) {
	path := filepath.Join(dir, socketName)
	if err := vacant(dir, path); err != nil {
		return nil, err
	}
	private := filepath.Join(dir, unfinished)
	if err := discard(private); err != nil {
		return nil, fmt.Errorf("make the control socket: %w", err)
	}
	s, err := bind(private)
	if err == nil {
		if err = os.Rename(filepath.Join(private, socketName), path); err != nil {
			err = errors.Join(err, s.Close())
		}
	}
	if err = errors.Join(err, discard(private)); err != nil {
		return nil, fmt.Errorf("make the control socket: %w", err)
	}
	s.path = path
	return s, nil
}

// vacant says whether the socket's name is free, or that of a socket that nobody listens at.
func vacant(dir, path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("make the control socket: %w", err)
	case info.Mode().Type() != fs.ModeSocket:
		return fmt.Errorf("%w: move %s away", ErrOccupied, path)
	}
	ctx, cancel := context.WithTimeout(context.Background(), answerWithin)
	defer cancel()
	conn, err := dial(ctx, dir)
	if err != nil {
		return nil
	}
	return errors.Join(fmt.Errorf("%w: somebody listens at %s", ErrOccupied, path), conn.Close())
}

// bind makes the folder private and a socket in it.
func bind(private string) (*socket, error) {
	if err := os.Mkdir(private, 0o700); err != nil {
		return nil, err
	}
	address, release, err := reachable(private)
	if err != nil {
		return nil, err
	}
	defer release()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: address, Net: "unix"})
	if err != nil {
		return nil, err
	}
	l.SetUnlinkOnClose(false) // it would remove the name that the socket had first
	s := &socket{UnixListener: l, path: filepath.Join(private, socketName)}
	if err = os.Chmod(s.path, 0o600); err == nil {
		s.own, err = os.Lstat(s.path)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// discard removes what a killed process left of the folder private, and nothing that is not ours.
func discard(private string) error {
	for _, name := range []string{filepath.Join(private, socketName), private} {
		if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// reachable gives the address of the socket in dir. Where it would be too long, an open folder stands for its path.
// release it once the address was used.
func reachable(dir string) (address string, release func(), err error) {
	address = filepath.Join(dir, socketName)
	if len(address) <= maxAddress {
		return address, func() {}, nil
	}
	if _, err := os.Stat(descriptor); err != nil {
		return "", nil, fmt.Errorf("the path %s has %d bytes, and a socket's may have %d here", address, len(address), maxAddress)
	}
	folder, err := os.Open(dir)
	if err != nil {
		return "", nil, err
	}
	return fmt.Sprintf("%s/%d/%s", descriptor, folder.Fd(), socketName), func() { _ = folder.Close() }, nil
}

func dial(ctx context.Context, dir string) (net.Conn, error) {
	address, release, err := reachable(dir)
	if err != nil {
		return nil, err
	}
	defer release()
	return new(net.Dialer).DialContext(ctx, "unix", address)
}

// socket is a listener that has a name in the file system.
type socket struct {
	*net.UnixListener
	path string
	own  os.FileInfo
	once sync.Once
	err  error
}

// Close takes the name away first: whoever comes later finds nobody, instead of a socket that nobody answers at.
func (s *socket) Close() error {
	s.once.Do(func() {
		if there, err := os.Lstat(s.path); err == nil && s.own != nil && os.SameFile(there, s.own) {
			s.err = os.Remove(s.path)
		}
		s.err = errors.Join(s.err, s.UnixListener.Close())
	})
	return s.err
}
