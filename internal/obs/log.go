// Package obs is what an operator sees of a node: logs, metrics and health. Nothing in it shows a secret.
package obs

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// Format is how log lines are written.
type Format string

// The formats.
const (
	Text Format = "text"
	JSON Format = "json"
)

// NewLogger returns a logger that writes lines of the format at or above the level to w, without secrets: see Redact.
func NewLogger(w io.Writer, format Format, level slog.Level) (*slog.Logger, error) {
	o := &slog.HandlerOptions{Level: level, ReplaceAttr: Redact}
	switch format {
	case Text:
		return slog.New(slog.NewTextHandler(w, o)), nil
	case JSON:
		return slog.New(slog.NewJSONHandler(w, o)), nil
	default:
		return nil, fmt.Errorf("log format %q is unknown: use %q or %q", format, Text, JSON)
	}
}

// ParseLevel reads debug, info, warn or error.
func ParseLevel(s string) (slog.Level, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(strings.ToUpper(s))); err != nil {
		return 0, fmt.Errorf("log level %q is unknown: use debug, info, warn or error", s)
	}
	return level, nil
}
