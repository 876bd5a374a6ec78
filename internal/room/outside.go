package room

import (
	"time"

	"github.com/openconfab/confab/internal/wire/pb"
)

// Outside is told what the participants of this node do, so that other nodes with the room learn of it. Its methods are
// called with the mutex of the room held: they must return at once and not call the room. Messages are encoded ServerMessages,
// shared and not to be changed. Spec: decisions/0007.
type Outside interface {
	// Opened and Closed tell when the room gets its first participant of this node, and has lost its last.
	Opened(room string)
	Closed(room string)
	// Changed tells the whole state of a participant that has joined or changed.
	Changed(room string, s State)
	// Left tells that a participant is no longer in the room.
	Left(room, session string, reason pb.LeaveReason)
	// Moved tells that a participant of this node has become one of another, which tells of it from now on. moves counts this.
	Moved(room, session string, moves uint32)
	// Said passes on what a participant says to everybody whom it concerns.
	Said(room string, a Audience, msg []byte, droppable bool)
	// Decided tells what hosts have decided on the room, when that has changed. Conduct returns what other nodes know of it, in a
	// room that this node is opening.
	Decided(room string, c Conduct)
	Conduct(room string) Conduct
	// Ordered passes on what a host wants done to participants of another node, or with an empty one of all others.
	Ordered(room, node string, c Command)
	// Reported passes on what the participant by receives of the participant of, which is one of another node.
	Reported(room, node, of, by string, r Reception)
}

// State is all there is to know of a participant. It is not changed after it is handed over.
type State struct {
	// Info includes the tracks.
	Info    *pb.ParticipantInfo
	Quality pb.Quality
	// Waiting: it is to be admitted.
	Waiting bool
	// Moves is how often the session has moved to another node.
	Moves uint32
}

// Audience tells whom a message concerns.
type Audience uint8

// The audiences. Spec: wire.md §8.
const (
	// Informed are those who are told who is in the room.
	Informed Audience = iota
	// Receiving are those who may subscribe.
	Receiving
)

func (a Audience) has(p *Participant) bool {
	if a == Informed {
		return p.informed()
	}
	return p.receives()
}

// Reception is what one participant received of another lately.
type Reception struct {
	// Loss is the share of lost objects in thousandths, AudioLoss that of sound alone.
	Loss, AudioLoss uint32
	Jitter          time.Duration
}

// alone is the Outside of a node without others.
type alone struct{}

func (alone) Opened(string)                                      {}
func (alone) Closed(string)                                      {}
func (alone) Changed(string, State)                              {}
func (alone) Left(string, string, pb.LeaveReason)                {}
func (alone) Moved(string, string, uint32)                       {}
func (alone) Said(string, Audience, []byte, bool)                {}
func (alone) Decided(string, Conduct)                            {}
func (alone) Conduct(string) Conduct                             { return Conduct{} }
func (alone) Ordered(string, string, Command)                    {}
func (alone) Reported(string, string, string, string, Reception) {}
