package room

import (
	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
)

// A Command is what a host wants done. It is not changed after it is handed over.
type Command struct {
	*pb.Moderate
	// By is the session of the host; empty for one outside of the room, who has shown elsewhere that it may.
	By string
	// Identity names whom it is about when the session in it is empty, for one outside of the room, who knows no sessions.
	Identity string
}

// Session returns whom the command is about, empty for all. lone: it has to be about one.
func (c Command) Session() (session string, lone bool) {
	switch k := c.GetCommand().(type) {
	case *pb.Moderate_Admit:
		return k.Admit.GetSession(), false
	case *pb.Moderate_Reject:
		return k.Reject.GetSession(), true
	case *pb.Moderate_Mute:
		return k.Mute.GetSession(), false
	case *pb.Moderate_Stop:
		return k.Stop.GetSession(), true
	case *pb.Moderate_Remove:
		return k.Remove.GetSession(), true
	case *pb.Moderate_SetGrants:
		return k.SetGrants.GetSession(), true
	case *pb.Moderate_LowerHands:
		return k.LowerHands.GetSession(), false
	default:
		return "", false
	}
}

// concerns reports whether the command is for those who wait, or those who are in the room.
func (c Command) concerns() (waiting, present bool) {
	switch c.GetCommand().(type) {
	case *pb.Moderate_Admit, *pb.Moderate_Reject:
		return true, false
	case *pb.Moderate_Remove, *pb.Moderate_End:
		return true, true
	default:
		return false, true
	}
}

// blocks reports whether the identity it is about is not to join again.
func (c Command) blocks() bool {
	return c.GetReject().GetBlock() || c.GetRemove().GetBlock()
}

// validate fails for what can't be done to anybody.
func (c Command) validate() error {
	if c.Moderate.GetCommand() == nil {
		return wire.Errorf(wire.CodeForbidden, "this node does not know the command")
	}
	if session, lone := c.Session(); lone && session == "" && c.Identity == "" {
		return wire.Errorf(wire.CodeParticipantUnknown, "the command names nobody")
	}
	return nil
}
