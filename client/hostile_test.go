package client

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/openconfab/confab/internal/link"
	"github.com/openconfab/confab/internal/simnet"
	"github.com/openconfab/confab/internal/transport"
	"github.com/openconfab/confab/internal/virtualtime"
	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
	"github.com/openconfab/confab/media"
)

func encodeServer(t testing.TB, m *pb.ServerMessage) []byte {
	t.Helper()
	b, err := wire.MarshalServer(m, 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func welcome() *pb.Welcome {
	limits := &pb.Limits{
		ControlMessageBytes: 1 << 18, ObjectBytes: 1 << 22, ControlMessagesPerSecond: 200, DataMessageBytes: 1 << 14,
		ResumeMs: 30_000, PingIntervalMs: 2000, UnacknowledgedBytes: 8 << 20,
	}
	return &pb.Welcome{Version: 1, Session: "me", Identity: "me", Room: "room", Grants: everything(), Limits: limits}
}

// pretend serves as a node what is none: serve has a connection for itself, after its first message was read.
func pretend(t *testing.T, serve func(conn transport.Conn, n int)) Config {
	t.Helper()
	network := simnet.New(1)
	host, visitor := network.Host("10.0.0.1", simnet.Link{}, simnet.Link{}), network.Host("10.0.0.2", pathLinks, pathLinks)
	listener, err := host.Listen(80)
	if err != nil {
		t.Fatal(err)
	}
	connections := 0
	realtime := transport.NewServer(func(conn transport.Conn, _ *http.Request) {
		conn.SetControlLimit(1 << 20)
		if _, err := conn.ReadControl(); err != nil {
			return
		}
		connections++
		serve(conn, connections)
		<-conn.Done()
	}, transport.ServerOptions{})
	mux := http.NewServeMux()
	mux.HandleFunc(wire.Path, realtime.HandleWebSocket)
	mux.HandleFunc(wire.ConnectPath, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(wire.ConnectInfo{WebSocket: wire.WebSocketInfo{URL: "ws://10.0.0.1:80" + wire.Path}})
	})
	web := &http.Server{Handler: mux, ReadHeaderTimeout: time.Second}
	served := make(chan struct{})
	go func() {
		defer close(served)
		web.Serve(listener)
	}()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		realtime.Shutdown(ctx)
		web.Close()
		<-served
	})
	c := Config{Name: "ann", Room: "room", Keys: InsecureNone()}
	c.dial.DialContext = visitor.DialContext
	c.dial.ListenPacket = func() (net.PacketConn, error) { return visitor.ListenPacket(0) }
	return c
}

// TestNodesThatAnswerNonsense: joining fails, in time and with what is wrong.
func TestNodesThatAnswerNonsense(t *testing.T) {
	message := func(change func(*pb.Welcome)) []byte {
		w := welcome()
		change(w)
		return encodeServer(t, &pb.ServerMessage{Kind: &pb.ServerMessage_Welcome{Welcome: w}})
	}
	tests := map[string]struct {
		answer []byte
		want   error
	}{
		"nothing":          {nil, context.DeadlineExceeded},
		"garbage":          {[]byte("\xff\xff\xff"), &Error{Code: wire.CodeMalformed}},
		"no Welcome":       {encodeServer(t, &pb.ServerMessage{Kind: &pb.ServerMessage_Pong{Pong: &pb.Pong{}}}), &Error{Code: CodeUnreachable}},
		"no kind":          {encodeServer(t, &pb.ServerMessage{}), &Error{Code: CodeUnreachable}},
		"another version":  {message(func(w *pb.Welcome) { w.Version = 2 }), &Error{Code: wire.CodeVersionUnsupported}},
		"resumed":          {message(func(w *pb.Welcome) { w.Resumed = true }), &Error{Code: CodeUnreachable}},
		"no limits":        {message(func(w *pb.Welcome) { w.Limits = nil }), &Error{Code: CodeUnreachable}},
		"refusal":          {encodeServer(t, &pb.ServerMessage{Kind: &pb.ServerMessage_Error{Error: &pb.Error{Code: "room-full"}}}), &Error{Code: wire.CodeRoomFull}},
		"unknown refusal":  {encodeServer(t, &pb.ServerMessage{Kind: &pb.ServerMessage_Error{Error: &pb.Error{Code: "new"}}}), &Error{Code: "new"}},
		"closed at once":   {encodeServer(t, &pb.ServerMessage{Kind: &pb.ServerMessage_Closed{Closed: &pb.Closed{Code: "removed"}}}), &Error{Code: wire.CodeRemoved}},
		"endless messages": {[]byte(strings.Repeat("\x00", 17<<20)), &Error{Code: wire.CodeMalformed}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			virtualtime.Test(t, func(t *testing.T) {
				c := pretend(t, func(conn transport.Conn, _ int) {
					if test.answer != nil {
						conn.WriteControl(test.answer)
					}
				})
				start := time.Now()
				r, err := Join(t.Context(), "http://10.0.0.1:80", c)
				if r != nil {
					r.Close()
				}
				if !errors.Is(err, test.want) || time.Since(start) > time.Minute {
					t.Errorf("%v after %v", err, time.Since(start))
				}
			})
		})
	}
}

// oddities are messages that no node sends.
func oddities() []*pb.ServerMessage {
	ref := &pb.TrackRef{Session: "nobody", Number: 7}
	return []*pb.ServerMessage{
		{},
		{Kind: &pb.ServerMessage_ParticipantJoined{}},
		{Kind: &pb.ServerMessage_ParticipantJoined{ParticipantJoined: &pb.ParticipantJoined{}}},
		{Kind: &pb.ServerMessage_ParticipantJoined{ParticipantJoined: &pb.ParticipantJoined{Participant: &pb.ParticipantInfo{}}}},
		{Kind: &pb.ServerMessage_ParticipantUpdated{ParticipantUpdated: &pb.ParticipantUpdated{}}},
		{Kind: &pb.ServerMessage_ParticipantLeft{ParticipantLeft: &pb.ParticipantLeft{Session: "nobody"}}},
		{Kind: &pb.ServerMessage_TrackPublished{TrackPublished: &pb.TrackPublished{}}},
		{Kind: &pb.ServerMessage_TrackPublished{TrackPublished: &pb.TrackPublished{Track: &pb.TrackInfo{Track: ref, Source: 99}}}},
		{Kind: &pb.ServerMessage_TrackUpdated{TrackUpdated: &pb.TrackUpdated{}}},
		{Kind: &pb.ServerMessage_TrackUnpublished{TrackUnpublished: &pb.TrackUnpublished{Track: ref}}},
		{Kind: &pb.ServerMessage_Subscribed{Subscribed: &pb.Subscribed{Track: ref, Alias: 1 << 63}}},
		{Kind: &pb.ServerMessage_LayersWanted{LayersWanted: &pb.LayersWanted{Number: 1, Layers: []uint32{0, 8, 1 << 31}}}},
		{Kind: &pb.ServerMessage_KeyframeRequested{KeyframeRequested: &pb.KeyframeRequested{Number: 1, Layer: 1 << 31}}},
		{Kind: &pb.ServerMessage_E2Ee{E2Ee: &pb.E2EeDelivery{From: "nobody", Common: []byte{2}}}},
		{Kind: &pb.ServerMessage_Data{Data: &pb.DataDelivery{From: "nobody"}}},
		{Kind: &pb.ServerMessage_LinkQuality{LinkQuality: &pb.LinkQuality{Participants: []*pb.ParticipantQuality{{Session: "me", Quality: 99}}}}},
		{Kind: &pb.ServerMessage_Admitted{}},
		{Kind: &pb.ServerMessage_Admitted{Admitted: &pb.Admitted{
			Grants: everything(), Participants: []*pb.ParticipantInfo{{}, {Session: "me", Identity: "me"}}, WaitingParticipants: []*pb.ParticipantInfo{{}},
		}}},
		{Kind: &pb.ServerMessage_WaitingJoined{WaitingJoined: &pb.WaitingJoined{}}},
		{Kind: &pb.ServerMessage_WaitingLeft{WaitingLeft: &pb.WaitingLeft{Session: "nobody", Reason: 99}}},
		{Kind: &pb.ServerMessage_RoomUpdated{RoomUpdated: &pb.RoomUpdated{}}},
		{Kind: &pb.ServerMessage_TrackStopped{TrackStopped: &pb.TrackStopped{Number: 1 << 31, Unpublished: true}}},
		{Kind: &pb.ServerMessage_Error{Error: &pb.Error{Code: "new", RequestId: 1 << 31}}},
		{Kind: &pb.ServerMessage_Done{Done: &pb.Done{RequestId: 1 << 31}}},
		{Kind: &pb.ServerMessage_Error{Error: &pb.Error{Code: wire.CodeForbidden}}},
	}
}

// TestNodesThatSayNonsense: whatever the node says, the client lives, and what breaks the protocol costs a connection.
func TestNodesThatSayNonsense(t *testing.T) {
	virtualtime.Test(t, func(t *testing.T) {
		c := pretend(t, func(conn transport.Conn, n int) {
			w := welcome()
			w.Resumed = n > 1
			conn.WriteControl(encodeServer(t, &pb.ServerMessage{Kind: &pb.ServerMessage_Welcome{Welcome: w}}))
			for _, m := range oddities() {
				conn.WriteControl(encodeServer(t, m))
			}
			g, err := conn.OpenGroup(1 << 60)
			if err != nil {
				return
			}
			o := wire.NewObject(wire.Header{}, []byte("nothing"))
			g.Write(o)
			o.Release()
			switch n {
			case 1:
				conn.WriteControl([]byte("\xff is no message"))
			case 2:
				conn.WriteControl(encodeServer(t, &pb.ServerMessage{Kind: &pb.ServerMessage_Pong{Pong: &pb.Pong{Received: 1 << 40}}}))
			case 3:
				conn.WriteControl(encodeServer(t, &pb.ServerMessage{Kind: &pb.ServerMessage_Welcome{Welcome: w}}))
			default:
				conn.WriteControl(encodeServer(t, &pb.ServerMessage{Kind: &pb.ServerMessage_Closed{Closed: &pb.Closed{
					Code: wire.CodeRemoved, Message: "enough",
				}}}))
			}
		})
		r, err := Join(t.Context(), "http://10.0.0.1:80", c)
		if err != nil {
			t.Fatal(err)
		}
		<-r.Done()
		if err := r.Err(); !errors.Is(err, &Error{Code: wire.CodeRemoved}) {
			t.Errorf("ended with %v", err)
		}
	})
}

// FuzzServerMessages: no sequence of messages and objects of a node harms a client. Each is a kind byte, a length, and bytes.
func FuzzServerMessages(f *testing.F) {
	var all []byte
	for _, m := range append(oddities(), &pb.ServerMessage{Kind: &pb.ServerMessage_Welcome{Welcome: welcome()}}) {
		b := encodeServer(f, m)
		all = append(binary.BigEndian.AppendUint16(append(all, 0), uint16(len(b))), b...)
	}
	joined := encodeServer(f, &pb.ServerMessage{Kind: &pb.ServerMessage_ParticipantJoined{
		ParticipantJoined: &pb.ParticipantJoined{Participant: &pb.ParticipantInfo{
			Session: "bob", Identity: "bob", Announcement: []byte("\x00Bob"), Tracks: []*pb.TrackInfo{{
				Track: &pb.TrackRef{Session: "bob", Number: 1}, Source: pb.Source_SOURCE_CAMERA, Layers: []*pb.Layer{{}},
			}},
		}},
	}})
	all = append(binary.BigEndian.AppendUint16(append(all, 0), uint16(len(joined))), joined...)
	object := []byte{1, 1, 0, 1, 2, 0, 0, 0, 9}
	f.Add(append(binary.BigEndian.AppendUint16(append(all, 1), uint16(len(object))), object...))
	f.Fuzz(func(_ *testing.T, data []byte) {
		for _, keys := range []Keys{InsecureNone(), {kind: withSecret}} {
			feedRoom(f, keys, data)
		}
	})
}

func feedRoom(f *testing.F, keys Keys, data []byte) {
	r := newRoom(place{room: "room"}, Config{Keys: keys}.withDefaults())
	r.link = &link.Link{}
	h := (*handler)(r)
	if _, err := r.hello(context.Background()); err != nil {
		f.Fatal(err)
	}
	h.Joined(welcome())
	track, err := r.local.PublishTrack(context.Background(), TrackOptions{Source: media.Camera})
	if err != nil {
		f.Fatal(err)
	}
	for len(data) >= 3 {
		kind, size := data[0], int(binary.BigEndian.Uint16(data[1:]))
		part := data[3:min(len(data), 3+size)]
		data = data[3+len(part):]
		if kind == 0 {
			feedMessage(r, h, part)
		} else if o, err := wire.ParseObject(part); err == nil {
			h.Object(uint64(kind), o)
		}
	}
	h.Tick(time.Now())
	if track.WriteFrame(0, video(0)) != nil {
		return
	}
	for _, s := range r.subscriptions() {
		s.end(ErrClosed)
		for range s.Frames(context.Background()) {
		}
	}
	r.media.close()
	r.dropSecurity()
}

func feedMessage(r *Room, h *handler, b []byte) {
	m, err := wire.UnmarshalServer(b, len(b))
	if err != nil {
		return
	}
	switch m.Kind.(type) {
	case *pb.ServerMessage_Welcome, *pb.ServerMessage_Pong, *pb.ServerMessage_GoAway, *pb.ServerMessage_Closed:
		return
	}
	h.Message(m)
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range r.people {
		for _, t := range p.tracks {
			if t.subscription == nil {
				t.subscription = newSubscription(t, SubscribeOptions{})
				t.subscription.ask()
			}
		}
	}
}
