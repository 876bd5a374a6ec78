package cluster_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/openconfab/confab/internal/backbone/local"
	"github.com/openconfab/confab/internal/room"
	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
)

func removal(session string, block bool) *pb.Moderate {
	return &pb.Moderate{Command: &pb.Moderate_Remove{Remove: &pb.RemoveParticipant{Session: session, Block: block}}}
}

func admission(session string) *pb.Moderate {
	return &pb.Moderate{Command: &pb.Moderate_Admit{Admit: &pb.AdmitWaiting{Session: session}}}
}

func locking(locked bool) *pb.Moderate {
	return &pb.Moderate{Command: &pb.Moderate_SetLocked{SetLocked: &pb.SetLocked{Locked: locked}}}
}

// order has somebody outside of the room moderate at a node.
func (n *node) order(t *testing.T, m *pb.Moderate, identity string) {
	t.Helper()
	if err := n.registry.Moderate("room", room.Command{Moderate: m, Identity: identity}, time.Now()); err != nil {
		t.Fatal(err)
	}
}

// cut parts the node from all others, or joins it with them again.
func (n *node) cut(network *local.Network, cut bool, others ...*node) {
	for _, o := range others {
		network.SetCut(n.backbone, o.backbone, cut)
		network.SetCut(o.backbone, n.backbone, cut)
	}
}

func TestModerationOverNodes(t *testing.T) {
	simulate(t, 3, func(t *testing.T, _ *local.Network, nodes []*node) {
		host := nodes[0].host("host")
		ben := nodes[1].join("ben")
		time.Sleep(soon)
		host.told(0)
		ben.told(0)
		waiting := nodes[2].knock("w")
		expect(t, host.told(soon), "waits w")
		expect(t, ben.told(0))
		expect(t, waiting.told(0))

		host.order(t, admission("w"))
		expect(t, host.told(soon), "waits no more w 5", "joined w")
		expect(t, ben.told(0), "joined w")
		expect(t, waiting.told(0), "admitted to 2")

		ben.publish(t)
		waiting.told(soon)
		waiting.watch(t, "ben", 180)
		ben.told(soon)
		host.order(t, &pb.Moderate{Command: &pb.Moderate_Stop{Stop: &pb.StopTracks{Session: "ben", Source: pb.Source_SOURCE_CAMERA}}})
		expect(t, ben.told(soon), "stopped 1")
		ben.send(0, 1)
		if waiting.got(soon) != 0 {
			t.Error("a stopped camera is seen at another node")
		}
		if err := ben.SetMuted(1, false, time.Now()); err != nil {
			t.Fatal(err)
		}
		expect(t, ben.told(time.Second), "keyframe of 0")
		ben.send(0, 2)
		if waiting.got(soon) != 1 {
			t.Error("the camera does not come back")
		}

		host.told(0)
		waiting.told(0)
		host.order(t, removal("ben", true))
		expect(t, ben.told(soon), wire.CodeBlocked)
		expect(t, waiting.told(0), "left ben 4")
		expect(t, host.told(0), "left ben 4")
		for _, n := range nodes {
			if code := n.refused("ben"); code != wire.CodeBlocked {
				t.Errorf("joining again: %q", code)
			}
		}
		nodes[1].order(t, &pb.Moderate{Command: &pb.Moderate_End{End: &pb.EndRoom{}}}, "")
		expect(t, host.told(soon), wire.CodeEnded)
		expect(t, waiting.told(0), wire.CodeEnded)
	})
}

// TestLockReachesAllNodes: those too that have never had the room, that come later, or were out of reach.
func TestLockReachesAllNodes(t *testing.T) {
	simulate(t, 3, func(t *testing.T, network *local.Network, nodes []*node) {
		host := nodes[0].host("host")
		time.Sleep(2 * time.Second)
		nodes[2].cut(network, true, nodes[:2]...)
		host.order(t, locking(true))
		time.Sleep(soon)
		if code := nodes[1].refused("ben"); code != wire.CodeLocked {
			t.Errorf("at a node without the room: %q", code)
		}
		if code := nodes[2].refused("ben"); code != "" {
			t.Errorf("at a node that can't know: %q", code)
		}
		nodes[2].cut(network, false, nodes[:2]...)
		time.Sleep(5 * time.Second)
		late := start(t, network)
		time.Sleep(2 * time.Second)
		for _, n := range []*node{nodes[2], late} {
			if code := n.refused("ben"); code != wire.CodeLocked {
				t.Errorf("at a node that knows it by now: %q", code)
			}
		}
		host.Leave(pb.LeaveReason_LEAVE_REASON_LEFT, time.Now())
		time.Sleep(soon)
		if code := nodes[1].refused("ben"); code != "" {
			t.Errorf("after the room has ended: %q", code)
		}
		late.stop()
	})
}

// TestAdmissionLastsOverNodes: at whichever node somebody comes back, one without the room too; and so does a removal.
func TestAdmissionLastsOverNodes(t *testing.T) {
	simulate(t, 3, func(t *testing.T, _ *local.Network, nodes []*node) {
		host := nodes[0].host("host")
		ben := nodes[1].join("ben")
		time.Sleep(soon)
		w := nodes[1].knock("w")
		time.Sleep(soon)
		host.order(t, admission("w"))
		time.Sleep(soon)
		host.order(t, locking(true))
		time.Sleep(soon)
		for _, p := range []*person{w, ben} {
			p.Leave(pb.LeaveReason_LEAVE_REASON_LEFT, time.Now())
			time.Sleep(soon)
			for i, n := range nodes {
				if !n.registry.Remembers("room", p.Identity) {
					t.Errorf("node %d has forgotten %s", i, p.Identity)
				}
			}
			if code := nodes[2].refused(p.Identity); code != "" {
				t.Errorf("%s comes back at another node: %q", p.Identity, code)
			}
		}
		if code := nodes[2].refused("nobody"); code != wire.CodeLocked {
			t.Errorf("somebody new: %q", code)
		}
		back := nodes[1].join("w")
		time.Sleep(soon)
		host.order(t, removal(back.Session, false))
		time.Sleep(soon)
		for i, n := range nodes {
			if code := n.refused("w"); code != wire.CodeLocked {
				t.Errorf("removed, at node %d: %q", i, code)
			}
		}
	})
}

// TestWaitingSurvivesPartitions: short and long ones.
func TestWaitingSurvivesPartitions(t *testing.T) {
	for _, length := range []time.Duration{20 * time.Second, 2 * time.Minute} {
		simulate(t, 2, func(t *testing.T, network *local.Network, nodes []*node) {
			host := nodes[0].host("host")
			nodes[1].join("ben")
			time.Sleep(soon)
			w := nodes[1].knock("w")
			host.told(soon)
			nodes[0].cut(network, true, nodes[1])
			v := nodes[1].knock("v")
			host.told(length)
			nodes[0].cut(network, false, nodes[1])
			notes := host.told(10 * time.Second)
			if !slices.Contains(notes, "waits v") {
				t.Errorf("after %v the host is told %q", length, notes)
			}
			host.order(t, admission(""))
			notes = host.told(soon)
			if !slices.Contains(notes, "joined w") || !slices.Contains(notes, "joined v") {
				t.Errorf("after %v the host is told %q", length, notes)
			}
			for _, p := range []*person{w, v} {
				if p.Waiting() {
					t.Error("it still waits")
				}
			}
		})
	}
}

// TestRoster: a node without the room finds out who is in it, and does not wait for one that is away.
func TestRoster(t *testing.T) {
	simulate(t, 3, func(t *testing.T, network *local.Network, nodes []*node) {
		nodes[0].host("host")
		nodes[1].join("ben").publish(t)
		nodes[1].knock("w")
		time.Sleep(2 * time.Second)
		roster := func() (found []string) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			for _, p := range nodes[2].cluster.Roster(ctx, "room") {
				name := p.Info.Session
				if p.Waiting {
					name += " waits"
				}
				found = append(found, name)
			}
			return found
		}
		expect(t, roster(), "host", "ben", "w waits")
		nodes[1].cut(network, true, nodes[2])
		expect(t, roster(), "host")
		if people := nodes[2].cluster.Roster(t.Context(), "another"); people != nil {
			t.Errorf("in another room: %v", people)
		}
	})
}
