package meeting

import (
	"context"
	"time"

	"github.com/openconfab/confab/token"
)

// An Action is what a host or owner does in a live meeting.
type Action string

// The actions. Of those with a participant, Command names it.
const (
	Admit          Action = "admit"
	AdmitAll       Action = "admit-all"
	Reject         Action = "reject"
	Mute           Action = "mute"
	Stop           Action = "stop"
	Remove         Action = "remove"
	SetGrants      Action = "grant"
	Lock           Action = "lock"
	Unlock         Action = "unlock"
	WaitingRoomOn  Action = "waiting-room-on"
	WaitingRoomOff Action = "waiting-room-off"
	LowerHand      Action = "lower-hand"
	EndAll         Action = "end"
)

// A Command is an Action in a live meeting.
type Command struct {
	Action Action
	// Session names a participant, or Identity all sessions of one; both "" for all participants but hosts, where that makes sense.
	Session, Identity string
	// Source of Mute and Stop; "" for all.
	Source token.Source
	// Grants of SetGrants. Join and Hidden stay what they were.
	Grants *token.Grants
	// Block keeps the identity out from now on, with Remove and Reject.
	Block bool
	// By is the identity of a host, or "key:" and the id of an API key.
	By string
}

// Rooms are the live rooms of all nodes.
type Rooms interface {
	// Participants returns who is in a room, on all nodes, and who waits for it.
	Participants(ctx context.Context, room string) ([]Participant, error)
	// Do carries out a command on every node that it concerns. By may do it. It fails with an *Error of CodeNotFound when nobody
	// is there whom it names.
	Do(ctx context.Context, room string, c Command) error
	// Remembers reports whether an identity enters a live room, as far as this node knows, though it is locked or has a waiting room:
	// because it is in there, or was let in before.
	Remembers(room, identity string) bool
}

// A Participant is somebody in a live room.
type Participant struct {
	Session, Identity string
	// Node is the name of the node that it is connected to.
	Node    string
	Waiting bool
	Joined  time.Time
	// Hand is when it was raised, zero: it is not.
	Hand   time.Time
	Grants token.Grants
	// Tracks are the sources of its tracks.
	Tracks []token.Source
}
