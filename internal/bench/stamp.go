package bench

import (
	"encoding/binary"
	"time"
)

// stampBytes is how much of a frame's payload the stamp takes.
const stampBytes = 12

// stamp is at the start of every payload. Due is when the frame should have been sent, not when it was: a generator that
// comes too late must not hide the delay (coordinated omission).
type stamp struct {
	stream uint32
	due    time.Duration
}

func (s stamp) put(payload []byte) {
	binary.BigEndian.PutUint32(payload, s.stream)
	binary.BigEndian.PutUint64(payload[4:], uint64(s.due))
}

// readStamp reports false for a payload that is not one of a test.
func readStamp(payload []byte) (stamp, bool) {
	if len(payload) < stampBytes {
		return stamp{}, false
	}
	return stamp{
		stream: binary.BigEndian.Uint32(payload),
		due:    time.Duration(binary.BigEndian.Uint64(payload[4:])),
	}, true
}
