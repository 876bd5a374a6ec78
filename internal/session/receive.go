package session

import (
	"errors"
	"sync"
	"time"

	"github.com/openconfab/confab/internal/relay"
	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
)

// read reads control messages until the connection ends, and returns what to tell the client, if anything.
func (c *connection) read() error {
	limit := c.hub.limits.ControlMessageBytes
	flood := flood{limit: floodFactor * c.hub.limits.ControlMessagesPerSecond}
	for {
		b, err := c.conn.ReadControl()
		if err != nil {
			if c.conn.Context().Err() != nil {
				return nil
			}
			return err
		}
		now := time.Now()
		c.heard.Store(now.UnixNano())
		c.hub.metrics.ControlIn(len(b))
		if flood.add(now) {
			c.session.end(endFlood)
			return nil
		}
		m, err := wire.UnmarshalClient(b, limit)
		if err != nil {
			return err
		}
		switch kind := m.Kind.(type) {
		case *pb.ClientMessage_Hello:
			return wire.Errorf(wire.CodeMalformed, "Hello was said before")
		case *pb.ClientMessage_Ping:
			if err := c.ping(kind.Ping, now); err != nil {
				return err
			}
		default:
			alone, ok := c.inbox.put(incoming{message: m, bytes: len(b)})
			if !ok {
				return nil
			}
			if alone {
				c.tasks.Go(c.process)
			}
			// It may have waited, and could hear nothing meanwhile.
			c.heard.Store(time.Now().UnixNano())
		}
	}
}

// ping takes an acknowledgement and gives one. It does not wait for the messages that are processed.
func (c *connection) ping(m *pb.Ping, now time.Time) error {
	s := c.session
	if !s.mailbox.acknowledge(c, m.Received) {
		return wire.Errorf(wire.CodeMalformed, "the client can't have processed %d messages of this session", m.Received)
	}
	s.confirmTicket(c)
	if now.Sub(c.reassessed) >= time.Second {
		c.reassessed = now
		s.participant.Reassess(now)
	}
	c.post(encode(&pb.ServerMessage{Kind: &pb.ServerMessage_Pong{
		Pong: &pb.Pong{Sequence: m.Sequence, Received: s.received.Load(), StreamBytes: c.conn.StreamBytes()},
	}}))
	return nil
}

// receiveObjects forwards objects until the connection ends.
func (c *connection) receiveObjects() {
	tooLarge := newBucket(1, 1, time.Now())
	var mu sync.Mutex
	err := c.conn.ReceiveObjects(c.hub.limits.ObjectBytes, c.forward, func(err error) {
		coded, ok := errors.AsType[*wire.Error](err)
		if !ok || coded.Code != wire.CodeObjectTooLarge {
			c.hub.metrics.Dropped(relay.DropMalformed, 1)
			return
		}
		c.hub.metrics.Dropped(relay.DropTooLarge, 1)
		mu.Lock()
		tell := tooLarge.allow(1, time.Now())
		mu.Unlock()
		if tell {
			c.session.answer(coded, 0)
		}
	})
	if c.conn.Context().Err() == nil {
		c.fail(err)
	}
}

// forward hands an object to the track that its alias names.
func (c *connection) forward(alias uint64, o *wire.Object) {
	now := time.Now()
	c.heard.Store(now.UnixNano())
	c.hub.metrics.ObjectIn(o.Len())
	layer, bound := c.session.participant.Layer(alias)
	switch {
	case layer != nil:
		layer.Forward(o, now)
		return
	case bound:
		c.hub.metrics.Dropped(relay.DropStopped, 1)
	default:
		c.hub.metrics.Dropped(relay.DropAlias, 1)
	}
	o.Release()
}
