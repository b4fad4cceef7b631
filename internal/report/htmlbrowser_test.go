package report

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// browser is one tab of a headless Chromium. Commands go through a pipe (--remote-debugging-pipe), one JSON object each,
// ended by a zero byte.
type browser struct {
	t       *testing.T
	in      *os.File
	out     *bufio.Reader
	session string
	sent    int
	events  []event // that came since the page was opened
}

// event is what the browser says: an answer (with the command's id), or what happened.
type event struct {
	ID     int             `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
	Result json.RawMessage `json:"result"`
	Error  *struct {
		Message string `json:"message"`
	} `json:"error"`
}

// scratch is a folder of the browser's. A child of it that ends a moment later may still be writing there, which
// must not fail the test.
func scratch(t *testing.T) string {
	dir, err := os.MkdirTemp("", "browser") //nolint:usetesting // whose own removal fails the test
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// openBrowser starts Chromium with a profile of its own. Where there is none, the test says so and is skipped.
func openBrowser(t *testing.T) *browser {
	t.Helper()
	program := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil && program == "" {
			program = path
		}
	}
	if program == "" {
		fmt.Println("NOT TRIED IN A BROWSER: there is no Chromium on this machine")
		t.Skip("there is no Chromium on this machine: the report was not tried in a browser")
	}
	theirIn, in, err := os.Pipe()
	require.NoError(t, err)
	out, theirOut, err := os.Pipe()
	require.NoError(t, err)
	args := []string{
		"--headless=new", "--remote-debugging-pipe", "--user-data-dir=" + scratch(t), "--lang=en-US", "--no-first-run", "--disable-gpu",
		"--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-default-apps",
		"--host-resolver-rules=MAP * ~NOTFOUND", // nothing of the world
	}
	if os.Geteuid() == 0 {
		args = append(args, "--no-sandbox") // it refuses to run as root otherwise
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 3*time.Minute) // the cleanup below ends it properly
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // so that its children can be ended, too
	cmd.ExtraFiles = []*os.File{theirIn, theirOut}        // 3 and 4, as the flag wants them
	cmd.Env = append(os.Environ(), "HOME="+scratch(t), "LANG=en_US.UTF-8")
	cmd.WaitDelay = 10 * time.Second
	require.NoError(t, cmd.Start())
	require.NoError(t, theirIn.Close())
	require.NoError(t, theirOut.Close())
	b := &browser{t: t, in: in, out: bufio.NewReader(out)}
	t.Cleanup(func() {
		b.session = ""
		b.send("Browser.close", nil)
		_ = in.Close()
		for { // it ends the pipe when it ends
			if _, err := b.out.ReadByte(); err != nil {
				break
			}
		}
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // what is left of it, also if the time was over
		_ = cmd.Wait()
		_ = out.Close()
	})
	require.NoError(t, out.SetReadDeadline(time.Now().Add(2*time.Minute)))
	target := b.command("Target.createTarget", map[string]any{"url": "about:blank"})
	b.session = unpack[struct{ SessionID string }](t, b.command("Target.attachToTarget",
		map[string]any{"targetId": unpack[struct{ TargetID string }](t, target).TargetID, "flatten": true})).SessionID
	for _, domain := range []string{"Page", "Log", "Runtime", "Network", "Audits"} {
		b.command(domain+".enable", nil)
	}
	return b
}

func unpack[T any](t *testing.T, raw json.RawMessage) T {
	t.Helper()
	var value T
	require.NoError(t, json.Unmarshal(raw, &value), string(raw))
	return value
}

func (b *browser) send(method string, params map[string]any) {
	b.sent++
	text, err := json.Marshal(struct {
		ID        int            `json:"id"`
		Method    string         `json:"method"`
		Params    map[string]any `json:"params,omitempty"`
		SessionID string         `json:"sessionId,omitempty"`
	}{b.sent, method, params, b.session})
	if err == nil {
		_, _ = b.in.Write(append(text, 0)) // where it is gone, the answer does not come
	}
}

func (b *browser) receive() event {
	b.t.Helper()
	text, err := b.out.ReadBytes(0)
	require.NoError(b.t, err, "Chromium does not answer")
	return unpack[event](b.t, text[:len(text)-1])
}

// command sends a command and gives its result.
func (b *browser) command(method string, params map[string]any) json.RawMessage {
	b.t.Helper()
	b.send(method, params)
	for {
		e := b.receive()
		if e.ID == b.sent {
			require.Nil(b.t, e.Error, method)
			return e.Result
		}
		b.events = append(b.events, e)
	}
}

// open loads a file, and waits until it is there. The events are those of this page alone.
func (b *browser) open(file string) {
	b.t.Helper()
	b.events = nil
	b.command("Page.navigate", map[string]any{"url": "file://" + filepath.ToSlash(file)})
	loaded := func(e event) bool { return e.Method == "Page.loadEventFired" }
	for !slices.ContainsFunc(b.events, loaded) {
		b.events = append(b.events, b.receive())
	}
}

// value is that of a JavaScript expression.
func (b *browser) value(expression string) any {
	b.t.Helper()
	got := unpack[struct {
		Result           struct{ Value any }
		ExceptionDetails json.RawMessage
	}](b.t, b.command("Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true}))
	require.Empty(b.t, string(got.ExceptionDetails), expression)
	return got.Result.Value
}

// screen sets the size of the window, the colours, and what the page is shown on: "screen" or "print".
func (b *browser) screen(width int, scheme, medium string) {
	b.command("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500})
	b.command("Emulation.setEmulatedMedia", map[string]any{"media": medium, "features": []any{map[string]any{"name": "prefers-color-scheme", "value": scheme}}})
}

// picture writes the page as it looks to $KYCBATCH_PICTURES, if that is set, for a person to judge: as a picture, and as
// the pages that come out of a printer.
func (b *browser) picture(name string) {
	dir := os.Getenv("KYCBATCH_PICTURES")
	if dir == "" {
		return
	}
	for _, of := range []struct {
		command, ending string
		params          map[string]any
	}{
		{"Page.captureScreenshot", ".png", map[string]any{"format": "png", "captureBeyondViewport": true}},
		{"Page.printToPDF", ".pdf", map[string]any{"preferCSSPageSize": true, "paperWidth": 8.27, "paperHeight": 11.69}},
	} {
		data := unpack[struct{ Data string }](b.t, b.command(of.command, of.params)).Data
		file, err := base64.StdEncoding.DecodeString(data)
		require.NoError(b.t, err)
		require.NoError(b.t, os.WriteFile(filepath.Join(dir, name+of.ending), file, 0o600))
	}
}
