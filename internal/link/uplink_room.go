package link

import (
	"time"

	"github.com/openconfab/confab/internal/wire"
)

const (
	// videoQueue: video is held back so that nothing waits longer than this on the way to the node.
	videoQueue = 100 * time.Millisecond
	// At least so much may be on its way, and so much before anything was measured.
	leastRoom = 8 << 10
	firstRoom = 16 << 10
	// probeEvery is how often a Pong tells what has arrived while there is something to learn, probeHeld while video is held
	// back for lack of room.
	probeEvery = 100 * time.Millisecond
	probeHeld  = 20 * time.Millisecond
)

// hasRoom reports whether an object of video may go on its way now.
func (u *uplink) hasRoom(size int) bool {
	room := int64(firstRoom)
	if u.meter.rate > 0 {
		room = max(leastRoom, u.meter.room(videoQueue+probeEvery))
	}
	underway := u.meter.underway()
	return underway <= 0 || underway+int64(size) <= room
}

// wroteBytes counts what went into the pipe that Pongs measure.
func (u *uplink) wroteBytes(a *attachment, bytes int, now time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.to == a {
		u.meter.wrote(bytes, now)
	}
}

func (u *uplink) pinged(a *attachment, sequence uint32, now time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.to != a {
		return
	}
	u.meter.pinged(sequence, u.videoWaits(), now)
}

func (u *uplink) videoWaits() bool {
	for _, v := range u.video {
		if v.head() != nil {
			return true
		}
	}
	return false
}

func (u *uplink) ponged(a *attachment, sequence uint32, count int64, now time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.to == a {
		u.meter.ponged(sequence, count, now)
	}
}

// probe returns how long after a Ping the next is due, 0 if there is nothing to learn from a Pong.
func (u *uplink) probe(a *attachment) time.Duration {
	u.mu.Lock()
	defer u.mu.Unlock()
	switch {
	case u.to != a || u.meter.underway() <= 0:
		return 0
	case u.videoWaits():
		return probeHeld
	default:
		return probeEvery
	}
}

// pipeSize is what an object takes in the pipe that Pongs measure. Spec: wire.md §§2.3, 3.5.
func pipeSize(a *attachment, o Outgoing, opens bool) int {
	size := o.Object.Len()
	if a.conn.Multiplexed() {
		size += wire.VarintLen(uint64(size))
	}
	if opens {
		size += wire.VarintLen(o.Alias)
	}
	return size
}
