package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"kycbatch/internal/vobiz"
)

const (
	maxCredential = 4 << 10 // bytes; a header's worth

	missingCredentials = `export VOBIZ_AUTH_ID and VOBIZ_AUTH_TOKEN, or name files with --auth-id-file and --auth-token-file;
to try it without any, add --sandbox`
)

// A credential is looked for in a file that was asked for, then in the environment, then among systemd's credentials.
type credential struct {
	file     string // of the flag; "" none
	variable string
	systemd  string // name in $CREDENTIALS_DIRECTORY
}

// wanted are the partner's id and token.
func (p *program) wanted() [2]credential {
	return [2]credential{
		{p.options.authIDFile, "VOBIZ_AUTH_ID", "vobiz-auth-id"},
		{p.options.authTokenFile, "VOBIZ_AUTH_TOKEN", "vobiz-auth-token"},
	}
}

// credentials are the partner's id and token. What is wrong with them is told without them.
func (p *program) credentials() (id, token vobiz.Secret, err error) {
	wanted := p.wanted()
	id, _, err = p.credential(wanted[0])
	if err == nil {
		token, _, err = p.credential(wanted[1])
	}
	return id, token, err
}

// credential finds one, and says where: in a file of this path, or in this environment variable.
func (p *program) credential(c credential) (secret vobiz.Secret, from string, err error) {
	if c.file != "" {
		secret, err = readCredential(c.file, 0o077)
		return secret, c.file, err
	}
	if v, ok := p.lookup(c.variable); ok && v != "" {
		return vobiz.NewSecret(v), c.variable, nil
	}
	if dir, ok := p.lookup("CREDENTIALS_DIRECTORY"); ok && dir != "" {
		// systemd keeps others out of the folder; an access list for the service's user shows as the group's bit.
		from = filepath.Join(dir, c.systemd)
		if secret, err = readCredential(from, 0o007); !errors.Is(err, fs.ErrNotExist) {
			return secret, from, err
		}
	}
	return vobiz.Secret{}, "", failed(exitUsage, missingCredentials, "no credentials: %s is not set", c.variable)
}

// readCredential reads a file that nobody else may use: none of the bits in forbidden is set.
func readCredential(path string, forbidden fs.FileMode) (vobiz.Secret, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // a pipe without a writer would wait for one
	if err != nil {
		return vobiz.Secret{}, failed(exitUsage, "", "read a credential: %w", err)
	}
	defer f.Close() //nolint:errcheck // it was only read
	info, err := f.Stat()
	if err != nil {
		return vobiz.Secret{}, failed(exitUsage, "", "read a credential: %w", err)
	}
	if !info.Mode().IsRegular() {
		return vobiz.Secret{}, failed(exitUsage, "", "credential file %s is no regular file", path)
	}
	if info.Mode().Perm()&forbidden != 0 {
		return vobiz.Secret{}, failed(exitUsage, fmt.Sprintf("chmod 600 %s", quoted(path)),
			"credential file %s can be read or changed by other users (mode %04o)", path, info.Mode().Perm())
	}
	text, err := io.ReadAll(io.LimitReader(f, maxCredential+1))
	if err != nil {
		return vobiz.Secret{}, failed(exitUsage, "", "read credential file %s: %w", path, err)
	}
	secret := strings.TrimSpace(string(text))
	if secret == "" || len(text) > maxCredential {
		return vobiz.Secret{}, failed(exitUsage, "put the credential alone into it", "credential file %s holds no credential", path)
	}
	return vobiz.NewSecret(secret), nil
}
