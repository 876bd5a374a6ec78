package e2ee

import (
	"encoding/binary"
	"time"
)

// Timing of sender keys (spec/e2ee.md §6).
const (
	joinWait       = 500 * time.Millisecond
	ratchetEvery   = 10 * time.Minute
	maxRatchets    = 8
	rotateGap      = 5 * time.Second
	firstUseWait   = time.Second
	firstUseJitter = time.Second
	largeJitter    = 5 * time.Second
)

// sender is this session's sender key and what is to happen to it. The zero value sends nothing.
type sender struct {
	current *sendKey
	// next was sent to the members and is used from nextAt on.
	next   *sendKey
	nextAt time.Time

	// joinAt is when new members are given the key, rotateAt when it is replaced, ratchetAt when it is ratcheted
	// for its age; each is zero if not planned.
	joinAt, rotateAt, ratchetAt time.Time
	rotated                     time.Time
}

// sendKey is one base key and its slots.
type sendKey struct {
	keyID
	base  []byte
	slots [64]*sendSlot
	used  bool
}

type sendSlot struct {
	key     *frameKey
	kid     uint64
	counter uint64
}

// newest is the key that new members are given.
func (k *sender) newest() *sendKey {
	if k.next != nil {
		return k.next
	}
	return k.current
}

func (k *sender) wake() time.Time {
	return earliest(earliest(k.nextAt, k.joinAt), earliest(k.rotateAt, k.ratchetAt))
}

func (k *sender) erase() {
	for _, key := range []*sendKey{k.current, k.next} {
		if key != nil {
			clear(key.base)
		}
	}
	*k = sender{}
}

// slot returns the sealing state of a slot.
func (k *sendKey) slot(index uint32, number uint8) *sendSlot {
	if k.slots[number] == nil {
		kid := k.frame(index, number).kid()
		k.slots[number] = &sendSlot{key: suiteAES256.newKey(k.base, kid), kid: kid}
	}
	return k.slots[number]
}

// ratcheted returns the key after k, which it erases.
func (k *sendKey) ratcheted() *sendKey {
	next := &sendKey{keyID: keyID{gen: k.gen, step: k.step + 1}, base: ratchet(k.base)}
	clear(k.base)
	return next
}

// debounce is how long a rotation waits for further leaves in a room of so many members.
func debounce(members int) time.Duration {
	switch {
	case members <= 50:
		return time.Second
	case members <= 200:
		return 3 * time.Second
	default:
		return 10*time.Second + jitter(largeJitter)
	}
}

// jitter is a random time below limit.
func jitter(limit time.Duration) time.Duration {
	return time.Duration(binary.BigEndian.Uint64(random(8)) % uint64(limit))
}
