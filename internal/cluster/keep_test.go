package cluster_test

import (
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openconfab/confab/internal/backbone"
	"github.com/openconfab/confab/internal/backbone/local"
	"github.com/openconfab/confab/internal/room"
	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
)

// kept collects what goes into the log of the room.
type kept struct {
	mu     sync.Mutex
	groups []uint64
}

func listen(t *testing.T, b backbone.Backbone) *kept {
	t.Helper()
	k := &kept{}
	if _, err := b.Subscribe(backbone.Media("room"), func(msg []byte) {
		k.mu.Lock()
		defer k.mu.Unlock()
		for len(msg) > 0 {
			o, rest, err := backbone.NextKept(msg)
			if err != nil {
				t.Error(err)
				return
			}
			h, _, err := wire.ParseHeader(o.Object)
			if err != nil || o.Session != "ann" || o.Track != 1 {
				t.Errorf("%+v, %v", o, err)
			}
			k.groups = append(k.groups, h.Group)
			msg = rest
		}
	}); err != nil {
		t.Fatal(err)
	}
	return k
}

func (k *kept) expect(t *testing.T, groups ...uint64) {
	t.Helper()
	time.Sleep(time.Second)
	synctest.Wait()
	k.mu.Lock()
	defer k.mu.Unlock()
	if !slices.Equal(k.groups, groups) {
		t.Errorf("groups %d are kept, not %d", k.groups, groups)
	}
	k.groups = nil
}

// TestMediaIsKeptWhileSomebodyWantsIt: on whichever node that one is, the largest layer of every track of the room and a keyframe now
// and then.
func TestMediaIsKeptWhileSomebodyWantsIt(t *testing.T) {
	simulate(t, 2, func(t *testing.T, network *local.Network, nodes []*node) {
		tap := network.Join()
		defer tap.Close()
		log := listen(t, tap)
		ann := nodes[0].join("ann")
		ann.publish(t)
		ann.send(1, 1)
		log.expect(t)

		for _, n := range nodes {
			recorder := n.enter(room.Joining{Session: "rec", Identity: "rec", Grants: &pb.Grants{}, Capabilities: &pb.Capabilities{Keep: true}})
			if told := ann.told(time.Second); !slices.Contains(told, "keyframe of 1") {
				t.Errorf("ann is told %q", told)
			}
			ann.send(1, 2)
			ann.send(0, 3)
			ann.send(1, 4)
			log.expect(t, 2, 4)
			if told := ann.told(11 * time.Second); !slices.Contains(told, "keyframe of 1") {
				t.Errorf("ann is told %q", told)
			}
			recorder.Leave(pb.LeaveReason_LEAVE_REASON_LEFT, time.Now())
			time.Sleep(time.Second)
			ann.send(1, 5)
			log.expect(t)
		}
	})
}
