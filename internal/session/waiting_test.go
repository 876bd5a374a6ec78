package session_test

import (
	"errors"
	"fmt"
	"slices"
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

func moderate(m *pb.Moderate) *pb.ClientMessage {
	return &pb.ClientMessage{RequestId: 500, Kind: &pb.ClientMessage_Moderate{Moderate: m}}
}

func admit(c *sessiontest.Client) *pb.ClientMessage {
	return moderate(&pb.Moderate{Command: &pb.Moderate_Admit{Admit: &pb.AdmitWaiting{Session: c.Session()}}})
}

func remove(c *sessiontest.Client) *pb.ClientMessage {
	return moderate(&pb.Moderate{Command: &pb.Moderate_Remove{Remove: &pb.RemoveParticipant{Session: c.Session()}}})
}

// host joins as one.
func (n *node) host(identity string) *sessiontest.Client {
	n.t.Helper()
	n.grants[identity] = allGrants()
	n.grants[identity].Admin = true
	return n.join(identity)
}

// knock joins by a transport and has to wait.
func (n *node) knock(kind transport.Kind, identity string) (*sessiontest.Client, *sessiontest.Conn) {
	n.t.Helper()
	n.waits[identity] = true
	c, server := n.joinBy(kind, identity)
	w := c.Welcome()
	if !w.Waiting || len(w.Participants) > 0 || len(w.WaitingParticipants) > 0 || w.Settings != nil ||
		!slices.Equal([]bool{true, false, false}, []bool{w.Grants.Join, w.Grants.Subscribe, w.Grants.Data}) || w.Limits.WaitingMs != 3_600_000 {
		n.t.Errorf("one who waits is welcomed with %v", w)
	}
	return c, server
}

// everyKind has a message of every kind that a client may send after Hello but Ping and Leave.
func everyKind(to *sessiontest.Client) []*pb.ClientMessage {
	ref := &pb.TrackRef{Session: to.Session(), Number: 1}
	return []*pb.ClientMessage{
		microphone(1),
		{Kind: &pb.ClientMessage_UnpublishTrack{UnpublishTrack: &pb.UnpublishTrack{Number: 1}}},
		{Kind: &pb.ClientMessage_SetMuted{SetMuted: &pb.SetMuted{Number: 1}}},
		subscribe(to, 1, 0),
		unsubscribe(to, 1),
		{Kind: &pb.ClientMessage_RequestKeyframe{RequestKeyframe: &pb.RequestKeyframe{Track: ref}}},
		{Kind: &pb.ClientMessage_E2Ee{E2Ee: &pb.E2EeMessage{Common: []byte("x"), Parts: []*pb.E2EePart{{To: to.Session(), Payload: []byte("x")}}}}},
		data("t", "x"),
		data("t", "x", to.Session()),
		{Kind: &pb.ClientMessage_ReceiverReport{ReceiverReport: &pb.ReceiverReport{Tracks: []*pb.TrackReport{{Track: ref, Lost: 9}}}}},
		{Kind: &pb.ClientMessage_SetHand{SetHand: &pb.SetHand{Raised: true}}},
		admit(to), remove(to),
	}
}

// TestOneWhoWaits gets an error for everything that it asks for, and nothing of the room; admitted, it is like the others.
func TestOneWhoWaits(t *testing.T) {
	for _, kind := range []transport.Kind{transport.WebTransport, transport.WebSocket} {
		simulate(t, func(t *testing.T, n *node) {
			host, ben := n.host("host"), n.join("ben")
			ben.Send(microphone(1))
			synctest.Wait()
			host.Pending()
			waiting, _ := n.knock(kind, "waiting")
			info := next[*pb.ServerMessage_WaitingJoined](t, host).WaitingJoined.Participant
			if info.Session != waiting.Session() || info.Identity != "waiting" || string(info.Announcement) != "announcement of waiting" {
				t.Errorf("the host is told %v", info)
			}
			for i, m := range everyKind(ben) {
				m.RequestId = uint32(i + 1)
				waiting.Send(m)
				e := next[*pb.ServerMessage_Error](t, waiting).Error
				if e.Code != wire.CodeWaiting || e.RequestId != m.RequestId {
					t.Errorf("%T: %v", m.Kind, e)
				}
			}
			sent(t, waiting, 1, key(1), "sound")
			sent(t, ben, 1, key(1), "sound")
			ben.Send(data("chat", "hello", waiting.Session()))
			quiet(t, ben)
			quiet(t, host)
			quiet(t, waiting)
			if n.counts.get("dropped alias") != 1 || len(waiting.Objects()) > 0 {
				t.Errorf("objects: %v", n.counts.values)
			}

			host.Send(admit(waiting))
			admitted := next[*pb.ServerMessage_Admitted](t, waiting).Admitted
			if len(admitted.Participants) != 2 || !admitted.Grants.Subscribe || admitted.Settings == nil || admitted.WaitingParticipants != nil {
				t.Errorf("admitted to %v", admitted)
			}
			next[*pb.ServerMessage_WaitingLeft](t, host)
			next[*pb.ServerMessage_ParticipantJoined](t, host)
			next[*pb.ServerMessage_ParticipantJoined](t, ben)
			waiting.Send(subscribe(ben, 1, 0))
			alias := next[*pb.ServerMessage_Subscribed](t, waiting).Subscribed.Alias
			sent(t, ben, 1, key(2), "heard")
			if o, err := waiting.NextObject(); err != nil || o.Alias != alias || o.Payload != "heard" {
				t.Errorf("received %v, %v", o, err)
			}
		})
	}
}

// TestWaitingResumes: over another connection it waits on, and is admitted though it was away.
func TestWaitingResumes(t *testing.T) {
	simulate(t, func(t *testing.T, n *node) {
		host := n.host("host")
		waiting, server := n.knock(transport.WebTransport, "waiting")
		host.Pending()
		server.Close("")
		synctest.Wait()
		conn, server := n.dial(transport.WebSocket)
		if err := waiting.Resume(conn); err != nil {
			t.Fatal(err)
		}
		if w := waiting.Welcome(); w.Waiting || w.Settings != nil || w.Grants.Subscribe {
			t.Errorf("resumed with %v", w)
		}
		server.Close("")
		synctest.Wait()
		host.Send(admit(waiting))
		synctest.Wait()
		conn, _ = n.dial(transport.WebTransport)
		if err := waiting.Resume(conn); err != nil {
			t.Fatal(err)
		}
		next[*pb.ServerMessage_Admitted](t, waiting)
		waiting.Send(microphone(1))
		for published := false; !published; {
			m, err := host.Next()
			if err != nil {
				t.Fatal(err)
			}
			published = m.GetTrackPublished() != nil
		}
	})
}

// TestWaitingTakesTooLong: whoever nobody admits is forgotten, and told so.
func TestWaitingTakesTooLong(t *testing.T) {
	simulate(t, func(t *testing.T, n *node) {
		start := time.Now()
		waiting, _ := n.knock(transport.WebSocket, "waiting")
		admitted, _ := n.knock(transport.WebSocket, "admitted")
		host := n.host("host")
		if w := host.Welcome().WaitingParticipants; len(w) != 2 {
			t.Errorf("the host finds %v", w)
		}
		host.Send(admit(admitted))
		closed, _, err := waiting.WaitEnd()
		if closed.GetCode() != wire.CodeForgotten || wire.CodeOf(err) != wire.CodeForgotten || time.Since(start) != time.Hour {
			t.Errorf("after %v: %v, %v", time.Since(start), closed, err)
		}
		if _, err := admitted.Ping(); err != nil {
			t.Errorf("one who was admitted is gone: %v", err)
		}
		conn, _ := n.dial(transport.WebSocket)
		if err := waiting.Resume(conn); wire.CodeOf(err) != wire.CodeResumeUnknown {
			t.Errorf("resuming: %v", err)
		}
	})
}

// TestRemovedAtOnce: with its connection or without one, a participant is gone, can't resume, and was told why.
func TestRemovedAtOnce(t *testing.T) {
	for _, away := range []bool{false, true} {
		simulate(t, func(t *testing.T, n *node) {
			host, cleo := n.host("host"), n.join("cleo")
			ben, server := n.joinBy(transport.WebTransport, "ben")
			cleo.Send(microphone(1))
			synctest.Wait()
			ben.Send(subscribe(cleo, 1, 0))
			synctest.Wait()
			if away {
				server.Close("")
				synctest.Wait()
			}
			start := time.Now()
			host.Send(remove(ben))
			if !away {
				if closed, _, err := ben.WaitEnd(); closed.GetCode() != wire.CodeRemoved || wire.CodeOf(err) != wire.CodeRemoved {
					t.Errorf("ended with %v, %v", closed, err)
				}
			}
			synctest.Wait()
			if took := time.Since(start); took > 0 {
				t.Errorf("it took %v", took)
			}
			var left *pb.ParticipantLeft
			for _, m := range cleo.Pending() {
				if l := m.GetParticipantLeft(); l != nil {
					left = l
				}
			}
			if left.GetSession() != ben.Session() || left.GetReason() != pb.LeaveReason_LEAVE_REASON_REMOVED {
				t.Errorf("the others are told %v", left)
			}
			conn, _ := n.dial(transport.WebSocket)
			if err := ben.Resume(conn); wire.CodeOf(err) != wire.CodeResumeUnknown {
				t.Errorf("resuming: %v", err)
			}
			if n.counts.get("ended removed") != 1 {
				t.Error("the end was not counted")
			}
		})
	}
}

// TestStoppedMediaIsDropped: what a host has stopped goes to nobody, and is counted; without the grant to subscribe nothing comes.
func TestStoppedMediaIsDropped(t *testing.T) {
	simulate(t, func(t *testing.T, n *node) {
		host, ben, cleo := n.host("host"), n.join("ben"), n.join("cleo")
		ben.Send(camera(1, 1))
		synctest.Wait()
		cleo.Send(subscribe(ben, 1, 0))
		synctest.Wait()
		sent(t, ben, 10, key(1), "seen")
		host.Send(moderate(&pb.Moderate{Command: &pb.Moderate_Mute{Mute: &pb.MuteTracks{Session: ben.Session(), Source: pb.Source_SOURCE_CAMERA}}}))
		synctest.Wait()
		sent(t, ben, 10, key(2), "stopped")
		if n.counts.get("dropped stopped") != 1 {
			t.Error("what is dropped was not counted")
		}
		ben.Pending()
		time.Sleep(time.Second)
		ben.Send(&pb.ClientMessage{Kind: &pb.ClientMessage_SetMuted{SetMuted: &pb.SetMuted{Number: 1}}})
		next[*pb.ServerMessage_KeyframeRequested](t, ben)
		sent(t, ben, 10, key(3), "seen again")
		if got := payloads(cleo); !slices.Equal(got, []string{"seen", "seen again"}) {
			t.Errorf("received %q", got)
		}

		host.Send(moderate(&pb.Moderate{Command: &pb.Moderate_SetGrants{SetGrants: &pb.SetGrants{Session: cleo.Session(), Grants: &pb.Grants{Data: true}}}}))
		synctest.Wait()
		sent(t, ben, 10, key(4), "not for cleo")
		if got := payloads(cleo); len(got) > 0 {
			t.Errorf("without the grant it receives %q", got)
		}
		cleo.Pending()
		cleo.Send(subscribe(ben, 1, 0))
		if e := next[*pb.ServerMessage_Error](t, cleo).Error; e.Code != wire.CodeForbidden {
			t.Errorf("subscribing: %v", e)
		}
	})
}

// TestKeepDecides: what is to last is remembered before it takes effect, and not done when it can't be.
func TestKeepDecides(t *testing.T) {
	simulate(t, func(t *testing.T, n *node) {
		host, ben := n.host("host"), n.join("ben")
		var kept []session.Moderation
		n.keep = func(m session.Moderation) error {
			if stats := n.hub.Stats(); stats.Participants != 2 {
				t.Errorf("it has taken effect before: %+v", stats)
			}
			kept = append(kept, m)
			if len(kept) == 1 {
				return wire.Errorf(wire.CodeForbidden, "not this one")
			}
			return nil
		}
		next[*pb.ServerMessage_ParticipantJoined](t, host)
		host.Send(remove(ben))
		if e := next[*pb.ServerMessage_Error](t, host).Error; e.Code != wire.CodeForbidden || e.Message != "not this one" {
			t.Errorf("answered with %v", e)
		}
		host.Send(remove(host))
		host.Send(moderate(&pb.Moderate{Command: &pb.Moderate_Remove{Remove: &pb.RemoveParticipant{Session: "nobody"}}}))
		synctest.Wait()
		if len(kept) != 2 || kept[0].Target != "ben" || kept[0].Identity != "host" || kept[0].Session != host.Session() || kept[0].Room != "room" {
			t.Errorf("kept %+v", kept)
		}
		if _, err := ben.Ping(); err != nil {
			t.Error(err)
		}
	})
}

func TestKeepFails(t *testing.T) {
	simulate(t, func(t *testing.T, n *node) {
		host, ben := n.host("host"), n.join("ben")
		n.keep = func(session.Moderation) error { return errors.New("the database is away") }
		next[*pb.ServerMessage_ParticipantJoined](t, host)
		host.Send(remove(ben))
		if e := next[*pb.ServerMessage_Error](t, host).Error; e.Code != wire.CodeUnavailable || !e.Retryable || strings.Contains(e.Message, "database") {
			t.Errorf("answered with %v", e)
		}
		for _, c := range []*sessiontest.Client{host, ben} {
			if _, err := c.Ping(); err != nil {
				t.Error(err)
			}
		}
	})
}

// TestEventsAreTold in order, also those of the end.
func TestEventsAreTold(t *testing.T) {
	virtualtime.Test(t, func(t *testing.T) {
		n := newNode(t, room.DefaultLimits())
		host := n.host("host")
		waiting, _ := n.knock(transport.WebSocket, "waiting")
		host.Send(admit(waiting))
		next[*pb.ServerMessage_Admitted](t, waiting)
		waiting.Send(microphone(1))
		synctest.Wait()
		host.Send(remove(waiting))
		synctest.Wait()
		n.stop()
		var got []string
		for _, e := range n.events {
			if e.Room != "room" || e.Session == "" || e.At.IsZero() {
				t.Errorf("event %+v", e)
			}
			got = append(got, fmt.Sprint(e.Kind, " ", e.Identity, " ", int(e.Reason)))
		}
		want := []string{
			fmt.Sprint(room.ParticipantJoined, " host 0"), fmt.Sprint(room.WaitingJoined, " waiting 0"), fmt.Sprint(room.WaitingLeft, " waiting 5"),
			fmt.Sprint(room.ParticipantJoined, " waiting 0"), fmt.Sprint(room.TrackPublished, " waiting 0"), fmt.Sprint(room.TrackUnpublished, " waiting 0"),
			fmt.Sprint(room.ParticipantLeft, " waiting 4"), fmt.Sprint(room.ParticipantLeft, " host 2"),
		}
		if !slices.Equal(got, want) {
			t.Errorf("told  %q\nwant  %q", got, want)
		}
	})
}
