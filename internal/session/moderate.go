package session

import (
	"context"
	"errors"
	"time"

	"github.com/openconfab/confab/internal/room"
	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
)

// keepTime is how long Config.Keep may take.
const keepTime = 5 * time.Second

// A Moderation is what a host wants done.
type Moderation struct {
	Room string
	// Session and Identity are the host's.
	Session, Identity string
	Command           *pb.Moderate
	// Target is the identity of whom it is about, empty if it is about all or the room.
	Target string
}

// moderate does what the client wants as a host. Spec: wire.md §9.4.
func (s *Session) moderate(c *connection, m *pb.Moderate, now time.Time) error {
	h, host := s.hub, s.participant
	if !host.Grants().GetAdmin() {
		return wire.Errorf(wire.CodeForbidden, "only hosts may moderate: ask one to make you a host")
	}
	command := room.Command{Moderate: m, By: s.id}
	target := h.rooms.Target(host.Room(), command)
	if session, lone := command.Session(); target == "" && (lone || session != "") {
		return wire.Errorf(wire.CodeParticipantUnknown, "the one the command is about is not there")
	}
	if h.config.Keep != nil {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(c.conn.Context()), keepTime)
		defer cancel()
		err := h.config.Keep(ctx, Moderation{Room: host.Room(), Session: s.id, Identity: host.Identity, Command: m, Target: target})
		if _, coded := errors.AsType[*wire.Error](err); err != nil && !coded {
			h.log.Error("a host's command can't be remembered", "room", host.Room(), "session", s.id, "error", err)
			err = wire.Errorf(wire.CodeUnavailable, "the node can't remember this at the moment, so it was not done: try again later")
		}
		if err != nil {
			return err
		}
	}
	return h.rooms.Moderate(host.Room(), command, now)
}

// Moderate does what somebody outside of a room, who may, wants done there, at all nodes. It fails like [room.Registry.Moderate].
func (h *Hub) Moderate(id string, command room.Command) error {
	return h.rooms.Moderate(id, command, time.Now())
}
