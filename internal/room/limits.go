package room

import (
	"time"

	"github.com/openconfab/confab/internal/wire/pb"
)

// Limits bounds what one client may ask of a node. Those with a counterpart in Welcome are told to every client; the
// node enforces all of them. Spec: wire.md §7.
type Limits struct {
	// ControlMessageBytes is the size of one control message of a client.
	ControlMessageBytes int
	// ObjectBytes is the size of one object: immutable header and payload.
	ObjectBytes int
	// Tracks is how many tracks one session publishes at a time.
	Tracks int
	// Subscriptions is how many tracks one session receives at a time.
	Subscriptions int
	// KeyframeRequestsPerSecond is how many requests for a keyframe of one layer reach its publisher.
	KeyframeRequestsPerSecond int
	DataMessagesPerSecond     int
	DataMessageBytes          int
	ControlMessagesPerSecond  int
	// Participants is how many participants, hidden ones included, a room holds.
	Participants int
	// Waiting is how many wait to be admitted to a room, WaitingTime how long one of them may.
	Waiting     int
	WaitingTime time.Duration
	// Resume is how long a session outlives its connection.
	Resume time.Duration
	// PingInterval is how often a client pings; a connection that is silent for three of them counts as dropped.
	PingInterval time.Duration
	// UnacknowledgedBytes is how much control data is kept for a client that does not acknowledge it.
	UnacknowledgedBytes int

	// RelayedBytesPerSecond is how much control data, E2EE and data messages together, one session may send to each
	// of the others. It is far below UnacknowledgedBytes, so that no participant can make another a slow client.
	RelayedBytesPerSecond int
	// SoundBytesPerSecond is how much of each sound track is forwarded. It is generous for Opus with redundancy.
	SoundBytesPerSecond int
	// Speakers is how many microphones of a room are forwarded at a time, where audio levels tell who speaks.
	Speakers int
	// QueueBytes is how much media waits for one subscriber. Waiting objects are shared between subscribers.
	QueueBytes int
}

// DefaultLimits are the limits of a node that is not told otherwise.
func DefaultLimits() Limits {
	return Limits{
		ControlMessageBytes: 256 << 10,
		// A keyframe of a 4K screen at high quality.
		ObjectBytes: 4 << 20,
		Tracks:      16,
		// Microphone and camera of everyone in a full room.
		Subscriptions:             2048,
		KeyframeRequestsPerSecond: 2,
		DataMessagesPerSecond:     50,
		DataMessageBytes:          16 << 10,
		// One who enters a big room subscribes to a few hundred tracks at once.
		ControlMessagesPerSecond: 200,
		// A thousand viewers and those they came to see.
		Participants: 1024,
		Waiting:      1000,
		// Who is early waits for the host.
		WaitingTime:           time.Hour,
		Resume:                30 * time.Second,
		PingInterval:          2 * time.Second,
		UnacknowledgedBytes:   8 << 20,
		RelayedBytesPerSecond: 128 << 10,
		SoundBytesPerSecond:   128 << 10,
		// More than that at once is noise.
		Speakers:   10,
		QueueBytes: 8 << 20,
	}
}

// Proto returns the limits as Welcome tells them.
func (l Limits) Proto() *pb.Limits {
	return &pb.Limits{
		ControlMessageBytes:       uint32(l.ControlMessageBytes),
		ObjectBytes:               uint32(l.ObjectBytes),
		Tracks:                    uint32(l.Tracks),
		Subscriptions:             uint32(l.Subscriptions),
		KeyframeRequestsPerSecond: uint32(l.KeyframeRequestsPerSecond),
		DataMessagesPerSecond:     uint32(l.DataMessagesPerSecond),
		DataMessageBytes:          uint32(l.DataMessageBytes),
		ControlMessagesPerSecond:  uint32(l.ControlMessagesPerSecond),
		Participants:              uint32(l.Participants),
		ResumeMs:                  uint32(l.Resume.Milliseconds()),
		PingIntervalMs:            uint32(l.PingInterval.Milliseconds()),
		UnacknowledgedBytes:       uint32(l.UnacknowledgedBytes),
		WaitingMs:                 uint32(l.WaitingTime.Milliseconds()),
	}
}
