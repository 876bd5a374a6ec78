package cluster

import (
	"slices"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/openconfab/confab/internal/backbone"
	"github.com/openconfab/confab/internal/room"
	"github.com/openconfab/confab/internal/wire/pb"
)

// sayHello tells all nodes that this one is there.
func (c *Cluster) sayHello() {
	rooms, participants := c.registry.Count()
	c.mu.Lock()
	draining := c.draining
	c.mu.Unlock()
	c.publishProto(backbone.Nodes(), &pb.NodeHello{
		Node: c.id, Name: c.config.Name, Rooms: uint32(rooms), Participants: uint32(participants), Url: c.config.URL, Draining: draining,
	})
}

// sayFarewell tells every node that this one leaves, after all that it has said.
func (c *Cluster) sayFarewell() {
	c.mu.Lock()
	farewells := make(map[string]*pb.NodePacket, len(c.peers))
	for id, p := range c.peers {
		farewells[id] = &pb.NodePacket{
			Node: c.id, Epoch: p.epoch, First: p.first + uint64(p.sent), AcknowledgedEpoch: p.inEpoch, Acknowledged: p.received, Leaving: true,
		}
	}
	c.mu.Unlock()
	for id, packet := range farewells {
		c.publishProto(backbone.Inbox(id, backbone.Control), packet)
	}
}

// greetRooms tells those that have the rooms that this node has them too.
func (c *Cluster) greetRooms(names []string) {
	for _, name := range names {
		c.publishProto(backbone.Room(name), &pb.RoomHello{Node: c.id, Room: name, Digest: c.registry.Digest(name, "")})
	}
}

// parse reads a message of another node, and reports whether it can be used.
func (c *Cluster) parse(b []byte, into interface {
	proto.Message
	GetNode() string
}) bool {
	c.counts.messagesIn.Add(1)
	c.counts.bytesIn.Add(uint64(len(b)))
	if err := proto.Unmarshal(b, into); err != nil || !backbone.ValidNodeID(into.GetNode()) {
		c.counts.malformed.Add(1)
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	_, gone := c.gone[into.GetNode()]
	return !gone && into.GetNode() != c.id
}

func (c *Cluster) hearNode(b []byte) {
	m := &pb.NodeHello{}
	if !c.parse(b, m) {
		return
	}
	c.mu.Lock()
	known := c.peers[m.Node] != nil
	p := c.meet(m.Node, time.Now())
	if p.url != m.Url || p.draining != m.Draining {
		c.renewAlternates = true
		c.rouse()
	}
	p.name, p.rooms, p.participants, p.url, p.draining = m.Name, m.Rooms, m.Participants, m.Url, m.Draining
	c.rememberURL(m.Url)
	told := p.told
	p.told = true
	c.mu.Unlock()
	if !told {
		c.tellDecided(p)
	}
	if !known {
		c.log.Info("a node has come", "node", m.Node, "name", m.Name)
		// What it has in common with this one was greeted before it was there.
		c.greetRooms(c.roomNames())
	}
	c.revive(p)
}

func (c *Cluster) hearRoom(b []byte) {
	m := &pb.RoomHello{}
	if !c.parse(b, m) {
		return
	}
	c.mu.Lock()
	p := c.meet(m.Node, time.Now())
	c.mu.Unlock()
	if !c.shares(m.Room, m.Node) {
		c.share(m.Room, m.Node)
		return
	}
	if c.registry.Digest(m.Room, m.Node) != m.Digest {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.send(p, &pb.NodeMessage{Room: m.Room, Kind: &pb.NodeMessage_StatesWanted{StatesWanted: &pb.StatesWanted{}}})
	}
}

func (c *Cluster) hearPacket(b []byte) {
	m := &pb.NodePacket{}
	if !c.parse(b, m) {
		return
	}
	now := time.Now()
	c.mu.Lock()
	p := c.meet(m.Node, now)
	messages, forgotten, renewed := p.take(m, now)
	if renewed {
		c.endAllFeeds(p)
	}
	if p.acknowledge {
		c.rouse()
	}
	c.mu.Unlock()
	c.revive(p)
	if forgotten || renewed {
		c.tellAnew(p)
	}
	for _, message := range messages {
		c.process(p, message, now)
	}
	if m.Leaving {
		c.mu.Lock()
		c.gone[m.Node] = struct{}{}
		c.mu.Unlock()
		c.bury(p)
	}
}

// process does what a message of another node says.
func (c *Cluster) process(p *peer, m *pb.NodeMessage, now time.Time) {
	switch k := m.Kind.(type) {
	case *pb.NodeMessage_States:
		c.takeStates(p, m.Room, k.States.Sessions, now)
	case *pb.NodeMessage_Changed:
		c.takeState(p, m.Room, k.Changed, now)
	case *pb.NodeMessage_Left:
		c.registry.Lose(m.Room, p.id, k.Left.Session, k.Left.Reason, now)
		c.endWants(p, m.Room, k.Left.Session, nil)
	case *pb.NodeMessage_Said:
		a := room.Informed
		if k.Said.Receiving {
			a = room.Receiving
		}
		c.registry.Hear(m.Room, k.Said.To, a, k.Said.Message, k.Said.Droppable)
		c.passOn(m.Room, k.Said)
	case *pb.NodeMessage_Interest:
		c.feed(p, m.Room, k.Interest)
	case *pb.NodeMessage_Keyframe:
		if t := c.registry.OwnTrack(m.Room, k.Keyframe.Track); t != nil {
			t.RequestKeyframe(k.Keyframe.Layer, now)
		}
	case *pb.NodeMessage_Reception:
		r := k.Reception
		c.registry.Reported(m.Room, r.Of, r.By, room.Reception{
			Loss: r.LossPermille, AudioLoss: r.AudioLossPermille, Jitter: time.Duration(r.JitterUs) * time.Microsecond,
		}, now)
	case *pb.NodeMessage_Conduct:
		c.takeConduct(p, m.Room, k.Conduct)
	case *pb.NodeMessage_Moderation:
		c.registry.Obey(m.Room, room.Command{Moderate: k.Moderation.Command, By: k.Moderation.By, Identity: k.Moderation.Identity}, now)
	case *pb.NodeMessage_RosterWanted:
		c.answer(p, m.Room, k.RosterWanted.Request)
	case *pb.NodeMessage_Roster:
		c.takeRoster(p, k.Roster)
	case *pb.NodeMessage_Closed:
		c.registry.Settle(m.Room, p.id, nil, now)
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(p.conducts, m.Room)
		if r := c.rooms[m.Room]; r != nil {
			delete(r.peers, p)
		}
		c.forgetRoom(p, m.Room)
	case *pb.NodeMessage_StatesWanted:
		c.share(m.Room, p.id)
	case *pb.NodeMessage_SessionWanted:
		c.handOver(p, k.SessionWanted, now)
	case *pb.NodeMessage_SessionHandover:
		c.takeOver(p, m.Room, k.SessionHandover, now)
	case *pb.NodeMessage_SessionRefused:
		c.fetched(k.SessionRefused.Session)
	case *pb.NodeMessage_SessionMoved:
		c.registry.Expect(m.Room, p.id, k.SessionMoved.Session, k.SessionMoved.Moves, now)
		c.mu.Lock()
		defer c.mu.Unlock()
		c.moves.expect(m.Room, k.SessionMoved.Session, now)
	}
}

// takeStates takes it that a node has told of all its participants in a room.
func (c *Cluster) takeStates(p *peer, name string, sessions []string, now time.Time) {
	c.registry.Settle(name, p.id, sessions, now)
	c.mu.Lock()
	if c.rooms[name] == nil {
		c.send(p, &pb.NodeMessage{Room: name, Kind: &pb.NodeMessage_Closed{Closed: &pb.RoomClosed{}}})
	}
	c.mu.Unlock()
	if !c.shares(name, p.id) {
		c.share(name, p.id)
	}
}

func (c *Cluster) takeState(p *peer, name string, s *pb.ParticipantState, now time.Time) {
	if s.GetInfo() == nil {
		c.counts.malformed.Add(1)
		return
	}
	from := c.registry.Take(name, room.Remote{
		Node:   p.id,
		State:  stateOf(s),
		Member: c.memberAt(p.id, name, s.Info.Session),
		Meter:  c.config.Meter,
		First:  p.id < c.id,
		Told:   now,
	})
	if from != "" {
		c.endWantsFrom(from, name, s.Info.Session)
	}
	c.endWants(p, name, s.Info.Session, s.Info.Tracks)
}

// lookAfterPeers finds the nodes that have fallen silent.
func (c *Cluster) lookAfterPeers(now time.Time) {
	var silent, dead []*peer
	c.mu.Lock()
	for _, p := range c.peers {
		switch silence := now.Sub(p.heard); {
		case silence > c.config.Patience:
			dead = append(dead, p)
		case silence > silentAfter && !p.silent:
			p.silent = true
			silent = append(silent, p)
		}
	}
	c.mu.Unlock()
	for _, p := range silent {
		c.log.Warn("a node is out of reach", "node", p.id, "name", p.name)
		for _, name := range c.sharedWith(p) {
			c.registry.SetReachable(name, p.id, false, now)
		}
	}
	for _, p := range dead {
		c.bury(p)
	}
}

// revive notes that a node that was silent is there again.
func (c *Cluster) revive(p *peer) {
	c.mu.Lock()
	silent := p.silent
	p.silent = false
	c.mu.Unlock()
	if !silent {
		return
	}
	c.log.Info("a node is in reach again", "node", p.id, "name", p.name)
	for _, name := range c.sharedWith(p) {
		c.registry.SetReachable(name, p.id, true, time.Now())
	}
}

// bury forgets a node that has left, or was silent for too long, with its participants.
func (c *Cluster) bury(p *peer) {
	c.log.Info("a node has gone", "node", p.id, "name", p.name)
	names := c.sharedWith(p)
	c.mu.Lock()
	for _, r := range c.rooms {
		delete(r.peers, p)
	}
	delete(c.peers, p.id)
	for _, q := range c.queries {
		q.done(p)
	}
	c.endAllFeeds(p)
	for key := range p.wants {
		c.endWant(p, key)
	}
	c.mu.Unlock()
	for _, name := range names {
		c.registry.Settle(name, p.id, nil, time.Now())
	}
}

// A Node is one of the deployment, as this one sees it.
type Node struct {
	ID, Name            string
	Rooms, Participants int
	// Self: it is the node that tells. Reachable: it was heard of lately.
	Self, Reachable bool
	// Lag is how long it took lately until a message was acknowledged; 0 for the node itself.
	Lag time.Duration
}

// Nodes lists the nodes by id.
func (c *Cluster) Nodes() []Node {
	rooms, participants := c.registry.Count()
	nodes := []Node{{ID: c.id, Name: c.config.Name, Rooms: rooms, Participants: participants, Self: true, Reachable: true}}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range c.peers {
		nodes = append(nodes, Node{
			ID: p.id, Name: p.name, Rooms: int(p.rooms), Participants: int(p.participants), Reachable: !p.silent, Lag: p.lag,
		})
	}
	slices.SortFunc(nodes, func(a, b Node) int {
		if a.ID < b.ID {
			return -1
		}
		return 1
	})
	return nodes
}
