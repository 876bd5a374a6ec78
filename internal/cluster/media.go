package cluster

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/openconfab/confab/internal/relay"
	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
)

// trackKey names a track of any room.
type trackKey struct {
	room, session string
	number        uint32
}

func (k trackKey) ref() *pb.TrackRef { return &pb.TrackRef{Session: k.session, Number: k.number} }

// A feed is a track on its way to another node. It implements relay.Sink.
type feed struct {
	cluster *Cluster
	track   *relay.Track
	out     *outbox
	// aliases is replaced, never changed.
	aliases atomic.Pointer[map[uint32]uint64]
}

// Object implements relay.Sink.
func (f *feed) Object(layer uint32, o *wire.Object) {
	alias, wanted := (*f.aliases.Load())[layer]
	if !wanted {
		return
	}
	if f.out.put(f.track.Audio(), alias, o) {
		f.cluster.rouse()
	}
}

// feed does what a node's interest says.
func (c *Cluster) feed(p *peer, name string, m *pb.Interest) {
	track := c.registry.OwnTrack(name, m.Track)
	if track == nil {
		return
	}
	key := trackKey{name, m.Track.Session, m.Track.Number}
	aliases := map[uint32]uint64{}
	var layers []uint32
	for _, l := range m.Layers {
		if l.Alias <= wire.MaxVarint {
			aliases[l.Id] = l.Alias
			layers = append(layers, l.Id)
		}
	}
	c.mu.Lock()
	f := p.feeds[key]
	if f == nil {
		f = &feed{cluster: c, track: track, out: &p.media}
		p.feeds[key] = f
	}
	f.aliases.Store(&aliases)
	if len(layers) == 0 {
		delete(p.feeds, key)
	}
	c.mu.Unlock()
	track.Feed(f, layers)
}

// endFeeds forgets the feeds of a session's tracks that are not among those that are left; the tracks have ended themselves.
func (c *Cluster) endFeeds(name, session string, left []*pb.TrackInfo) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range c.peers {
		for key := range p.feeds {
			if key.room == name && key.session == session && !among(left, key.number) {
				delete(p.feeds, key)
			}
		}
	}
}

func among(tracks []*pb.TrackInfo, number uint32) bool {
	return slices.ContainsFunc(tracks, func(t *pb.TrackInfo) bool { return t.GetTrack().GetNumber() == number })
}

// endAllFeeds stops what goes to a peer; c.mu is held.
func (c *Cluster) endAllFeeds(p *peer) {
	for key, f := range p.feeds {
		c.endFeed(p, key, f)
	}
}

// endFeed stops one; c.mu is held.
func (c *Cluster) endFeed(p *peer, key trackKey, f *feed) {
	delete(p.feeds, key)
	f.aliases.Store(&map[uint32]uint64{})
	c.ending = append(c.ending, f)
}

// A want is what this node takes of another's track.
type want struct{ layers []*pb.WantedLayer }

func (w *want) message(key trackKey) *pb.NodeMessage {
	return &pb.NodeMessage{Room: key.room, Kind: &pb.NodeMessage_Interest{
		Interest: &pb.Interest{Track: key.ref(), Layers: w.layers},
	}}
}

// endWants forgets the wants of a session's tracks that are not among those that are left.
func (c *Cluster) endWants(p *peer, name, session string, left []*pb.TrackInfo) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for key := range p.wants {
		if key.room == name && key.session == session && !among(left, key.number) {
			c.endWant(p, key)
		}
	}
}

// endWantsFrom forgets the wants of a session's tracks at a node that it has left.
func (c *Cluster) endWantsFrom(node, name, session string) {
	c.mu.Lock()
	p := c.peers[node]
	c.mu.Unlock()
	if p != nil {
		c.endWants(p, name, session, nil)
	}
}

// endWant forgets one; c.mu is held.
func (c *Cluster) endWant(p *peer, key trackKey) {
	for _, l := range p.wants[key].layers {
		c.routes.remove(l.Alias)
	}
	delete(p.wants, key)
}

// forgetRoom forgets what goes to and comes from a peer in a room that one of the two no longer has; c.mu is held.
func (c *Cluster) forgetRoom(p *peer, name string) {
	for key, f := range p.feeds {
		if key.room == name {
			c.endFeed(p, key, f)
		}
	}
	for key := range p.wants {
		if key.room == name {
			c.endWant(p, key)
		}
	}
}

// A member stands for a participant of another node in this one's rooms. It implements room.Member.
type member struct {
	cluster             *Cluster
	node, room, session string
}

func (c *Cluster) memberAt(node, room, session string) *member {
	return &member{cluster: c, node: node, room: room, session: session}
}

func (m *member) send(message *pb.NodeMessage) {
	m.cluster.mu.Lock()
	defer m.cluster.mu.Unlock()
	if p := m.cluster.peers[m.node]; p != nil {
		m.cluster.send(p, message)
	}
}

func (m *member) deliver(msg []byte, droppable bool) {
	m.send(&pb.NodeMessage{Room: m.room, Kind: &pb.NodeMessage_Said{
		Said: &pb.Said{To: m.session, Droppable: droppable, Message: msg},
	}})
}

// Deliver implements room.Member.
func (m *member) Deliver(msg []byte) { m.deliver(msg, false) }

// DeliverDroppable implements room.Member.
func (m *member) DeliverDroppable(msg []byte) { m.deliver(msg, true) }

// Deafened implements room.Member: the participant's own node sees to it.
func (m *member) Deafened() {}

// Outdated implements room.Member: the participant's own node sees to it.
func (m *member) Outdated(time.Duration, bool) {}

// Dismissed implements room.Member: the participant's own node sees to it.
func (m *member) Dismissed(string) {}

// KeyframeRequested implements relay.Upstream.
func (m *member) KeyframeRequested(track, layer uint32) {
	m.send(&pb.NodeMessage{Room: m.room, Kind: &pb.NodeMessage_Keyframe{
		Keyframe: &pb.KeyframeWanted{Track: &pb.TrackRef{Session: m.session, Number: track}, Layer: layer},
	}})
}

// LayersWanted implements relay.Upstream.
func (m *member) LayersWanted(track uint32, layers []uint32) {
	c := m.cluster
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.peers[m.node]
	if p == nil {
		return
	}
	key := trackKey{m.room, m.session, track}
	if p.wants[key] != nil {
		c.endWant(p, key)
	} else if len(layers) == 0 {
		return
	}
	w := &want{}
	for _, id := range layers {
		w.layers = append(w.layers, &pb.WantedLayer{Id: id, Alias: c.routes.add(key, id)})
	}
	p.wants[key] = w
	c.send(p, w.message(key))
}

// routes knows where objects of other nodes go.
type routes struct {
	// mu guards what follows. It may be taken with the mutex of the Cluster.
	mu      sync.RWMutex
	last    uint64
	byAlias map[uint64]*route
}

type route struct {
	key    trackKey
	layer  uint32
	target atomic.Pointer[relay.Layer]
}

func (r *routes) add(key trackKey, layer uint32) (alias uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.byAlias == nil {
		r.byAlias = map[uint64]*route{}
	}
	r.last++
	r.byAlias[r.last] = &route{key: key, layer: layer}
	return r.last
}

func (r *routes) remove(alias uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.byAlias, alias)
}

func (r *routes) find(alias uint64) *route {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.byAlias[alias]
}

// hearObjects forwards the objects of a message. Spec: backbone.md §4.
func (c *Cluster) hearObjects(b []byte) {
	c.counts.messagesIn.Add(1)
	c.counts.bytesIn.Add(uint64(len(b)))
	now := time.Now()
	for len(b) > 0 {
		alias, object, rest, err := nextObject(b)
		if err != nil {
			c.counts.malformed.Add(1)
			return
		}
		b = rest
		c.forward(alias, object, now)
	}
}

func nextObject(b []byte) (alias uint64, object, rest []byte, err error) {
	alias, n, err := wire.ParseVarint(b)
	if err != nil {
		return 0, nil, nil, err
	}
	size, m, err := wire.ParseVarint(b[n:])
	if err != nil {
		return 0, nil, nil, err
	}
	b = b[n+m:]
	if size > uint64(len(b)) {
		return 0, nil, nil, wire.Errorf(wire.CodeMalformed, "an object of %d bytes has %d", size, len(b))
	}
	return alias, b[:size], b[size:], nil
}

func (c *Cluster) forward(alias uint64, b []byte, now time.Time) {
	to := c.routes.find(alias)
	if to == nil {
		// It was under way when it was no longer wanted.
		c.config.Meter.Dropped(relay.DropAlias, 1)
		return
	}
	layer := to.target.Load()
	if layer == nil {
		if layer = c.registry.Layer(to.key.room, to.key.ref(), to.layer); layer == nil {
			c.config.Meter.Dropped(relay.DropAlias, 1)
			return
		}
		to.target.Store(layer)
	}
	o, err := wire.ParseObject(b)
	if err != nil {
		c.counts.malformed.Add(1)
		return
	}
	layer.Forward(o, now)
}
