package session

import (
	"sync"
	"sync/atomic"

	"github.com/openconfab/confab/internal/wire/pb"
)

// inboxBytes is how much may wait to be processed before the connection is read no further.
const inboxBytes = 1 << 20

// incoming is a control message of a client, with its size on the wire.
type incoming struct {
	message *pb.ClientMessage
	bytes   int
}

// inbox holds the control messages of one connection that were read but not processed yet, for a client is processed no
// faster than its limit. It is for one writer, and for one reader at a time.
type inbox struct {
	maxMessages int
	// blocked: the writer waits for room, so that nothing is read from the connection.
	blocked atomic.Bool

	mu      sync.Mutex
	changed sync.Cond
	waiting []incoming
	bytes   int
	closed  bool
	// taking: there is a reader, which goes when it finds nothing.
	taking bool
}

func newInbox(maxMessages int) *inbox {
	b := &inbox{maxMessages: maxMessages}
	b.changed.L = &b.mu
	return b
}

// put adds a message, after waiting until there is room. alone: there is no reader, so that the caller has to start one.
// It returns false when the inbox is closed.
func (b *inbox) put(m incoming) (alone, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.blocked.Store(true)
	for !b.closed && b.full(m.bytes) {
		b.changed.Wait()
	}
	b.blocked.Store(false)
	if b.closed {
		return false, false
	}
	b.waiting = append(b.waiting, m)
	b.bytes += m.bytes
	alone = !b.taking
	b.taking = true
	return alone, true
}

func (b *inbox) full(bytes int) bool {
	return len(b.waiting) > 0 && (b.bytes+bytes > inboxBytes || len(b.waiting) >= b.maxMessages)
}

// take returns the next message. It returns false when there is none; the reader is then none any more.
func (b *inbox) take() (incoming, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.waiting) == 0 {
		b.waiting, b.taking = nil, false
		return incoming{}, false
	}
	m := b.waiting[0]
	b.waiting[0] = incoming{}
	b.waiting = b.waiting[1:]
	b.bytes -= m.bytes
	b.changed.Signal()
	return m, true
}

// close lets nothing more in. What waits may still be taken: a Leave is often the last word before the end.
func (b *inbox) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	b.changed.Broadcast()
}
