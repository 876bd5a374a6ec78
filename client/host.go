package client

import (
	"context"
	"errors"

	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
	"github.com/openconfab/confab/media"
)

// Host is what a host may do to the others. The node enforces it on all nodes. Methods return when it is done, or with an *[Error]
// that says why not: of code "forbidden" if this client is no host, of "unavailable" if the session was lost before the node answered,
// after which it may have been done, or of what the room ended with. ctx bounds the waiting, not what is done. Its methods may be called
// concurrently.
//
// If the client is also a host to encryption ([LocalParticipant.Host]), what it decides about who is there is signed and told to the
// others, so that the node can't undo it: whom it admits and removes, whom it makes a host if the link names it, and, while the room is
// locked or has a waiting room, that nobody else is given the keys (spec/e2ee.md §13).
type Host struct{ room *Room }

// Host returns what this client may do to the others if it is a host; see [LocalParticipant.Grants].
func (r *Room) Host() Host { return Host{r} }

// Admit lets one in who waits.
func (h Host) Admit(ctx context.Context, w *WaitingParticipant) error {
	return h.do(ctx, &pb.Moderate{Command: &pb.Moderate_Admit{Admit: &pb.AdmitWaiting{Session: w.session}}})
}

// AdmitAll lets everybody in who waits.
func (h Host) AdmitAll(ctx context.Context) error {
	return h.do(ctx, &pb.Moderate{Command: &pb.Moderate_Admit{Admit: &pb.AdmitWaiting{}}})
}

// Reject refuses one who waits. block: it can't come again.
func (h Host) Reject(ctx context.Context, w *WaitingParticipant, block bool) error {
	return h.do(ctx, &pb.Moderate{Command: &pb.Moderate_Reject{Reject: &pb.RejectWaiting{Session: w.session, Block: block}}})
}

// Mute mutes a participant's track of a source. Nobody but itself can unmute it.
func (h Host) Mute(ctx context.Context, p *Participant, s media.Source) error {
	return h.do(ctx, &pb.Moderate{Command: &pb.Moderate_Mute{Mute: &pb.MuteTracks{Session: p.Session(), Source: toWire[s]}}})
}

// MuteAll mutes the tracks of a source of everybody but hosts.
func (h Host) MuteAll(ctx context.Context, s media.Source) error {
	return h.do(ctx, &pb.Moderate{Command: &pb.Moderate_Mute{Mute: &pb.MuteTracks{Source: toWire[s]}}})
}

// Stop mutes a participant's camera or microphone, or ends its screen with the sound of that.
func (h Host) Stop(ctx context.Context, p *Participant, s media.Source) error {
	return h.do(ctx, &pb.Moderate{Command: &pb.Moderate_Stop{Stop: &pb.StopTracks{Session: p.Session(), Source: toWire[s]}}})
}

// Remove takes a participant out of the room. block: it can't come again.
func (h Host) Remove(ctx context.Context, p *Participant, block bool) error {
	return h.do(ctx, &pb.Moderate{Command: &pb.Moderate_Remove{Remove: &pb.RemoveParticipant{Session: p.Session(), Block: block}}})
}

// SetGrants changes what a participant may do from now on.
func (h Host) SetGrants(ctx context.Context, p *Participant, g Grants) error {
	return h.do(ctx, &pb.Moderate{Command: &pb.Moderate_SetGrants{SetGrants: &pb.SetGrants{Session: p.Session(), Grants: g.proto()}}})
}

// SetLocked locks the room or opens it: nobody comes into a locked one without a host.
func (h Host) SetLocked(ctx context.Context, locked bool) error {
	return h.do(ctx, &pb.Moderate{Command: &pb.Moderate_SetLocked{SetLocked: &pb.SetLocked{Locked: locked}}})
}

// SetWaitingRoom has whoever comes wait for a host, or not.
func (h Host) SetWaitingRoom(ctx context.Context, on bool) error {
	return h.do(ctx, &pb.Moderate{Command: &pb.Moderate_SetWaitingRoom{SetWaitingRoom: &pb.SetWaitingRoom{On: on}}})
}

// LowerHand lowers a participant's hand.
func (h Host) LowerHand(ctx context.Context, p *Participant) error {
	return h.do(ctx, &pb.Moderate{Command: &pb.Moderate_LowerHands{LowerHands: &pb.LowerHands{Session: p.Session()}}})
}

// LowerHands lowers all hands.
func (h Host) LowerHands(ctx context.Context) error {
	return h.do(ctx, &pb.Moderate{Command: &pb.Moderate_LowerHands{LowerHands: &pb.LowerHands{}}})
}

// End ends the meeting for everybody, this client included.
func (h Host) End(ctx context.Context) error {
	return h.do(ctx, &pb.Moderate{Command: &pb.Moderate_End{End: &pb.EndRoom{}}})
}

func (h Host) do(ctx context.Context, m *pb.Moderate) error {
	if err := h.room.mayModerate(); err != nil {
		return err
	}
	h.room.decide(m)
	answer, err := h.room.order(m)
	if err != nil {
		return err
	}
	select {
	case err := <-answer:
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-h.room.ended:
		if err := h.room.Err(); m.GetEnd() == nil || !errors.Is(err, &Error{Code: wire.CodeEnded}) {
			return err
		}
		return nil
	}
}

func (r *Room) mayModerate() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.err != nil:
		return r.err
	case !r.welcome.GetGrants().GetAdmin():
		return &Error{Code: wire.CodeForbidden, Message: "only hosts may moderate"}
	}
	return nil
}

// order sends a command, and returns what gets its answer.
func (r *Room) order(m *pb.Moderate) (<-chan error, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.err != nil:
		return nil, r.err
	case len(r.commands) >= maxRequests:
		return nil, &Error{Code: wire.CodeRateLimited, Message: "too many commands wait for their answers", Retryable: true}
	}
	r.lastRequest++
	answer := make(chan error, 1)
	r.commands[r.lastRequest] = answer
	r.send(&pb.ClientMessage{RequestId: r.lastRequest, Kind: &pb.ClientMessage_Moderate{Moderate: m}})
	return answer, nil
}

// answerCommand tells how a command went, and reports whether there is such a command; the lock is held.
func (r *Room) answerCommand(id uint32, err error) bool {
	answer, known := r.commands[id]
	if known {
		delete(r.commands, id)
		answer <- err
	}
	return known
}

// loseCommands tells of those that the session before has not answered; the lock is held.
func (r *Room) loseCommands() {
	for id := range r.commands {
		r.answerCommand(id, &Error{
			Code: wire.CodeUnavailable, Message: "the session was lost before the node answered: see whether it was done", Retryable: true,
		})
	}
}
