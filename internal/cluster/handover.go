package cluster

import (
	"context"
	"slices"
	"time"

	"github.com/openconfab/confab/internal/room"
	"github.com/openconfab/confab/internal/wire/pb"
)

const (
	// fetchTimeout is how long a client that has come from another node waits for its session. A node that is alive answers in
	// a few ticks.
	fetchTimeout = 1500 * time.Millisecond
	// passOnFor is how long what is said to one who has moved is passed on by the node that it has left.
	passOnFor = 5 * time.Second
	// lingerFor is how long after the last handover a node stays that has nothing else to do, to pass on what is on its way.
	lingerFor = 500 * time.Millisecond
	// lapseAfter is when one who was expected and did not come is gone: a little after room.Registry lets go of it.
	lapseAfter = 11 * time.Second
)

// moves are sessions on their way between nodes. They are guarded by the mutex of the Cluster.
type moves struct {
	// fetches are clients that wait for a session, by its id.
	fetches map[string][]chan struct{}
	// left are those that this node has handed over, by their ids.
	left map[string]departure
	// expected are those that a node will tell of.
	expected []expectation
}

type departure struct {
	room, node string
	at         time.Time
}

type expectation struct {
	room, session string
	due           time.Time
}

func newMoves() moves {
	return moves{fetches: map[string][]chan struct{}{}, left: map[string]departure{}}
}

// ID implements session.Elsewhere.
func (c *Cluster) ID() string { return c.id }

// Fetch implements session.Elsewhere.
func (c *Cluster) Fetch(ctx context.Context, node string, want *pb.SessionWanted) {
	done := make(chan struct{})
	c.mu.Lock()
	p := c.peers[node]
	if p == nil || p.silent {
		c.mu.Unlock()
		return
	}
	c.moves.fetches[want.Session] = append(c.moves.fetches[want.Session], done)
	c.send(p, &pb.NodeMessage{Kind: &pb.NodeMessage_SessionWanted{SessionWanted: want}})
	c.mu.Unlock()
	timeout := time.NewTimer(fetchTimeout)
	defer timeout.Stop()
	defer c.stopFetching(want.Session, done)
	select {
	case <-done:
	case <-timeout.C:
		c.log.Info("a node does not hand a session over", "node", node, "session", want.Session)
	case <-ctx.Done():
	}
}

// fetched ends the waiting for a session.
func (c *Cluster) fetched(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, done := range c.moves.fetches[id] {
		close(done)
	}
	delete(c.moves.fetches, id)
}

// stopFetching forgets one who waits for a session.
func (c *Cluster) stopFetching(id string, done chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	left := slices.DeleteFunc(c.moves.fetches[id], func(other chan struct{}) bool { return other == done })
	if len(left) == 0 {
		delete(c.moves.fetches, id)
		return
	}
	c.moves.fetches[id] = left
}

// handOver hands a session over to the node that wants it. Once it is away, the others are told before anything can come from its
// client there.
func (c *Cluster) handOver(p *peer, want *pb.SessionWanted, now time.Time) {
	handed := c.sessions.HandOver(want, room.Destination{
		Node:   p.id,
		Member: func(name, id string) room.Member { return c.memberAt(p.id, name, id) },
		Send: func(name string, m *pb.SessionHandover) {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.send(p, &pb.NodeMessage{Room: name, Kind: &pb.NodeMessage_SessionHandover{SessionHandover: m}})
			c.moves.left[want.Session] = departure{room: name, node: p.id, at: now}
			c.moves.expect(name, want.Session, now)
			if r := c.rooms[name]; r != nil {
				// It has the room now, and learns of everybody by the handover.
				r.peers[p] = struct{}{}
			}
		},
	})
	if !handed {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.send(p, &pb.NodeMessage{Kind: &pb.NodeMessage_SessionRefused{SessionRefused: &pb.SessionRefused{Session: want.Session}}})
	}
}

// takeOver takes in a session that this node has asked for, and tells all who have its room.
func (c *Cluster) takeOver(p *peer, name string, m *pb.SessionHandover, now time.Time) {
	id := m.GetState().GetInfo().GetSession()
	defer c.fetched(id)
	err := c.sessions.TakeOver(name, p.id, m, func(node, session string) room.Member {
		if node == c.id {
			return nil
		}
		return c.memberAt(node, name, session)
	})
	if err != nil {
		c.log.Info("a session is not taken over", "session", id, "from", p.id, "error", err)
		return
	}
	nodes := map[string]struct{}{p.id: {}}
	c.mu.Lock()
	delete(c.moves.left, id)
	for _, other := range m.Others {
		nodes[other.Node] = struct{}{}
		c.moves.expect(name, other.GetState().GetInfo().GetSession(), now)
	}
	c.mu.Unlock()
	for node := range nodes {
		c.share(name, node)
	}
}

// Moved implements room.Outside.
func (c *Cluster) Moved(name, session string, moves uint32) {
	c.tell(name, &pb.NodeMessage{Room: name, Kind: &pb.NodeMessage_SessionMoved{
		SessionMoved: &pb.SessionMoved{Session: session, Moves: moves},
	}})
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range c.peers {
		for key, f := range p.feeds {
			if key.room == name && key.session == session {
				c.endFeed(p, key, f)
			}
		}
	}
	c.rouse()
}

// passOn passes what is said to those who have moved on to where they are now: who says it may not know yet. What they get twice
// by it, their end-to-end encryption drops.
func (c *Cluster) passOn(name string, m *pb.Said) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for id, d := range c.moves.left {
		p := c.peers[d.node]
		if p == nil || d.room != name || m.To != "" && m.To != id {
			continue
		}
		c.send(p, &pb.NodeMessage{Room: name, Kind: &pb.NodeMessage_Said{
			Said: &pb.Said{To: id, Receiving: m.Receiving, Droppable: m.Droppable, Message: m.Message},
		}})
	}
}

// linger waits until what was said to those who have moved last has been passed on.
func (c *Cluster) linger() {
	var last time.Time
	c.mu.Lock()
	for _, d := range c.moves.left {
		if d.at.After(last) {
			last = d.at
		}
	}
	c.mu.Unlock()
	time.Sleep(time.Until(last.Add(lingerFor)))
}

// expect has it looked later whether one who is expected has come.
func (m *moves) expect(name, session string, now time.Time) {
	m.expected = append(m.expected, expectation{name, session, now.Add(lapseAfter)})
}

// lookAfterMoves forgets what is over.
func (c *Cluster) lookAfterMoves(now time.Time) {
	c.mu.Lock()
	var due []expectation
	for len(c.moves.expected) > 0 && now.After(c.moves.expected[0].due) {
		due = append(due, c.moves.expected[0])
		c.moves.expected = c.moves.expected[1:]
	}
	for id, d := range c.moves.left {
		if now.Sub(d.at) > passOnFor {
			delete(c.moves.left, id)
		}
	}
	c.mu.Unlock()
	for _, e := range due {
		c.registry.Lapse(e.room, e.session, now)
	}
}
