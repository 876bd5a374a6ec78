package webhook

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"strings"
)

// secretPrefix marks a secret (Standard Webhooks, "Signature scheme").
const secretPrefix = "whsec_"

// Sizes of a secret, in bytes.
const (
	MinSecret = 24
	MaxSecret = 64
)

// ErrSecret: a secret is not of the form whsec_ and base64 of 24 to 64 bytes.
var ErrSecret = errors.New("webhook: unusable secret")

// A Secret is shared by a node and a receiver. It never prints itself. The zero value is unusable.
type Secret struct{ key string }

// NewSecret returns a random one.
func NewSecret() Secret {
	b := make([]byte, 32)
	rand.Read(b)
	return Secret{key: string(b)}
}

// ParseSecret reads the text of a secret. The error wraps ErrSecret and does not hold it.
func ParseSecret(text string) (Secret, error) {
	encoded, ok := strings.CutPrefix(text, secretPrefix)
	key, err := base64.StdEncoding.DecodeString(encoded)
	if !ok || err != nil {
		return Secret{}, fmt.Errorf("%w: it must be %q and base64", ErrSecret, secretPrefix)
	}
	if len(key) < MinSecret || len(key) > MaxSecret {
		return Secret{}, fmt.Errorf("%w: it has %d bytes, not %d to %d (make one with: echo whsec_$(openssl rand -base64 32))",
			ErrSecret, len(key), MinSecret, MaxSecret)
	}
	return Secret{key: string(key)}, nil
}

// Reveal returns the text that ParseSecret reads, for whoever has to store it.
func (s Secret) Reveal() string {
	return secretPrefix + base64.StdEncoding.EncodeToString([]byte(s.key))
}

// String keeps the secret out of what is printed.
func (s Secret) String() string { return "webhook secret" }

// GoString keeps the secret out of %#v.
func (s Secret) GoString() string { return "webhook.Secret{}" }

// LogValue keeps the secret out of logs.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }
