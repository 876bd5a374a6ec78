package server

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/openconfab/confab/internal/meeting"
	"github.com/openconfab/confab/internal/session/sessiontest"
	"github.com/openconfab/confab/internal/transport"
	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
	"github.com/openconfab/confab/token"
)

// backEnd calls the API with testKey.
type backEnd struct {
	s *running
	t *testing.T
	c *http.Client
}

// call sends a request, and decodes the answer, whose status it checks, into to unless it is nil.
func (b backEnd) call(method, path, body string, status int, to any) {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, "http://"+b.s.addr+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+testKey.ID+":"+testKey.Secret)
	r.Header.Set("Content-Type", "application/json")
	res, err := b.c.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != status {
		b.t.Fatalf("%s %s: %s %s %v", method, path, res.Status, text, err)
	}
	if to != nil {
		if err := json.Unmarshal(text, to); err != nil {
			b.t.Fatal(err)
		}
	}
}

type made struct{ ID string }

type ticket struct {
	Token, TokenID string
	Waits          bool
}

type people struct {
	Participants []struct {
		Session, Identity, Node string
		Waiting                 bool
	}
}

func (b backEnd) join(id, body string) *pb.Hello {
	b.t.Helper()
	return b.ticket(id, body).hello(id)
}

func (b backEnd) ticket(id, body string) (got ticket) {
	b.t.Helper()
	b.call("POST", "/v1/meetings/"+id+"/join", body, 200, &got)
	return got
}

func (t ticket) hello(id string) *pb.Hello {
	hello := guest("x")
	hello.Room, hello.GuestSecret, hello.Token = id, nil, t.Token
	return hello
}

// TestBackEndRunsACall: who waits, is let in, is muted and removed, on whichever node it is, and whichever node the back end asks.
func TestBackEndRunsACall(t *testing.T) {
	config := Config{Keys: []token.Key{testKey}, DataDir: t.TempDir()}
	run := func(t *testing.T, asked, near, far *running) {
		b := backEnd{asked, t, client(t)}
		var m made
		b.call("POST", "/v1/meetings", `{"settings":{"waitingRoom":true}}`, 201, &m)
		path := "/v1/meetings/" + m.ID
		host := join(t, near, transport.WebSocket, b.join(m.ID, `{"identity":"host","role":"host"}`))
		if w := host.Welcome(); w.Waiting || !w.Grants.Admin {
			t.Fatalf("the host: %v", w)
		}
		hello := b.join(m.ID, `{"identity":"ann"}`)
		ann := join(t, far, transport.WebSocket, hello)
		if w := ann.Welcome(); !w.Waiting || len(w.Participants) != 0 {
			t.Fatalf("one who waits: %v", w)
		}
		await[*pb.ServerMessage_WaitingJoined](t, host)

		live := rooms{asked.Server}
		until(t, func() bool { // nodes that have just begun do not know of each other at once
			known, err := live.Participants(t.Context(), m.ID)
			return err == nil && len(known) == 2
		})
		var present people
		b.call("GET", path+"/participants", "", 200, &present)
		if len(present.Participants) != 2 {
			t.Errorf("present: %+v", present)
		}
		b.call("POST", path+"/participants/"+ann.Session()+"/admit", "", 204, nil)
		if admitted := await[*pb.ServerMessage_Admitted](t, ann).Admitted; len(admitted.Participants) != 1 || admitted.Grants.Admin {
			t.Errorf("admitted: %v", admitted)
		}
		await[*pb.ServerMessage_ParticipantJoined](t, host)

		// A page that is loaded anew, at another node: it is not asked to wait again.
		ann.Send(&pb.ClientMessage{Kind: &pb.ClientMessage_Leave{Leave: &pb.Leave{}}})
		await[*pb.ServerMessage_ParticipantLeft](t, host)
		until(t, func() bool { return live.Remembers(m.ID, "ann") })
		again := b.ticket(m.ID, `{"identity":"ann"}`)
		if again.Waits {
			t.Error("one who was let in is told that it waits")
		}
		hello = again.hello(m.ID)
		if w := join(t, near, transport.WebTransport, hello).Welcome(); w.Waiting {
			t.Fatalf("one who was let in: %v", w)
		}
		ann = join(t, far, transport.WebSocket, hello) // and takes its own place
		if w := ann.Welcome(); w.Waiting {
			t.Fatalf("one who was let in: %v", w)
		}
		for range 2 {
			await[*pb.ServerMessage_ParticipantJoined](t, host)
		}

		ann.Send(&pb.ClientMessage{Kind: &pb.ClientMessage_PublishTrack{PublishTrack: &pb.PublishTrack{
			Number: 1, Source: pb.Source_SOURCE_MICROPHONE, Layers: []*pb.Layer{{Alias: 9}},
		}}})
		await[*pb.ServerMessage_TrackPublished](t, host)
		b.call("POST", path+"/participants/"+ann.Session()+"/mute", `{"source":"microphone"}`, 204, nil)
		if stopped := await[*pb.ServerMessage_TrackStopped](t, ann).TrackStopped; stopped.Number != 1 || stopped.By != "" {
			t.Errorf("stopped: %v", stopped)
		}
		b.call("PATCH", path, `{"settings":{"locked":true}}`, 200, nil)
		if updated := await[*pb.ServerMessage_RoomUpdated](t, host).RoomUpdated.Settings; !updated.Locked {
			t.Errorf("settings: %v", updated)
		}
		revoked := b.ticket(m.ID, `{"identity":"ann"}`)
		b.call("DELETE", path+"/tokens/"+revoked.TokenID, "", 204, nil)
		for _, s := range []*running{near, far} {
			refusedEntry(t, s, revoked.hello(m.ID), "token-revoked")
		}
		b.call("POST", path+"/participants/"+ann.Session()+"/remove", `{"block":true}`, 204, nil)
		if closed, _, _ := ann.WaitEnd(); closed.GetCode() != "removed" && closed.GetCode() != "blocked" {
			t.Errorf("removed: %v", closed)
		}
		// Its token is not yet over, but worth nothing, on any node.
		for _, s := range []*running{near, far} {
			refusedEntry(t, s, hello, "blocked")
		}
		b.call("POST", path+"/participants/"+ann.Session()+"/admit", "", 404, nil)
		b.call("POST", path+"/end", "", 204, nil)
		if closed, _, _ := host.WaitEnd(); closed.GetCode() != "ended" {
			t.Errorf("ended: %v", closed)
		}
	}
	t.Run("one node", func(t *testing.T) {
		s := start(t, config)
		run(t, s, s, s)
	})
	t.Run("three nodes", func(t *testing.T) {
		// They share a SQLite file here, as they would a PostgreSQL database.
		c := config
		c.DataDir = filepath.Join(t.TempDir(), "shared")
		c.Node, c.Cluster = "asked", Cluster{Listen: "127.0.0.1:0", Secret: secretOfTests()}
		asked := start(t, c)
		c.Cluster.Peers = []string{asked.clusterAddr(t)}
		c.Node = "near"
		near := start(t, c)
		c.Node = "far"
		run(t, asked, near, start(t, c))
	})
}

// until waits for what another node does.
func until(t *testing.T, done func() bool) {
	t.Helper()
	for !done() {
		if t.Context().Err() != nil {
			t.FailNow()
		}
		runtime.Gosched()
	}
}

// refusedEntry reports a node that lets somebody in, or refuses it for another reason.
func refusedEntry(t *testing.T, s *running, hello *pb.Hello, code string) {
	t.Helper()
	c, err := sessiontest.Join(dial(t, s, transport.WebSocket), hello)
	var refused *wire.Error
	if !errors.As(err, &refused) || refused.Code != code {
		t.Errorf("refused with %v, want %s", err, code)
	}
	if err == nil {
		c.Close()
	}
}

// TestTokensOfOthersOpenNoMeeting: one of another key, or of a meeting that is not there any more.
func TestTokensOfOthersOpenNoMeeting(t *testing.T) {
	other := token.Key{ID: "other", Secret: strings.Repeat("other-secret", 4)}
	s := start(t, Config{Keys: []token.Key{testKey, other}})
	b := backEnd{s, t, client(t)}
	var m made
	b.call("POST", "/v1/meetings", "{}", 201, &m)
	own := b.join(m.ID, `{"identity":"ann"}`)
	foreign, err := other.Sign(token.Claims{Identity: "eve", Room: m.ID, Expires: time.Now().Add(time.Minute), Grants: token.Grants{Join: true, Admin: true}})
	if err != nil {
		t.Fatal(err)
	}
	hello := guest("eve")
	hello.Room, hello.GuestSecret, hello.Token = m.ID, nil, foreign
	refusedEntry(t, s, hello, "foreign-key")
	b.call("DELETE", "/v1/meetings/"+m.ID, "", 204, nil)
	refusedEntry(t, s, own, "ended")
}

// TestLockedMeeting: who was in it comes back, and nobody else comes in, though a token was given out before.
func TestLockedMeeting(t *testing.T) {
	s := start(t, Config{Keys: []token.Key{testKey}})
	b := backEnd{s, t, client(t)}
	var m made
	b.call("POST", "/v1/meetings", "{}", 201, &m)
	host := join(t, s, transport.WebSocket, b.join(m.ID, `{"identity":"host","role":"host"}`))
	ann := join(t, s, transport.WebTransport, b.join(m.ID, `{"identity":"ann"}`))
	late := b.join(m.ID, `{"identity":"late"}`)
	b.call("PATCH", "/v1/meetings/"+m.ID, `{"settings":{"locked":true}}`, 200, nil)
	await[*pb.ServerMessage_RoomUpdated](t, host)
	refusedEntry(t, s, late, "locked")
	b.call("POST", "/v1/meetings/"+m.ID+"/join", `{"identity":"later"}`, 403, nil)
	ann.Send(&pb.ClientMessage{Kind: &pb.ClientMessage_Leave{Leave: &pb.Leave{}}})
	await[*pb.ServerMessage_ParticipantLeft](t, host)
	again := b.ticket(m.ID, `{"identity":"ann"}`)
	ann = join(t, s, transport.WebTransport, again.hello(m.ID))
	if again.Waits || ann.Welcome().Waiting {
		t.Error("one who was in a locked meeting has to wait")
	}
	b.call("POST", "/v1/meetings/"+m.ID+"/participants/"+ann.Session()+"/remove", "{}", 204, nil)
	b.call("POST", "/v1/meetings/"+m.ID+"/join", `{"identity":"ann"}`, 403, nil)
}

// TestWhoMayRecord: a meeting's rule holds for whoever says that it records, and the attendance list says so.
func TestWhoMayRecord(t *testing.T) {
	s := start(t, Config{Keys: []token.Key{testKey}})
	b := backEnd{s, t, client(t)}
	var m made
	b.call("POST", "/v1/meetings", "{}", 201, &m)
	recorder := func(grants string) *pb.Hello {
		hello := b.join(m.ID, `{"identity":"recorder","grants":{"subscribe":true,"data":false,"admin":false`+grants+`}}`)
		hello.Capabilities = &pb.Capabilities{Records: true}
		return hello
	}
	plain := recorder("")
	refusedEntry(t, s, plain, "recording-refused")
	host := join(t, s, transport.WebSocket, b.join(m.ID, `{"identity":"host","role":"host"}`))
	join(t, s, transport.WebSocket, recorder(`,"record":true`))
	if info := await[*pb.ServerMessage_ParticipantJoined](t, host).ParticipantJoined.Participant; !info.Capabilities.GetRecords() {
		t.Errorf("others are told %v", info)
	}
	b.call("PATCH", "/v1/meetings/"+m.ID, `{"settings":{"record":"everyone"}}`, 200, nil)
	join(t, s, transport.WebTransport, plain)
	var attendance struct{ Attendance []struct{ Records bool } }
	until(t, func() bool { // it is written in time, not at once
		stays, err := s.meetings.service.Attendance(t.Context(), application, m.ID, meeting.Page{})
		return err == nil && len(stays.Items) == 3
	})
	b.call("GET", "/v1/meetings/"+m.ID+"/attendance", "", 200, &attendance)
	recorders := 0
	for _, stay := range attendance.Attendance {
		if stay.Records {
			recorders++
		}
	}
	if recorders != 2 {
		t.Errorf("attendance: %+v", attendance)
	}
}

// TestHostsAreAnswered: whoever commands and wants to know is told that it was done, or why not.
func TestHostsAreAnswered(t *testing.T) {
	s := start(t, Config{Keys: []token.Key{testKey}})
	c := startCall(t, s)
	ask := func(id uint32, m *pb.Moderate) {
		c.host.Send(&pb.ClientMessage{RequestId: id, Kind: &pb.ClientMessage_Moderate{Moderate: m}})
	}
	mute := &pb.Moderate{Command: &pb.Moderate_Mute{Mute: &pb.MuteTracks{Session: c.ben.Session()}}}
	ask(0, mute)
	ask(1, mute)
	if done := await[*pb.ServerMessage_Done](t, c.host).Done; done.RequestId != 1 {
		t.Errorf("done: %v", done)
	}
	ask(2, &pb.Moderate{Command: &pb.Moderate_Mute{Mute: &pb.MuteTracks{Session: "nobody"}}})
	ask(3, &pb.Moderate{Command: &pb.Moderate_SetLocked{SetLocked: &pb.SetLocked{Locked: true}}})
	if e := await[*pb.ServerMessage_Error](t, c.host).Error; e.RequestId != 2 || e.Code != wire.CodeParticipantUnknown {
		t.Errorf("refused: %v", e)
	}
	await[*pb.ServerMessage_RoomUpdated](t, c.host) // what follows comes before
	if done := await[*pb.ServerMessage_Done](t, c.host).Done; done.RequestId != 3 {
		t.Errorf("done: %v", done)
	}
}
