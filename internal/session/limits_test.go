package session_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openconfab/confab/internal/room"
	"github.com/openconfab/confab/internal/session"
	"github.com/openconfab/confab/internal/session/sessiontest"
	"github.com/openconfab/confab/internal/transport"
	"github.com/openconfab/confab/internal/virtualtime"
	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
)

func TestLimitsAreToldAndEnforced(t *testing.T) {
	virtualtime.Test(t, func(t *testing.T) {
		limits := room.DefaultLimits()
		limits.Tracks, limits.Subscriptions, limits.Participants = 2, 1, 2
		limits.DataMessageBytes = 100
		n := newNode(t, limits)
		defer n.stop()
		ann, bob := n.join("ann"), n.join("bob")
		if told := ann.Welcome().Limits; told.Tracks != 2 || told.Subscriptions != 1 || told.Participants != 2 ||
			told.DataMessageBytes != 100 || told.ResumeMs != 30_000 || told.PingIntervalMs != 2000 {
			t.Errorf("told %v", told)
		}
		conn, _ := n.dial(transport.WebSocket)
		if _, err := sessiontest.Join(conn, hello("room", "eve")); wire.CodeOf(err) != wire.CodeRoomFull {
			t.Errorf("the third in the room: %v", err)
		}
		// Who replaces an older self needs no place.
		ann = n.join("ann")
		ann.Send(microphone(1))
		ann.Send(camera(2, 1))
		ann.Send(publish(3, pb.Source_SOURCE_SCREEN, &pb.Layer{Alias: 5}))
		refused(t, ann, wire.CodeTrackLimit, 103)
		synctest.Wait()
		bob.Pending()
		bob.Send(subscribe(ann, 1, 0))
		next[*pb.ServerMessage_Subscribed](t, bob)
		bob.Send(subscribe(ann, 2, 0))
		refused(t, bob, wire.CodeSubscriptionLimit, 202)
		bob.Send(data("chat", string(make([]byte, 101))))
		refused(t, bob, wire.CodeMessageTooLarge, 400)
		bob.Send(data(string(make([]byte, 65)), "x"))
		refused(t, bob, wire.CodeMessageTooLarge, 400)
	})
}

func TestConnectionsAreLimited(t *testing.T) {
	virtualtime.Test(t, func(t *testing.T) {
		n := newNode(t, room.DefaultLimits())
		n.hub = session.New(session.Config{Admit: n.admit, MaxConnections: 1})
		defer n.stop()
		n.join("ann")
		conn, _ := n.dial(transport.WebSocket)
		if _, err := sessiontest.Join(conn, hello("room", "bob")); wire.CodeOf(err) != wire.CodeServerFull {
			t.Errorf("the second: %v", err)
		}
	})
}

func mute(number uint32, muted bool) *pb.ClientMessage {
	return &pb.ClientMessage{Kind: &pb.ClientMessage_SetMuted{SetMuted: &pb.SetMuted{Number: number, Muted: muted}}}
}

func TestWhoSendsTooMuchIsSlowedDown(t *testing.T) {
	simulate(t, func(t *testing.T, n *node) {
		ann, bob := n.join("ann"), n.join("bob")
		ann.Send(microphone(1))
		next[*pb.ServerMessage_TrackPublished](t, bob)
		start := time.Now()
		for i := range 1000 {
			ann.Send(mute(1, i%2 == 0))
		}
		// The first second's worth passes at once, the rest at 200 a second.
		for range 1000 {
			next[*pb.ServerMessage_TrackUpdated](t, bob)
		}
		if took := time.Since(start); took < 3900*time.Millisecond || took > 4100*time.Millisecond {
			t.Errorf("1000 messages took %v", took)
		}
		synctest.Wait() // the last message is counted after what it caused
		if pong, err := ann.Ping(); err != nil || pong.Received != 1001 {
			t.Errorf("afterwards: %v, %v", pong, err)
		}
	})
}

func TestAFloodEndsTheSessionAndHarmsNobody(t *testing.T) {
	both(t, func(t *testing.T, n *node, kind transport.Kind) {
		ann := n.join("ann")
		bob := n.join("bob")
		eve, _ := n.joinBy(kind, "eve")
		ann.Send(microphone(1))
		watch(t, bob, ann, 1, 0)
		for i := range 2001 {
			eve.Send(data("spam", fmt.Sprint(i)))
		}
		if closed, _, err := eve.WaitEnd(); closed.GetCode() != wire.CodeRateLimited || wire.CodeOf(err) != wire.CodeRateLimited {
			t.Errorf("ended with %v, %v", closed, err)
		}
		if n.counts.get("ended rate-limited") != 1 || n.counts.get("error rate-limited") != 1 {
			t.Error("it was not counted")
		}
		sent(t, ann, 1, wire.Header{Group: 1}, "sound")
		if got := payloads(bob); len(got) != 1 {
			t.Errorf("bob got %q", got)
		}
		if left := expect[*pb.ServerMessage_ParticipantLeft](t, bob).ParticipantLeft; left.Session != eve.Session() {
			t.Errorf("left: %v", left)
		}
		conn, _ := n.dial(kind)
		if err := eve.Resume(conn); wire.CodeOf(err) != wire.CodeResumeUnknown {
			t.Errorf("the flooder came back: %v", err)
		}
	})
}

// TestAFloodOfAnyKind: whatever there is too much of, even of what is forbidden, ends the session and nothing else.
func TestAFloodOfAnyKind(t *testing.T) {
	both(t, func(t *testing.T, n *node, kind transport.Kind) {
		ann, bob := n.join("ann"), n.join("bob")
		ann.Send(microphone(1))
		watch(t, bob, ann, 1, 0)
		messages := (&pb.ClientMessage{}).ProtoReflect().Descriptor().Oneofs().ByName("kind").Fields()
		for i := range messages.Len() {
			message := messages.Get(i)
			if message.Name() == "hello" || message.Name() == "leave" { // these end it at once
				continue
			}
			eve, _ := n.joinBy(kind, "eve")
			m := &pb.ClientMessage{}
			m.ProtoReflect().Mutable(message)
			for range 2001 {
				eve.Send(m)
			}
			if closed, _, err := eve.WaitEnd(); closed.GetCode() != wire.CodeRateLimited || wire.CodeOf(err) != wire.CodeRateLimited {
				t.Errorf("%s: ended with %v, %v", message.Name(), closed, err)
			}
			sent(t, ann, 1, wire.Header{Group: uint64(i) + 1}, "sound")
			if got := payloads(bob); len(got) != 1 {
				t.Errorf("%s: bob got %q", message.Name(), got)
			}
		}
	})
}

func TestDataMessagesAreLimitedAndDroppableOnesDropped(t *testing.T) {
	simulate(t, func(t *testing.T, n *node) {
		ann, bob := n.join("ann"), n.join("bob")
		start := time.Now()
		for range 100 {
			ann.Send(data("chat", "x"))
		}
		for range 100 {
			next[*pb.ServerMessage_Data](t, bob)
		}
		if took := time.Since(start); took < 900*time.Millisecond || took > 1100*time.Millisecond {
			t.Errorf("100 messages took %v", took)
		}
		for range 60 {
			m := data("pointer", "x")
			m.GetData().Droppable = true
			ann.Send(m)
		}
		time.Sleep(time.Second)
		if dropped := n.counts.get("dropped data-rate"); dropped < 55 {
			t.Errorf("%d were dropped", dropped)
		}
	})
}

func TestNobodyCanMakeAnotherASlowClient(t *testing.T) {
	simulate(t, func(t *testing.T, n *node) {
		bob := n.join("bob")
		for i := range 5 {
			eve := n.join(fmt.Sprint("eve", i))
			for range 100 {
				eve.Send(&pb.ClientMessage{Kind: &pb.ClientMessage_E2Ee{E2Ee: &pb.E2EeMessage{Common: make([]byte, 200<<10)}}})
			}
		}
		time.Sleep(30 * time.Second)
		if _, err := bob.Ping(); err != nil {
			t.Errorf("bob is out: %v", err)
		}
	})
}

func TestE2EEMessagesAreSplit(t *testing.T) {
	simulate(t, func(t *testing.T, n *node) {
		ann, bob, eve := n.join("ann"), n.join("bob"), n.join("eve")
		synctest.Wait()
		for _, c := range []*sessiontest.Client{ann, bob, eve} {
			c.Pending()
		}
		e2ee := func(m *pb.E2EeMessage) *pb.ClientMessage {
			return &pb.ClientMessage{RequestId: 5, Kind: &pb.ClientMessage_E2Ee{E2Ee: m}}
		}
		part := func(to, payload string) *pb.E2EePart { return &pb.E2EePart{To: to, Payload: []byte(payload)} }
		ann.Send(e2ee(&pb.E2EeMessage{Common: []byte("key"), Parts: []*pb.E2EePart{
			part(bob.Session(), "for bob"), part(eve.Session(), "for eve"), part("nobody", "lost"), part(ann.Session(), "to myself"),
		}}))
		for c, want := range map[*sessiontest.Client]string{bob: "for bob", eve: "for eve"} {
			got := next[*pb.ServerMessage_E2Ee](t, c).E2Ee
			if got.From != ann.Session() || string(got.Common) != "key" || string(got.Payload) != want {
				t.Errorf("got %v", got)
			}
		}
		ann.Send(e2ee(&pb.E2EeMessage{Common: []byte("to all")}))
		for _, c := range []*sessiontest.Client{bob, eve} {
			if got := next[*pb.ServerMessage_E2Ee](t, c).E2Ee; got.From != ann.Session() || string(got.Common) != "to all" {
				t.Errorf("got %v", got)
			}
		}
		ann.Send(e2ee(&pb.E2EeMessage{Common: []byte("twice"), Parts: []*pb.E2EePart{part(bob.Session(), "1"), part(bob.Session(), "2")}}))
		refused(t, ann, wire.CodeForbidden, 5)
		quiet(t, ann)
		quiet(t, bob)
	})
}

func TestDataGoesToThoseItNames(t *testing.T) {
	simulate(t, func(t *testing.T, n *node) {
		ann, bob, eve := n.join("ann"), n.join("bob"), n.join("eve")
		other, _ := n.dial(transport.WebSocket)
		elsewhere, err := sessiontest.Join(other, hello("another", "ann"))
		if err != nil {
			t.Fatal(err)
		}
		n.clients = append(n.clients, elsewhere)
		synctest.Wait()
		for _, c := range []*sessiontest.Client{ann, bob, eve} {
			c.Pending()
		}
		ann.Send(data("chat", "psst", bob.Session(), bob.Session(), "nobody", elsewhere.Session(), ann.Session()))
		if got := next[*pb.ServerMessage_Data](t, bob).Data; got.From != ann.Session() || got.Topic != "chat" || string(got.Payload) != "psst" {
			t.Errorf("got %v", got)
		}
		ann.Send(data("chat", "hello"))
		for _, c := range []*sessiontest.Client{bob, eve} {
			if got := next[*pb.ServerMessage_Data](t, c).Data; string(got.Payload) != "hello" {
				t.Errorf("got %v", got)
			}
		}
		for _, c := range []*sessiontest.Client{ann, bob, eve, elsewhere} {
			quiet(t, c)
		}
	})
}

func TestBigRoomsHearWhoSpeaks(t *testing.T) {
	virtualtime.Test(t, func(t *testing.T) {
		limits := room.DefaultLimits()
		limits.Speakers = 1
		n := newNode(t, limits)
		defer n.stop()
		ann, bob, eve := n.join("ann"), n.join("bob"), n.join("eve")
		ann.Send(microphone(1))
		bob.Send(microphone(1))
		synctest.Wait()
		eve.Pending()
		for _, publisher := range []*sessiontest.Client{ann, bob} {
			eve.Send(subscribe(publisher, 1, 0))
			next[*pb.ServerMessage_Subscribed](t, eve)
		}
		speech := wire.Header{Flags: wire.FlagKeyframe | wire.FlagLevel, Level: 0x80 | 20}
		sent(t, ann, 1, speech, "ann speaks")
		sent(t, bob, 1, speech, "bob speaks")
		if got := payloads(eve); len(got) != 1 || got[0] != "ann speaks" {
			t.Errorf("heard %q", got)
		}
		if dropped := n.counts.get("dropped unheard"); dropped != 1 {
			t.Errorf("%d objects counted", dropped)
		}
		time.Sleep(3 * time.Second)
		speech.Number = 1
		sent(t, bob, 1, speech, "bob speaks")
		if got := payloads(eve); len(got) != 1 || got[0] != "bob speaks" {
			t.Errorf("later heard %q", got)
		}
	})
}

func TestAPanicOfAdmissionIsOneOfServe(t *testing.T) {
	virtualtime.Test(t, func(t *testing.T) {
		n := newNode(t, room.DefaultLimits())
		n.hub = session.New(session.Config{Admit: func(context.Context, *pb.Hello, string) (session.Admission, error) {
			panic("a bug")
		}})
		defer n.stop()
		server, client := sessiontest.Pipe(transport.WebSocket)
		defer client.Close("")
		var failure any
		n.serving.Go(func() {
			defer server.Close(wire.CodeInternal)
			defer func() { failure = recover() }()
			n.hub.Serve(server)
		})
		if _, err := sessiontest.Join(client, hello("room", "ann")); wire.CodeOf(err) != wire.CodeInternal {
			t.Errorf("joining: %v", err)
		}
		n.serving.Wait()
		if text, ok := failure.(string); !ok || !strings.HasPrefix(text, "a bug\n") || !strings.Contains(text, "begin") {
			t.Errorf("Serve panicked with %v", failure)
		}
	})
}
