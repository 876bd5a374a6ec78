package cluster

import (
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/openconfab/confab/internal/backbone"
	"github.com/openconfab/confab/internal/room"
	"github.com/openconfab/confab/internal/wire/pb"
)

const (
	firstResend = 250 * time.Millisecond
	lastResend  = 2 * time.Second
	// maxUnacknowledged is what is kept for a node that does not acknowledge it; beyond it, the node is told everything anew.
	maxUnacknowledged = 32 << 20
	// packetBytes is about the size of a packet. Spec: backbone.md §2.3.
	packetBytes = 256 << 10
	overhead    = 64
)

// A peer is another node. It is guarded by the mutex of the Cluster, but for media.
type peer struct {
	id, name, url       string
	rooms, participants uint32
	draining            bool
	heard               time.Time
	silent              bool
	media               outbox
	path                path
	// answer is the probe that the peer is to be answered, 0 for none.
	answer uint64
	// told: it knows what hosts have decided on the rooms of this node. conducts is what it knows of its own.
	told     bool
	conducts map[string]room.Conduct

	// epoch numbers the numbering of what is sent; first is the number of unacknowledged[0], sent how many of them are on
	// their way.
	epoch          uint64
	first          uint64
	unacknowledged []*pb.NodeMessage
	bytes          int
	sent           int
	sentAt         time.Time
	resend         time.Duration
	lag            time.Duration

	// inEpoch is that of the node's numbering, and received how many of its messages were processed.
	inEpoch, received uint64
	acknowledge       bool

	feeds map[trackKey]*feed
	wants map[trackKey]*want
}

// meet returns the peer with an id; c.mu is held. It is heard of now.
func (c *Cluster) meet(id string, now time.Time) *peer {
	p := c.peers[id]
	if p == nil {
		p = &peer{id: id, feeds: map[trackKey]*feed{}, wants: map[trackKey]*want{}, conducts: map[string]room.Conduct{}}
		p.media.counts = &c.counts
		p.restart(now)
		c.peers[id] = p
	}
	p.heard = now
	return p
}

// restart begins a new numbering.
func (p *peer) restart(now time.Time) {
	p.epoch = max(uint64(now.UnixNano()), p.epoch+1)
	p.first, p.unacknowledged, p.bytes, p.sent, p.resend = 1, nil, 0, 0, firstResend
}

// send queues a message for a peer; c.mu is held.
func (c *Cluster) send(p *peer, m *pb.NodeMessage) {
	p.unacknowledged = append(p.unacknowledged, m)
	p.bytes += proto.Size(m) + overhead
	c.rouse()
}

// take processes the header of a packet and returns the messages that are new, and whether the numbering this way or that way has
// begun anew; c.mu is held.
func (p *peer) take(m *pb.NodePacket, now time.Time) (messages []*pb.NodeMessage, forgotten, renewed bool) {
	if m.Probe != 0 {
		p.answer, p.acknowledge = m.Probe, true
	}
	if m.ProbeAnswer != 0 {
		p.path.answered(m.ProbeAnswer, now)
	}
	switch {
	case m.AcknowledgedEpoch == p.epoch:
		p.acknowledged(m.Acknowledged, now)
	case p.first > 1:
		p.restart(now)
		forgotten = true
	}
	if m.Epoch > p.inEpoch && m.First == 1 {
		renewed = p.inEpoch != 0
		p.inEpoch, p.received = m.Epoch, 0
	}
	if m.Epoch != p.inEpoch {
		return nil, forgotten, false
	}
	if len(m.Messages) > 0 {
		p.acknowledge = true
	}
	if skip := p.received + 1 - m.First; m.First <= p.received+1 && skip < uint64(len(m.Messages)) {
		messages = m.Messages[skip:]
		p.received += uint64(len(messages))
	}
	return messages, forgotten, renewed
}

func (p *peer) acknowledged(number uint64, now time.Time) {
	if number < p.first || number-p.first >= uint64(len(p.unacknowledged)) {
		return
	}
	n := int(number - p.first + 1)
	for _, m := range p.unacknowledged[:n] {
		p.bytes -= proto.Size(m) + overhead
	}
	p.unacknowledged = p.unacknowledged[n:]
	p.first += uint64(n)
	p.sent = max(p.sent-n, 0)
	p.lag = now.Sub(p.sentAt)
	p.sentAt, p.resend = now, firstResend
}

// packets returns what is to be sent now; c.mu is held.
func (p *peer) packets(from string, now time.Time) (packets []*pb.NodePacket) {
	if p.sent > 0 && now.Sub(p.sentAt) >= p.resend {
		p.sent, p.resend = 0, min(2*p.resend, lastResend)
	}
	probe := uint64(0)
	if p.media.videoWaits() || p.path.slow(now) {
		probe = p.path.ask(now)
	}
	for p.acknowledge || probe != 0 || p.sent < len(p.unacknowledged) {
		packet := &pb.NodePacket{
			Node: from, Epoch: p.epoch, First: p.first + uint64(p.sent), AcknowledgedEpoch: p.inEpoch, Acknowledged: p.received,
			Probe: probe, ProbeAnswer: p.answer,
		}
		probe, p.answer = 0, 0
		size := 0
		for _, m := range p.unacknowledged[p.sent:] {
			if size += proto.Size(m) + overhead; size > packetBytes && len(packet.Messages) > 0 {
				break
			}
			packet.Messages = append(packet.Messages, m)
		}
		if len(packet.Messages) > 0 && p.sent == 0 {
			p.sentAt = now
		}
		p.sent += len(packet.Messages)
		p.acknowledge = false
		packets = append(packets, packet)
	}
	return packets
}

// flush sends everything that has gathered: sound first, then messages, then video. A backbone that takes video slowly gets sound
// and messages in between.
func (c *Cluster) flush(now time.Time) {
	peers := c.flushFirst(now)
	for _, p := range peers {
		for {
			body := p.media.nextVideo(now)
			if body == nil {
				break
			}
			c.publish(backbone.Inbox(p.id, backbone.Video), body)
			if passed := time.Now(); passed.Sub(now) >= tick {
				now = passed
				c.flushFirst(now)
			}
		}
	}
	c.flushKept()
}

// flushFirst sends what goes before video, and returns the peers.
func (c *Cluster) flushFirst(now time.Time) (all []*peer) {
	var packets [][]*pb.NodePacket
	var overflown []*peer
	c.mu.Lock()
	for _, p := range c.peers {
		if p.bytes > maxUnacknowledged {
			p.restart(now)
			overflown = append(overflown, p)
		}
		p.media.setSlow(p.path.slow(now))
		all = append(all, p)
		packets = append(packets, p.packets(c.id, now))
	}
	c.mu.Unlock()
	for _, p := range overflown {
		c.log.Warn("a node is behind, and is told everything anew", "node", p.id)
		c.tellAnew(p)
	}
	for _, p := range all {
		for body := p.media.nextSound(); body != nil; body = p.media.nextSound() {
			c.publish(backbone.Inbox(p.id, backbone.Sound), body)
		}
	}
	for i, p := range all {
		for _, packet := range packets[i] {
			c.publishProto(backbone.Inbox(p.id, backbone.Control), packet)
		}
	}
	return all
}

// tellAnew tells a peer again what it has to know of this node.
func (c *Cluster) tellAnew(p *peer) {
	c.tellDecided(p)
	for _, name := range c.sharedWith(p) {
		c.share(name, p.id)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for key, w := range p.wants {
		c.send(p, w.message(key))
	}
}

func (c *Cluster) publishProto(t backbone.Topic, m proto.Message) {
	b, err := proto.Marshal(m)
	if err != nil {
		panic("cluster: " + err.Error())
	}
	c.publish(t, b)
}

func (c *Cluster) publish(t backbone.Topic, msg []byte) {
	if err := c.config.Backbone.Publish(t, msg); err != nil {
		c.counts.failed.Add(1)
		c.log.Debug("a message to other nodes is lost", "error", err)
		return
	}
	c.counts.messagesOut.Add(1)
	c.counts.bytesOut.Add(uint64(len(msg)))
}
