package session_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/openconfab/confab/internal/room"
	"github.com/openconfab/confab/internal/transport"
	"github.com/openconfab/confab/internal/virtualtime"
	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
)

// FuzzHostileClient sends any two control messages and an object, and checks that the node and the others live on.
func FuzzHostileClient(f *testing.F) {
	ref := &pb.TrackRef{Session: "x", Number: 1}
	for _, m := range []*pb.ClientMessage{
		microphone(1), camera(2, 3), data("chat", "x"), {RequestId: 1},
		{Kind: &pb.ClientMessage_Subscribe{Subscribe: &pb.Subscribe{Track: ref}}},
		{Kind: &pb.ClientMessage_Subscribe{}},
		{Kind: &pb.ClientMessage_E2Ee{E2Ee: &pb.E2EeMessage{Common: []byte("x"), Parts: []*pb.E2EePart{{To: "x"}, {}}}}},
		{Kind: &pb.ClientMessage_ReceiverReport{ReceiverReport: &pb.ReceiverReport{Tracks: []*pb.TrackReport{
			{Track: ref, Received: 1<<32 - 1, Lost: 1<<32 - 1}, {},
		}}}},
		{Kind: &pb.ClientMessage_Ping{Ping: &pb.Ping{Received: 1}}},
		{Kind: &pb.ClientMessage_Leave{}},
		{Kind: &pb.ClientMessage_Hello{Hello: hello("room", "eve")}},
		{Kind: &pb.ClientMessage_SetMuted{SetMuted: &pb.SetMuted{Number: 1<<32 - 1}}},
	} {
		b := mustMarshal(f, m)
		f.Add(b, b, uint64(20), uint64(1), uint8(1))
	}
	f.Fuzz(func(t *testing.T, first, second []byte, alias, group uint64, flags uint8) {
		virtualtime.Test(t, func(t *testing.T) {
			n := newNode(t, room.DefaultLimits())
			defer n.stop()
			ann := n.join("ann")
			eve, _ := n.joinBy(transport.WebSocket, "eve")
			ann.Send(camera(2, 3))
			eve.SendBytes(mustMarshal(t, subscribe(ann, 2, 0)))
			for _, msg := range [][]byte{first, second} {
				eve.SendBytes(msg)
				synctest.Wait()
				h := wire.Header{Flags: wire.Flags(flags & 0x3f), Group: group & wire.MaxVarint}
				// A connection that was ended for the message takes no object.
				_ = eve.SendObject(alias&wire.MaxVarint, h, "x", false)
			}
			sent(t, ann, 20, key(1), "x")
			time.Sleep(3 * time.Second)
			if _, err := ann.Ping(); err != nil {
				t.Errorf("ann has lost her connection: %v", err)
			}
		})
	})
}
