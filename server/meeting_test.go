package server

import (
	"testing"
	"time"

	"github.com/openconfab/confab/internal/meeting"
	"github.com/openconfab/confab/internal/session/sessiontest"
	"github.com/openconfab/confab/internal/transport"
	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
	"github.com/openconfab/confab/token"
)

// newMeeting makes a meeting of the application's.
func newMeeting(t *testing.T, s *running, settings meeting.SettingsPatch) string {
	t.Helper()
	m, err := s.meetings.service.Create(t.Context(), application, meeting.Draft{Settings: settings}, "")
	if err != nil {
		t.Fatal(err)
	}
	return m.ID
}

var application = meeting.Caller{Key: testKey.ID}

// TestModeratedMeeting: what a host does in a meeting lasts, whether it is done in the room or by the application.
func TestModeratedMeeting(t *testing.T) {
	s := start(t, Config{Keys: []token.Key{testKey}})
	id := newMeeting(t, s, meeting.SettingsPatch{WaitingRoom: new(true)})
	in := func(c *token.Claims) { c.Room = id }
	host := enter(t, s, transport.WebTransport, "host", func(c *token.Claims) { in(c); c.Grants.Admin = true })
	eve := enter(t, s, transport.WebSocket, "eve", func(c *token.Claims) { in(c); c.Issued = time.Now().Add(-time.Minute) })
	if !eve.Welcome().Waiting || !host.Welcome().Settings.WaitingRoom {
		t.Fatalf("welcomed with %v", eve.Welcome())
	}
	command := func(m *pb.Moderate) {
		host.Send(&pb.ClientMessage{Kind: &pb.ClientMessage_Moderate{Moderate: m}})
	}
	await[*pb.ServerMessage_WaitingJoined](t, host)
	command(&pb.Moderate{Command: &pb.Moderate_Admit{Admit: &pb.AdmitWaiting{Session: eve.Session()}}})
	await[*pb.ServerMessage_Admitted](t, eve)
	command(&pb.Moderate{Command: &pb.Moderate_Remove{Remove: &pb.RemoveParticipant{Session: eve.Session()}}})
	if closed, _, _ := eve.WaitEnd(); closed.GetCode() != wire.CodeRemoved {
		t.Errorf("closed with %v", closed)
	}
	if _, err := sessiontest.Join(dial(t, s, transport.WebSocket), eve.Hello); wire.CodeOf(err) != wire.CodeTokenRevoked {
		t.Errorf("the token of one who was removed: %v", err)
	}
	foreign := token.Key{ID: "other", Secret: testKey.Secret}
	if signed, err := foreign.Sign(claims("eve", in)); err != nil {
		t.Fatal(err)
	} else if _, err := sessiontest.Join(dial(t, s, transport.WebSocket), bearing(signed)); wire.CodeOf(err) != wire.CodeUnauthorized {
		t.Errorf("a token of a key that is not there: %v", err)
	}

	dan := enter(t, s, transport.WebSocket, "dan", in)
	do := func(c meeting.Command) {
		t.Helper()
		if err := s.meetings.service.Do(t.Context(), application, id, c); err != nil {
			t.Fatal(err)
		}
	}
	do(meeting.Command{Action: meeting.Reject, Session: dan.Session(), Block: true})
	if closed, _, _ := dan.WaitEnd(); closed.GetCode() != wire.CodeBlocked {
		t.Errorf("closed with %v", closed)
	}
	if _, err := sessiontest.Join(dial(t, s, transport.WebTransport), dan.Hello); wire.CodeOf(err) != wire.CodeBlocked {
		t.Errorf("joining again: %v", err)
	}
	if err := s.meetings.service.Unblock(t.Context(), application, id, "dan"); err != nil {
		t.Fatal(err)
	}
	if again := enter(t, s, transport.WebTransport, "dan", in); !again.Welcome().Waiting {
		t.Error("one who is no longer blocked does not wait as others do")
	}
	do(meeting.Command{Action: meeting.EndAll})
	if closed, _, _ := host.WaitEnd(); closed.GetCode() != wire.CodeEnded {
		t.Errorf("closed with %v", closed)
	}
	if _, err := sessiontest.Join(dial(t, s, transport.WebSocket), host.Hello); wire.CodeOf(err) != wire.CodeEnded {
		t.Errorf("joining what is over: %v", err)
	}
}
