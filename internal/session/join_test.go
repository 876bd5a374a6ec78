package session_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/openconfab/confab/internal/session/sessiontest"
	"github.com/openconfab/confab/internal/transport"
	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
)

func TestRosterIsToldInOrder(t *testing.T) {
	simulate(t, func(t *testing.T, n *node) {
		ann := n.join("ann")
		if others := ann.Welcome().Participants; len(others) != 0 {
			t.Errorf("the first sees %v", others)
		}
		ann.Send(microphone(1))
		synctest.Wait()
		bob, _ := n.joinBy(transport.WebSocket, "bob")

		joined := next[*pb.ServerMessage_ParticipantJoined](t, ann).ParticipantJoined.Participant
		if joined.Session != bob.Session() || joined.Identity != "bob" || string(joined.Announcement) != "announcement of bob" {
			t.Errorf("joined: %v", joined)
		}
		others := bob.Welcome().Participants
		if len(others) != 1 || others[0].Session != ann.Session() || len(others[0].Tracks) != 1 ||
			others[0].Tracks[0].Source != pb.Source_SOURCE_MICROPHONE || others[0].Tracks[0].Layers[0].Alias != 0 {
			t.Errorf("the second sees %v", others)
		}

		bob.Send(camera(7, 2))
		bob.Send(&pb.ClientMessage{Kind: &pb.ClientMessage_SetMuted{SetMuted: &pb.SetMuted{Number: 7, Muted: true}}})
		bob.Send(&pb.ClientMessage{Kind: &pb.ClientMessage_UnpublishTrack{UnpublishTrack: &pb.UnpublishTrack{Number: 7}}})
		bob.Send(&pb.ClientMessage{Kind: &pb.ClientMessage_Leave{Leave: &pb.Leave{}}})

		published := next[*pb.ServerMessage_TrackPublished](t, ann).TrackPublished.Track
		if published.Track.Session != bob.Session() || published.Track.Number != 7 || published.Muted || len(published.Layers) != 2 {
			t.Errorf("published: %v", published)
		}
		if updated := next[*pb.ServerMessage_TrackUpdated](t, ann).TrackUpdated.Track; !updated.Muted {
			t.Errorf("updated: %v", updated)
		}
		next[*pb.ServerMessage_TrackUnpublished](t, ann)
		left := next[*pb.ServerMessage_ParticipantLeft](t, ann).ParticipantLeft
		if left.Session != bob.Session() || left.Reason != pb.LeaveReason_LEAVE_REASON_LEFT {
			t.Errorf("left: %v", left)
		}
		if _, _, err := bob.WaitEnd(); wire.CodeOf(err) != "" {
			t.Errorf("leaving ended the connection with %v", err)
		}
		quiet(t, ann)
	})
}

func TestHelloIsChecked(t *testing.T) {
	tests := map[string]struct {
		hello func(*pb.Hello)
		code  string
	}{
		"version":                {func(h *pb.Hello) { h.Versions = []uint32{2, 3} }, wire.CodeVersionUnsupported},
		"no token":               {func(h *pb.Hello) { h.Token = "" }, wire.CodeUnauthorized},
		"admission fails":        {func(h *pb.Hello) { h.Token = "broken" }, wire.CodeInternal},
		"room":                   {func(h *pb.Hello) { h.Room = "a room" }, wire.CodeRoomInvalid},
		"no announcement":        {func(h *pb.Hello) { h.Announcement = nil }, wire.CodeRoomInvalid},
		"long announcement":      {func(h *pb.Hello) { h.Announcement = make([]byte, 4097) }, wire.CodeRoomInvalid},
		"identity":               {func(h *pb.Hello) { h.Token = "a\nb" }, wire.CodeUnauthorized},
		"no join grant":          {func(h *pb.Hello) { h.Token = "outsider" }, wire.CodeUnauthorized},
		"codec":                  {func(h *pb.Hello) { h.Capabilities = &pb.Capabilities{Decode: make([]string, 17)} }, wire.CodeRoomInvalid},
		"unknown resume":         {func(h *pb.Hello) { h.Resume = &pb.Resume{Session: "x"} }, wire.CodeResumeUnknown},
		"more than 64 KiB of it": {func(h *pb.Hello) { h.Announcement = make([]byte, 64<<10) }, wire.CodeMalformed},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			simulate(t, func(t *testing.T, n *node) {
				n.grants["outsider"] = &pb.Grants{Subscribe: true}
				conn, server := n.dial(transport.WebSocket)
				h := hello("room", "ann")
				test.hello(h)
				_, err := sessiontest.Join(conn, h)
				if wire.CodeOf(err) != test.code {
					t.Errorf("got %v, want %s", err, test.code)
				}
				synctest.Wait()
				if code := server.CloseCode(); code != test.code && code != "" {
					t.Errorf("closed with %q", code)
				}
				if n.counts.get("error "+test.code) != 1 {
					t.Error("the error was not counted")
				}
			})
		})
	}
}

func TestHelloMustComeInTime(t *testing.T) {
	simulate(t, func(t *testing.T, n *node) {
		conn, server := n.dial(transport.WebTransport)
		start := time.Now()
		b, err := conn.ReadControl()
		if err != nil {
			t.Fatal(err)
		}
		m, err := wire.UnmarshalServer(b, len(b))
		if err != nil || m.GetError().GetCode() != wire.CodeHelloTimeout {
			t.Errorf("got %v, %v", m, err)
		}
		if took := time.Since(start); took != 5*time.Second {
			t.Errorf("it took %v", took)
		}
		synctest.Wait()
		if server.CloseCode() != wire.CodeHelloTimeout {
			t.Errorf("closed with %q", server.CloseCode())
		}
	})
}

func TestFirstMessageMustBeHello(t *testing.T) {
	simulate(t, func(t *testing.T, n *node) {
		for _, first := range [][]byte{{0xff, 0xff, 0xff}, mustMarshal(t, microphone(1)), {}} {
			conn, _ := n.dial(transport.WebSocket)
			if err := conn.WriteControl(first); err != nil {
				t.Fatal(err)
			}
			b, err := conn.ReadControl()
			if err != nil {
				t.Fatal(err)
			}
			if m, err := wire.UnmarshalServer(b, len(b)); err != nil || m.GetError().GetCode() != wire.CodeMalformed {
				t.Errorf("after %x: %v, %v", first, m, err)
			}
		}
	})
}

func mustMarshal(t testing.TB, m proto.Message) []byte {
	t.Helper()
	b, err := proto.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestMalformedMessagesEndTheConnectionOnly(t *testing.T) {
	secondHello := &pb.ClientMessage{Kind: &pb.ClientMessage_Hello{Hello: hello("room", "ann")}}
	for name, bad := range map[string][]byte{
		"garbage":      {0xff, 0xff, 0xff, 0xff},
		"second Hello": mustMarshal(t, secondHello),
		"false ack": mustMarshal(t, &pb.ClientMessage{Kind: &pb.ClientMessage_Ping{
			Ping: &pb.Ping{Received: 1000},
		}}),
		"too long": make([]byte, 256<<10+1),
	} {
		t.Run(name, func(t *testing.T) {
			simulate(t, func(t *testing.T, n *node) {
				ann, bob := n.join("ann"), n.join("bob")
				next[*pb.ServerMessage_ParticipantJoined](t, ann)
				if err := ann.Conn().WriteControl(bad); err != nil {
					t.Fatal(err)
				}
				closed, failure, err := ann.WaitEnd()
				if closed != nil || failure.GetCode() != wire.CodeMalformed || wire.CodeOf(err) != wire.CodeMalformed {
					t.Errorf("ended with %v, %v, %v", closed, failure, err)
				}
				// Ann can come back, and Bob has not seen her leave.
				conn, _ := n.dial(transport.WebSocket)
				if err := ann.Resume(conn); err != nil {
					t.Fatal(err)
				}
				for _, m := range bob.Pending() {
					if m.GetLinkQuality() == nil {
						t.Errorf("bob was told %v", m)
					}
				}
			})
		})
	}
}

func TestNewerSessionOfAnIdentityReplacesTheOlder(t *testing.T) {
	simulate(t, func(t *testing.T, n *node) {
		old, bob := n.join("ann"), n.join("bob")
		next[*pb.ServerMessage_ParticipantJoined](t, old)
		again := n.join("ann")
		if again.Session() == old.Session() {
			t.Error("the session is the same")
		}
		left := next[*pb.ServerMessage_ParticipantLeft](t, bob).ParticipantLeft
		if left.Session != old.Session() || left.Reason != pb.LeaveReason_LEAVE_REASON_REPLACED {
			t.Errorf("left: %v", left)
		}
		if joined := next[*pb.ServerMessage_ParticipantJoined](t, bob).ParticipantJoined; joined.Participant.Session != again.Session() {
			t.Errorf("joined: %v", joined)
		}
		if closed, _, err := old.WaitEnd(); closed.GetCode() != wire.CodeReplaced || wire.CodeOf(err) != wire.CodeReplaced {
			t.Errorf("the old one ended with %v, %v", closed, err)
		}
		if others := again.Welcome().Participants; len(others) != 1 || others[0].Identity != "bob" {
			t.Errorf("the new one sees %v", others)
		}
		quiet(t, again)
		conn, _ := n.dial(transport.WebSocket)
		if err := old.Resume(conn); !errors.Is(err, &wire.Error{Code: wire.CodeResumeUnknown}) {
			t.Errorf("the old one came back: %v", err)
		}
	})
}

func TestGrantsAreEnforced(t *testing.T) {
	simulate(t, func(t *testing.T, n *node) {
		n.grants["guest"] = &pb.Grants{Join: true, Subscribe: true, Publish: []pb.Source{pb.Source_SOURCE_MICROPHONE}}
		n.grants["waiting"] = &pb.Grants{Join: true}
		n.grants["hidden"] = &pb.Grants{Join: true, Subscribe: true, Data: true, Hidden: true, Publish: allGrants().Publish}
		ann := n.join("ann")
		ann.Send(microphone(1))
		synctest.Wait()

		guest := n.join("guest")
		next[*pb.ServerMessage_ParticipantJoined](t, ann)
		guest.Send(camera(1, 1))
		refused(t, guest, wire.CodeForbidden, 101)
		guest.Send(data("chat", "hello"))
		refused(t, guest, wire.CodeForbidden, 400)
		guest.Send(microphone(2))
		next[*pb.ServerMessage_TrackPublished](t, ann)

		// Who may not subscribe learns nothing of the others.
		waiting := n.join("waiting")
		next[*pb.ServerMessage_ParticipantJoined](t, ann)
		next[*pb.ServerMessage_ParticipantJoined](t, guest)
		if others := waiting.Welcome().Participants; len(others) != 0 {
			t.Errorf("who waits sees %v", others)
		}
		waiting.Send(subscribe(ann, 1, 0))
		refused(t, waiting, wire.CodeForbidden, 201)
		ann.Send(data("chat", "for all"))
		ann.Send(data("chat", "for one", waiting.Session()))
		next[*pb.ServerMessage_Data](t, guest)
		quiet(t, waiting)

		// Nobody learns of who is hidden.
		hidden := n.join("hidden")
		if others := hidden.Welcome().Participants; len(others) != 3 {
			t.Errorf("the hidden one sees %v", others)
		}
		for _, m := range []*pb.ClientMessage{microphone(5), data("chat", "boo"), {
			RequestId: 105, Kind: &pb.ClientMessage_E2Ee{E2Ee: &pb.E2EeMessage{Common: []byte("boo")}},
		}} {
			hidden.Send(m)
			refused(t, hidden, wire.CodeForbidden, m.RequestId)
		}
		hidden.Send(&pb.ClientMessage{Kind: &pb.ClientMessage_Leave{Leave: &pb.Leave{}}})
		quiet(t, ann)
		quiet(t, guest)
	})
}

// TestOneThatOnlyPublishesCanHandOutKeys: a camera or a robot is told who is there and gets E2EE messages, and no media, tracks
// or data messages.
func TestOneThatOnlyPublishesCanHandOutKeys(t *testing.T) {
	simulate(t, func(t *testing.T, n *node) {
		n.grants["robot"] = &pb.Grants{Join: true, Publish: []pb.Source{pb.Source_SOURCE_CAMERA}}
		n.grants["waiting"] = &pb.Grants{Join: true}
		ann := n.join("ann")
		ann.Send(microphone(1))
		synctest.Wait()
		robot := n.join("robot")
		next[*pb.ServerMessage_ParticipantJoined](t, ann)
		others := robot.Welcome().Participants
		if len(others) != 1 || others[0].Identity != "ann" || len(others[0].Announcement) == 0 || len(others[0].Tracks) != 0 {
			t.Errorf("it sees %v", others)
		}
		bob, waiting := n.join("bob"), n.join("waiting")
		for range 2 {
			if p := next[*pb.ServerMessage_ParticipantJoined](t, robot).ParticipantJoined.Participant; len(p.Announcement) == 0 {
				t.Errorf("it sees %v", p)
			}
		}

		sealed := &pb.ClientMessage{Kind: &pb.ClientMessage_E2Ee{E2Ee: &pb.E2EeMessage{
			Common: []byte("key"), Parts: []*pb.E2EePart{{To: robot.Session(), Payload: []byte("wrap")}, {To: waiting.Session()}},
		}}}
		ann.Send(sealed)
		if got := next[*pb.ServerMessage_E2Ee](t, robot).E2Ee; string(got.Payload) != "wrap" || got.From != ann.Session() {
			t.Errorf("it got %v", got)
		}
		ann.Send(data("chat", "for all"))
		ann.Send(data("chat", "for one", robot.Session()))
		ann.Send(&pb.ClientMessage{Kind: &pb.ClientMessage_SetMuted{SetMuted: &pb.SetMuted{Number: 1, Muted: true}}})
		ann.Send(&pb.ClientMessage{Kind: &pb.ClientMessage_UnpublishTrack{UnpublishTrack: &pb.UnpublishTrack{Number: 1}}})
		ann.Send(microphone(2))
		quiet(t, robot)
		robot.Send(subscribe(ann, 2, 0))
		refused(t, robot, wire.CodeForbidden, 202)

		robot.Send(camera(1, 1))
		synctest.Wait()
		bob.Pending()
		bob.Send(subscribe(robot, 1, 0))
		next[*pb.ServerMessage_Subscribed](t, bob)
		next[*pb.ServerMessage_LayersWanted](t, robot)
		next[*pb.ServerMessage_KeyframeRequested](t, robot)
		bob.Send(&pb.ClientMessage{Kind: &pb.ClientMessage_Leave{Leave: &pb.Leave{}}})
		if left := next[*pb.ServerMessage_ParticipantLeft](t, robot).ParticipantLeft; left.Session != bob.Session() {
			t.Errorf("%v left", left)
		}
		quiet(t, waiting)
	})
}

// refused checks that the client's next message is an Error.
func refused(t testing.TB, c *sessiontest.Client, code string, requestID uint32) {
	t.Helper()
	e := next[*pb.ServerMessage_Error](t, c).Error
	if e.Code != code || e.RequestId != requestID || e.Message == "" {
		t.Fatalf("got %v, want %s for request %d", e, code, requestID)
	}
}

func TestTracksAreChecked(t *testing.T) {
	layer := func(id uint32, alias uint64, height uint32) *pb.Layer {
		return &pb.Layer{Id: id, Alias: alias, Height: height}
	}
	source := pb.Source_SOURCE_SCREEN
	tests := map[string]*pb.ClientMessage{
		"source not there":     publish(5, pb.Source_SOURCE_UNSPECIFIED, layer(0, 50, 0)),
		"source out of range":  publish(5, 99, layer(0, 50, 0)),
		"source used twice":    publish(5, pb.Source_SOURCE_MICROPHONE, layer(0, 50, 0)),
		"number used":          publish(1, source, layer(0, 50, 100)),
		"number used before":   publish(2, source, layer(0, 50, 100)),
		"number out of range":  publish(1<<16, source, layer(0, 50, 100)),
		"no layers":            publish(5, source),
		"sound in two layers":  publish(5, pb.Source_SOURCE_SCREEN_AUDIO, layer(0, 50, 0), layer(1, 51, 0)),
		"layer id twice":       publish(5, source, layer(1, 50, 100), layer(1, 51, 200)),
		"layer id too high":    publish(5, source, layer(8, 50, 100)),
		"alias twice":          publish(5, source, layer(0, 50, 100), layer(1, 50, 200)),
		"alias used":           publish(5, source, layer(0, 1, 100)),
		"alias out of range":   publish(5, source, layer(0, 1<<62, 100)),
		"layers out of order":  publish(5, source, layer(0, 50, 200), layer(1, 51, 100)),
		"nine layers and more": publish(5, source, make([]*pb.Layer, 9)...),
	}
	for name, message := range tests {
		t.Run(name, func(t *testing.T) {
			simulate(t, func(t *testing.T, n *node) {
				ann := n.join("ann")
				ann.Send(microphone(1))
				ann.Send(camera(2, 1))
				ann.Send(&pb.ClientMessage{Kind: &pb.ClientMessage_UnpublishTrack{UnpublishTrack: &pb.UnpublishTrack{Number: 2}}})
				message.RequestId = 77
				for i, l := range message.GetPublishTrack().Layers {
					if l == nil {
						message.GetPublishTrack().Layers[i] = &pb.Layer{Id: uint32(i), Alias: uint64(50 + i)}
					}
				}
				ann.Send(message)
				refused(t, ann, wire.CodeTrackInvalid, 77)
				if others := n.join("bob").Welcome().Participants; len(others[0].Tracks) != 1 {
					t.Errorf("tracks: %v", others[0].Tracks)
				}
			})
		})
	}
}

func TestWhatIsNotThereIsRefused(t *testing.T) {
	simulate(t, func(t *testing.T, n *node) {
		ann := n.join("ann")
		for _, m := range []*pb.ClientMessage{
			subscribe(ann, 9, 0),
			unsubscribe(ann, 9),
			{Kind: &pb.ClientMessage_UnpublishTrack{UnpublishTrack: &pb.UnpublishTrack{Number: 9}}},
			{Kind: &pb.ClientMessage_SetMuted{SetMuted: &pb.SetMuted{Number: 9}}},
			{Kind: &pb.ClientMessage_RequestKeyframe{RequestKeyframe: &pb.RequestKeyframe{}}},
			{Kind: &pb.ClientMessage_Subscribe{Subscribe: &pb.Subscribe{}}},
		} {
			m.RequestId = 9
			ann.Send(m)
			refused(t, ann, wire.CodeTrackUnknown, 9)
			m.RequestId = 0
			ann.Send(m)
			quiet(t, ann)
		}
		// Nor does a subscription that never was.
		bob := n.join("bob")
		next[*pb.ServerMessage_ParticipantJoined](t, ann)
		bob.Send(microphone(1))
		next[*pb.ServerMessage_TrackPublished](t, ann)
		ann.Send(unsubscribe(bob, 1))
		refused(t, ann, wire.CodeTrackUnknown, 301)
	})
}

func TestUnknownMessagesAreCountedAndNumbered(t *testing.T) {
	simulate(t, func(t *testing.T, n *node) {
		ann := n.join("ann")
		ann.SendBytes([]byte{0xfa, 0x07, 0x01, 0x00})
		synctest.Wait()
		pong, err := ann.Ping()
		if err != nil || pong.Received != 1 {
			t.Errorf("after an unknown message: %v, %v", pong, err)
		}
		if n.counts.get("unknown") != 1 {
			t.Error("it was not counted")
		}
	})
}
