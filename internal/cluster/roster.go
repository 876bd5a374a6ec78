package cluster

import (
	"context"

	"google.golang.org/protobuf/proto"

	"github.com/openconfab/confab/internal/room"
	"github.com/openconfab/confab/internal/wire/pb"
)

// rosterChunk is how many are told of in one answer: with all the tracks and layers that they may have, a quarter of a megabyte.
const rosterChunk = 50

// A Person is somebody who is in a room, or waits for it, at one of the nodes.
type Person struct {
	// Node is the name of the node.
	Node string
	room.State
}

// query gathers the answers of other nodes; it is guarded by the mutex of the Cluster.
type query struct {
	awaited  map[*peer]struct{}
	people   []Person
	answered chan struct{}
}

// done notes that a peer has answered, or never will.
func (q *query) done(p *peer) {
	if _, awaited := q.awaited[p]; !awaited {
		return
	}
	delete(q.awaited, p)
	if len(q.awaited) == 0 {
		close(q.answered)
	}
}

// Roster returns who is in a room or waits for it, at all nodes, whether this one has the room or not. Those of nodes that do not
// answer before ctx ends, or are out of reach, are left out.
func (c *Cluster) Roster(ctx context.Context, name string) []Person {
	people := c.own(name)
	q := &query{awaited: map[*peer]struct{}{}, answered: make(chan struct{})}
	c.mu.Lock()
	c.lastQuery++
	number := c.lastQuery
	c.queries[number] = q
	for _, p := range c.peers {
		if !p.silent {
			q.awaited[p] = struct{}{}
			c.send(p, &pb.NodeMessage{Room: name, Kind: &pb.NodeMessage_RosterWanted{RosterWanted: &pb.RosterWanted{Request: number}}})
		}
	}
	if len(q.awaited) == 0 {
		close(q.answered)
	}
	c.mu.Unlock()
	select {
	case <-q.answered:
	case <-ctx.Done():
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.queries, number)
	return append(people, q.people...)
}

// own returns those of this node.
func (c *Cluster) own(name string) (people []Person) {
	c.registry.Own(name, func(states []room.State) {
		for _, s := range states {
			people = append(people, Person{Node: c.config.Name, State: s})
		}
	})
	return people
}

// answer tells a peer who is in a room at this node, so many at a time that no message grows with the room.
func (c *Cluster) answer(p *peer, name string, request uint64) {
	var states []*pb.ParticipantState
	for _, person := range c.own(name) {
		s := stateProto(person.State)
		s.Info = proto.CloneOf(s.Info)
		s.Info.Announcement = nil
		states = append(states, s)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for more := true; more; {
		n := min(len(states), rosterChunk)
		more = n < len(states)
		m := &pb.Roster{Request: request, States: states[:n], More: more}
		states = states[n:]
		c.send(p, &pb.NodeMessage{Room: name, Kind: &pb.NodeMessage_Roster{Roster: m}})
	}
}

func (c *Cluster) takeRoster(p *peer, m *pb.Roster) {
	c.mu.Lock()
	defer c.mu.Unlock()
	q := c.queries[m.Request]
	if q == nil {
		return
	}
	if _, awaited := q.awaited[p]; !awaited {
		return
	}
	for _, s := range m.States {
		if s.GetInfo() != nil {
			q.people = append(q.people, Person{Node: p.name, State: stateOf(s)})
		}
	}
	if !m.More {
		q.done(p)
	}
}
