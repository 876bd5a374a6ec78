package client

import (
	"context"
	"errors"
	"time"

	"github.com/openconfab/confab/e2ee"
	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
	"github.com/openconfab/confab/media"
)

// security is how a session in a room is protected. Its methods may be called concurrently, but not while the lock of
// the room is held.
type security interface {
	authority
	announcement() []byte
	// joined takes a participant and returns what it says of itself. The caller ticks when it has told of all.
	joined(session string, announcement []byte) e2ee.Member
	// nameOf returns the name in an announcement of one who waits, "" if it is no member.
	nameOf(announcement []byte) string
	left(session string, removed bool)
	receive(m *pb.E2EeDelivery)
	// startSending is called before anything is sealed.
	startSending()
	// seal and open append to dst.
	seal(dst []byte, slot e2ee.Slot, header, record []byte) ([]byte, error)
	// open fails with errWaiting when the frame will come as an openedFrame.
	open(dst []byte, from string, s *Subscription, o *wire.Object) ([]byte, error)
	// settle hands over what has been opened late, before anything that is opened now.
	settle()
	// shared waits until everybody can open what is sealed, but not for long.
	shared(ctx context.Context) error
	sealData(topic string, data []byte) ([]byte, error)
	openData(from, topic string, payload []byte) ([]byte, error)
	safetyCode() string
	pairSafetyCode(session string) (string, error)
	counts() map[string]uint64
	// connected tells of an interruption of the connection and of its end.
	connected(connected bool)
	tick()
	close()
}

// errWaiting: the key has not come; what it opens comes later.
var errWaiting = errors.New("client: waiting for a key")

// Encryption tells how a participant stands with regard to encryption.
type Encryption uint8

// The standings of a participant.
const (
	// Encrypted: what it sends and receives is encrypted with the others.
	Encrypted Encryption = iota + 1
	// Refused: it is no member of the meeting, most likely because it does not hold the secret, or is set apart: no host has
	// admitted it, or one removed it, or it is silent. It can read nothing.
	Refused
	// Failing: its media can't be decrypted, or it misbehaved.
	Failing
	// Unencrypted: the room was entered with InsecureNone.
	Unencrypted
)

// String returns the name of the standing.
func (e Encryption) String() string {
	switch e {
	case Encrypted:
		return "encrypted"
	case Refused:
		return "refused"
	case Failing:
		return "failing"
	case Unencrypted:
		return "unencrypted"
	default:
		return "unknown"
	}
}

// openedFrame is a frame that was opened after its key had come.
type openedFrame struct {
	header    wire.Header
	plaintext []byte
	arrived   time.Time
}

// membership is what security tells the room of. Its methods take the lock of the room.
type membership interface {
	sendE2EE(m *pb.E2EeMessage)
	memberChanged(m e2ee.Member)
	memberGone(session string)
	membersChanged()
	keyframeWanted(session string, source media.Source)
	keyframesNeeded()
	collided(session string)
	openedFrame(s *Subscription, f openedFrame)
	openedData(from, topic string, data []byte)
	// holds tells that other keys are held than before.
	holds(session *e2ee.Session)
	// decided tells that hosts have decided something.
	decided(session *e2ee.Session)
}
