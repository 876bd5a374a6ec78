package signin

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"time"
)

// Lifetimes of sessions.
const (
	// sessionLife ends every session, however often it is used.
	sessionLife = 30 * 24 * time.Hour
	// uncheckedLife ends the session of a person whose provider gives no refresh token, so that it can't be asked whether the
	// person is still known to it.
	uncheckedLife = 12 * time.Hour
	// checkInterval is how long a session is used without asking the provider that.
	checkInterval = 15 * time.Minute
	// retryInterval is how soon a provider that did not answer is asked again.
	retryInterval = time.Minute
)

// MaxName bounds a name, in bytes; longer ones are cut.
const MaxName = 256

// A Person is who uses a browser.
type Person struct {
	// ID is who it is in meetings: "person-" or "guest-" and 20 hexadecimal digits.
	ID string
	// Guest: nobody vouches for it.
	Guest bool
	// Name and Email are what the provider says; a guest has none.
	Name, Email string
}

// A Session is one browser's, as the store keeps it.
type Session struct {
	// Hash finds it: the SHA-256 of the browser's token.
	Hash   []byte
	Person Person
	// Created, Expires, and when the provider was last asked.
	Created, Expires, Checked time.Time
	// Sealed is what the provider has issued, nil for a guest.
	Sealed []byte
}

// ErrNoSession: the store has no such session.
var ErrNoSession = errors.New("no such session")

// A Store keeps sessions. Its methods may be called concurrently, by many nodes.
type Store interface {
	// AddSession keeps a new session and what is known of its person, which replaces what was known.
	AddSession(ctx context.Context, s Session) error
	// Session finds one that expires after now, or fails with ErrNoSession.
	Session(ctx context.Context, hash []byte, now time.Time) (Session, error)
	// ClaimCheck sets Checked to now if it is was, and reports whether it did: of many callers, one does.
	ClaimCheck(ctx context.Context, hash []byte, was, now time.Time) (bool, error)
	// Renew replaces Checked and, unless it is nil, Sealed.
	Renew(ctx context.Context, hash []byte, checked time.Time, sealed []byte) error
	// RemoveSession removes one, if it is there.
	RemoveSession(ctx context.Context, hash []byte) error
}

// guestID returns the id of a new guest.
func guestID() string { return "guest-" + randomHex(10) }

// personID is the same for one person of one provider, for ever. A subject is unique within its issuer only (OpenID Connect
// Core §5.7).
func personID(issuer, subject string) string {
	h := sha256.New()
	h.Write([]byte("confab person v1\x00" + issuer + "\x00" + subject))
	return "person-" + hex.EncodeToString(h.Sum(nil))[:20]
}

func randomHex(bytes int) string {
	b := make([]byte, bytes)
	rand.Read(b)
	return hex.EncodeToString(b)
}

// randomToken returns 256 random bits as text.
func randomToken() string {
	b := make([]byte, 32)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

func hashOf(token string) []byte {
	h := sha256.Sum256([]byte("confab session v1\x00" + token))
	return h[:]
}
