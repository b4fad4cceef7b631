package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

const (
	configHere   = "kycbatch.yaml"        // in the working directory
	configAtHome = "kycbatch/config.yaml" // in the user's folder for configuration
	maxConfig    = 32 << 10               // bytes: many times a file that sets everything
	shownAtOnce  = 20                     // problems of a file in one error
)

// configFile is a configuration file that was read. A nil one sets nothing.
type configFile struct {
	path     string // as it was named or found
	settings []setting
}

// setting is one line of it: a value for a flag.
type setting struct {
	section string // the command that it is for, "" for all that have the flag
	flag    string
	value   configValue
	line    int // from 1, as column
	column  int
}

func (s setting) key() string { return keyOf(s.section, s.flag) }

func (c *configFile) find(section, flag string) (setting, bool) {
	if c == nil {
		return setting{}, false
	}
	for _, s := range c.settings {
		if s.section == section && s.flag == flag {
			return s, true
		}
	}
	return setting{}, false
}

// configProblem is one thing that is wrong in a configuration file, and where. Its text never has a value that could
// be a secret: of a key that is not known, nothing but the key.
type configProblem struct {
	Line   int    `json:"line"` // from 1
	Column int    `json:"column"`
	Key    string `json:"key"` // "" where it is about the file
	Reason string `json:"reason"`
}

func (w configProblem) at(path string) string {
	text := fmt.Sprintf("%s:%d:%d: ", path, w.Line, w.Column)
	if w.Key != "" {
		text += w.Key + ": "
	}
	return text + w.Reason
}

// configError is a configuration file that cannot be used.
type configError struct {
	path     string
	problems []configProblem
}

func (e *configError) Error() string {
	var lines []string
	for _, w := range e.problems[:min(len(e.problems), shownAtOnce)] {
		lines = append(lines, w.at(e.path))
	}
	if more := len(e.problems) - shownAtOnce; more > 0 {
		lines = append(lines, fmt.Sprintf("and %d more: kycbatch config check %s", more, quoted(e.path)))
	}
	return strings.Join(lines, "\n")
}

// configuration reads the file that holds for cmd; nil where there is none. --config names it, and an empty name
// wants none.
func (p *program) configuration(cmd *cobra.Command) (*configFile, error) {
	flag := cmd.Flags().Lookup("config")
	came, err := p.settleFlag(cmd, flag, nil)
	if err != nil {
		return nil, err
	}
	path := flag.Value.String()
	if came.source == fromDefault {
		path = p.findConfig()
	}
	if path == "" {
		return nil, nil
	}
	return readConfig(path, came.source != fromDefault)
}

// findConfig looks where a configuration file is expected; "" is none.
func (p *program) findConfig() string {
	places := []string{configHere}
	if dir, ok := p.lookup("XDG_CONFIG_HOME"); ok && filepath.IsAbs(dir) { // a relative one is invalid, says its specification
		places = append(places, filepath.Join(dir, configAtHome))
	} else if home, ok := p.lookup("HOME"); ok && filepath.IsAbs(home) {
		places = append(places, filepath.Join(home, ".config", configAtHome))
	}
	for _, path := range places {
		if _, err := os.Lstat(path); err == nil {
			return path
		}
	}
	return ""
}

// readConfig reads a configuration file. Who can change it decides where the credentials are sent: so nobody else may,
// and one that was only found must belong to this user, or to root.
func readConfig(path string, named bool) (*configFile, error) {
	text, info, err := readSmall(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, failed(exitUsage, "name the file with --config, or leave that away", "there is no configuration file %s", path)
	}
	if err != nil {
		return nil, failed(exitUsage, "", "read the configuration file: %w", err)
	}
	if mode := info.Mode().Perm(); mode&0o022 != 0 {
		return nil, failed(exitUsage, "see what it says, then: chmod go-w "+quoted(path),
			"configuration file %s can be changed by other users (mode %04o)", path, mode)
	}
	if uid := ownerOf(info); !named && uid != os.Geteuid() && uid != 0 {
		return nil, failed(exitUsage, "see what it says, then name it with --config "+quoted(path),
			"configuration file %s belongs to another user", path)
	}
	settings, problems := parseConfig(text)
	if len(problems) > 0 {
		return nil, failed(exitUsage, "", "%w", &configError{path, problems})
	}
	return &configFile{path, settings}, nil
}

// readSmall reads a regular file of at most maxConfig bytes.
func readSmall(path string) ([]byte, fs.FileInfo, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // a pipe without a writer would wait for one
	if err != nil {
		return nil, nil, err
	}
	defer f.Close() //nolint:errcheck // it was only read
	info, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, nil, fmt.Errorf("%s is no regular file", path)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxConfig+1))
	if err == nil && len(text) > maxConfig {
		err = fmt.Errorf("%s is longer than %d KiB", path, maxConfig>>10)
	}
	return bytes.TrimPrefix(text, []byte("\ufeff")), info, err
}

func ownerOf(info fs.FileInfo) int {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(stat.Uid)
	}
	return os.Geteuid()
}
