package room

import "github.com/openconfab/confab/internal/wire/pb"

// EventKind tells what an Event is.
type EventKind uint8

// The kinds of events.
const (
	// WaitingJoined: somebody waits to be admitted. WaitingLeft: no longer, for Reason.
	WaitingJoined EventKind = iota + 1
	WaitingLeft
	// ParticipantJoined: somebody is in the room. ParticipantLeft: no longer, for Reason; its tracks were unpublished before.
	ParticipantJoined
	ParticipantLeft
	// TrackPublished and TrackUnpublished are of Source.
	TrackPublished
	TrackUnpublished
	// ParticipantArrived: somebody who was in the room at another node goes on at this one, with all tracks.
	ParticipantArrived
)

// An Event is something that happened to a participant of this node, for those outside of the room who follow it.
type Event struct {
	Kind EventKind
	Room string
	// Session, Identity and Name are those of Joining.
	Session, Identity, Name string
	// Hidden: others are not told of it. Records: it says that it records.
	Hidden, Records bool
	Source          pb.Source
	Reason          pb.LeaveReason
}

// tell hands on an event of p; the mutex is held.
func (r *Room) tell(p *Participant, e Event) {
	if p.remote() || r.registry.happened == nil {
		return
	}
	e.Room, e.Session, e.Identity, e.Name, e.Hidden = r.id, p.Session, p.Identity, p.Name, p.hidden()
	e.Records = p.Capabilities.GetRecords()
	r.registry.happened(e)
}
