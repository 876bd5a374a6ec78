package link

import (
	"sync/atomic"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/openconfab/confab/internal/wire/pb"
)

// session is one session with the node, over one connection at a time or, for a while, none.
type session struct {
	id     string
	hello  *pb.Hello
	limits *pb.Limits
	// processed is the number of the last numbered message of the node that was handed over.
	processed atomic.Uint64

	// What follows is guarded by the lock of the link.

	ticket []byte
	outbox outbox
	// unacknowledged is how much the node keeps until the next Ping.
	unacknowledged int
}

// resuming returns the Hello that takes the session up again.
func (s *session) resuming() *pb.Hello {
	hello := proto.CloneOf(s.hello)
	hello.Announcement = nil
	hello.Resume = &pb.Resume{Session: s.id, Ticket: s.ticket, Received: s.processed.Load()}
	return hello
}

func (s *session) pingInterval() time.Duration {
	return max(leastPing, time.Duration(s.limits.GetPingIntervalMs())*time.Millisecond)
}

func (s *session) resumeTime() time.Duration {
	return time.Duration(s.limits.GetResumeMs()) * time.Millisecond
}
