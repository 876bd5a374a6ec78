package server

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/openconfab/confab/internal/meeting"
	"github.com/openconfab/confab/internal/room"
	"github.com/openconfab/confab/internal/session"
	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
	"github.com/openconfab/confab/token"
	"github.com/openconfab/confab/webhook"
)

// rosterTimeout is how long other nodes may take to say who is in a room.
const rosterTimeout = 2 * time.Second

// rooms implements meeting.Rooms: the live rooms of this node, and of those that it is joined with.
type rooms struct{ s *Server }

// Participants implements meeting.Rooms.
func (r rooms) Participants(ctx context.Context, name string) ([]meeting.Participant, error) {
	var present []meeting.Participant
	if r.s.cluster == nil {
		r.s.hub.Rooms().Own(name, func(states []room.State) {
			for _, state := range states {
				present = append(present, participant(r.s.config.Node, state))
			}
		})
		return present, nil
	}
	ctx, cancel := context.WithTimeout(ctx, rosterTimeout)
	defer cancel()
	for _, p := range r.s.cluster.Roster(ctx, name) {
		present = append(present, participant(p.Node, p.State))
	}
	return present, nil
}

func participant(node string, state room.State) meeting.Participant {
	p := meeting.Participant{
		Session: state.Info.GetSession(), Identity: state.Info.GetIdentity(), Node: node, Waiting: state.Waiting,
		Joined: time.UnixMilli(state.Info.GetJoinedMs()), Grants: tokenGrants(state.Info.GetGrants()),
	}
	if raised := state.Info.GetHandMs(); raised != 0 {
		p.Hand = time.UnixMilli(raised)
	}
	for _, t := range state.Info.GetTracks() {
		p.Tracks = append(p.Tracks, tokenSource(t.GetSource()))
	}
	return p
}

// Do implements meeting.Rooms.
func (r rooms) Do(ctx context.Context, name string, c meeting.Command) error {
	absent := r.find(ctx, name, c)
	// Who is not there is removed all the same: the room no longer remembers that it was let in.
	if absent != nil && (c.Action != meeting.Remove || c.Identity == "") {
		return absent
	}
	err := r.s.hub.Moderate(name, room.Command{Moderate: order(c), Identity: c.Identity})
	if refused, ok := errors.AsType[*wire.Error](err); ok {
		if refused.Code == wire.CodeParticipantUnknown {
			refused.Code = string(meeting.CodeNotFound)
		}
		return &meeting.Error{Code: meeting.Code(refused.Code), Message: refused.Message}
	}
	return errors.Join(absent, err)
}

// Remembers implements meeting.Rooms.
func (r rooms) Remembers(name, identity string) bool {
	return r.s.hub.Rooms().Remembers(name, identity)
}

// find fails unless whom a command is about is there, at any node.
func (r rooms) find(ctx context.Context, name string, c meeting.Command) error {
	if c.Session == "" && c.Identity == "" {
		return nil
	}
	participants, err := r.Participants(ctx, name)
	if err != nil {
		return err
	}
	for _, p := range participants {
		if p.Session == c.Session || c.Session == "" && p.Identity == c.Identity {
			return nil
		}
	}
	return &meeting.Error{Code: meeting.CodeNotFound, Message: "no such participant is in the meeting"}
}

// order is a command as the protocol has it.
func order(c meeting.Command) *pb.Moderate {
	switch c.Action {
	case meeting.Admit, meeting.AdmitAll:
		return &pb.Moderate{Command: &pb.Moderate_Admit{Admit: &pb.AdmitWaiting{Session: c.Session}}}
	case meeting.Reject:
		return &pb.Moderate{Command: &pb.Moderate_Reject{Reject: &pb.RejectWaiting{Session: c.Session, Block: c.Block}}}
	case meeting.Mute:
		return &pb.Moderate{Command: &pb.Moderate_Mute{Mute: &pb.MuteTracks{Session: c.Session, Source: publishSources[c.Source]}}}
	case meeting.Stop:
		return &pb.Moderate{Command: &pb.Moderate_Stop{Stop: &pb.StopTracks{Session: c.Session, Source: publishSources[c.Source]}}}
	case meeting.Remove:
		return &pb.Moderate{Command: &pb.Moderate_Remove{Remove: &pb.RemoveParticipant{Session: c.Session, Block: c.Block}}}
	case meeting.SetGrants:
		return &pb.Moderate{Command: &pb.Moderate_SetGrants{SetGrants: &pb.SetGrants{Session: c.Session, Grants: grants(*c.Grants)}}}
	case meeting.Lock, meeting.Unlock:
		return &pb.Moderate{Command: &pb.Moderate_SetLocked{SetLocked: &pb.SetLocked{Locked: c.Action == meeting.Lock}}}
	case meeting.WaitingRoomOn, meeting.WaitingRoomOff:
		return &pb.Moderate{Command: &pb.Moderate_SetWaitingRoom{SetWaitingRoom: &pb.SetWaitingRoom{On: c.Action == meeting.WaitingRoomOn}}}
	case meeting.LowerHand:
		return &pb.Moderate{Command: &pb.Moderate_LowerHands{LowerHands: &pb.LowerHands{Session: c.Session}}}
	case meeting.EndAll:
		return &pb.Moderate{Command: &pb.Moderate_End{End: &pb.EndRoom{}}}
	default:
		return &pb.Moderate{}
	}
}

// command is what a host in the room wants, as the meetings have it.
func command(m session.Moderation) meeting.Command {
	c := meeting.Command{Identity: m.Target, By: m.Identity}
	switch k := m.Command.GetCommand().(type) {
	case *pb.Moderate_Admit:
		if c.Action = meeting.Admit; k.Admit.GetSession() == "" {
			c.Action = meeting.AdmitAll
		}
	case *pb.Moderate_Reject:
		c.Action, c.Block = meeting.Reject, k.Reject.GetBlock()
	case *pb.Moderate_Mute:
		c.Action, c.Source = meeting.Mute, tokenSource(k.Mute.GetSource())
	case *pb.Moderate_Stop:
		c.Action, c.Source = meeting.Stop, tokenSource(k.Stop.GetSource())
	case *pb.Moderate_Remove:
		c.Action, c.Block = meeting.Remove, k.Remove.GetBlock()
	case *pb.Moderate_SetGrants:
		granted := tokenGrants(k.SetGrants.GetGrants())
		c.Action, c.Grants = meeting.SetGrants, &granted
	case *pb.Moderate_SetLocked:
		if c.Action = meeting.Unlock; k.SetLocked.GetLocked() {
			c.Action = meeting.Lock
		}
	case *pb.Moderate_SetWaitingRoom:
		if c.Action = meeting.WaitingRoomOff; k.SetWaitingRoom.GetOn() {
			c.Action = meeting.WaitingRoomOn
		}
	case *pb.Moderate_LowerHands:
		c.Action = meeting.LowerHand
	case *pb.Moderate_End:
		c.Action = meeting.EndAll
	}
	return c
}

// keep is the session.Config.Keep of a node.
func (s *Server) keep(ctx context.Context, m session.Moderation) error {
	return refusal(s.meetings.service.Moderated(ctx, m.Room, command(m)))
}

var webhookTypes = map[room.EventKind]webhook.Type{
	room.WaitingJoined:     webhook.WaitingJoined,
	room.WaitingLeft:       webhook.WaitingLeft,
	room.ParticipantJoined: webhook.ParticipantJoined,
	// Who goes on at this node is not told of, but noted as being here.
	room.ParticipantArrived: webhook.ParticipantJoined,
	room.ParticipantLeft:    webhook.ParticipantLeft,
	room.TrackPublished:     webhook.TrackPublished,
	room.TrackUnpublished:   webhook.TrackUnpublished,
}

// happened is the session.Config.Happened of a node.
func (s *Server) happened(e session.Event) {
	event := meeting.Event{
		Kind: webhookTypes[e.Kind], Moved: e.Kind == room.ParticipantArrived, Room: e.Room, Session: e.Session, Identity: e.Identity, Name: e.Name,
		Source: tokenSource(e.Source), Records: e.Records, At: e.At,
	}
	if e.Reason != pb.LeaveReason_LEAVE_REASON_UNSPECIFIED {
		event.Reason = strings.ToLower(strings.TrimPrefix(e.Reason.String(), "LEAVE_REASON_"))
	}
	s.meetings.service.Happened(event)
}

func tokenSource(source pb.Source) token.Source {
	for t, p := range publishSources {
		if p == source {
			return t
		}
	}
	return ""
}

func tokenGrants(g *pb.Grants) token.Grants {
	t := token.Grants{Join: g.GetJoin(), Subscribe: g.GetSubscribe(), Data: g.GetData(), Admin: g.GetAdmin(), Hidden: g.GetHidden()}
	for _, source := range g.GetPublish() {
		t.Publish = append(t.Publish, tokenSource(source))
	}
	return t
}
