package room

import (
	"time"
	"unicode/utf8"

	"github.com/openconfab/confab/internal/relay"
	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
)

// Joining is everything a room needs to know of who joins. It is not changed after it is handed over.
type Joining struct {
	// Session names this joining; unique over all rooms.
	Session  string
	Identity string
	// Name is what the token calls it, for those outside of the room who follow it; participants seal their own.
	Name         string
	Announcement []byte
	Capabilities *pb.Capabilities
	// Grants are those at the beginning.
	Grants *pb.Grants
	// Settings are those of the room, if no host has changed them. Nil stands for the zero value.
	Settings *pb.RoomSettings
	// Wait: a host has to admit it whatever the settings are.
	Wait bool
	// MaxParticipants bounds the room further than Limits.Participants, hosts apart; 0 does not.
	MaxParticipants int
	// Kept: what hosts decide is remembered elsewhere, so that the room need not remember whom they have blocked.
	Kept   bool
	At     time.Time
	Member Member
	Meter  relay.Meter
}

// A Member is told what happens in the room. Its methods are called with locks of the room and the relay held: they must
// return at once and call neither.
type Member interface {
	relay.Upstream
	// Deliver queues an encoded ServerMessage, which is shared and must not be changed. Order is kept.
	Deliver(msg []byte)
	// DeliverDroppable is Deliver for a message that the member, when it is behind, may do without.
	DeliverDroppable(msg []byte)
	// Deafened tells that the grant to subscribe is gone: all subscriptions are to end.
	Deafened()
	// Outdated tells that the client was told of somebody's leaving who is there all the same, which can't be taken back: it has to join
	// anew at a random time within so long, unless [Participant.HasToJoinAnew] says otherwise by then. later: it is not to be the first
	// to do so, which may be taken back by another call.
	Outdated(within time.Duration, later bool)
	// Dismissed tells that the participant is out of the room, for the reason that a code of wire.md §6 says. Its session is to end.
	Dismissed(code string)
}

const (
	maxRoomID            = 64
	maxIdentity          = 128
	maxAnnouncement      = 4096
	maxCapabilities      = 16
	maxCapabilityNameLen = 16
)

func (j *Joining) validate(room string) error {
	if !ValidID(room) {
		return wire.Errorf(wire.CodeRoomInvalid, "a room id is 1 to %d characters of A–Z a–z 0–9 . _ -", maxRoomID)
	}
	if n := len(j.Announcement); n < 1 || n > maxAnnouncement {
		return wire.Errorf(wire.CodeRoomInvalid, "the announcement takes %d bytes: 1 to %d are allowed", n, maxAnnouncement)
	}
	decode := j.Capabilities.GetDecode()
	if len(decode) > maxCapabilities {
		return wire.Errorf(wire.CodeRoomInvalid, "%d codecs are listed: at most %d are allowed", len(decode), maxCapabilities)
	}
	for _, name := range decode {
		if len(name) > maxCapabilityNameLen {
			return wire.Errorf(wire.CodeRoomInvalid, "a codec's name takes %d bytes: at most %d are allowed", len(name), maxCapabilityNameLen)
		}
	}
	if !ValidIdentity(j.Identity) {
		return wire.Errorf(wire.CodeUnauthorized, "an identity is 1 to %d bytes of UTF-8 without control characters", maxIdentity)
	}
	if !j.Grants.GetJoin() {
		return wire.Errorf(wire.CodeUnauthorized, "the token does not grant joining: ask for one that does")
	}
	return nil
}

// ValidID reports whether id may name a room. Spec: wire.md §1.5.
func ValidID(id string) bool {
	if len(id) < 1 || len(id) > maxRoomID {
		return false
	}
	for _, c := range []byte(id) {
		switch {
		case 'A' <= c && c <= 'Z', 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '.', c == '_', c == '-':
		default:
			return false
		}
	}
	return true
}

// ValidIdentity reports whether identity may name a participant. Spec: wire.md §1.5.
func ValidIdentity(identity string) bool {
	if len(identity) < 1 || len(identity) > maxIdentity || !utf8.ValidString(identity) {
		return false
	}
	for _, c := range identity {
		if c < 0x20 || 0x7f <= c && c < 0xa0 {
			return false
		}
	}
	return true
}
