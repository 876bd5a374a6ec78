package backbone

import (
	"crypto/sha256"
	"encoding/base32"
	"strings"
)

// A Topic is what messages are about. It tells nothing to those who only see it: rooms are hashed, nodes have made up their
// ids. Spec: backbone.md §1.2.
type Topic struct{ name string }

// A Lane parts the messages for one node, so that none of one kind waits behind those of another, nor is dropped for them.
type Lane string

// The lanes.
const (
	Control Lane = "control"
	Sound   Lane = "sound"
	Video   Lane = "video"
)

const (
	topicRoot  = "confab.v1."
	roomLabel  = "confab backbone room v1\x00"
	hashLength = 16
)

var base32Topic = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// Nodes is the topic by which nodes learn of each other.
func Nodes() Topic { return Topic{topicRoot + "nodes"} }

// Room is the topic by which nodes learn who else has participants of a room.
func Room(id string) Topic {
	sum := sha256.Sum256([]byte(roomLabel + id))
	return Topic{topicRoot + "room." + base32Topic.EncodeToString(sum[:hashLength])}
}

// Inbox is the topic of what is for one node. The id must be a [ValidNodeID].
func Inbox(node string, l Lane) Topic { return Topic{topicRoot + "node." + node + "." + string(l)} }

// String returns the topic's name: words of a–z, 0–9 with dots between them.
func (t Topic) String() string { return t.name }

// ValidNodeID reports whether id may name a node: 1 to 32 characters of a–z and 0–9.
func ValidNodeID(id string) bool {
	const allowed = "abcdefghijklmnopqrstuvwxyz0123456789"
	return 1 <= len(id) && len(id) <= 32 && !strings.ContainsFunc(id, func(r rune) bool { return !strings.ContainsRune(allowed, r) })
}
