package room

import (
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/openconfab/confab/internal/relay"
	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
)

func mute(session string, source pb.Source) *pb.Moderate {
	return &pb.Moderate{Command: &pb.Moderate_Mute{Mute: &pb.MuteTracks{Session: session, Source: source}}}
}

func stop(session string, source pb.Source) *pb.Moderate {
	return &pb.Moderate{Command: &pb.Moderate_Stop{Stop: &pb.StopTracks{Session: session, Source: source}}}
}

func grant(session string, g *pb.Grants) *pb.Moderate {
	return &pb.Moderate{Command: &pb.Moderate_SetGrants{SetGrants: &pb.SetGrants{Session: session, Grants: g}}}
}

func lowerHands(session string) *pb.Moderate {
	return &pb.Moderate{Command: &pb.Moderate_LowerHands{LowerHands: &pb.LowerHands{Session: session}}}
}

func endRoom() *pb.Moderate { return &pb.Moderate{Command: &pb.Moderate_End{End: &pb.EndRoom{}}} }

// callOf returns a host and one other on each of one or two nodes.
func callOf(t *testing.T, count int) (nodes []*node, host, ben *member) {
	t.Helper()
	nodes = newNodes(t, count)
	host, _ = enter(t, nodes[0].registry, "host", "host", hosting())
	ben, _ = enter(t, nodes[count-1].registry, "ben", "ben", everything())
	meet(nodes)
	host.drain()
	ben.drain()
	return nodes, host, ben
}

// overNodes runs a test with a host and another at one node, and at two.
func overNodes(t *testing.T, test func(t *testing.T, nodes []*node, host, ben *member)) {
	for _, count := range []int{1, 2} {
		t.Run([]string{"", "one node", "two nodes"}[count], func(t *testing.T) {
			nodes, host, ben := callOf(t, count)
			test(t, nodes, host, ben)
		})
	}
}

func forwards(m *member, alias uint64) bool {
	layer, _ := m.Layer(alias)
	return layer != nil
}

// TestMutedByAHost: objects are dropped until the publisher itself unmutes, which a host can't do.
func TestMutedByAHost(t *testing.T) {
	overNodes(t, func(t *testing.T, nodes []*node, host, ben *member) {
		must(t, ben.Publish(microphone(1)))
		must(t, host.Publish(microphone(1)))
		carry(nodes, false)
		host.drain()
		ben.drain()
		expectCode(t, ben.order(mute("host", pb.Source_SOURCE_MICROPHONE)), wire.CodeForbidden)
		host.orders(t, mute("ben", pb.Source_SOURCE_MICROPHONE))
		carry(nodes, false)
		expect(t, host, "muted true")
		expect(t, ben, `stopped 1 by "host" unpublished false`)
		if layer, bound := ben.Layer(1); layer != nil || !bound {
			t.Errorf("objects are forwarded: %v, %v", layer, bound)
		}
		must(t, ben.SetMuted(1, true, start))
		if forwards(ben, 1) {
			t.Error("muting has unmuted")
		}
		must(t, ben.SetMuted(1, false, start))
		carry(nodes, false)
		expect(t, host, "muted false")
		if !forwards(ben, 1) {
			t.Error("the publisher could not unmute")
		}

		host.orders(t, mute("", pb.Source_SOURCE_UNSPECIFIED))
		carry(nodes, false)
		expect(t, ben, `stopped 1 by "host" unpublished false`)
		if !forwards(host, 1) || forwards(ben, 1) {
			t.Error("all are muted but hosts")
		}
	})
}

// TestOneWhoSaysItIsMuted is muted all the same: what it sends does not go on.
func TestOneWhoSaysItIsMuted(t *testing.T) {
	overNodes(t, func(t *testing.T, nodes []*node, host, ben *member) {
		must(t, ben.Publish(microphone(1)))
		must(t, ben.SetMuted(1, true, start))
		host.orders(t, mute("ben", pb.Source_SOURCE_MICROPHONE))
		carry(nodes, false)
		expect(t, ben)
		if forwards(ben, 1) {
			t.Error("objects are forwarded")
		}
	})
}

func TestStoppedByAHost(t *testing.T) {
	overNodes(t, func(t *testing.T, nodes []*node, host, ben *member) {
		for number, source := range map[uint32]pb.Source{
			1: pb.Source_SOURCE_CAMERA, 2: pb.Source_SOURCE_SCREEN, 3: pb.Source_SOURCE_SCREEN_AUDIO,
		} {
			track := microphone(number)
			track.Source = source
			must(t, ben.Publish(track))
		}
		carry(nodes, false)
		host.drain()
		expectCode(t, host.order(stop("", pb.Source_SOURCE_CAMERA)), wire.CodeParticipantUnknown)
		host.orders(t, stop("ben", pb.Source_SOURCE_CAMERA))
		carry(nodes, false)
		expect(t, host, "muted true")
		expect(t, ben, `stopped 1 by "host" unpublished false`)
		host.orders(t, stop("ben", pb.Source_SOURCE_SCREEN))
		carry(nodes, false)
		expect(t, host, "unpublished ben", "unpublished ben")
		expectSet(t, ben, `stopped 2 by "host" unpublished true`, `stopped 3 by "host" unpublished true`)
	})
}

// TestRemoved: it is gone at once, everywhere, and with block its identity stays away.
func TestRemoved(t *testing.T) {
	overNodes(t, func(t *testing.T, nodes []*node, host, ben *member) {
		must(t, ben.Publish(microphone(1)))
		cleo, _ := enter(t, nodes[0].registry, "cleo", "cleo", everything())
		carry(nodes, false)
		host.drain()
		cleo.drain()
		host.orders(t, remove("ben", true))
		if forwards(ben, 1) && len(nodes) == 1 {
			t.Error("it still sends")
		}
		carry(nodes, false)
		expect(t, cleo, "left ben 4")
		if ben.dismissed != wire.CodeBlocked {
			t.Errorf("dismissed with %q", ben.dismissed)
		}
		if _, bound := ben.Layer(1); bound {
			t.Error("it still sends")
		}
		expectCode(t, ben.Publish(microphone(2)), wire.CodeForbidden)
		for _, n := range nodes {
			_, err := n.registry.Join("room", Joining{Session: "x", Identity: "ben", Announcement: []byte{1}, Grants: everything(), At: start, Member: &member{t: t}})
			expectCode(t, err, wire.CodeBlocked)
		}
		if rooms, _ := nodes[len(nodes)-1].registry.Count(); len(nodes) == 2 && rooms != 0 {
			t.Error("one who was refused has left a room")
		}
	})
}

// TestGrantsChange: what is no longer granted ends, what is new begins, and everybody knows.
func TestGrantsChange(t *testing.T) {
	overNodes(t, func(t *testing.T, nodes []*node, host, ben *member) {
		must(t, ben.Publish(microphone(1)))
		must(t, host.Publish(microphone(1)))
		carry(nodes, false)
		host.drain()
		ben.drain()

		host.orders(t, grant("ben", &pb.Grants{Subscribe: true, Hidden: true}))
		carry(nodes, false)
		expect(t, ben, "updated ben", `stopped 1 by "host" unpublished true`)
		expect(t, host, "updated ben", "unpublished ben")
		expectCode(t, ben.Publish(microphone(2)), wire.CodeForbidden)
		expectCode(t, ben.SendData(&pb.DataMessage{Payload: []byte("x")}), wire.CodeForbidden)
		if g := ben.Grants(); !g.Join || g.Hidden {
			t.Errorf("grants %v", g)
		}
		host.orders(t, grant("ben", &pb.Grants{Subscribe: true}))
		carry(nodes, false)
		expect(t, ben)

		host.orders(t, grant("ben", &pb.Grants{Publish: []pb.Source{pb.Source_SOURCE_CAMERA, 99}}))
		carry(nodes, false)
		expect(t, ben, "updated ben", "unpublished host")
		if ben.deafened != 1 {
			t.Error("its subscriptions do not end")
		}
		_, err := ben.Track(&pb.TrackRef{Session: "host", Number: 1})
		expectCode(t, err, wire.CodeForbidden)

		host.orders(t, grant("ben", &pb.Grants{}))
		carry(nodes, false)
		expect(t, ben, "updated ben", "left host 1")
		host.orders(t, grant("ben", everything()))
		carry(nodes, false)
		expect(t, ben, "updated ben", "joined host")
		if _, err := ben.Track(&pb.TrackRef{Session: "host", Number: 1}); err != nil {
			t.Error(err)
		}
	})
}

// TestGrantsAreNotRegained by joining again, at any node, until a host gives them back.
func TestGrantsAreNotRegained(t *testing.T) {
	overNodes(t, func(t *testing.T, nodes []*node, host, ben *member) {
		enter(t, nodes[len(nodes)-1].registry, "dora", "dora", everything())
		taken := everything()
		taken.Publish, taken.Data = []pb.Source{pb.Source_SOURCE_CAMERA}, false
		host.orders(t, grant("ben", taken))
		carry(nodes, false)
		for i, n := range nodes {
			again, _ := enter(t, n.registry, []string{"again", "and again"}[i], "ben", everything())
			carry(nodes, false)
			expectCode(t, again.Publish(microphone(1)), wire.CodeForbidden)
			expectCode(t, again.SendData(&pb.DataMessage{Payload: []byte("x")}), wire.CodeForbidden)
		}
		last := []string{"again", "and again"}[len(nodes)-1]
		host.orders(t, grant(last, everything()))
		carry(nodes, false)
		fresh, _ := enter(t, nodes[0].registry, "fresh", "ben", everything())
		must(t, fresh.Publish(microphone(1)))
	})
}

// TestNewHost: it learns who waits, and may do what hosts do.
func TestNewHost(t *testing.T) {
	overNodes(t, func(t *testing.T, nodes []*node, host, ben *member) {
		knock(t, nodes[0].registry, "w")
		carry(nodes, false)
		expect(t, ben)
		host.orders(t, grant("ben", hosting()))
		carry(nodes, false)
		expect(t, ben, "updated ben", "waits w")
		ben.orders(t, grant("host", everything()))
		carry(nodes, false)
		expectCode(t, host.order(admit("w")), wire.CodeForbidden)
		ben.drain()
		ben.orders(t, admit("w"))
		carry(nodes, false)
		expect(t, ben, "waits no more w 5", "joined w")
	})
}

func TestHands(t *testing.T) {
	overNodes(t, func(t *testing.T, nodes []*node, host, ben *member) {
		must(t, ben.SetHand(true, start))
		must(t, ben.SetHand(true, start.Add(1000)))
		carry(nodes, false)
		expect(t, ben, "updated ben")
		told := host.drain()
		if len(told) != 1 {
			t.Fatalf("told %v", told)
		}
		info := told[0].GetParticipantUpdated().GetParticipant()
		if info.GetHandMs() != start.UnixMilli() || info.Announcement != nil || !proto.Equal(info.Grants, everything()) {
			t.Errorf("told %v", info)
		}
		must(t, host.SetHand(true, start))
		carry(nodes, false)
		host.drain()
		ben.drain()
		host.orders(t, lowerHands("ben"))
		host.orders(t, lowerHands("ben"))
		carry(nodes, false)
		expect(t, ben, "updated ben")
		host.orders(t, lowerHands(""))
		carry(nodes, false)
		expect(t, ben, "updated host")
		_, joined := enter(t, nodes[0].registry, "cleo", "cleo", everything())
		for _, p := range joined.Admitted.Participants {
			if p.HandMs != 0 {
				t.Errorf("%s still has a hand", p.Session)
			}
		}
	})
}

// TestEnd: everybody goes, those who wait too, and nothing of the room is left.
func TestEnd(t *testing.T) {
	overNodes(t, func(t *testing.T, nodes []*node, host, ben *member) {
		w := knock(t, nodes[len(nodes)-1].registry, "w")
		carry(nodes, false)
		expectCode(t, ben.order(endRoom()), wire.CodeForbidden)
		host.orders(t, endRoom())
		carry(nodes, false)
		for _, m := range []*member{host, ben, w} {
			if m.dismissed != wire.CodeEnded {
				t.Errorf("%s is dismissed with %q", m.Session, m.dismissed)
			}
		}
		for _, n := range nodes {
			if rooms, _ := n.registry.Count(); rooms != 0 || n.opened != 0 {
				t.Error("a room is left")
			}
		}
	})
}

// TestLockHoldsWhereTheRoomBegins: a node that had nobody in the room knows that it is locked, and who is blocked.
func TestLockHoldsWhereTheRoomBegins(t *testing.T) {
	nodes := newNodes(t, 3)
	host, _ := enter(t, nodes[0].registry, "host", "host", hosting())
	enter(t, nodes[1].registry, "ben", "ben", everything())
	carry(nodes, false)
	host.orders(t, lock(true))
	host.orders(t, remove("ben", true))
	carry(nodes, false)
	join := func(n *node, identity string) error {
		_, err := n.registry.Join("room", Joining{Session: identity, Identity: identity, Announcement: []byte{1}, Grants: everything(), At: start, Member: &member{t: t}})
		return err
	}
	for _, n := range nodes[1:] {
		expectCode(t, join(n, "cleo"), wire.CodeLocked)
		expectCode(t, join(n, "ben"), wire.CodeBlocked)
	}
	host.orders(t, lock(false))
	carry(nodes, false)
	dora, _ := enter(t, nodes[1].registry, "dora", "dora", everything())
	carry(nodes, false)
	host.orders(t, grant("dora", &pb.Grants{Subscribe: true}))
	carry(nodes, false)
	dora.Leave(pb.LeaveReason_LEAVE_REASON_LEFT, start)
	carry(nodes, false)
	again, _ := enter(t, nodes[2].registry, "dora again", "dora", everything())
	expectCode(t, again.Publish(microphone(1)), wire.CodeForbidden)
	must(t, join(nodes[2], "cleo"))
	expectCode(t, join(nodes[2], "ben"), wire.CodeBlocked)
}

// TestDecisionsMerge: whatever the order, all come to the same.
func TestDecisionsMerge(t *testing.T) {
	locked := Conduct{Settings: &pb.RoomSettings{Locked: true}, Revision: 2, Blocked: []string{"a", "c"}}
	waiting := Conduct{Settings: &pb.RoomSettings{WaitingRoom: true}, Revision: 2, Blocked: []string{"b"}}
	later := Conduct{Settings: &pb.RoomSettings{}, Revision: 3}
	both := locked.Merge(waiting)
	if !both.Settings.Locked || !both.Settings.WaitingRoom || !slices.Equal(both.Blocked, []string{"a", "b", "c"}) {
		t.Errorf("both: %+v", both)
	}
	for _, order := range [][]Conduct{{locked, waiting, later}, {later, waiting, locked}, {waiting, later, locked}, {locked, locked, later, waiting, {}}} {
		var merged Conduct
		for _, c := range order {
			merged = merged.Merge(c)
		}
		if merged.Revision != 3 || merged.Settings.Locked || !slices.Equal(merged.Blocked, both.Blocked) {
			t.Errorf("merged %+v", merged)
		}
	}
}

// TestFromOutside: who is not in the room names people by identity, from any node.
func TestFromOutside(t *testing.T) {
	nodes, host, ben := callOf(t, 2)
	elsewhere := NewRegistry(DefaultLimits(), nodes[0], nil)
	must(t, ben.Publish(microphone(1)))
	command := func(m *pb.Moderate, identity string) Command { return Command{Moderate: m, Identity: identity} }
	must(t, nodes[0].registry.Moderate("room", command(mute("", pb.Source_SOURCE_MICROPHONE), "ben"), start))
	carry(nodes, false)
	if forwards(ben, 1) {
		t.Error("it is not muted")
	}
	expectCode(t, nodes[0].registry.Moderate("room", command(remove("", false), "nobody"), start), wire.CodeParticipantUnknown)
	expectCode(t, nodes[0].registry.Moderate("room", command(remove("", false), ""), start), wire.CodeParticipantUnknown)
	expectCode(t, nodes[0].registry.Moderate("room", command(&pb.Moderate{}, ""), start), wire.CodeForbidden)
	must(t, elsewhere.Moderate("room", command(remove("", false), "ben"), start))
	carry(nodes, false)
	if ben.dismissed != wire.CodeRemoved || host.dismissed != "" {
		t.Errorf("dismissed: %q, %q", ben.dismissed, host.dismissed)
	}
}

// TestWaitingOverNodes: hosts of all nodes know of it, and it is admitted from any, also after a partition.
func TestWaitingOverNodes(t *testing.T) {
	nodes, host, ben := callOf(t, 2)
	w := knock(t, nodes[1].registry, "w")
	carry(nodes, false)
	expect(t, host, "waits w")
	if a, b := nodes[0].registry.Digest("room", "node1"), nodes[1].registry.Digest("room", ""); a != b {
		t.Error("the nodes differ")
	}
	nodes[0].apart = true
	nodes[1].registry.Obey("room", Command{Moderate: admit("w")}, start)
	must(t, w.SetHand(true, start))
	carry(nodes, false)
	expect(t, host)
	if a, b := nodes[0].registry.Digest("room", "node1"), nodes[1].registry.Digest("room", ""); a == b {
		t.Error("a change is not seen")
	}
	meet(nodes)
	expect(t, host, "waits no more w 5", "joined w")
	expect(t, ben, "joined w", "updated w")

	knock(t, nodes[1].registry, "v")
	carry(nodes, false)
	expect(t, host, "waits v")
	nodes[0].registry.Settle("room", "node1", []string{"ben", "w"}, start)
	expect(t, host, "waits no more v 2")
}

// TestReportsOfOneWhoWaits change nothing: it receives nothing to report of.
func TestReportsOfOneWhoWaits(t *testing.T) {
	nodes, _, ben := callOf(t, 1)
	must(t, ben.Publish(microphone(1)))
	w := knock(t, nodes[0].registry, "w")
	w.Report([]*pb.TrackReport{{Track: &pb.TrackRef{Session: "ben", Number: 1}, Lost: 100}}, func(*relay.Track) bool { return true }, start)
	expect(t, ben)
}
