package e2ee

import (
	"crypto/ed25519"
	"encoding/binary"
	"time"
)

const (
	heartbeatFixed = prefixSize + 32 + 8 + 8 + 32 + 4 + 4 + 32 + 1 + signatureSize
	heartbeatCount = heartbeatFixed - signatureSize - 1
	heartbeatSlot  = 1 + 8
)

// Timing of heartbeats (spec/e2ee.md §14).
const (
	beatPublisher    = 10 * time.Second
	beatListener     = 30 * time.Second
	beatPerPublisher = 500 * time.Millisecond
	beatPerListener  = 100 * time.Millisecond
	// beatsMissed are the periods after which a member is taken for gone, beatSlack the way of the message.
	beatsMissed = 3
	beatSlack   = 2 * time.Second
	// differsAfter is how long rosters may differ, settleTime how long one's own has to be unchanged for a comparison.
	differsAfter = 30 * time.Second
	settleTime   = 5 * time.Second
	// oversleep is how late a call may come without the reason being that this machine stood still.
	oversleep = 5 * time.Second
)

// heartbeat is a HEARTBEAT: its sender is there, and says to whom it gives its keys.
type heartbeat struct {
	seq  uint64
	sent time.Time
	// roster is the digest of the members to whom the sender gives its keys, its own id included.
	roster [32]byte
	keyID
	// commit is that of the key in use; zero without one.
	commit [32]byte
	slots  []slotCounter
}

// slotCounter is how many frames were sealed in a slot.
type slotCounter struct {
	slot  uint8
	count uint64
}

func openHeartbeat(m *meeting, from peer, last *uint64, message []byte) (heartbeat, error) {
	slots := func(message []byte) int { return heartbeatSlot * int(message[heartbeatCount]) }
	fields, err := checkStatement(m, from, typeHeartbeat, "heartbeat", message, heartbeatFixed, slots)
	if err != nil {
		return heartbeat{}, err
	}
	h := heartbeat{
		seq:    binary.BigEndian.Uint64(fields[32:]),
		sent:   time.UnixMilli(int64(binary.BigEndian.Uint64(fields[40:]))),
		roster: [32]byte(fields[48:]),
		keyID:  keyID{gen: binary.BigEndian.Uint32(fields[80:]), step: binary.BigEndian.Uint32(fields[84:])},
		commit: [32]byte(fields[88:]),
	}
	if last != nil && h.seq <= *last {
		return heartbeat{}, fail(HeartbeatStale, "heartbeat was received before")
	}
	next := 0
	for items := fields[121 : len(fields)-signatureSize]; len(items) > 0; items = items[heartbeatSlot:] {
		if int(items[0]) < next || items[0] >= 64 {
			return heartbeat{}, fail(OutOfRange, "slots are below 64 and in ascending order")
		}
		next = int(items[0]) + 1
		h.slots = append(h.slots, slotCounter{slot: items[0], count: binary.BigEndian.Uint64(items[1:])})
	}
	return h, nil
}

func sealHeartbeat(m *meeting, key ed25519.PrivateKey, self annID, h heartbeat) []byte {
	body := append(appendPrefix(make([]byte, 0, heartbeatFixed), typeHeartbeat, &m.mid), self[:]...)
	body = binary.BigEndian.AppendUint64(body, h.seq)
	body = binary.BigEndian.AppendUint64(body, uint64(h.sent.UnixMilli()))
	body = append(body, h.roster[:]...)
	body = append(h.keyID.append(body), h.commit[:]...)
	body = append(body, byte(len(h.slots)))
	for _, s := range h.slots {
		body = binary.BigEndian.AppendUint64(append(body, s.slot), s.count)
	}
	return sign(key, "heartbeat", body)
}

// beatPeriod is the time between the heartbeats of a member that is one of so many publishers or listeners.
func beatPeriod(publisher bool, publishers, listeners int) time.Duration {
	if publisher {
		return max(beatPublisher, time.Duration(publishers)*beatPerPublisher)
	}
	return max(beatListener, time.Duration(listeners)*beatPerListener)
}
