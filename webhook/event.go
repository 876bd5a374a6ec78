package webhook

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// A Type says what happened. Receivers ignore types that they do not know.
type Type string

// The types.
const (
	// RoomStarted: the first participant has come, over all nodes.
	RoomStarted Type = "room.started"
	// RoomFinished: the last participant has left.
	RoomFinished Type = "room.finished"
	// WaitingJoined: somebody waits to be admitted.
	WaitingJoined Type = "waiting.joined"
	// WaitingLeft: it waits no longer. Reason is admitted, rejected, forgotten, ended, left or lost.
	WaitingLeft Type = "waiting.left"
	// ParticipantJoined: somebody is in the room.
	ParticipantJoined Type = "participant.joined"
	// ParticipantLeft: it is not any more. Reason is left, lost, replaced, removed or ended.
	ParticipantLeft Type = "participant.left"
	// TrackPublished and TrackUnpublished: a participant began or stopped to publish. Being muted is neither.
	TrackPublished   Type = "track.published"
	TrackUnpublished Type = "track.unpublished"
	// RecordingStarted and RecordingStopped: a participant that says it records has joined, or is not there any more. They follow its
	// participant.joined and come before its participant.left.
	RecordingStarted Type = "recording.started"
	RecordingStopped Type = "recording.stopped"
)

// Types returns all types.
func Types() []Type {
	return []Type{
		RoomStarted, RoomFinished, WaitingJoined, WaitingLeft, ParticipantJoined, ParticipantLeft, TrackPublished, TrackUnpublished,
		RecordingStarted, RecordingStopped,
	}
}

// An Event is the body of a webhook.
type Event struct {
	Type Type `json:"type"`
	// Timestamp is when it happened.
	Timestamp time.Time `json:"timestamp"`
	Data      Data      `json:"data"`
}

// Data tells where and to whom an event happened.
type Data struct {
	// Room is the id of the room, which is that of its meeting.
	Room string `json:"room"`
	// Meeting: the room has a meeting record.
	Meeting bool `json:"meeting"`
	// Participant is nil for room.started and room.finished.
	Participant *Participant `json:"participant,omitempty"`
	// Source is that of a track: camera, microphone, screen or screen-audio.
	Source string `json:"source,omitempty"`
	// Reason is why somebody left.
	Reason string `json:"reason,omitempty"`
}

// A Participant is one stay of somebody in a room.
type Participant struct {
	// Session is different for every stay.
	Session string `json:"session"`
	// Identity is that of the token, or of a guest.
	Identity string `json:"identity"`
	// Name is that of the token. Names that people enter are end-to-end encrypted, so the node does not know them.
	Name string `json:"name,omitempty"`
}

// ErrPayload: the body of a webhook is not an event.
var ErrPayload = errors.New("webhook: the body is not an event")

// Parse reads the body of a webhook that has been verified. The error wraps ErrPayload.
func Parse(body []byte) (Event, error) {
	var e Event
	if err := json.Unmarshal(body, &e); err != nil {
		return Event{}, fmt.Errorf("%w: %w", ErrPayload, err)
	}
	if e.Type == "" || e.Timestamp.IsZero() {
		return Event{}, fmt.Errorf("%w: it has no type or timestamp", ErrPayload)
	}
	return e, nil
}
