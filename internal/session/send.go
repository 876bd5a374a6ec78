package session

import (
	"errors"
	"time"

	"github.com/openconfab/confab/internal/relay"
	"github.com/openconfab/confab/internal/transport"
)

// measureEvery is how often the round trip is looked at while there is video to send, and calmEvery while nothing queues on
// the path.
const (
	measureEvery = 200 * time.Millisecond
	calmEvery    = 500 * time.Millisecond
)

// turn is how many messages and objects gather before they are sent and the goroutine looks around.
const turn = 64

// sendFirst sends what goes before video: control messages, then sound.
func (c *connection) sendFirst() {
	l := newLane(c, relay.LaneAudio)
	for {
		for c.sendOneControl() || l.sendOne(time.Now()) {
		}
		if c.closeIfEnded() || !c.await(c.first) {
			return
		}
	}
}

// sendVideo sends video beside the rest.
func (c *connection) sendVideo() {
	l := newLane(c, relay.LaneVideo)
	for {
		for l.sendOne(time.Now()) {
		}
		if !c.await(c.video) {
			return
		}
	}
}

// await waits until there is something to send. It returns false when the connection has ended, which wakes as well.
func (c *connection) await(wake <-chan struct{}) bool {
	<-wake
	return c.conn.Context().Err() == nil
}

// sendOneControl sends the next control message. It returns false when there is none or the connection is gone.
func (c *connection) sendOneControl() bool {
	msg, numbered := c.nextControl()
	if msg == nil || c.conn.WriteControl(msg) != nil {
		return false
	}
	if numbered {
		c.sent++
	}
	c.hub.metrics.ControlOut(len(msg))
	return true
}

func (c *connection) nextControl() (msg []byte, numbered bool) {
	if !c.news.Load() {
		return nil, false
	}
	// Before looking, so that what comes meanwhile is looked for again.
	c.news.Store(false)
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case len(c.posted) > 0:
		msg = c.posted[0]
		c.posted[0] = nil
		c.posted = c.posted[1:]
	case !c.ending.Load():
		msg, numbered = c.session.mailbox.next(c.sent+1), true
	}
	if msg != nil {
		c.news.Store(true)
	}
	return msg, numbered
}

// closeIfEnded closes the connection after its last message was sent.
func (c *connection) closeIfEnded() bool {
	if !c.ending.Load() {
		return false
	}
	c.mu.Lock()
	ended, code := len(c.posted) == 0, c.code
	c.mu.Unlock()
	if ended {
		c.conn.Close(code)
	}
	return ended
}

// lane sends what one lane of the queue gives. It belongs to one goroutine at a time.
type lane struct {
	c           *connection
	lane        relay.Lane
	noDatagrams bool
	// measure is when the round trip is looked at next.
	measure time.Time
}

// urgencies translates the queue's order into that of the transport.
var urgencies = [...]transport.Urgency{
	relay.Audio:          transport.UrgencyAudio,
	relay.ScreenKeyframe: transport.UrgencyScreenKeyframe,
	relay.CameraBase:     transport.UrgencyCameraBase,
	relay.Rest:           transport.UrgencyRest,
}

// openGroup is the group that is being sent for a subscription, which keeps it for the lane. ended: it was closed or reset.
type openGroup struct {
	transport.Group
	number  uint64
	urgency transport.Urgency
	ended   bool
}

// openOf returns the group that is open for an item's subscription, nil if there is none.
func openOf(item relay.Item) *openGroup {
	if g, ok := item.Open.(*openGroup); ok && !g.ended {
		return g
	}
	return nil
}

func newLane(c *connection, l relay.Lane) lane {
	return lane{
		c:           c,
		lane:        l,
		noDatagrams: !c.conn.Multiplexed(),
	}
}

// sendOne sends the next object. It returns false when there is none or the connection is gone.
func (l *lane) sendOne(now time.Time) bool {
	if l.lane != relay.LaneAudio && !now.Before(l.measure) {
		l.measure = now.Add(measureEvery)
		if l.c.session.queue.ObserveRoundTrip(l.c.conn.RoundTrip(), now) {
			l.measure = now.Add(calmEvery)
		}
	}
	item, ok := l.c.session.queue.Take(l.lane, now)
	if !ok {
		return false
	}
	if item.Object == nil {
		l.finish(item)
		return true
	}
	defer item.Object.Release()
	err := l.send(item)
	switch {
	case err == nil:
		l.c.hub.metrics.ObjectOut(item.Object.Len())
		return true
	case errors.Is(err, transport.ErrStale):
		l.c.hub.metrics.Dropped(relay.DropStale, 1)
	default:
		l.c.hub.metrics.Dropped(relay.DropFailed, 1)
	}
	return l.c.conn.Context().Err() == nil
}

func (l *lane) send(item relay.Item) error {
	if item.Audio && !l.noDatagrams {
		err := l.c.conn.SendDatagram(item.Subscription.Alias(), item.Object)
		switch {
		case errors.Is(err, transport.ErrDatagramsUnsupported):
			l.noDatagrams = true
		case !errors.Is(err, transport.ErrDatagramTooLarge):
			return err
		}
	}
	if item.Audio && l.c.conn.Multiplexed() {
		return l.sendAlone(item)
	}
	return l.sendInGroup(item)
}

// sendAlone sends sound that goes into no datagram as a group of its own. Spec: wire.md §3.5.
func (l *lane) sendAlone(item relay.Item) error {
	g, err := l.c.conn.OpenGroup(item.Subscription.Alias())
	if err != nil {
		return err
	}
	g.SetUrgency(transport.UrgencyAudio)
	if err := g.Write(item.Object); err != nil {
		g.Reset()
		return err
	}
	return g.Close()
}

func (l *lane) sendInGroup(item relay.Item) error {
	number := item.Object.Group
	g := openOf(item)
	if g != nil && g.number != number {
		l.finish(item)
		g = nil
	}
	if g == nil {
		var err error
		if g, err = l.open(item, number); err != nil {
			return err
		}
	}
	if urgency := urgencies[item.Urgency]; g.urgency != urgency {
		g.urgency = urgency
		g.SetUrgency(urgency)
	}
	if err := g.Write(item.Object); err != nil {
		g.ended = true
		g.Reset()
		l.failed(item, number)
		return err
	}
	if item.Object.LastOfGroup() {
		g.ended = true
		return g.Close()
	}
	return nil
}

func (l *lane) open(item relay.Item, number uint64) (*openGroup, error) {
	group, err := l.c.conn.OpenGroup(item.Subscription.Alias())
	if err != nil {
		l.failed(item, number)
		return nil, err
	}
	g := &openGroup{Group: group, number: number, urgency: transport.UrgencyRest}
	if !item.Subscription.Opened(number, g) {
		g.Reset()
		return nil, transport.ErrStale
	}
	return g, nil
}

// failed gives the rest of a group up, unless the whole connection is gone.
func (l *lane) failed(item relay.Item, group uint64) {
	if l.c.conn.Context().Err() == nil {
		item.Subscription.Failed(group, time.Now())
	}
}

// finish ends the group that is open for the subscription, if there is one.
func (l *lane) finish(item relay.Item) {
	g := openOf(item)
	if g == nil {
		return
	}
	g.ended = true
	if item.Abandon {
		g.Reset()
		return
	}
	if err := g.Close(); err != nil {
		l.c.hub.log.Debug("ending a group", "error", err)
	}
}
