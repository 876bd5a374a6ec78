package cluster_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/openconfab/confab/internal/backbone"
	"github.com/openconfab/confab/internal/backbone/local"
	"github.com/openconfab/confab/internal/room"
	"github.com/openconfab/confab/internal/virtualtime"
	"github.com/openconfab/confab/internal/wire/pb"
)

// measured notes the largest message that is published.
type measured struct {
	backbone.Backbone

	mu      sync.Mutex
	largest int
}

func (m *measured) Publish(t backbone.Topic, msg []byte) error {
	m.mu.Lock()
	m.largest = max(m.largest, len(msg))
	m.mu.Unlock()
	return m.Backbone.Publish(t, msg)
}

// TestCrowd: what a node tells of as many as a room holds, with announcements and tracks as large as they may be, goes in messages of a
// bounded size, and all of it arrives.
func TestCrowd(t *testing.T) {
	const most = 512 << 10
	virtualtime.Test(t, func(t *testing.T) {
		network := &local.Network{}
		network.SetDelay(10 * time.Millisecond)
		out := &measured{Backbone: network.Join()}
		crowded, other := startAt(t, out), start(t, network)
		limits := room.DefaultLimits()
		var crowd []*room.Participant
		for i := range limits.Participants - 1 {
			// They subscribe to nothing, so that they need not be told of each other.
			joined, err := crowded.registry.Join("room", room.Joining{
				Session: fmt.Sprint("session-of-", i), Identity: fmt.Sprint("identity-of-", i), Announcement: make([]byte, 4096), At: time.Now(),
				Member: &person{}, Meter: uncounted{}, Grants: &pb.Grants{Join: true},
			})
			if err != nil {
				t.Fatal(err)
			}
			crowd = append(crowd, joined.Participant)
		}
		viewer := other.join("viewer")
		seen := map[string]bool{}
		for _, note := range viewer.told(10 * time.Second) {
			seen[note] = true
		}
		if len(seen) != len(crowd) {
			t.Errorf("%d of %d are seen", len(seen), len(crowd))
		}
		if people := other.cluster.Roster(t.Context(), "room"); len(people) != len(crowd)+1 {
			t.Errorf("%d are listed", len(people))
		}
		if out.largest > most {
			t.Errorf("a message takes %d bytes", out.largest)
		}
		for _, p := range crowd {
			p.Leave(pb.LeaveReason_LEAVE_REASON_LEFT, time.Now())
		}
		crowded.stop()
		other.stop()
	})
}
