package client

import (
	"crypto/rand"
	"fmt"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/openconfab/confab/e2ee"
	"github.com/openconfab/confab/internal/wire/pb"
)

// heartbeatType is the first byte of a HEARTBEAT (spec/e2ee.md §4.2).
const heartbeatType = 0x06

// BenchmarkHeartbeats is what being noticed costs one member of a room in which so many send and so many only listen, in the
// control messages of spec/wire.md: one session sends for real, and all others do as it does. ns/op is of no meaning.
func BenchmarkHeartbeats(b *testing.B) {
	for _, room := range []struct{ publishers, listeners int }{{10, 0}, {100, 0}, {1000, 0}, {30, 970}} {
		b.Run(fmt.Sprintf("%d-of-%d", room.publishers, room.publishers+room.listeners), func(b *testing.B) {
			var sent, received, messages float64
			for b.Loop() {
				out := beatsOf(b, room.publishers, room.listeners, e2ee.Publisher)
				sent, received, messages = out.sent, out.delivered*float64(room.publishers-1), out.rate*float64(room.publishers-1)
				if room.listeners > 0 {
					heard := beatsOf(b, room.publishers, room.listeners, 0)
					received += heard.delivered * float64(room.listeners)
					messages += heard.rate * float64(room.listeners)
				}
			}
			b.ReportMetric(sent, "sent-B/s")
			b.ReportMetric(received, "received-B/s")
			b.ReportMetric(messages, "received/s")
		})
	}
}

// beats is what one member sends a second, what of that one other is delivered, and how often.
type beats struct{ sent, delivered, rate float64 }

// beatsOf measures two heartbeats of one member of a room: of a publisher's with a camera of three layers and a microphone, or a
// listener's.
func beatsOf(b *testing.B, publishers, listeners int, roles e2ee.Roles) beats {
	now := time.UnixMilli(1_700_000_000_000)
	member := func(name string, roles e2ee.Roles) *e2ee.Session {
		s, err := e2ee.New(e2ee.Config{Secret: e2ee.Secret{1}, Room: "room", Name: name, Roles: roles}, now)
		if err != nil {
			b.Fatal(err)
		}
		return s
	}
	s := member("one", roles)
	defer s.Close()
	others := map[e2ee.Roles]int{e2ee.Publisher: publishers, 0: listeners}
	others[roles]--
	for role, n := range others {
		for range n {
			if err := s.MemberJoined(sessionID(), member("other", role).Announcement(), now); err != nil {
				b.Fatal(err)
			}
		}
	}
	if roles != 0 {
		for _, slot := range []e2ee.Slot{{}, {Source: 1}, {Source: 1, Layer: 1}, {Source: 1, Layer: 2}} {
			if _, err := s.Seal(nil, slot, nil, []byte("frame")); err != nil {
				b.Fatal(err)
			}
		}
	}
	var first time.Time
	total, delivered := 0, 0
	for {
		s.Advance(now)
		found := false
		for _, o := range s.Outgoing() {
			if len(o.Common) == 0 || o.Common[0] != heartbeatType {
				continue
			}
			found = true
			m := &pb.E2EeMessage{Common: o.Common}
			for _, part := range o.Parts {
				m.Parts = append(m.Parts, &pb.E2EePart{To: part.To})
			}
			total += proto.Size(&pb.ClientMessage{Kind: &pb.ClientMessage_E2Ee{E2Ee: m}})
			delivered = proto.Size(&pb.ServerMessage{Kind: &pb.ServerMessage_E2Ee{E2Ee: &pb.E2EeDelivery{From: sessionID(), Common: o.Common}}})
		}
		switch {
		case found && first.IsZero():
			first, total = now, 0
		case found:
			period := now.Sub(first).Seconds()
			return beats{float64(total) / period, float64(delivered) / period, 1 / period}
		}
		now = s.NextWake()
	}
}

// sessionID is as long as those of a node.
func sessionID() string { return rand.Text()[:16] }
