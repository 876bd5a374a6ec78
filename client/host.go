package client

import (
	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
	"github.com/openconfab/confab/media"
)

// Host is what a host may do to the others. The node enforces it on all nodes. Methods return at once, with an *[Error] of code
// "forbidden" if this client is no host, or why the room is over; what the node refuses comes as [CommandFailed]. Its methods may
// be called concurrently.
type Host struct{ room *Room }

// Host returns what this client may do to the others if it is a host; see [LocalParticipant.Grants].
func (r *Room) Host() Host { return Host{r} }

// Admit lets one in who waits.
func (h Host) Admit(w *WaitingParticipant) error {
	return h.do(&pb.Moderate{Command: &pb.Moderate_Admit{Admit: &pb.AdmitWaiting{Session: w.session}}})
}

// AdmitAll lets everybody in who waits.
func (h Host) AdmitAll() error {
	return h.do(&pb.Moderate{Command: &pb.Moderate_Admit{Admit: &pb.AdmitWaiting{}}})
}

// Reject refuses one who waits. block: it can't come again.
func (h Host) Reject(w *WaitingParticipant, block bool) error {
	return h.do(&pb.Moderate{Command: &pb.Moderate_Reject{Reject: &pb.RejectWaiting{Session: w.session, Block: block}}})
}

// Mute mutes a participant's track of a source. Nobody but itself can unmute it.
func (h Host) Mute(p *Participant, s media.Source) error {
	return h.do(&pb.Moderate{Command: &pb.Moderate_Mute{Mute: &pb.MuteTracks{Session: p.Session(), Source: toWire[s]}}})
}

// MuteAll mutes the tracks of a source of everybody but hosts.
func (h Host) MuteAll(s media.Source) error {
	return h.do(&pb.Moderate{Command: &pb.Moderate_Mute{Mute: &pb.MuteTracks{Source: toWire[s]}}})
}

// Stop mutes a participant's camera or microphone, or ends its screen with the sound of that.
func (h Host) Stop(p *Participant, s media.Source) error {
	return h.do(&pb.Moderate{Command: &pb.Moderate_Stop{Stop: &pb.StopTracks{Session: p.Session(), Source: toWire[s]}}})
}

// Remove takes a participant out of the room. block: it can't come again.
func (h Host) Remove(p *Participant, block bool) error {
	return h.do(&pb.Moderate{Command: &pb.Moderate_Remove{Remove: &pb.RemoveParticipant{Session: p.Session(), Block: block}}})
}

// SetGrants changes what a participant may do from now on.
func (h Host) SetGrants(p *Participant, g Grants) error {
	return h.do(&pb.Moderate{Command: &pb.Moderate_SetGrants{SetGrants: &pb.SetGrants{Session: p.Session(), Grants: g.proto()}}})
}

// SetLocked locks the room or opens it: nobody comes into a locked one without a host.
func (h Host) SetLocked(locked bool) error {
	return h.do(&pb.Moderate{Command: &pb.Moderate_SetLocked{SetLocked: &pb.SetLocked{Locked: locked}}})
}

// SetWaitingRoom has whoever comes wait for a host, or not.
func (h Host) SetWaitingRoom(on bool) error {
	return h.do(&pb.Moderate{Command: &pb.Moderate_SetWaitingRoom{SetWaitingRoom: &pb.SetWaitingRoom{On: on}}})
}

// LowerHand lowers a participant's hand.
func (h Host) LowerHand(p *Participant) error {
	return h.do(&pb.Moderate{Command: &pb.Moderate_LowerHands{LowerHands: &pb.LowerHands{Session: p.Session()}}})
}

// LowerHands lowers all hands.
func (h Host) LowerHands() error {
	return h.do(&pb.Moderate{Command: &pb.Moderate_LowerHands{LowerHands: &pb.LowerHands{}}})
}

// End ends the meeting for everybody, this client included.
func (h Host) End() error {
	return h.do(&pb.Moderate{Command: &pb.Moderate_End{End: &pb.EndRoom{}}})
}

func (h Host) do(m *pb.Moderate) error {
	r := h.room
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.err != nil:
		return r.err
	case !r.welcome.GetGrants().GetAdmin():
		return &Error{Code: wire.CodeForbidden, Message: "only hosts may moderate"}
	}
	r.request(&pb.ClientMessage{Kind: &pb.ClientMessage_Moderate{Moderate: m}}, func(err error) {
		r.events.send(CommandFailed{Err: err})
	})
	return nil
}
