package client

import "github.com/openconfab/confab/e2ee"

// Keys says how a room is encrypted. The zero value takes the meeting secret from the invitation link.
type Keys struct {
	secret e2ee.Secret
	host   e2ee.Host
	kind   keyKind
}

type keyKind uint8

const (
	fromLink keyKind = iota
	withSecret
	unencrypted
)

// String says where the keys come from, and keeps the secret to itself.
func (k Keys) String() string {
	switch k.kind {
	case withSecret:
		return "meeting secret"
	case unencrypted:
		return "unencrypted"
	default:
		return "from the link"
	}
}

// GoString keeps the secret to itself as well.
func (k Keys) GoString() string { return "client.Keys(" + k.String() + ")" }

// MeetingSecret encrypts with a meeting secret, which goes before that of the link. The zero secret is that of a meeting
// that is entered without one: it is encrypted, but who is in it has to be checked by comparing safety codes.
func MeetingSecret(s e2ee.Secret) Keys { return Keys{secret: s, kind: withSecret} }

// InsecureNone encrypts nothing: the node can see, hear and forge everything. Everybody in the room must have
// chosen so. It is for load tests that are to measure something else.
func InsecureNone() Keys { return Keys{kind: unencrypted} }
