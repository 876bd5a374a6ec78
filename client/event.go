package client

// Event is something that happened in a room: one of the types below.
type Event interface{ event() }

// ParticipantJoined: somebody is in the room. It is also sent for those who were there before.
type ParticipantJoined struct{ Participant *Participant }

// ParticipantUpdated: name, encryption, link quality or grants of a participant changed, or it is away: its connection is
// lost and it may come back.
type ParticipantUpdated struct{ Participant *Participant }

// ParticipantLeft: somebody is no longer in the room, and can no longer decrypt what is said in it. TrackUnpublished came
// before it for each of its tracks.
type ParticipantLeft struct{ Participant *Participant }

// TrackPublished: a track can be subscribed. It is also sent for those that were there before.
type TrackPublished struct{ Track *RemoteTrack }

// TrackUpdated: a track was muted or unmuted.
type TrackUpdated struct{ Track *RemoteTrack }

// TrackUnpublished: a track is gone, and its subscription has ended.
type TrackUnpublished struct{ Track *RemoteTrack }

// LocalTrackFailed: the node did not accept a track; it is closed. Err is an *Error.
type LocalTrackFailed struct {
	Track *LocalTrack
	Err   error
}

// LocalTrackMuted: a host has muted a track. SetMuted(false) unmutes it.
type LocalTrackMuted struct{ Track *LocalTrack }

// LocalUpdated: the grants or the hand of this client have changed.
type LocalUpdated struct{}

// RoomUpdated: Room.Settings returns other settings than before.
type RoomUpdated struct{}

// WaitingJoined: somebody waits to be let in. It is also sent for those who waited before. Only hosts are told.
type WaitingJoined struct{ Participant *WaitingParticipant }

// WaitingLeft: somebody no longer waits. If it was let in, ParticipantJoined follows.
type WaitingLeft struct{ Participant *WaitingParticipant }

// ConnectionChanged: the connection is there, was lost, or is of another transport. It is also sent first of all.
type ConnectionChanged struct {
	State State
	// Transport is Auto while there is no connection.
	Transport Transport
	// Rejoined: the session before was lost, and the room was entered anew.
	Rejoined bool
	// Err is what interrupted the connection, nil for Connected.
	Err error
}

// EncryptionChanged: Room.SafetyCode returns another code than before, because somebody came or went, or Room.Guarded or
// LocalParticipant.Host changed.
type EncryptionChanged struct{}

func (ParticipantJoined) event()  {}
func (ParticipantUpdated) event() {}
func (ParticipantLeft) event()    {}
func (TrackPublished) event()     {}
func (TrackUpdated) event()       {}
func (TrackUnpublished) event()   {}
func (LocalTrackFailed) event()   {}
func (LocalTrackMuted) event()    {}
func (LocalUpdated) event()       {}
func (RoomUpdated) event()        {}
func (WaitingJoined) event()      {}
func (WaitingLeft) event()        {}
func (ConnectionChanged) event()  {}
func (EncryptionChanged) event()  {}

// State tells how a room is connected.
type State uint8

// The states of a room.
const (
	// Connected: media and messages flow.
	Connected State = iota + 1
	// Reconnecting: the connection is lost, and another is being looked for. Messages wait, media is dropped.
	Reconnecting
	// Closed: the room is over for this client; Room.Err says why.
	Closed
	// Waiting: a host has to let this client in, and nothing is known of the room until then. Join returns after that; the state is
	// seen when the session was lost and the room is to be entered anew.
	Waiting
)

// String returns the state's name.
func (s State) String() string {
	switch s {
	case Connected:
		return "connected"
	case Reconnecting:
		return "reconnecting"
	case Closed:
		return "closed"
	case Waiting:
		return "waiting"
	default:
		return "unknown"
	}
}
