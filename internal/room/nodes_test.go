package room

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/openconfab/confab/internal/relay"
	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
)

// node is one of several that share rooms. What it tells the others waits until it is carried to them, and is lost if they
// are apart.
type node struct {
	t        *testing.T
	id       string
	registry *Registry
	others   []*node
	apart    bool
	waiting  []func(to *node)
	opened   int
	conducts map[string]Conduct
}

func newNodes(t *testing.T, count int) (nodes []*node) {
	for i := range count {
		n := &node{t: t, id: fmt.Sprint("node", i), conducts: map[string]Conduct{}}
		n.registry = NewRegistry(DefaultLimits(), n, nil)
		nodes = append(nodes, n)
	}
	for _, n := range nodes {
		n.others = slices.DeleteFunc(slices.Clone(nodes), func(o *node) bool { return o == n })
	}
	return nodes
}

func (n *node) tell(f func(to *node)) { n.waiting = append(n.waiting, f) }

func (n *node) Opened(string) { n.opened++ }
func (n *node) Closed(string) { n.opened-- }

func (n *node) Changed(room string, s State) { n.tell(func(to *node) { to.take(n, room, s) }) }

func (n *node) Left(room, session string, reason pb.LeaveReason) {
	n.tell(func(to *node) { to.registry.Lose(room, n.id, session, reason, start) })
}

func (n *node) Moved(room, session string, moves uint32) {
	n.tell(func(to *node) { to.registry.Expect(room, n.id, session, moves, start) })
}

func (n *node) Said(room string, a Audience, msg []byte, droppable bool) {
	n.tell(func(to *node) { to.registry.Hear(room, "", a, msg, droppable) })
}

func (n *node) Decided(room string, c Conduct) {
	n.tell(func(to *node) {
		to.conducts[n.id] = to.conducts[n.id].Merge(c)
		to.registry.TakeConduct(room, c)
	})
}

func (n *node) Conduct(string) (c Conduct) {
	for _, of := range n.conducts {
		c = c.Merge(of)
	}
	return c
}

func (n *node) Ordered(room, id string, c Command) {
	n.tell(func(to *node) {
		if id == "" || id == to.id {
			to.registry.Obey(room, c, start)
		}
	})
}

func (n *node) Reported(room, _, of, by string, r Reception) {
	n.tell(func(to *node) { to.registry.Reported(room, of, by, r, start) })
}

func (n *node) take(from *node, room string, s State) {
	member := &proxy{from: n, to: from, room: room, session: s.Info.Session}
	n.registry.Take(room, Remote{Node: from.id, State: s, Member: member, Meter: uncounted{}, First: from.id < n.id, Told: start})
}

// proxy passes on what is for one participant of another node.
type proxy struct {
	from, to      *node
	room, session string
	keyframes     int
	wanted        []uint32
}

func (p *proxy) Deliver(msg []byte) {
	p.from.tell(func(to *node) { to.registry.Hear(p.room, p.session, Informed, msg, false) })
}
func (p *proxy) DeliverDroppable(msg []byte)            { p.Deliver(msg) }
func (p *proxy) Deafened()                              {}
func (p *proxy) Outdated(time.Duration, bool)           {}
func (p *proxy) Dismissed(string)                       {}
func (p *proxy) KeyframeRequested(_, _ uint32)          { p.keyframes++ }
func (p *proxy) LayersWanted(_ uint32, layers []uint32) { p.wanted = layers }

// carry brings everything that was told to where it goes, and what follows from it, the latest first if backwards.
func carry(nodes []*node, backwards bool) {
	for told := true; told; {
		told = false
		for _, n := range nodes {
			waiting := n.waiting
			n.waiting = nil
			if backwards {
				nodes = slices.Clone(nodes)
				slices.Reverse(nodes)
			}
			for _, f := range waiting {
				told = true
				for _, to := range n.others {
					if !n.apart && !to.apart {
						f(to)
					}
				}
			}
		}
	}
}

// meet tells each node all that the others have, as after a partition.
func meet(nodes []*node) {
	for _, n := range nodes {
		n.apart = false
		var states []State
		n.registry.Own("room", func(own []State) { states = own })
		var sessions []string
		for _, s := range states {
			sessions = append(sessions, s.Info.Session)
		}
		for _, to := range n.others {
			for _, s := range states {
				to.take(n, "room", s)
			}
			to.registry.Settle("room", n.id, sessions, start)
		}
	}
	carry(nodes, false)
}

// kinds names what a member was told since.
func kinds(m *member) (all []string) {
	for _, msg := range m.drain() {
		switch k := msg.Kind.(type) {
		case *pb.ServerMessage_ParticipantJoined:
			all = append(all, "joined "+k.ParticipantJoined.Participant.Session)
		case *pb.ServerMessage_ParticipantLeft:
			all = append(all, fmt.Sprintf("left %s %d", k.ParticipantLeft.Session, k.ParticipantLeft.Reason))
		case *pb.ServerMessage_TrackPublished:
			all = append(all, "published "+k.TrackPublished.Track.Track.Session)
		case *pb.ServerMessage_TrackUpdated:
			all = append(all, fmt.Sprintf("muted %v", k.TrackUpdated.Track.Muted))
		case *pb.ServerMessage_TrackUnpublished:
			all = append(all, "unpublished "+k.TrackUnpublished.Track.Session)
		case *pb.ServerMessage_Data:
			all = append(all, "data "+string(k.Data.Payload)+" of "+k.Data.From)
		case *pb.ServerMessage_E2Ee:
			all = append(all, "e2ee "+string(k.E2Ee.Payload)+string(k.E2Ee.Common)+" of "+k.E2Ee.From)
		case *pb.ServerMessage_LinkQuality:
			for _, q := range k.LinkQuality.Participants {
				all = append(all, fmt.Sprintf("quality %d of %s", q.Quality, q.Session))
			}
		case *pb.ServerMessage_ParticipantUpdated:
			all = append(all, "updated "+k.ParticipantUpdated.Participant.Session)
		case *pb.ServerMessage_WaitingJoined:
			all = append(all, "waits "+k.WaitingJoined.Participant.Session)
		case *pb.ServerMessage_WaitingLeft:
			all = append(all, fmt.Sprintf("waits no more %s %d", k.WaitingLeft.Session, k.WaitingLeft.Reason))
		case *pb.ServerMessage_Admitted:
			all = append(all, fmt.Sprintf("admitted to %d", len(k.Admitted.Participants)))
		case *pb.ServerMessage_RoomUpdated:
			all = append(all, fmt.Sprintf("room locked %v waiting %v", k.RoomUpdated.Settings.Locked, k.RoomUpdated.Settings.WaitingRoom))
		case *pb.ServerMessage_TrackStopped:
			all = append(all, fmt.Sprintf("stopped %d by %q unpublished %v", k.TrackStopped.Number, k.TrackStopped.By, k.TrackStopped.Unpublished))
		default:
			all = append(all, fmt.Sprintf("%T", k))
		}
	}
	return all
}

func expect(t *testing.T, m *member, want ...string) {
	t.Helper()
	if got := kinds(m); !slices.Equal(got, want) {
		t.Errorf("%s was told %q, want %q", m.Session, got, want)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestRoomOverNodes(t *testing.T) {
	nodes := newNodes(t, 2)
	anna, _ := enter(t, nodes[0].registry, "anna", "Anna", everything())
	must(t, anna.Publish(microphone(1)))
	carry(nodes, false)
	ben, joined := enter(t, nodes[1].registry, "ben", "Ben", everything())
	if len(joined.Admitted.Participants) != 0 {
		t.Errorf("a node that knows nothing yet tells of %v", joined.Admitted.Participants)
	}
	carry(nodes, false)
	meet(nodes)
	expect(t, anna, "joined ben")
	expect(t, ben, "joined anna", "published anna")

	_, joined = enter(t, nodes[1].registry, "cleo", "Cleo", everything())
	if len(joined.Admitted.Participants) != 2 {
		t.Errorf("one who joins is told of %d others", len(joined.Admitted.Participants))
	}
	carry(nodes, false)
	must(t, anna.SetMuted(1, true, start))
	must(t, ben.Publish(microphone(4)))
	carry(nodes, false)
	expect(t, anna, "joined cleo", "published ben")
	expect(t, ben, "joined cleo", "muted true")

	must(t, anna.Unpublish(1, start))
	must(t, anna.SendData(&pb.DataMessage{Payload: []byte("to all")}))
	must(t, anna.SendData(&pb.DataMessage{Payload: []byte("to one"), To: []string{"ben"}}))
	must(t, anna.SendE2EE(&pb.E2EeMessage{Common: []byte("keys")}))
	must(t, anna.SendE2EE(&pb.E2EeMessage{Parts: []*pb.E2EePart{{To: "ben", Payload: []byte("key")}}}))
	carry(nodes, false)
	expect(t, ben, "unpublished anna", "data to all of anna", "data to one of anna", "e2ee keys of anna", "e2ee key of anna")

	anna.Leave(pb.LeaveReason_LEAVE_REASON_LEFT, start)
	carry(nodes, false)
	expect(t, ben, "left anna 1")
	if nodes[0].opened != 0 || nodes[1].opened != 1 {
		t.Errorf("rooms open at the nodes: %d and %d", nodes[0].opened, nodes[1].opened)
	}
	if rooms, participants := nodes[0].registry.Count(); rooms != 0 || participants != 0 {
		t.Errorf("%d rooms with %d participants are left", rooms, participants)
	}
}

// TestNewestWinsEverywhere: whatever comes first, one session of an identity is left, on every node the same.
func TestNewestWinsEverywhere(t *testing.T) {
	for _, backwards := range []bool{false, true} {
		nodes := newNodes(t, 3)
		watcher, _ := enter(t, nodes[2].registry, "watcher", "watcher", everything())
		enter(t, nodes[0].registry, "x", "x", everything())
		enter(t, nodes[1].registry, "y", "y", everything())
		meet(nodes)
		watcher.drain()

		// Both at once, before either node knows of the other.
		a, _ := enter(t, nodes[0].registry, "a", "twin", everything())
		b, _ := enter(t, nodes[1].registry, "b", "twin", everything())
		carry(nodes, backwards)
		if a.dismissed != wire.CodeReplaced || b.dismissed != "" {
			t.Errorf("dismissed: %q and %q", a.dismissed, b.dismissed)
		}
		for _, n := range nodes {
			room := n.registry.existing("room")
			if p := room.identities["twin"]; p == nil || p.Session != "b" || room.members["a"] != nil {
				t.Errorf("%s has %v", n.id, p)
			}
		}
		// A later joining wins though the clock of its node is behind.
		m := &member{t: t}
		_, err := nodes[0].registry.Join("room", Joining{
			Session: "0", Identity: "twin", Announcement: []byte{1}, Grants: everything(), At: start.Add(-time.Hour), Member: m, Meter: uncounted{},
		})
		must(t, err)
		carry(nodes, backwards)
		if b.dismissed != wire.CodeReplaced || m.dismissed != "" {
			t.Errorf("dismissed: %q and %q", b.dismissed, m.dismissed)
		}
		for _, n := range nodes {
			if p := n.registry.existing("room").identities["twin"]; p == nil || p.Session != "0" {
				t.Errorf("%s has %v", n.id, p)
			}
		}
		for _, told := range kinds(watcher) {
			if told == "left a 1" || told == "left a 2" || told == "left b 1" || told == "left b 2" {
				t.Errorf("somebody who was replaced is said to have %s", told)
			}
		}
	}
}

// TestPartitionHeals: who is the same after it as before is not announced.
func TestPartitionHeals(t *testing.T) {
	nodes := newNodes(t, 2)
	anna, _ := enter(t, nodes[0].registry, "anna", "Anna", everything())
	dora, _ := enter(t, nodes[0].registry, "dora", "Dora", everything())
	ben, _ := enter(t, nodes[1].registry, "ben", "Ben", everything())
	must(t, anna.Publish(microphone(1)))
	meet(nodes)
	anna.drain()
	ben.drain()

	nodes[1].apart = true
	nodes[1].registry.SetReachable("room", "node0", false, start)
	expectSet(t, ben, "quality 1 of anna", "quality 1 of dora")
	must(t, anna.SetMuted(1, true, start))
	dora.Leave(pb.LeaveReason_LEAVE_REASON_LEFT, start)
	cleo, _ := enter(t, nodes[0].registry, "cleo", "Cleo", everything())
	carry(nodes, false)
	expect(t, ben)

	nodes[1].registry.SetReachable("room", "node0", true, start)
	meet(nodes)
	expectSet(t, ben, "quality 4 of anna", "quality 4 of dora", "muted true", "joined cleo", "left dora 2")
	expect(t, cleo)
}

// TestDigest: two nodes that know the same of a third's participants sum it up alike.
func TestDigest(t *testing.T) {
	nodes := newNodes(t, 2)
	anna, _ := enter(t, nodes[0].registry, "anna", "anna", everything())
	enter(t, nodes[0].registry, "dora", "dora", everything())
	enter(t, nodes[1].registry, "ben", "ben", everything())
	must(t, anna.Publish(microphone(1)))
	meet(nodes)
	digest := func(n *node, of string) uint64 { return n.registry.Digest("room", of) }
	before := digest(nodes[0], "")
	if before == 0 || digest(nodes[1], "node0") != before {
		t.Error("the nodes differ")
	}
	must(t, anna.SetMuted(1, true, start))
	if digest(nodes[0], "") == before || digest(nodes[1], "node0") != before {
		t.Error("a change is not seen")
	}
	carry(nodes, false)
	if digest(nodes[1], "node0") != digest(nodes[0], "") {
		t.Error("the nodes differ after the change has come")
	}
}

func expectSet(t *testing.T, m *member, want ...string) {
	t.Helper()
	got := kinds(m)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%s was told %q, want %q", m.Session, got, want)
	}
}

func TestHiddenAndUngrantedOverNodes(t *testing.T) {
	nodes := newNodes(t, 2)
	hidden, silent := everything(), &pb.Grants{Join: true}
	hidden.Hidden = true
	ghost, _ := enter(t, nodes[0].registry, "ghost", "ghost", hidden)
	waiting, _ := enter(t, nodes[1].registry, "waiting", "waiting", silent)
	ben, _ := enter(t, nodes[1].registry, "ben", "ben", everything())
	meet(nodes)
	ben.drain()
	anna, _ := enter(t, nodes[0].registry, "anna", "anna", everything())
	carry(nodes, false)
	must(t, anna.SendData(&pb.DataMessage{Payload: []byte("hi"), To: []string{"waiting", "ben"}}))
	carry(nodes, false)
	expect(t, ben, "joined anna", "data hi of anna")
	expect(t, waiting)
	expectSet(t, ghost, "joined waiting", "joined ben", "joined anna")
	// The hidden one counts when its identity joins elsewhere.
	enter(t, nodes[1].registry, "again", "ghost", everything())
	carry(nodes, false)
	if ghost.dismissed != wire.CodeReplaced {
		t.Error("the hidden participant is in the room twice")
	}
}

// TestReportsReachThePublishersNode: it alone decides on the quality.
func TestReportsReachThePublishersNode(t *testing.T) {
	nodes := newNodes(t, 2)
	anna, _ := enter(t, nodes[0].registry, "anna", "anna", everything())
	must(t, anna.Publish(microphone(1)))
	ben, _ := enter(t, nodes[1].registry, "ben", "ben", everything())
	cleo, _ := enter(t, nodes[1].registry, "cleo", "cleo", everything())
	meet(nodes)
	anna.drain()
	ben.drain()
	track, err := ben.Track(&pb.TrackRef{Session: "anna", Number: 1})
	must(t, err)
	report := []*pb.TrackReport{{Track: &pb.TrackRef{Session: "anna", Number: 1}, Received: 80, Lost: 20}}
	ben.Report(report, func(r *relay.Track) bool { return r == track }, start)
	cleo.drain()
	carry(nodes, false)
	var told *pb.LinkQuality
	for _, m := range anna.drain() {
		if q := m.GetLinkQuality(); q != nil && q.AudioLossPermille > 0 {
			told = q
		}
	}
	if told.GetAudioLossPermille() != 200 {
		t.Errorf("the publisher learns %v", told)
	}
	if got := kinds(cleo); !slices.Contains(got, "quality 2 of anna") {
		t.Errorf("others learn %q", got)
	}
}

// TestMediaOverNodes: the track at the other node is one of the relay's, and what it wants goes to the publisher's node.
func TestMediaOverNodes(t *testing.T) {
	nodes := newNodes(t, 2)
	anna, _ := enter(t, nodes[0].registry, "anna", "anna", everything())
	must(t, anna.Publish(microphone(1)))
	ben, _ := enter(t, nodes[1].registry, "ben", "ben", everything())
	meet(nodes)
	ref := &pb.TrackRef{Session: "anna", Number: 1}
	if nodes[0].registry.OwnTrack("room", ref) == nil || nodes[1].registry.OwnTrack("room", ref) != nil {
		t.Error("the track is not where it is published")
	}
	if nodes[1].registry.Layer("room", ref, 0) == nil || nodes[1].registry.Layer("room", ref, 1) != nil {
		t.Error("the other node has other layers than there are")
	}
	if _, err := ben.Track(ref); err != nil {
		t.Error(err)
	}
	before := nodes[1].registry.existing("room").members["anna"].tracks[1].media
	meet(nodes)
	if nodes[1].registry.existing("room").members["anna"].tracks[1].media != before {
		t.Error("a state told twice has started the track anew")
	}
}

// TestStateIsACopy: what is told is not changed by what happens later.
func TestStateIsACopy(t *testing.T) {
	nodes := newNodes(t, 1)
	anna, _ := enter(t, nodes[0].registry, "anna", "anna", everything())
	must(t, anna.Publish(microphone(1)))
	var state State
	nodes[0].registry.Own("room", func(own []State) { state = own[0] })
	before := proto.Clone(state.Info)
	must(t, anna.SetMuted(1, true, start))
	if !proto.Equal(before, state.Info) {
		t.Error("the state has changed")
	}
	anna.Leave(pb.LeaveReason_LEAVE_REASON_LEFT, start)
}
