// Package token mints and verifies join tokens: who may enter which room, and what they may do there.
//
// A join token is a JWT (RFC 7519) signed with HMAC-SHA-256 by an API key that an application's server shares with
// a Confab node. It never carries an end-to-end encryption key, and it belongs into the first message of a
// connection, never into a URL. The format is described in spec/wire.md §1.5.
package token

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"
	"unicode"
	"unicode/utf8"
)

// Limits of a token and its parts.
const (
	// MinSecretLength is the least number of bytes of an API key's secret: the output size of the hash (RFC 7518 §3.2).
	MinSecretLength = 32
	// MaxLength is the greatest number of bytes of an encoded token.
	MaxLength = 4096
	// MaxIdentityLength is the greatest number of bytes of an identity.
	MaxIdentityLength = 128
	// MaxNameLength is the greatest number of bytes of a name.
	MaxNameLength = 256
	// MaxRoomLength is the greatest number of characters of a room id.
	MaxRoomLength = 64
	// Leeway is by how much the clocks of the signer and the node may differ.
	Leeway = 30 * time.Second
)

// Errors returned, wrapped with detail, by Sign and Verify.
var (
	// ErrMalformed: not a JWT.
	ErrMalformed = errors.New("token: malformed")
	// ErrTooLarge: longer than MaxLength.
	ErrTooLarge = errors.New("token: too large")
	// ErrUnknownKey: the key id the token names is not one of the node's.
	ErrUnknownKey = errors.New("token: unknown key")
	// ErrSignature: not signed with HS256 by the key it names.
	ErrSignature = errors.New("token: wrong signature")
	// ErrExpired: its time is over.
	ErrExpired = errors.New("token: expired")
	// ErrNotYetValid: its time has not begun.
	ErrNotYetValid = errors.New("token: not yet valid")
	// ErrClaims: a claim is missing or out of range.
	ErrClaims = errors.New("token: invalid claims")
	// ErrKey: the key's id is empty or unusable, or its secret shorter than MinSecretLength.
	ErrKey = errors.New("token: unusable key")
)

// A Source is a kind of track a participant may publish.
type Source string

// The sources.
const (
	Camera      Source = "camera"
	Microphone  Source = "microphone"
	Screen      Source = "screen"
	ScreenAudio Source = "screen-audio"
)

// Sources returns all sources.
func Sources() []Source { return []Source{Camera, Microphone, Screen, ScreenAudio} }

// Grants say what a participant may do. The zero value permits nothing.
type Grants struct {
	// Join permits entering the room at all.
	Join bool `json:"join,omitempty"`
	// Publish lists the sources of which tracks may be published.
	Publish []Source `json:"publish,omitempty"`
	// Subscribe permits receiving the others' tracks and data messages.
	Subscribe bool `json:"subscribe,omitempty"`
	// Data permits sending data messages.
	Data bool `json:"data,omitempty"`
	// Admin permits moderating the room.
	Admin bool `json:"admin,omitempty"`
	// Hidden keeps the participant out of what the others are told about the room.
	Hidden bool `json:"hidden,omitempty"`
	// Wait makes the participant wait until one with the admin grant admits it.
	Wait bool `json:"wait,omitempty"`
	// Record permits recording a meeting that lets only hosts do so.
	Record bool `json:"record,omitempty"`
}

// Claims are what a token says.
type Claims struct {
	// KeyID is the id of the key that signed the token. Verify sets it; Sign ignores it.
	KeyID string
	// Identity says who joins: 1 to 128 bytes of UTF-8 without control characters. A room has an identity once.
	Identity string
	// Name is optional, at most 256 bytes. The node can read it, unlike the name a participant seals end to end.
	Name string
	// Room is 1 to 64 characters of A–Z a–z 0–9 . _ -
	Room string
	// ID is optional and different for every token, at most 128 bytes like an identity. It names the token in logs.
	ID string
	// Issued is optional. A meeting that removes a participant refuses tokens that were issued to its identity before, and
	// those that do not say when. JWT keeps whole seconds.
	Issued time.Time
	// Expires ends the token. It bounds joining, not how long a participant stays. JWT keeps whole seconds.
	Expires time.Time
	// Grants are given by the token; nothing is granted unless stated.
	Grants Grants
}

// A Key is an API key. It is safe for concurrent use, and it never prints its secret.
type Key struct {
	// ID is public: 1 to 64 characters of A–Z a–z 0–9 . _ -
	ID string
	// Secret has at least MinSecretLength bytes, which should be random.
	Secret string
}

// Validate returns nil or an error wrapping ErrKey that says what to do.
func (k Key) Validate() error {
	if !ValidRoom(k.ID) {
		return fmt.Errorf("%w: the id must be 1 to 64 characters of A-Z a-z 0-9 . _ -", ErrKey)
	}
	if len(k.Secret) < MinSecretLength {
		return fmt.Errorf("%w: the secret of %q has %d bytes, at least %d are needed (try: openssl rand -hex 32)",
			ErrKey, k.ID, len(k.Secret), MinSecretLength)
	}
	return nil
}

// String returns the key's id.
func (k Key) String() string { return "key " + k.ID }

// GoString keeps the secret out of %#v.
func (k Key) GoString() string { return fmt.Sprintf("token.Key{ID: %q}", k.ID) }

// LogValue keeps the secret out of logs.
func (k Key) LogValue() slog.Value { return slog.StringValue(k.ID) }

// ValidRoom reports whether id can name a room: 1 to 64 characters of A–Z a–z 0–9 . _ -
func ValidRoom(id string) bool {
	if id == "" || len(id) > MaxRoomLength {
		return false
	}
	for _, c := range []byte(id) {
		switch {
		case 'A' <= c && c <= 'Z', 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '.', c == '_', c == '-':
		default:
			return false
		}
	}
	return true
}

func (c Claims) validate() error {
	if !Printable(c.Identity) || c.Identity == "" || len(c.Identity) > MaxIdentityLength {
		return fmt.Errorf("%w: the identity (sub) must be 1 to %d bytes of UTF-8 without control characters",
			ErrClaims, MaxIdentityLength)
	}
	if !Printable(c.ID) || len(c.ID) > MaxIdentityLength {
		return fmt.Errorf("%w: the token's id (jti) must be at most %d bytes of UTF-8 without control characters",
			ErrClaims, MaxIdentityLength)
	}
	if !Printable(c.Name) || len(c.Name) > MaxNameLength {
		return fmt.Errorf("%w: the name must be at most %d bytes of UTF-8 without control characters",
			ErrClaims, MaxNameLength)
	}
	if !ValidRoom(c.Room) {
		return fmt.Errorf("%w: the room must be 1 to %d characters of A-Z a-z 0-9 . _ -", ErrClaims, MaxRoomLength)
	}
	for _, s := range c.Grants.Publish {
		if !slices.Contains(Sources(), s) {
			return fmt.Errorf("%w: there is no source %.40q to publish", ErrClaims, s)
		}
	}
	return nil
}

// Printable reports whether s is UTF-8 without control characters, as names and identities must be.
func Printable(s string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if unicode.IsControl(r) {
			return false
		}
	}
	return true
}
