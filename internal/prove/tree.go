package main

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"strings"
)

// tree is the working tree whose commit is proved.
type tree struct {
	root    string // absolute
	commit  string // the newest one that changed anything but PROOF.md
	subject string // its first line
}

// notProof are the paths that a proof is about: everything but what it writes.
var notProof = []string{"--", ".", ":(exclude)PROOF.md"}

// openTree refuses a tree with changes, PROOF.md aside: there is no commit whose proof that would be.
func openTree(ctx context.Context, dir string) (tree, error) {
	root, err := git(ctx, dir, "rev-parse", "--show-toplevel")
	if err != nil {
		return tree{}, err
	}
	t := tree{root: root}
	if err := t.clean(ctx); err != nil {
		return tree{}, err
	}
	if t.commit, err = git(ctx, root, append([]string{"rev-list", "-1", "HEAD"}, notProof...)...); err != nil {
		return tree{}, err
	}
	t.subject, err = git(ctx, root, "log", "-1", "--format=%s", t.commit)
	return t, err
}

// clean is an error if anything but PROOF.md differs from the commit that is checked out.
func (t tree) clean(ctx context.Context) error {
	changed, err := git(ctx, t.root, append([]string{"status", "--porcelain", "--untracked-files=all"}, notProof...)...)
	if err != nil {
		return err
	}
	if changed != "" {
		return fmt.Errorf("the tree has changes that no commit has, so nothing could say what was proved; commit or remove them:\n%s", changed)
	}
	return nil
}

// unchanged is an error if the tree is not what it was when it was opened.
func (t tree) unchanged(ctx context.Context) error {
	now, err := openTree(ctx, t.root)
	if err != nil {
		return err
	}
	if now.commit != t.commit {
		return fmt.Errorf("another commit was checked out in mid-proof: %s in place of %s; run make prove again for it", now.commit, t.commit)
	}
	return nil
}

// git runs one git command in dir and returns what it printed.
func git(ctx context.Context, dir string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = dir
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("git %s: %w: %s", args[0], err, strings.TrimSpace(said.String()))
	}
	return strings.TrimRight(string(out), "\n"), nil
}
