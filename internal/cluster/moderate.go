package cluster

import (
	"github.com/openconfab/confab/internal/room"
	"github.com/openconfab/confab/internal/wire/pb"
)

// Decided implements room.Outside. All nodes are told, so that none lets somebody in who is to wait.
func (c *Cluster) Decided(name string, d room.Conduct) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if r := c.rooms[name]; r != nil {
		r.decided = true
	}
	for _, p := range c.peers {
		c.send(p, conductMessage(name, d))
	}
}

// Conduct implements room.Outside.
func (c *Cluster) Conduct(name string) (d room.Conduct) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range c.peers {
		d = d.Merge(p.conducts[name])
	}
	return d
}

// Ordered implements room.Outside. A command for a node that is not known is dropped.
func (c *Cluster) Ordered(name, node string, command room.Command) {
	m := &pb.NodeMessage{Room: name, Kind: &pb.NodeMessage_Moderation{Moderation: &pb.Moderation{
		Command: command.Moderate, By: command.By, Identity: command.Identity,
	}}}
	c.mu.Lock()
	defer c.mu.Unlock()
	for id, p := range c.peers {
		if node == "" || node == id {
			c.send(p, m)
		}
	}
}

// tellDecided tells a peer what hosts have decided on the rooms of this node.
func (c *Cluster) tellDecided(p *peer) {
	for _, name := range c.roomNames() {
		d := c.registry.Conduct(name)
		if !d.Decided() {
			continue
		}
		c.mu.Lock()
		if c.rooms[name] != nil && c.peers[p.id] == p {
			c.send(p, conductMessage(name, d))
		}
		c.mu.Unlock()
	}
}

// takeConduct keeps what a peer knows of a room, whether this node has it or not. What it says later is never less.
func (c *Cluster) takeConduct(p *peer, name string, m *pb.RoomConduct) {
	d := room.Conduct{Settings: m.Settings, Revision: m.Revision, Blocked: m.Blocked}
	for _, a := range m.Allowed {
		if a != nil {
			d.Allowed = append(d.Allowed, room.Allowance{Identity: a.Identity, Grants: a.Grants, Admitted: a.Admitted, Revision: a.Revision})
		}
	}
	c.mu.Lock()
	p.conducts[name] = p.conducts[name].Merge(d)
	c.mu.Unlock()
	c.registry.TakeConduct(name, d)
}

func conductMessage(name string, d room.Conduct) *pb.NodeMessage {
	m := &pb.RoomConduct{Settings: d.Settings, Revision: d.Revision, Blocked: d.Blocked}
	for _, a := range d.Allowed {
		m.Allowed = append(m.Allowed, &pb.Allowance{Identity: a.Identity, Grants: a.Grants, Admitted: a.Admitted, Revision: a.Revision})
	}
	return &pb.NodeMessage{Room: name, Kind: &pb.NodeMessage_Conduct{Conduct: m}}
}
