package backbone

import (
	"crypto/sha256"
	"encoding/base32"
	"strings"
)

// A Topic is what messages are about. It tells nothing to those who only see it: rooms are hashed, nodes have made up their
// ids. Spec: backbone.md §1.2.
type Topic struct {
	name string
	lane Lane
}

// A Lane parts messages, so that none of one kind waits behind those of another, nor is dropped for them.
type Lane string

// The lanes.
const (
	Control Lane = "control"
	Sound   Lane = "sound"
	Video   Lane = "video"
)

const (
	topicRoot  = "confab.v1."
	roomRoot   = topicRoot + "room."
	mediaRoot  = topicRoot + "media."
	roomLabel  = "confab backbone room v1\x00"
	hashLength = 16
)

// InboxPrefix begins the names of all inboxes, and of nothing else.
const InboxPrefix = topicRoot + "node."

var base32Topic = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// Nodes is the topic by which nodes learn of each other.
func Nodes() Topic { return Topic{topicRoot + "nodes", Control} }

// Room is the topic by which nodes learn who else has participants of a room.
func Room(id string) Topic { return Topic{roomRoot + roomHash(id), Control} }

// Media is the topic of what is kept of a room's media; see [AppendKept].
func Media(id string) Topic { return Topic{mediaRoot + roomHash(id), Video} }

func roomHash(id string) string {
	sum := sha256.Sum256([]byte(roomLabel + id))
	return base32Topic.EncodeToString(sum[:hashLength])
}

// Inbox is the topic of what is for one node. The id must be a [ValidNodeID].
func Inbox(node string, l Lane) Topic {
	return Topic{InboxPrefix + node + "." + string(l), l}
}

// String returns the topic's name: words of a–z, 0–9 with dots between them.
func (t Topic) String() string { return t.name }

// Lane returns what the messages of the topic are: Control, but for media and two of the inboxes of each node.
func (t Topic) Lane() Lane { return t.lane }

// IsRoom reports whether it is the topic of a room.
func (t Topic) IsRoom() bool { return strings.HasPrefix(t.name, roomRoot) }

// IsMedia reports whether it is the topic of what is kept of a room's media.
func (t Topic) IsMedia() bool { return strings.HasPrefix(t.name, mediaRoot) }

// IsInbox reports whether it is what one node receives.
func (t Topic) IsInbox() bool { return strings.HasPrefix(t.name, InboxPrefix) }

// ValidNodeID reports whether id may name a node: 1 to 32 characters of a–z and 0–9.
func ValidNodeID(id string) bool {
	const allowed = "abcdefghijklmnopqrstuvwxyz0123456789"
	return 1 <= len(id) && len(id) <= 32 && !strings.ContainsFunc(id, func(r rune) bool { return !strings.ContainsRune(allowed, r) })
}
