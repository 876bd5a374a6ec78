package relay

// Reason tells why an object was not delivered, or a message not.
type Reason uint8

// The reasons. Spec: wire.md §8: nothing is dropped without counting.
const (
	// DropAlias: the publisher bound no track to the alias.
	DropAlias Reason = iota
	// DropStopped: the track was muted by a host, and its publisher has not taken that back.
	DropStopped
	// DropStale: a newer group of the track overtook it.
	DropStale
	// DropAge: it waited longer than its budget.
	DropAge
	// DropBroken: an earlier object of its group was dropped, so nobody could decode it.
	DropBroken
	// DropDiscardable: a temporal layer that a slow path has no room for.
	DropDiscardable
	// DropFrameRate: a temporal layer above the subscription's frame rate.
	DropFrameRate
	// DropPaused: video that was given up so that more important media passes.
	DropPaused
	// DropFull: the subscriber's queue was full.
	DropFull
	// DropDetached: the subscriber had no connection, or lost the one it had.
	DropDetached
	// DropUnsubscribed: the subscription ended while the object waited.
	DropUnsubscribed
	// DropFailed: the connection did not take it.
	DropFailed
	// DropTooLarge: over the limit of an object's size.
	DropTooLarge
	// DropMalformed: an object, or its stream, that does not parse.
	DropMalformed
	// DropRate: sound over its rate.
	DropRate
	// DropUnheard: sound of a microphone for which a big room has no place.
	DropUnheard
	// DropDataBehind: a droppable data message for a subscriber that is behind.
	DropDataBehind
	// DropDataRate: a droppable data message over its sender's rate.
	DropDataRate

	// Reasons counts the reasons, for tables indexed by Reason.
	Reasons
)

var reasonNames = [Reasons]string{
	DropAlias:        "alias",
	DropStopped:      "stopped",
	DropStale:        "stale",
	DropAge:          "age",
	DropBroken:       "broken",
	DropDiscardable:  "discardable",
	DropFrameRate:    "frame-rate",
	DropPaused:       "paused",
	DropFull:         "full",
	DropDetached:     "detached",
	DropUnsubscribed: "unsubscribed",
	DropFailed:       "failed",
	DropTooLarge:     "too-large",
	DropMalformed:    "malformed",
	DropRate:         "rate",
	DropUnheard:      "unheard",
	DropDataBehind:   "data-behind",
	DropDataRate:     "data-rate",
}

// String returns the reason's name in metrics.
func (r Reason) String() string { return reasonNames[r] }

// A Meter counts what the relay does. It is called for every object, by many goroutines, some of which hold locks: it
// must return at once and allocate nothing.
type Meter interface {
	// ObjectOut counts an object that was delivered to one subscriber.
	ObjectOut(bytes int)
	// Dropped counts objects that were not.
	Dropped(reason Reason, objects int)
	// KeyframeAsked counts a wish for a keyframe; KeyframeForwarded counts one request that reached a publisher.
	KeyframeAsked()
	KeyframeForwarded()
}
