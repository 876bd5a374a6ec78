package server

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/openconfab/confab/internal/session/sessiontest"
	"github.com/openconfab/confab/internal/transport"
	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
	"github.com/openconfab/confab/token"
)

func claims(identity string, change func(*token.Claims)) token.Claims {
	c := token.Claims{
		Identity: identity, Room: "room-1", Issued: time.Now(), Expires: time.Now().Add(time.Minute),
		Grants: token.Grants{Join: true, Publish: token.Sources(), Subscribe: true, Data: true},
	}
	if change != nil {
		change(&c)
	}
	return c
}

func bearing(signed string) *pb.Hello {
	return &pb.Hello{Versions: []uint32{1}, Announcement: []byte("announcement of a stranger"), Token: signed}
}

// enter joins with a token of the application.
func enter(t *testing.T, s *running, kind transport.Kind, identity string, change func(*token.Claims)) *sessiontest.Client {
	t.Helper()
	hello := bearing(sign(t, claims(identity, change)))
	hello.Announcement = []byte("announcement of " + identity)
	return join(t, s, kind, hello)
}

// call is a host who speaks and one who listens, whom nothing may disturb.
type call struct {
	s         *running
	host, ben *sessiontest.Client
	track     *pb.TrackRef
	alias     uint64
	spoken    uint64
}

const hostAlias = 9

func startCall(t *testing.T, s *running) *call {
	t.Helper()
	c := &call{
		s:    s,
		host: enter(t, s, transport.WebTransport, "host", func(c *token.Claims) { c.Grants.Admin = true }),
		ben:  enter(t, s, transport.WebSocket, "ben", nil),
	}
	c.host.KeepAlive(time.Second)
	c.ben.KeepAlive(time.Second)
	c.host.Send(&pb.ClientMessage{Kind: &pb.ClientMessage_PublishTrack{PublishTrack: &pb.PublishTrack{
		Number: 1, Source: pb.Source_SOURCE_MICROPHONE, Layers: []*pb.Layer{{Alias: hostAlias}},
	}}})
	c.track = await[*pb.ServerMessage_TrackPublished](t, c.ben).TrackPublished.Track.Track
	c.ben.Send(&pb.ClientMessage{Kind: &pb.ClientMessage_Subscribe{Subscribe: &pb.Subscribe{Track: c.track}}})
	c.alias = await[*pb.ServerMessage_Subscribed](t, c.ben).Subscribed.Alias
	c.unharmed(t)
	return c
}

// unharmed checks that the call goes on, and that neither was told anything but that others came and went.
func (c *call) unharmed(t *testing.T) {
	t.Helper()
	for range 5 {
		c.spoken++
		said := fmt.Sprint("sound ", c.spoken)
		if err := c.host.SendObject(hostAlias, wire.Header{Flags: wire.FlagKeyframe, Group: c.spoken}, said, false); err != nil {
			t.Fatal(err)
		}
		heard, err := c.ben.NextObject()
		if err != nil {
			t.Fatal(err)
		}
		if heard.Payload != said || heard.Alias != c.alias {
			t.Errorf("heard %+v, said was %q", heard, said)
		}
	}
	for _, member := range []*sessiontest.Client{c.host, c.ben} {
		if _, err := member.Ping(); err != nil {
			t.Errorf("the call has ended: %v", err)
		}
		for _, m := range member.Pending() {
			switch m.Kind.(type) {
			case *pb.ServerMessage_ParticipantJoined, *pb.ServerMessage_ParticipantLeft, *pb.ServerMessage_WaitingJoined,
				*pb.ServerMessage_WaitingLeft, *pb.ServerMessage_LinkQuality, *pb.ServerMessage_LayersWanted:
			default:
				t.Errorf("those in the call are told %v", m)
			}
		}
	}
}

// TestHostileTokens: each is refused with its code, and the call goes on.
func TestHostileTokens(t *testing.T) {
	s := start(t, Config{Keys: []token.Key{testKey}})
	c := startCall(t, s)
	good := sign(t, claims("eve", nil))
	parts := strings.Split(good, ".")
	encode := base64.RawURLEncoding.EncodeToString
	other := token.Key{ID: testKey.ID, Secret: strings.Repeat("another secret ", 4)}
	stranger := token.Key{ID: "stranger", Secret: testKey.Secret}
	signedBy := func(k token.Key) string {
		signed, err := k.Sign(claims("eve", nil))
		if err != nil {
			t.Fatal(err)
		}
		return signed
	}
	inRoom := func(room string) *pb.Hello {
		hello := bearing(good)
		hello.Room = room
		return hello
	}
	for name, hello := range map[string]*pb.Hello{
		"none":     guest("eve"),
		"expired":  bearing(sign(t, claims("eve", func(c *token.Claims) { c.Expires = time.Now().Add(-time.Hour) }))),
		"alg none": bearing(encode([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + parts[1] + "."),
		"alg None": bearing(encode([]byte(`{"alg":"None","typ":"JWT"}`)) + "." + parts[1] + "." + parts[2]),
		"unsigned": bearing(parts[0] + "." + parts[1] + "."),
		"claims of another": bearing(parts[0] + "." + encode([]byte(
			`{"iss":"app","sub":"host","room":"room-1","exp":9999999999,"grants":{"join":true,"admin":true}}`)) + "." + parts[2]),
		"wrong secret": bearing(signedBy(other)),
		"unknown key":  bearing(signedBy(stranger)),
		"foreign room": inRoom("room-2"),
		"no join":      bearing(sign(t, claims("eve", func(c *token.Claims) { c.Grants.Join = false }))),
		"oversized":    bearing(strings.Repeat("a", token.MaxLength+1)),
		"not a JWT":    bearing("eve"),
	} {
		for _, kind := range transports {
			if _, err := sessiontest.Join(dial(t, s, kind), hello); wire.CodeOf(err) != wire.CodeUnauthorized {
				t.Errorf("%s by %v: %v", name, kind, err)
			} else if strings.Contains(err.Error(), parts[2]) {
				t.Errorf("%s: the answer has the token", name)
			}
		}
	}
	c.unharmed(t)
}

// TestReplay: neither the token of one whom a host has blocked lets it in again, nor a ticket of one who was removed, nor a ticket
// that was replaced.
func TestReplay(t *testing.T) {
	s := start(t, Config{Keys: []token.Key{testKey}})
	c := startCall(t, s)
	eve := enter(t, s, transport.WebTransport, "eve", nil)
	stolen := eve.Welcome().ResumeTicket
	if err := eve.Resume(dial(t, s, transport.WebSocket)); err != nil {
		t.Fatal(err)
	}
	if _, err := eve.Ping(); err != nil {
		t.Fatal(err)
	}
	resume := func(ticket []byte) error {
		hello := bearing(eve.Hello.Token)
		hello.Resume = &pb.Resume{Session: eve.Session(), Ticket: ticket}
		_, err := sessiontest.Join(dial(t, s, transport.WebSocket), hello)
		return err
	}
	if err := resume(stolen); wire.CodeOf(err) != wire.CodeResumeUnknown {
		t.Errorf("a ticket that was replaced: %v", err)
	}
	c.host.Send(&pb.ClientMessage{Kind: &pb.ClientMessage_Moderate{Moderate: &pb.Moderate{Command: &pb.Moderate_Remove{
		Remove: &pb.RemoveParticipant{Session: eve.Session(), Block: true},
	}}}})
	if closed, _, _ := eve.WaitEnd(); closed.GetCode() != wire.CodeBlocked {
		t.Errorf("closed with %v", closed)
	}
	if err := resume(eve.Welcome().ResumeTicket); wire.CodeOf(err) != wire.CodeResumeUnknown {
		t.Errorf("the ticket of one who was removed: %v", err)
	}
	for _, kind := range transports {
		if _, err := sessiontest.Join(dial(t, s, kind), eve.Hello); wire.CodeOf(err) != wire.CodeBlocked {
			t.Errorf("the token of one who was blocked: %v", err)
		}
	}
	c.unharmed(t)
}

// attack is what somebody tries who has got in.
type attack struct {
	// grants of the attacker, changed by it.
	grants func(*token.Grants)
	do     func(c *call, eve *sessiontest.Client)
	// code of the answer; empty if there is to be none.
	code string
}

func asks(m func(c *call) *pb.ClientMessage) func(*call, *sessiontest.Client) {
	return func(c *call, eve *sessiontest.Client) {
		message := m(c)
		message.RequestId = 77
		eve.Send(message)
	}
}

func commands(m func(c *call) *pb.Moderate) func(*call, *sessiontest.Client) {
	return asks(func(c *call) *pb.ClientMessage {
		return &pb.ClientMessage{Kind: &pb.ClientMessage_Moderate{Moderate: m(c)}}
	})
}

func nothing(g *token.Grants) { *g = token.Grants{Join: true} }

func microphoneTrack(number uint32) *pb.ClientMessage {
	return &pb.ClientMessage{Kind: &pb.ClientMessage_PublishTrack{PublishTrack: &pb.PublishTrack{
		Number: number, Source: pb.Source_SOURCE_MICROPHONE, Layers: []*pb.Layer{{Alias: hostAlias}},
	}}}
}

func attacks() map[string]attack {
	all := map[string]attack{
		"publish without grant": {nothing, asks(func(*call) *pb.ClientMessage { return microphoneTrack(1) }), wire.CodeForbidden},
		"subscribe without grant": {nothing, asks(func(c *call) *pb.ClientMessage {
			return &pb.ClientMessage{Kind: &pb.ClientMessage_Subscribe{Subscribe: &pb.Subscribe{Track: c.track}}}
		}), wire.CodeForbidden},
		"data without grant": {nothing, asks(func(*call) *pb.ClientMessage {
			return &pb.ClientMessage{Kind: &pb.ClientMessage_Data{Data: &pb.DataMessage{Payload: []byte("x")}}}
		}), wire.CodeForbidden},
		"mute the track of another": {nil, asks(func(*call) *pb.ClientMessage {
			return &pb.ClientMessage{Kind: &pb.ClientMessage_SetMuted{SetMuted: &pb.SetMuted{Number: 1, Muted: true}}}
		}), wire.CodeTrackUnknown},
		"unpublish the track of another": {nil, asks(func(*call) *pb.ClientMessage {
			return &pb.ClientMessage{Kind: &pb.ClientMessage_UnpublishTrack{UnpublishTrack: &pb.UnpublishTrack{Number: 1}}}
		}), wire.CodeTrackUnknown},
		"unsubscribe another": {nil, asks(func(c *call) *pb.ClientMessage {
			return &pb.ClientMessage{Kind: &pb.ClientMessage_Unsubscribe{Unsubscribe: &pb.Unsubscribe{Track: c.track}}}
		}), wire.CodeTrackUnknown},
		"objects under the alias of another": {nil, func(_ *call, eve *sessiontest.Client) {
			_ = eve.SendObject(hostAlias, wire.Header{Flags: wire.FlagKeyframe, Group: 1 << 20}, "forged", false)
		}, ""},
		"data of many recipients that are not there": {nil, asks(func(*call) *pb.ClientMessage {
			return &pb.ClientMessage{Kind: &pb.ClientMessage_Data{Data: &pb.DataMessage{To: make([]string, 10_000), Payload: []byte("x")}}}
		}), ""},
		"a recipient named twice": {nil, asks(func(c *call) *pb.ClientMessage {
			parts := []*pb.E2EePart{{To: "nobody"}, {To: "nobody"}}
			return &pb.ClientMessage{Kind: &pb.ClientMessage_E2Ee{E2Ee: &pb.E2EeMessage{Common: []byte("x"), Parts: parts}}}
		}), wire.CodeForbidden},
		"oversize data": {nil, asks(func(*call) *pb.ClientMessage {
			return &pb.ClientMessage{Kind: &pb.ClientMessage_Data{Data: &pb.DataMessage{Payload: make([]byte, 17<<10)}}}
		}), wire.CodeMessageTooLarge},
		"oversize control message": {nil, func(_ *call, eve *sessiontest.Client) {
			eve.SendBytes(make([]byte, 256<<10+1))
		}, wire.CodeMalformed},
		"oversize object": {nil, func(_ *call, eve *sessiontest.Client) {
			_ = eve.SendObject(hostAlias, wire.Header{Flags: wire.FlagKeyframe}, strings.Repeat("x", 4<<20+1), false)
		}, wire.CodeObjectTooLarge},
		"flood": {nil, func(_ *call, eve *sessiontest.Client) {
			for range 3000 {
				eve.Send(&pb.ClientMessage{Kind: &pb.ClientMessage_SetHand{SetHand: &pb.SetHand{}}})
			}
		}, wire.CodeRateLimited},
		"a message of the node": {nil, func(_ *call, eve *sessiontest.Client) {
			b, _ := wire.MarshalServer(&pb.ServerMessage{Kind: &pb.ServerMessage_Closed{Closed: &pb.Closed{Code: "removed"}}}, 1<<10)
			eve.SendBytes(b)
		}, ""},
		"a false acknowledgement": {nil, func(_ *call, eve *sessiontest.Client) {
			b, _ := wire.MarshalClient(&pb.ClientMessage{Kind: &pb.ClientMessage_Ping{Ping: &pb.Ping{Received: 1 << 40}}}, 1<<10)
			_ = eve.Conn().WriteControl(b)
		}, wire.CodeMalformed},
	}
	for name, m := range map[string]func(c *call) *pb.Moderate{
		"admit": func(*call) *pb.Moderate { return &pb.Moderate{Command: &pb.Moderate_Admit{}} },
		"mute": func(c *call) *pb.Moderate {
			return &pb.Moderate{Command: &pb.Moderate_Mute{Mute: &pb.MuteTracks{Session: c.host.Session()}}}
		},
		"mute all": func(*call) *pb.Moderate { return &pb.Moderate{Command: &pb.Moderate_Mute{}} },
		"stop": func(c *call) *pb.Moderate {
			return &pb.Moderate{Command: &pb.Moderate_Stop{Stop: &pb.StopTracks{Session: c.host.Session()}}}
		},
		"remove": func(c *call) *pb.Moderate {
			return &pb.Moderate{Command: &pb.Moderate_Remove{Remove: &pb.RemoveParticipant{Session: c.ben.Session(), Block: true}}}
		},
		"reject": func(c *call) *pb.Moderate {
			return &pb.Moderate{Command: &pb.Moderate_Reject{Reject: &pb.RejectWaiting{Session: c.ben.Session(), Block: true}}}
		},
		"make a host": func(c *call) *pb.Moderate {
			return &pb.Moderate{Command: &pb.Moderate_SetGrants{SetGrants: &pb.SetGrants{Session: c.ben.Session(), Grants: &pb.Grants{Admin: true}}}}
		},
		"lock": func(*call) *pb.Moderate {
			return &pb.Moderate{Command: &pb.Moderate_SetLocked{SetLocked: &pb.SetLocked{Locked: true}}}
		},
		"waiting room": func(*call) *pb.Moderate {
			return &pb.Moderate{Command: &pb.Moderate_SetWaitingRoom{SetWaitingRoom: &pb.SetWaitingRoom{On: true}}}
		},
		"lower hands": func(*call) *pb.Moderate { return &pb.Moderate{Command: &pb.Moderate_LowerHands{}} },
		"end":         func(*call) *pb.Moderate { return &pb.Moderate{Command: &pb.Moderate_End{}} },
		"no command":  func(*call) *pb.Moderate { return &pb.Moderate{} },
	} {
		all["forged host action: "+name] = attack{nil, commands(m), wire.CodeForbidden}
	}
	return all
}

// TestHostileParticipants: whatever one tries who has got in, it is refused with its code, and the call goes on.
func TestHostileParticipants(t *testing.T) {
	s := start(t, Config{Keys: []token.Key{testKey}})
	c := startCall(t, s)
	for name, a := range attacks() {
		for _, kind := range transports {
			t.Run(name+" by "+kind.String(), func(t *testing.T) {
				eve := enter(t, s, kind, "eve", func(c *token.Claims) {
					if a.grants != nil {
						a.grants(&c.Grants)
					}
				})
				a.do(c, eve)
				answered(t, eve, a.code)
				c.unharmed(t)
			})
		}
	}
}

// answered checks which error the attacker gets, or that it gets none.
func answered(t *testing.T, eve *sessiontest.Client, code string) {
	t.Helper()
	if ends := wire.EndsOf(code); code != "" && ends != wire.EndsNothing {
		closed, failure, _ := eve.WaitEnd()
		if closed.GetCode() != code && failure.GetCode() != code {
			t.Errorf("it ends with %v, %v, want %s", closed, failure, code)
		}
		return
	}
	if code != "" {
		if e := await[*pb.ServerMessage_Error](t, eve).Error; e.Code != code {
			t.Errorf("answered %v, want %s", e, code)
		}
		return
	}
	if _, err := eve.Ping(); err != nil {
		t.Error(err)
	}
	for _, m := range eve.Pending() {
		if m.GetError() != nil {
			t.Errorf("answered %v", m)
		}
	}
}

// TestForgedSender: the node says whom a message is from, whatever its sender puts into it.
func TestForgedSender(t *testing.T) {
	s := start(t, Config{Keys: []token.Key{testKey}})
	c := startCall(t, s)
	for _, kind := range transports {
		eve := enter(t, s, kind, "eve", nil)
		await[*pb.ServerMessage_ParticipantJoined](t, c.ben)
		// The fields of E2eeDelivery and DataDelivery that say whom it is from, and one that nobody knows.
		forged := protowire.AppendString(protowire.AppendTag(nil, 1, protowire.BytesType), c.host.Session())
		forged = protowire.AppendString(protowire.AppendTag(forged, 15, protowire.BytesType), c.host.Session())
		for _, field := range []protowire.Number{9, 10} {
			eve.SendBytes(protowire.AppendBytes(protowire.AppendTag(nil, field, protowire.BytesType), forged))
		}
		for _, member := range []*sessiontest.Client{c.host, c.ben} {
			if d := await[*pb.ServerMessage_E2Ee](t, member).E2Ee; d.From != eve.Session() {
				t.Errorf("%v: an E2EE message from %s", kind, d.From)
			}
			if d := await[*pb.ServerMessage_Data](t, member).Data; d.From != eve.Session() || bytes.Contains(d.Payload, []byte(c.host.Session())) {
				t.Errorf("%v: a data message %v", kind, d)
			}
		}
		eve.Send(&pb.ClientMessage{Kind: &pb.ClientMessage_Leave{Leave: &pb.Leave{}}})
		await[*pb.ServerMessage_ParticipantLeft](t, c.ben)
	}
	c.unharmed(t)
}

// TestRosterProbing: from another room, without grants or while waiting, nobody finds out who is there: what is there and what is not
// are answered alike.
func TestRosterProbing(t *testing.T) {
	s := start(t, Config{Keys: []token.Key{testKey}})
	c := startCall(t, s)
	identities := 0
	for name, change := range map[string]func(*token.Claims){
		"in another room":     func(c *token.Claims) { c.Room = "room-of-" + c.Identity },
		"host of another":     func(c *token.Claims) { c.Room, c.Grants.Admin = "room-of-"+c.Identity, true },
		"without grants":      func(c *token.Claims) { nothing(&c.Grants) },
		"hidden, no grants":   func(c *token.Claims) { nothing(&c.Grants); c.Grants.Hidden = true },
		"waiting":             func(c *token.Claims) { c.Grants.Wait = true },
		"waiting, everything": func(c *token.Claims) { c.Grants.Wait, c.Grants.Hidden = true, true },
	} {
		for _, kind := range transports {
			t.Run(name+" by "+kind.String(), func(t *testing.T) {
				// One who was in the room just now would not wait.
				identities++
				eve := enter(t, s, kind, fmt.Sprint("eve", identities), change)
				if w := eve.Welcome(); len(w.Participants)+len(w.WaitingParticipants) > 0 {
					t.Errorf("welcomed with %v", w)
				}
				there, absent := probe(t, eve, c.host.Session()), probe(t, eve, "aaaaaaaaaaaaaaaa")
				if there != absent {
					t.Errorf("one who is there is answered with\n%s\none who is not with\n%s", there, absent)
				}
				c.unharmed(t)
				if _, err := eve.Ping(); err != nil {
					t.Error(err)
				}
				for _, m := range eve.Pending() {
					t.Errorf("it is told %v", m)
				}
				if objects := eve.Objects(); len(objects) > 0 {
					t.Errorf("it receives %v", objects)
				}
			})
		}
	}
}

// probe asks for everything of a session that there is, and returns the answers.
func probe(t *testing.T, eve *sessiontest.Client, session string) (answers string) {
	t.Helper()
	ref := &pb.TrackRef{Session: session, Number: 1}
	moderate := func(m *pb.Moderate) *pb.ClientMessage {
		return &pb.ClientMessage{Kind: &pb.ClientMessage_Moderate{Moderate: m}}
	}
	for i, m := range []*pb.ClientMessage{
		{Kind: &pb.ClientMessage_Subscribe{Subscribe: &pb.Subscribe{Track: ref}}},
		{Kind: &pb.ClientMessage_Unsubscribe{Unsubscribe: &pb.Unsubscribe{Track: ref}}},
		{Kind: &pb.ClientMessage_RequestKeyframe{RequestKeyframe: &pb.RequestKeyframe{Track: ref}}},
		{Kind: &pb.ClientMessage_E2Ee{E2Ee: &pb.E2EeMessage{Parts: []*pb.E2EePart{{To: session, Payload: []byte("x")}}}}},
		{Kind: &pb.ClientMessage_Data{Data: &pb.DataMessage{To: []string{session}, Payload: []byte("x")}}},
		{Kind: &pb.ClientMessage_ReceiverReport{ReceiverReport: &pb.ReceiverReport{Tracks: []*pb.TrackReport{{Track: ref, Lost: 1}}}}},
		moderate(&pb.Moderate{Command: &pb.Moderate_Admit{Admit: &pb.AdmitWaiting{Session: session}}}),
		moderate(&pb.Moderate{Command: &pb.Moderate_Mute{Mute: &pb.MuteTracks{Session: session}}}),
		moderate(&pb.Moderate{Command: &pb.Moderate_Remove{Remove: &pb.RemoveParticipant{Session: session}}}),
	} {
		m.RequestId = uint32(i + 1)
		eve.Send(m)
	}
	// Its answer comes after all others.
	last := microphoneTrack(1 << 20)
	last.RequestId = 99
	eve.Send(last)
	for {
		e := await[*pb.ServerMessage_Error](t, eve).Error
		if e.RequestId == 99 {
			return answers
		}
		answers += fmt.Sprintln(e.RequestId, e.Code, e.Message)
	}
}
