package session

import (
	"slices"
	"sync"
)

// messageOverhead is what a kept message costs besides its bytes.
const messageOverhead = 64

// mailbox keeps the numbered control messages of a session until the client has acknowledged them. Spec: wire.md §2.2.
type mailbox struct {
	limit int

	// mu guards what follows. It is the innermost of all locks.
	mu sync.Mutex
	// acknowledged is the number of the last message the client has processed; messages are those after it.
	acknowledged uint64
	messages     [][]byte
	bytes        int
	closed       bool
	// reader is the connection on which they go out, and the only one that acknowledges; nil while there is none.
	reader *connection
	// wake wakes the goroutine that sends control messages, nil without a connection. It must not block.
	wake func()
}

// put numbers and keeps a message. It returns false when the client has left more unacknowledged than is allowed; the
// mailbox is closed then.
func (m *mailbox) put(msg []byte) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return true
	}
	if m.bytes += len(msg) + messageOverhead; m.bytes > m.limit {
		m.closed = true
		m.messages = nil
		return false
	}
	m.messages = append(m.messages, msg)
	m.rouse()
	return true
}

// behind reports whether the client has left a good part of what is allowed unacknowledged.
func (m *mailbox) behind() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.closed || m.bytes > m.limit/8
}

// next returns the message with the number, nil if there is none yet.
func (m *mailbox) next(number uint64) []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	if i := number - m.acknowledged - 1; number > m.acknowledged && i < uint64(len(m.messages)) {
		return m.messages[i]
	}
	return nil
}

// acknowledge forgets the messages up to a number, if the connection is still the one they go out on: what another takes for
// sent would otherwise be gone before it is. It returns false when the client can't have processed that many.
func (m *mailbox) acknowledge(c *connection, number uint64) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed || c != m.reader {
		return true
	}
	return m.forget(number)
}

// readBy has the messages go out on a connection from now on. It returns the number of the last that its client has processed:
// the number that it told, or more if it has acknowledged more since, over the connection that it had. It returns false, and
// nothing has changed, when it can't have processed that many or the mailbox is closed.
func (m *mailbox) readBy(c *connection, told uint64) (acknowledged uint64, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed || !m.forget(told) {
		return 0, false
	}
	m.reader = c
	return m.acknowledged, true
}

// forget forgets the messages up to a number, none when that is from the past. It returns false when there are not as many.
// mu is held.
func (m *mailbox) forget(number uint64) bool {
	if number <= m.acknowledged {
		return true
	}
	n := number - m.acknowledged
	if n > uint64(len(m.messages)) {
		return false
	}
	for i := range n {
		m.bytes -= len(m.messages[i]) + messageOverhead
		m.messages[i] = nil
	}
	m.messages = m.messages[n:]
	m.acknowledged = number
	return true
}

// kept returns the messages that a client who has processed those up to a number needs yet, and the number of the last that it
// needs no more. It returns false as readBy does.
func (m *mailbox) kept(told uint64) (messages [][]byte, acknowledged uint64, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed || !m.forget(told) {
		return nil, 0, false
	}
	return slices.Clone(m.messages), m.acknowledged, true
}

// restore makes the messages those of a mailbox that was kept elsewhere. Nobody else uses it yet.
func (m *mailbox) restore(messages [][]byte, acknowledged uint64) {
	m.messages, m.acknowledged = messages, acknowledged
	for _, msg := range messages {
		m.bytes += len(msg) + messageOverhead
	}
}

// connect makes wake the function that is called for new messages; nil for none.
func (m *mailbox) connect(wake func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.wake = wake
	m.rouse()
}

func (m *mailbox) close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	m.messages, m.bytes = nil, 0
}

func (m *mailbox) rouse() {
	if m.wake != nil {
		m.wake()
	}
}
