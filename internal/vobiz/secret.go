package vobiz

import (
	"fmt"
	"io"
	"log/slog"
)

const secretMask = "[secret]"

// Secret holds a credential that must not be printed. The text lives in a func, not in a field: fmt reaches through
// unexported fields without asking for methods, and would show a string there under any verb. Only [Secret.Reveal]
// gives it back. The zero value is empty. Secrets cannot be compared with ==.
type Secret struct{ reveal func() string }

// NewSecret hides text.
func NewSecret(text string) Secret { return Secret{reveal: func() string { return text }} }

// Reveal returns the hidden text, "" for the zero value.
func (s Secret) Reveal() string {
	if s.reveal == nil {
		return ""
	}
	return s.reveal()
}

// Empty reports whether there is nothing hidden.
func (s Secret) Empty() bool { return s.Reveal() == "" }

// String returns "[secret]", also for an empty one: whether a credential is set is nobody's business either.
func (s Secret) String() string { return secretMask }

// Format prints "[secret]" under every verb and flag.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, secretMask) }

// LogValue is "[secret]" for log/slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(secretMask) }

// MarshalText is "[secret]" for every encoder that honours it (JSON, XML, YAML).
func (s Secret) MarshalText() ([]byte, error) { return []byte(secretMask), nil }
