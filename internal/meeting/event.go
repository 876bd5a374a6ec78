package meeting

import (
	"time"

	"github.com/openconfab/confab/token"
	"github.com/openconfab/confab/webhook"
)

// An Event is something that happened in a room of this node.
type Event struct {
	// Kind is none of room.started, room.finished, recording.started and recording.stopped: the Service finds those itself, over all
	// nodes.
	Kind webhook.Type
	Room string
	// Session, Identity and Name are of the participant.
	Session, Identity, Name string
	// Source is that of a track.
	Source token.Source
	// Records: the participant, when it joins, says that it records.
	Records bool
	// Moved: who joined here was in the room at another node before, so that nobody is told.
	Moved bool
	// Reason is why somebody left: a LeaveReason of spec/wire.md in lower case, such as "left" or "removed".
	Reason string
	At     time.Time
}
