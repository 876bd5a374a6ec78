package cluster_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"google.golang.org/protobuf/proto"

	"github.com/openconfab/confab/internal/backbone"
	"github.com/openconfab/confab/internal/backbone/local"
	"github.com/openconfab/confab/internal/cluster"
	"github.com/openconfab/confab/internal/relay"
	"github.com/openconfab/confab/internal/room"
	"github.com/openconfab/confab/internal/virtualtime"
	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type uncounted struct{}

func (uncounted) ObjectOut(int)             {}
func (uncounted) Dropped(relay.Reason, int) {}
func (uncounted) KeyframeAsked()            {}
func (uncounted) KeyframeForwarded()        {}

// node is one of several on a simulated network.
type node struct {
	t        testing.TB
	backbone backbone.Backbone
	cluster  *cluster.Cluster
	registry *room.Registry
	people   []*person
}

// simulate runs a test with nodes on virtual time.
func simulate(t *testing.T, count int, test func(t *testing.T, network *local.Network, nodes []*node)) {
	virtualtime.Test(t, func(t *testing.T) {
		before := wire.LiveObjects()
		network := &local.Network{}
		network.SetDelay(10 * time.Millisecond)
		var nodes []*node
		for range count {
			nodes = append(nodes, start(t, network))
		}
		test(t, network, nodes)
		for _, n := range nodes {
			n.stop()
		}
		if left := wire.LiveObjects() - before; left != 0 {
			t.Errorf("%d objects were never released", left)
		}
	})
}

func start(t *testing.T, network *local.Network) *node { return startAt(t, network.Join()) }

func startAt(t *testing.T, b backbone.Backbone) *node {
	n := &node{t: t, backbone: b}
	n.cluster = cluster.New(cluster.Config{Backbone: n.backbone, Patience: 30 * time.Second, Keeps: true, Meter: uncounted{}})
	n.registry = room.NewRegistry(room.DefaultLimits(), n.cluster, nil)
	if err := n.cluster.Start(n.registry, sessions{}); err != nil {
		t.Fatal(err)
	}
	return n
}

// sessions are those of people, who do not move.
type sessions struct{}

func (sessions) HandOver(*pb.SessionWanted, room.Destination) bool { return false }
func (sessions) TakeOver(string, string, *pb.SessionHandover, func(string, string) room.Member) error {
	return nil
}
func (sessions) SetAlternates([]string) {}

func (n *node) stop() {
	for _, p := range n.people {
		p.queue.Close(time.Now())
		p.Leave(pb.LeaveReason_LEAVE_REASON_LEFT, time.Now())
	}
	n.people = nil
	if n.cluster != nil {
		n.cluster.Close()
		n.cluster = nil
		n.backbone.Close()
	}
}

// kill ends the node without a word to the others.
func (n *node) kill(network *local.Network, others ...*node) {
	for _, o := range others {
		network.SetCut(n.backbone, o.backbone, true)
	}
	n.stop()
}

// person is a participant that notes what it is told.
type person struct {
	*room.Participant
	room  *room.Registry
	queue *relay.Queue
	mu    sync.Mutex
	notes []string
}

func (n *node) join(session string) *person {
	n.t.Helper()
	return n.joinAs(session, session)
}

func (n *node) joinAs(session, identity string) *person {
	n.t.Helper()
	return n.enter(room.Joining{Session: session, Identity: identity, Grants: &pb.Grants{}})
}

// host joins as one.
func (n *node) host(session string) *person {
	n.t.Helper()
	return n.enter(room.Joining{Session: session, Identity: session, Grants: &pb.Grants{Admin: true}})
}

// knock joins and has to wait.
func (n *node) knock(session string) *person {
	n.t.Helper()
	return n.enter(room.Joining{Session: session, Identity: session, Grants: &pb.Grants{}, Wait: true})
}

// refused joins and leaves, unless it can't: then it returns why.
func (n *node) refused(identity string) (code string) {
	p := &person{}
	joined, err := n.registry.Join("room", room.Joining{
		Session: identity + " again", Identity: identity, Announcement: []byte("a"), At: time.Now(), Member: p, Grants: &pb.Grants{Join: true},
	})
	if err != nil {
		return wire.CodeOf(err)
	}
	joined.Participant.Leave(pb.LeaveReason_LEAVE_REASON_LEFT, time.Now())
	return ""
}

// enter joins with what is usual besides.
func (n *node) enter(j room.Joining) *person {
	n.t.Helper()
	p := &person{room: n.registry, queue: relay.NewQueue(uncounted{}, &relay.Gatherer{}, &relay.Pulse{}, 8<<20, 100)}
	j.Announcement, j.At, j.Member, j.Meter = []byte("a"), time.Now(), p, uncounted{}
	j.Grants.Join, j.Grants.Subscribe, j.Grants.Data = true, true, true
	j.Grants.Publish = []pb.Source{pb.Source_SOURCE_CAMERA, pb.Source_SOURCE_MICROPHONE}
	joined, err := n.registry.Join("room", j)
	if err != nil {
		n.t.Fatal(err)
	}
	p.Participant = joined.Participant
	for _, o := range joined.Admitted.GetParticipants() {
		p.note("found " + o.Session)
	}
	p.queue.Attach(map[relay.Lane]func(){relay.LaneAll: func() {}}, time.Now())
	n.people = append(n.people, p)
	return p
}

func (p *person) note(s string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.notes = append(p.notes, s)
}

func (p *person) Deliver(msg []byte) {
	m := &pb.ServerMessage{}
	if err := proto.Unmarshal(msg, m); err != nil {
		panic(err)
	}
	switch k := m.Kind.(type) {
	case *pb.ServerMessage_ParticipantJoined:
		p.note("joined " + k.ParticipantJoined.Participant.Session)
	case *pb.ServerMessage_ParticipantLeft:
		p.note(fmt.Sprintf("left %s %d", k.ParticipantLeft.Session, k.ParticipantLeft.Reason))
	case *pb.ServerMessage_WaitingJoined:
		p.note("waits " + k.WaitingJoined.Participant.Session)
	case *pb.ServerMessage_WaitingLeft:
		p.note(fmt.Sprintf("waits no more %s %d", k.WaitingLeft.Session, k.WaitingLeft.Reason))
	case *pb.ServerMessage_Admitted:
		p.note(fmt.Sprint("admitted to ", len(k.Admitted.Participants)))
	case *pb.ServerMessage_TrackStopped:
		p.note(fmt.Sprint("stopped ", k.TrackStopped.Number))
	case *pb.ServerMessage_TrackPublished:
		p.note("published " + k.TrackPublished.Track.Track.Session)
	case *pb.ServerMessage_Data:
		p.note(string(k.Data.Payload))
	case *pb.ServerMessage_LinkQuality:
		for _, q := range k.LinkQuality.Participants {
			p.note(fmt.Sprintf("quality %d of %s", q.Quality, q.Session))
		}
	}
}
func (p *person) DeliverDroppable(msg []byte)          { p.Deliver(msg) }
func (p *person) Deafened()                            { p.note("deafened") }
func (p *person) Outdated(_ time.Duration, later bool) { p.note(fmt.Sprint("outdated ", later)) }
func (p *person) Dismissed(code string)                { p.note(code) }
func (p *person) KeyframeRequested(_, layer uint32)    { p.note(fmt.Sprint("keyframe of ", layer)) }
func (p *person) LayersWanted(_ uint32, layers []uint32) {
	p.note(fmt.Sprint("wanted ", layers))
}

// told returns what was noted since, after some time.
func (p *person) told(after time.Duration) []string {
	time.Sleep(after)
	synctest.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	notes := p.notes
	p.notes = nil
	return notes
}

func expect(t *testing.T, got []string, want ...string) {
	t.Helper()
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("told: %q, want %q", got, want)
	}
}

// order has a host moderate.
func (p *person) order(t *testing.T, m *pb.Moderate) {
	t.Helper()
	if err := p.room.Moderate("room", room.Command{Moderate: m, By: p.Session}, time.Now()); err != nil {
		t.Fatal(err)
	}
}

func (p *person) say(t *testing.T, what string) {
	t.Helper()
	if err := p.SendData(&pb.DataMessage{Payload: []byte(what)}); err != nil {
		t.Fatal(err)
	}
}

func (p *person) publish(t *testing.T) {
	t.Helper()
	err := p.Publish(&pb.PublishTrack{Number: 1, Source: pb.Source_SOURCE_CAMERA, Layers: []*pb.Layer{
		{Id: 0, Alias: 10, Height: 180}, {Id: 1, Alias: 11, Height: 720},
	}})
	if err != nil {
		t.Fatal(err)
	}
}

// watch subscribes to the track of another.
func (p *person) watch(t *testing.T, of string, height uint32) {
	t.Helper()
	track, err := p.Track(&pb.TrackRef{Session: of, Number: 1})
	if err == nil {
		_, err = p.queue.Subscribe(track, relay.Want{MaxHeight: height}, time.Now())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// send sends a keyframe of a layer, if the node takes it.
func (p *person) send(layer, group uint64) {
	o := wire.NewObject(wire.Header{Flags: wire.FlagKeyframe, Group: group}, make([]byte, 1000))
	if l, _ := p.Layer(10 + layer); l != nil {
		l.Forward(o, time.Now())
	} else {
		o.Release()
	}
}

// got returns how many objects have come since.
func (p *person) got(after time.Duration) (count int) {
	time.Sleep(after)
	synctest.Wait()
	for {
		item, ok := p.queue.Take(relay.LaneAll, time.Now())
		if !ok {
			return count
		}
		if item.Object != nil {
			item.Object.Release()
			count++
		}
	}
}

const soon = 100 * time.Millisecond

func TestCall(t *testing.T) {
	simulate(t, 3, func(t *testing.T, _ *local.Network, nodes []*node) {
		anna := nodes[0].join("anna")
		anna.publish(t)
		time.Sleep(soon)
		ben := nodes[1].join("ben")
		expect(t, ben.told(soon), "joined anna", "published anna")
		cleo := nodes[2].join("cleo")
		expect(t, cleo.told(soon), "joined anna", "published anna", "joined ben")
		expect(t, ben.told(0), "joined cleo")
		expect(t, anna.told(0), "joined ben", "joined cleo")

		anna.say(t, "hello")
		expect(t, ben.told(soon), "hello")
		expect(t, cleo.told(0), "hello")

		// Nobody watches: nothing crosses.
		out := nodes[0].cluster.Stats().BytesOut
		anna.send(0, 1)
		if cleo.got(soon); nodes[0].cluster.Stats().BytesOut-out > 500 {
			t.Error("an object that nobody wants has crossed")
		}
		ben.watch(t, "anna", 180)
		expect(t, anna.told(soon), "wanted [0]", "keyframe of 0")
		anna.send(0, 2)
		anna.send(1, 3)
		if got := ben.got(soon); got != 1 {
			t.Errorf("%d objects have come, want 1", got)
		}
		if got := cleo.got(0); got != 0 {
			t.Errorf("%d objects have come to one who watches nothing", got)
		}
		// Two who watch the same at one node: it crosses once.
		dora := nodes[1].join("dora")
		dora.told(soon)
		dora.watch(t, "anna", 180)
		dora.told(soon)
		out = nodes[0].cluster.Stats().BytesOut
		anna.send(0, 4)
		if ben.got(soon)+dora.got(0) != 2 {
			t.Error("both should have got it")
		}
		if crossed := nodes[0].cluster.Stats().BytesOut - out; crossed < 1000 || crossed > 1500 {
			t.Errorf("%d bytes have crossed for an object of 1000", crossed)
		}
		anna.told(0)
		for _, p := range []*person{ben, dora} {
			track, err := p.Track(&pb.TrackRef{Session: "anna", Number: 1})
			if err != nil {
				t.Fatal(err)
			}
			p.queue.Unsubscribe(track, time.Now())
		}
		expect(t, anna.told(10*time.Second), "wanted []")
	})
}

func TestIdentityMovesToAnotherNode(t *testing.T) {
	simulate(t, 2, func(t *testing.T, _ *local.Network, nodes []*node) {
		ben := nodes[1].join("ben")
		first := nodes[0].joinAs("a1", "anna")
		expect(t, ben.told(soon), "joined a1")
		first.told(0)
		second := nodes[1].joinAs("a2", "anna")
		expect(t, second.told(soon), "found ben")
		expect(t, first.told(0), "replaced")
		expect(t, ben.told(0), "left a1 3", "joined a2")
	})
}

// TestShortPartition: nothing that was said is lost, and nobody is said to have left.
func TestShortPartition(t *testing.T) {
	simulate(t, 2, func(t *testing.T, network *local.Network, nodes []*node) {
		anna, ben := nodes[0].join("anna"), nodes[1].join("ben")
		anna.publish(t)
		ben.told(soon)
		ben.watch(t, "anna", 180)
		anna.told(soon)
		cut := func(cut bool) {
			network.SetCut(nodes[0].backbone, nodes[1].backbone, cut)
			network.SetCut(nodes[1].backbone, nodes[0].backbone, cut)
		}
		cut(true)
		anna.say(t, "one")
		anna.say(t, "two")
		expect(t, ben.told(20*time.Second), "quality 1 of anna")
		cut(false)
		expect(t, ben.told(5*time.Second), "quality 4 of anna", "one", "two")
		anna.told(0)
		anna.send(0, 7)
		if ben.got(soon) != 1 {
			t.Error("media does not go on")
		}
	})
}

// TestLongPartition: who has given others up is not told of them again, but to join anew; then everything is as it was.
func TestLongPartition(t *testing.T) {
	for _, oneWay := range []bool{false, true} {
		simulate(t, 2, func(t *testing.T, network *local.Network, nodes []*node) {
			anna, ben := nodes[0].join("anna"), nodes[1].join("ben")
			anna.publish(t)
			ben.told(soon)
			anna.told(soon)
			network.SetCut(nodes[0].backbone, nodes[1].backbone, true)
			network.SetCut(nodes[1].backbone, nodes[0].backbone, !oneWay)
			expect(t, ben.told(time.Minute), "quality 1 of anna", "left anna 2")
			network.SetCut(nodes[0].backbone, nodes[1].backbone, false)
			network.SetCut(nodes[1].backbone, nodes[0].backbone, false)
			told := ben.told(10 * time.Second)
			if len(told) != 1 || told[0] != "outdated true" && told[0] != "outdated false" {
				t.Errorf("told: %q", told)
			}
			ben = nodes[1].joinAs("ben again", "ben")
			expect(t, ben.told(soon), "found anna")
			if told = anna.told(soon); told[len(told)-1] != "joined ben again" {
				t.Errorf("told: %q", told)
			}
			ben.watch(t, "anna", 720)
			expect(t, anna.told(soon), "wanted [1]", "keyframe of 1")
			anna.say(t, "again")
			expect(t, ben.told(soon), "again")
			anna.send(1, 1)
			if ben.got(soon) != 1 {
				t.Error("media does not come")
			}
		})
	}
}

func TestDeathOfANode(t *testing.T) {
	simulate(t, 3, func(t *testing.T, network *local.Network, nodes []*node) {
		nodes[0].join("anna")
		ben, cleo := nodes[1].join("ben"), nodes[2].join("cleo")
		ben.told(soon)
		nodes[0].kill(network, nodes[1], nodes[2])
		expect(t, ben.told(10*time.Second), "quality 1 of anna")
		cleo.told(0)
		cleo.say(t, "still here")
		expect(t, ben.told(soon), "still here")
		// One who comes back in time has not left.
		nodes[2].joinAs("a2", "anna")
		expect(t, ben.told(soon), "left anna 3", "joined a2")
		expect(t, ben.told(time.Minute))
		if got := nodes[1].cluster.Stats().Nodes; got != 2 {
			t.Errorf("%d nodes are counted", got)
		}
	})
}

func TestLeavingNode(t *testing.T) {
	simulate(t, 2, func(t *testing.T, _ *local.Network, nodes []*node) {
		nodes[0].join("anna")
		ben := nodes[1].join("ben")
		expect(t, ben.told(2*time.Second), "joined anna")
		if got := nodes[1].cluster.Nodes(); len(got) != 2 || !got[0].Reachable || !got[1].Reachable {
			t.Errorf("nodes: %+v", got)
		}
		nodes[0].stop()
		expect(t, ben.told(soon), "left anna 1")
		if got := nodes[1].cluster.Nodes(); len(got) != 1 || !got[0].Self {
			t.Errorf("nodes: %+v", got)
		}
	})
}
