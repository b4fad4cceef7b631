package campaign

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"
)

// rejected.csv is mended by a person, where it lies. So a run leaves alone what somebody has edited: what it wrote itself, it
// knows by its hash, which is kept beside it.

// RejectedAgainFile holds the rows to mend where somebody is at work on the rejected.csv of an earlier run, and others were rejected since.
const RejectedAgainFile = "rejected-new.csv"

// rejectedSum is the file with the hash of the rejected.csv that was written last.
const rejectedSum = ".rejected.sum"

// keepRejected puts the rows to mend in their place; none, where n is 0. It says where they are: "" where there are none.
func keepRejected(dir string, rows *resultFile, n int) (path string, err error) {
	path, again := filepath.Join(dir, RejectedFile), filepath.Join(dir, RejectedAgainFile)
	noted, err := notedSum(dir)
	if err != nil {
		return "", fmt.Errorf("read what %s was: %w", RejectedFile, err)
	}
	there, err := sumOf(path)
	if err != nil {
		return "", fmt.Errorf("read the earlier %s: %w", RejectedFile, err)
	}
	edited := there != "" && noted != "" && there != noted
	switch sum := rows.sum(); {
	case n == 0 && edited:
		return "", remove(again)
	case n == 0:
		return "", errors.Join(remove(path), remove(again))
	case edited && sum == noted: // nothing that whoever mends it does not know
		return path, remove(again)
	case edited:
		return again, rows.commitAs(again)
	default:
		if err := rows.commitAs(path); err != nil {
			return "", err
		}
		if err := remove(again); err != nil {
			return "", err
		}
		return path, renameio.WriteFile(filepath.Join(dir, rejectedSum), []byte(sum), 0o600, renameio.WithTempDir(dir), renameio.WithStaticPermissions(0o600))
	}
}

// ForgetRejected lets the next WriteResults put what it writes in place of a rejected.csv that somebody has edited.
func ForgetRejected(dir string) error { return remove(filepath.Join(dir, rejectedSum)) }

// sumOf is the hash of a file; "" of one that is not there.
func sumOf(path string) (string, error) {
	f, err := openToRead(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	defer f.Close() //nolint:errcheck // it was only read
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// notedSum is the hash of the rejected.csv that was written last; "" where there is none.
func notedSum(dir string) (string, error) {
	f, err := openToRead(filepath.Join(dir, rejectedSum))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	defer f.Close() //nolint:errcheck // it was only read
	sum, err := io.ReadAll(io.LimitReader(f, 2*sha256.Size))
	return string(sum), err
}

func remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove the earlier %s: %w", filepath.Base(path), err)
	}
	return nil
}
