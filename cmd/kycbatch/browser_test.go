package main

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// browser is one tab of a headless Chromium, driven as a person would: by mouse and keyboard. Commands go
// through a pipe (--remote-debugging-pipe), one JSON object each, ended by a zero byte.
type browser struct {
	t       *testing.T
	in      *os.File // commands
	out     *bufio.Reader
	session string
	sent    int
	events  []message // that came and were not waited for yet
}

// message is an answer (with the command's id) or an event.
type message struct {
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

// openBrowser starts Chromium with a profile of its own, for this test alone and at most two minutes. Where
// there is none, the test says so and is skipped.
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
		t.Skip("there is no Chromium on this machine: the widget was not tried in a browser")
	}
	theirIn, in, err := os.Pipe()
	require.NoError(t, err)
	out, theirOut, err := os.Pipe()
	require.NoError(t, err)
	args := []string{
		"--headless=new", "--remote-debugging-pipe", "--user-data-dir=" + scratch(t), "--lang=en-US", "--no-first-run", "--disable-gpu",
		"--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-default-apps",
		"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", // nothing but this machine
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
	b.command("Page.enable", nil)
	b.command("Log.enable", nil)
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

func (b *browser) receive() message {
	b.t.Helper()
	text, err := b.out.ReadBytes(0)
	require.NoError(b.t, err, "Chromium does not answer")
	return unpack[message](b.t, text[:len(text)-1])
}

// command sends a command and gives its result.
func (b *browser) command(method string, params map[string]any) json.RawMessage {
	b.t.Helper()
	b.send(method, params)
	for {
		m := b.receive()
		if m.ID == b.sent {
			require.Nil(b.t, m.Error, method)
			return m.Result
		}
		b.events = append(b.events, m)
	}
}

// leads does what loads another page, and waits until it is there.
func (b *browser) leads(do func()) {
	b.t.Helper()
	b.quiet()
	do()
	for {
		for _, m := range b.events {
			if m.Method == "Page.loadEventFired" {
				b.quiet()
				return
			}
		}
		b.events = append(b.events, b.receive())
	}
}

// quiet forgets the events, of which none may be a complaint: a style, a form or a script that was refused.
func (b *browser) quiet() {
	b.t.Helper()
	for _, m := range b.events {
		if m.Method == "Log.entryAdded" && !strings.Contains(string(m.Params), "the server responded with a status of 4") {
			require.Fail(b.t, "Chromium complains", string(m.Params))
		}
	}
	b.events = nil
}

func (b *browser) visit(address string) {
	b.t.Helper()
	b.leads(func() { b.command("Page.navigate", map[string]any{"url": address}) })
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

// text is what a person reads on the page.
func (b *browser) text() string { return b.value("document.body.innerText").(string) }

// click clicks into the middle of the element of a CSS selector.
func (b *browser) click(selector string) {
	b.t.Helper()
	quoted, err := json.Marshal(selector)
	require.NoError(b.t, err)
	at, ok := b.value(`(() => { const e = document.querySelector(` + string(quoted) + `); if (!e) return null; e.scrollIntoView({block: "center"});
		const r = e.getClientRects()[0]; return [r.x + r.width / 2, r.y + r.height / 2]; })()`).([]any)
	require.True(b.t, ok, "there is no %s on the page:\n%s", selector, b.text())
	for _, kind := range []string{"mousePressed", "mouseReleased"} {
		b.command("Input.dispatchMouseEvent", map[string]any{"type": kind, "x": at[0], "y": at[1], "button": "left", "clickCount": 1})
	}
}

// enter types into a field, key by key, in place of what is there.
func (b *browser) enter(selector, text string) {
	b.t.Helper()
	b.click(selector)
	b.value("document.activeElement.type == 'date' || document.activeElement.select()")
	for _, key := range text {
		b.command("Input.dispatchKeyEvent", map[string]any{"type": "char", "text": string(key)})
	}
}

// screen sets the size of the window and the colours.
func (b *browser) screen(width, height int, scheme string) {
	b.command("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500})
	b.command("Emulation.setEmulatedMedia", map[string]any{"features": []any{map[string]any{"name": "prefers-color-scheme", "value": scheme}}})
}

// picture writes the page as it looks to $KYCBATCH_PICTURES, if that is set, for a person to judge.
func (b *browser) picture(name string) {
	dir := os.Getenv("KYCBATCH_PICTURES")
	if dir == "" {
		return
	}
	data := unpack[struct{ Data string }](b.t, b.command("Page.captureScreenshot", map[string]any{"format": "png", "captureBeyondViewport": true})).Data
	png, err := base64.StdEncoding.DecodeString(data)
	require.NoError(b.t, err)
	require.NoError(b.t, os.WriteFile(filepath.Join(dir, name+".png"), png, 0o600))
}
