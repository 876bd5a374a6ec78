package session

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
)

const (
	sessionIDBytes = 10
	ticketBytes    = 32
)

var base32ID = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// newSessionID returns the name of a new session. It is not a secret.
func newSessionID() string {
	var b [sessionIDBytes]byte
	rand.Read(b[:])
	return base32ID.EncodeToString(b[:])
}

// tickets are the secrets that resume a session. The one before the last stays valid until the client has shown that it
// got the last. Spec: wire.md §4.
type tickets struct{ current, previous []byte }

// renew makes a new ticket; used is the one that the client has.
func (t *tickets) renew(used []byte) []byte {
	t.previous = used
	t.current = make([]byte, ticketBytes)
	rand.Read(t.current)
	return t.current
}

// confirm notes that the client got the current ticket.
func (t *tickets) confirm() { t.previous = nil }

// valid compares in constant time.
func (t *tickets) valid(ticket []byte) bool {
	if len(ticket) != ticketBytes {
		return false
	}
	current := subtle.ConstantTimeCompare(ticket, t.current)
	previous := subtle.ConstantTimeCompare(ticket, t.previous)
	return current|previous == 1
}
