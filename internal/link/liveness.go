package link

import (
	"time"

	"github.com/openconfab/confab/internal/transport"
	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
)

const (
	leastPing = 500 * time.Millisecond
	// late is by how much the manager may be behind its time before silence says more about this machine than about the
	// path.
	late = time.Second
)

// silence is how long nothing may come after a Ping. TCP hides losses behind silences that QUIC does not have.
type silence struct {
	// suspect: another connection is looked for. interrupted: people are told.
	suspect, interrupted time.Duration
}

var silences = map[transport.Kind]silence{
	transport.WebTransport: {suspect: 1500 * time.Millisecond, interrupted: 3 * time.Second},
	transport.WebSocket:    {suspect: 4 * time.Second, interrupted: 5 * time.Second},
}

// liveness is what an attachment knows of how its connection does. It is guarded by the lock of the link.
type liveness struct {
	sequence uint32
	// pinged is when the last Ping went, answered when the last Pong came, asked when the first Ping after the last sign of
	// life went; zero when none is due.
	pinged, answered, asked time.Time
	roundTrip               time.Duration
}

// ping acknowledges what was processed and asks for a sign of life.
func (a *attachment) ping(now time.Time) {
	a.link.mu.Lock()
	a.sequence++
	sequence := a.sequence
	a.pinged = now
	if a.asked.IsZero() {
		a.asked = now
	}
	a.session.unacknowledged = 0
	ping := &pb.Ping{Sequence: a.sequence, Received: a.session.processed.Load()}
	a.link.mu.Unlock()
	a.link.uplink.pinged(a, sequence, now)
	a.post(encode(&pb.ClientMessage{Kind: &pb.ClientMessage_Ping{Ping: ping}}))
}

// ponged takes the answer to a Ping. Its error ends the connection.
func (a *attachment) ponged(m *pb.Pong) error {
	now := time.Now()
	l := a.link
	count := int64(-1)
	if a.conn.Multiplexed() {
		count = int64(m.GetStreamBytes())
	}
	l.uplink.ponged(a, m.GetSequence(), count, now)
	rouse(a.wakeVideo)
	l.mu.Lock()
	defer l.mu.Unlock()
	a.answered = now
	if m.GetSequence() == a.sequence {
		sample := now.Sub(a.pinged)
		if a.roundTrip == 0 {
			a.roundTrip = sample
		}
		a.roundTrip += (sample - a.roundTrip) / 5
	}
	if !a.session.outbox.acknowledge(m.GetReceived()) {
		return wire.Errorf(wire.CodeMalformed, "the node acknowledges what was not sent")
	}
	if l.progress != nil {
		rouse(l.progress)
	}
	return nil
}

// verdict is what silence says of a connection.
type verdict uint8

const (
	alive verdict = iota
	suspect
	silent
	dead
)

// look judges the connection in use, and pings when it is time.
func (a *attachment) look(now time.Time, behind bool) verdict {
	heard := a.heard.Swap(false)
	interval := a.session.pingInterval()
	l := a.link
	l.mu.Lock()
	if heard || behind {
		a.asked = time.Time{}
	}
	if behind {
		a.answered = now
	}
	due := now.Sub(a.pinged) >= interval-tick/2
	quiet := time.Duration(0)
	if !a.asked.IsZero() {
		quiet = now.Sub(a.asked)
	}
	unanswered := now.Sub(a.answered)
	l.mu.Unlock()
	if due {
		a.ping(now)
	}
	limits := silences[a.conn.Kind()]
	switch {
	case quiet >= 3*interval, unanswered >= 4*interval:
		return dead
	case quiet >= limits.interrupted:
		return silent
	case quiet >= limits.suspect:
		return suspect
	default:
		return alive
	}
}
