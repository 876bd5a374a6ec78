package session

import (
	"crypto/rand"
	"crypto/sha256"
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

// tickets are the secrets that resume a session, kept as their SHA-256. The one before the last stays valid until the client
// has shown that it got the last. Spec: wire.md §4, backbone.md §5.
type tickets struct{ current, previous []byte }

// renew makes a new ticket, which names the node; used is the one that the client has, nil for none.
func (t *tickets) renew(used []byte, node string) []byte {
	t.previous = nil
	if used != nil {
		t.previous = ticketHash(used)
	}
	ticket := make([]byte, ticketBytes, ticketBytes+len(node))
	rand.Read(ticket)
	ticket = append(ticket, node...)
	t.current = ticketHash(ticket)
	return ticket
}

// confirm notes that the client got the current ticket.
func (t *tickets) confirm() { t.previous = nil }

// valid compares the hash of a ticket in constant time.
func (t *tickets) valid(hash []byte) bool {
	if len(hash) != sha256.Size {
		return false
	}
	current := subtle.ConstantTimeCompare(hash, t.current)
	previous := subtle.ConstantTimeCompare(hash, t.previous)
	return current|previous == 1
}

// hashes returns those of the tickets that are valid, the current one first.
func (t *tickets) hashes() [][]byte {
	if t.previous == nil {
		return [][]byte{t.current}
	}
	return [][]byte{t.current, t.previous}
}

// restore makes the tickets those that another node held valid.
func (t *tickets) restore(hashes [][]byte) {
	*t = tickets{}
	if len(hashes) > 0 {
		t.current = hashes[0]
	}
	if len(hashes) > 1 {
		t.previous = hashes[1]
	}
}

func ticketHash(ticket []byte) []byte {
	hash := sha256.Sum256(ticket)
	return hash[:]
}

// nodeOf returns the node that made a ticket, as the ticket says; empty if it names none.
func nodeOf(ticket []byte) string {
	if len(ticket) <= ticketBytes {
		return ""
	}
	return string(ticket[ticketBytes:])
}
