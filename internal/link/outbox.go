package link

// outbox numbers outgoing control messages from 1 and keeps them until the node has processed them. Spec: wire.md §2.2.
// It is guarded by the lock of its Link.
type outbox struct {
	// acknowledged is the number of the last message the node has processed; messages are those after it.
	acknowledged uint64
	messages     [][]byte
	bytes        int
}

// add keeps a message and returns its number.
func (o *outbox) add(msg []byte) uint64 {
	o.messages = append(o.messages, msg)
	o.bytes += len(msg)
	return o.acknowledged + uint64(len(o.messages))
}

// acknowledge forgets the messages up to a number; one from the past changes nothing. It returns false when no such
// message was sent.
func (o *outbox) acknowledge(number uint64) bool {
	if number <= o.acknowledged {
		return true
	}
	n := number - o.acknowledged
	if n > uint64(len(o.messages)) {
		return false
	}
	for i := range n {
		o.bytes -= len(o.messages[i])
		o.messages[i] = nil
	}
	o.messages = o.messages[n:]
	o.acknowledged = number
	return true
}

// next returns the message with the number, nil if there is none yet.
func (o *outbox) next(number uint64) []byte {
	if i := number - o.acknowledged - 1; number > o.acknowledged && i < uint64(len(o.messages)) {
		return o.messages[i]
	}
	return nil
}
