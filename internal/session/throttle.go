package session

import (
	"time"

	"github.com/openconfab/confab/internal/room"
	"github.com/openconfab/confab/internal/wire/pb"
)

// floodFactor is how many times the limit of control messages in one second ends the session. Spec: wire.md §2.5.
const floodFactor = 10

// throttle slows a client down that sends more than it may.
type throttle struct {
	control, data, relayed bucket
}

func newThrottle(l room.Limits, now time.Time) throttle {
	return throttle{
		control: newBucket(l.ControlMessagesPerSecond, l.ControlMessagesPerSecond, now),
		data:    newBucket(l.DataMessagesPerSecond, l.DataMessagesPerSecond, now),
		relayed: newBucket(l.RelayedBytesPerSecond, 2*l.RelayedBytesPerSecond, now),
	}
}

// take returns how long the client has to wait after a message.
func (t *throttle) take(m *pb.ClientMessage, now time.Time) time.Duration {
	wait := t.control.take(1, now)
	switch kind := m.Kind.(type) {
	case *pb.ClientMessage_E2Ee:
		largest := 0
		for _, part := range kind.E2Ee.GetParts() {
			largest = max(largest, len(part.GetPayload()))
		}
		wait = max(wait, t.relayed.take(len(kind.E2Ee.GetCommon())+largest, now))
	case *pb.ClientMessage_Data:
		wait = max(wait, t.data.take(1, now), t.relayed.take(len(kind.Data.GetPayload()), now))
	}
	return wait
}

// exhausted reports whether a droppable data message would have to wait.
func (t *throttle) exhausted(m *pb.DataMessage, now time.Time) bool {
	t.data.refill(now)
	t.relayed.refill(now)
	return t.data.tokens < 1 || t.relayed.tokens < float64(len(m.GetPayload()))
}

// flood counts the control messages of one connection in each second.
type flood struct {
	limit int
	since time.Time
	count int
}

// add counts a message, and reports whether they have become too many.
func (f *flood) add(now time.Time) bool {
	if now.Sub(f.since) >= time.Second {
		f.since, f.count = now, 0
	}
	f.count++
	return f.count > f.limit
}
