package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCredentials(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), mode))
		require.NoError(t, os.Chmod(path, mode))
		return path
	}
	env := map[string]string{}
	p := bare(outside{lookup: func(name string) (string, bool) { v, ok := env[name]; return v, ok }})
	refused := func(what string) {
		t.Helper()
		_, _, err := p.credentials()
		require.ErrorContains(t, err, what)
		require.Equal(t, exitUsage, codeOf(err))
		require.NotContains(t, err.Error()+advice(err), "planted")
	}
	got := func(id, token string) {
		t.Helper()
		i, k, err := p.credentials()
		require.NoError(t, err)
		require.Equal(t, []string{id, token}, []string{i.Reveal(), k.Reveal()})
	}

	refused("VOBIZ_AUTH_ID is not set")
	env["VOBIZ_AUTH_ID"] = "PA_env"
	refused("VOBIZ_AUTH_TOKEN is not set")

	env["CREDENTIALS_DIRECTORY"] = dir // systemd's: an access list shows as the group's bit
	refused("VOBIZ_AUTH_TOKEN is not set")
	write("vobiz-auth-id", "PA_systemd", 0o440)
	write("vobiz-auth-token", "planted-systemd\n", 0o440)
	got("PA_env", "planted-systemd")
	write("vobiz-auth-token", "planted-systemd\n", 0o444)
	refused("mode 0444")

	env["VOBIZ_AUTH_TOKEN"] = "planted-env"
	got("PA_env", "planted-env")
	p.options.authIDFile = write("id", "PA_file\r\n", 0o600)
	p.options.authTokenFile = write("token", "planted-file\n", 0o400)
	got("PA_file", "planted-file")

	for _, mode := range []os.FileMode{0o640, 0o604, 0o620, 0o644} {
		write("token", "planted-file", mode)
		refused("can be read or changed by other users")
		_, _, err := p.credentials()
		require.Contains(t, advice(err), "chmod 600 ")
		require.NoError(t, os.Remove(p.options.authTokenFile))
	}
	refused("no such file")
	write("token", " \n", 0o600)
	refused("holds no credential")
	p.options.authTokenFile = dir
	refused("no regular file")
}
