package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"

	"github.com/rogpeppe/go-internal/testscript"
)

// damage does to a file what disks and copying do.
func damage(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2)
	path := ts.MkAbs(args[1])
	content, err := os.ReadFile(path)
	ts.Check(err)
	switch {
	case args[0] == "empty":
		content = nil
	case args[0] == "zero":
		clear(content)
	case args[0] == "meta":
		content[newestMeta(content)+64] ^= 1 // in its transaction id
	case args[0] == "cut":
		content = content[:len(content)/4] // more than the file has room to spare
	case args[0] == "flip" && len(args) == 3 && bytes.Contains(content, []byte(args[2])):
		flipped := []byte(args[2])
		flipped[0] ^= 1
		content = bytes.ReplaceAll(content, []byte(args[2]), flipped)
	default:
		ts.Fatalf("%v: no such damage, or the text is not in the file", args)
	}
	ts.Check(os.WriteFile(path, content, 0o600))
}

// newestMeta is where the newer one of bbolt's two meta pages begins: its transaction id is 64 bytes in.
func newestMeta(content []byte) int {
	const page, txid = 4096, 16 + 48
	if binary.NativeEndian.Uint64(content[page+txid:]) > binary.NativeEndian.Uint64(content[txid:]) {
		return page
	}
	return 0
}

// shows compares the whole of an output with a file, in which … stands for anything within a line.
func shows(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2)
	want := strings.ReplaceAll(regexp.QuoteMeta(ts.ReadFile(args[1])), "…", "[^\n]*")
	if got := ts.ReadFile(args[0]); !regexp.MustCompile(`\A` + want + `\z`).MatchString(got) {
		ts.Fatalf("%s is\n%s", args[0], got)
	}
}

func compareMode(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2)
	for _, file := range args[1:] {
		info, err := os.Stat(ts.MkAbs(file))
		ts.Check(err)
		if got := fmt.Sprintf("%04o", info.Mode().Perm()); got != args[0] {
			ts.Fatalf("%s has mode %s, want %s", file, got, args[0])
		}
	}
}

// cramped is a program that becomes another one, for which no file can grow larger than its first argument is: the size
// of a file of that name, or a number of bytes. Writing further fails as it does on a full disk.
func cramped() {
	if err := becomeCramped(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "cramped:", err)
		os.Exit(1)
	}
}

func becomeCramped(args []string) error {
	if len(args) < 2 {
		return fmt.Errorf("want a file and a program, have %q", args)
	}
	size, err := strconv.ParseUint(args[0], 10, 63)
	if err != nil {
		info, err := os.Stat(args[0])
		if err != nil {
			return err
		}
		size = uint64(info.Size())
	}
	program, err := exec.LookPath(args[1])
	if err != nil {
		return err
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: size, Max: size}); err != nil {
		return err
	}
	return syscall.Exec(program, args[1:], os.Environ())
}
