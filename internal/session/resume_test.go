package session_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openconfab/confab/internal/session"
	"github.com/openconfab/confab/internal/session/sessiontest"
	"github.com/openconfab/confab/internal/transport"
	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
)

// cut breaks the client's connection and waits until the node knows.
func cut(c *sessiontest.Client) {
	c.Conn().(*sessiontest.Conn).Cut()
	synctest.Wait()
}

func (n *node) resume(c *sessiontest.Client, kind transport.Kind) *sessiontest.Conn {
	n.t.Helper()
	conn, server := n.dial(kind)
	if err := c.Resume(conn); err != nil {
		n.t.Fatalf("resuming: %v", err)
	}
	return server
}

func TestResumeWithinTheGraceIsUnseen(t *testing.T) {
	both(t, func(t *testing.T, n *node, kind transport.Kind) {
		ann, bob := n.join("ann"), n.join("bob")
		ann.Send(camera(2, 1))
		ann.Send(microphone(1))
		alias := watch(t, bob, ann, 2, 0)
		sent(t, ann, 20, key(1), "before")
		bob.Objects()
		first := bob.Welcome()

		cut(bob)
		if stats := n.hub.Stats(); stats.Sessions != 2 || stats.Detached != 1 || stats.Participants != 2 {
			t.Errorf("while away: %+v", stats)
		}
		ann.Send(data("chat", "meanwhile"))
		sent(t, ann, 20, delta(1, 1), "lost")
		ann.Pending()
		time.Sleep(30*time.Second - time.Nanosecond)

		n.resume(bob, kind)
		welcome := bob.Welcome()
		if !welcome.Resumed || welcome.Session != first.Session || len(welcome.Participants) != 0 ||
			slices.Equal(welcome.ResumeTicket, first.ResumeTicket) || len(welcome.ResumeTicket) != 32 {
			t.Errorf("welcomed with %v", welcome)
		}
		if chat := next[*pb.ServerMessage_Data](t, bob).Data; string(chat.Payload) != "meanwhile" {
			t.Errorf("got %v", chat)
		}
		// The publisher is asked for a picture to start with, and the alias is the old one.
		synctest.Wait()
		asked := false
		for _, m := range ann.Pending() {
			asked = asked || m.GetKeyframeRequested() != nil
			if m.GetParticipantLeft() != nil || m.GetParticipantJoined() != nil {
				t.Errorf("seen: %v", m)
			}
		}
		if !asked {
			t.Error("no keyframe was asked for")
		}
		sent(t, ann, 20, delta(1, 2), "undecodable")
		sent(t, ann, 20, key(2), "after")
		if got := bob.Objects(); len(got) != 1 || got[0].Payload != "after" || got[0].Alias != alias {
			t.Errorf("got %v", got)
		}
		if n.counts.get("dropped detached") == 0 || n.counts.get("dropped broken") == 0 {
			t.Error("the drops were not counted")
		}
	})
}

func TestAGhostIsGoneAfterTheGrace(t *testing.T) {
	simulate(t, func(t *testing.T, n *node) {
		ann, bob := n.join("ann"), n.join("bob")
		next[*pb.ServerMessage_ParticipantJoined](t, ann)
		start := time.Now()
		cut(bob)
		if q := next[*pb.ServerMessage_LinkQuality](t, ann).LinkQuality; len(q.Participants) != 1 ||
			q.Participants[0].Session != bob.Session() || q.Participants[0].Quality != pb.Quality_QUALITY_LOST {
			t.Errorf("quality: %v", q)
		}
		left := next[*pb.ServerMessage_ParticipantLeft](t, ann).ParticipantLeft
		if left.Session != bob.Session() || left.Reason != pb.LeaveReason_LEAVE_REASON_LOST {
			t.Errorf("left: %v", left)
		}
		if away := time.Since(start); away != 30*time.Second {
			t.Errorf("after %v", away)
		}
		conn, _ := n.dial(transport.WebSocket)
		if err := bob.Resume(conn); wire.CodeOf(err) != wire.CodeResumeUnknown {
			t.Errorf("the ghost came back: %v", err)
		}
		if n.counts.get("ended lost") != 1 {
			t.Error("the end was not counted")
		}
	})
}

func TestASilentConnectionIsDropped(t *testing.T) {
	simulate(t, func(t *testing.T, n *node) {
		ann, server := n.joinSilently(transport.WebTransport, "ann")
		start := time.Now()
		for range 5 {
			time.Sleep(5 * time.Second)
			if _, err := ann.Ping(); err != nil {
				t.Fatalf("dropped though it pinged: %v", err)
			}
		}
		<-server.Done()
		if silent := time.Since(start) - 25*time.Second; silent != 6*time.Second {
			t.Errorf("dropped after %v", silent)
		}
		synctest.Wait()
		if stats := n.hub.Stats(); stats.Detached != 1 {
			t.Errorf("%+v", stats)
		}
	})
}

func TestMovingBetweenTransports(t *testing.T) {
	simulate(t, func(t *testing.T, n *node) {
		ann, bob := n.join("ann"), n.join("bob")
		next[*pb.ServerMessage_ParticipantJoined](t, ann)
		ann.Send(camera(2, 1))
		watch(t, bob, ann, 2, 0)
		ann.Pending()
		for i, kind := range []transport.Kind{transport.WebSocket, transport.WebTransport, transport.WebTransport, transport.WebSocket} {
			old := bob.Conn()
			n.resume(bob, kind)
			<-old.Done()
			sent(t, ann, 20, key(uint64(10*i+1)), kindName(kind))
			if got := payloads(bob); !slices.Equal(got, []string{kindName(kind)}) {
				t.Errorf("got %q", got)
			}
			bob.Send(data("chat", kindName(kind)))
		}
		var chats []string
		synctest.Wait()
		for _, m := range ann.Pending() {
			switch {
			case m.GetData() != nil:
				chats = append(chats, string(m.GetData().Payload))
			case m.GetLayersWanted() != nil, m.GetKeyframeRequested() != nil:
			default:
				t.Errorf("seen: %v", m)
			}
		}
		if want := []string{"ws", "wt", "wt", "ws"}; !slices.Equal(chats, want) {
			t.Errorf("chats: %q", chats)
		}
	})
}

func kindName(k transport.Kind) string {
	if k == transport.WebSocket {
		return "ws"
	}
	return "wt"
}

func TestTicketsAreSecretAndRenewed(t *testing.T) {
	simulate(t, func(t *testing.T, n *node) {
		ann := n.join("ann")
		first := ann.Welcome().ResumeTicket
		attempt := func(ticket []byte) (*pb.Welcome, error) {
			conn, _ := n.dial(transport.WebSocket)
			h := hello("room", "ann")
			h.Resume = &pb.Resume{Session: ann.Session(), Ticket: ticket}
			c, err := sessiontest.Join(conn, h)
			if err != nil {
				return nil, err
			}
			n.clients = append(n.clients, c)
			return c.Welcome(), nil
		}
		for name, ticket := range map[string][]byte{"none": nil, "short": first[:31], "wrong": make([]byte, 32), "long": append(slices.Clone(first), 0)} {
			if _, err := attempt(ticket); wire.CodeOf(err) != wire.CodeResumeUnknown {
				t.Errorf("%s: %v", name, err)
			}
		}
		// The answer to the first attempt is lost, so that the client knows the first ticket only.
		lost, err := attempt(first)
		if err != nil {
			t.Fatal(err)
		}
		second, err := attempt(first)
		if err != nil {
			t.Fatalf("the ticket that the client has is not taken: %v", err)
		}
		if _, err := attempt(lost.ResumeTicket); wire.CodeOf(err) != wire.CodeResumeUnknown {
			t.Errorf("a ticket that never was confirmed is taken: %v", err)
		}
		third, err := attempt(second.ResumeTicket)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := n.clients[len(n.clients)-1].Ping(); err != nil {
			t.Fatal(err)
		}
		if _, err := attempt(second.ResumeTicket); wire.CodeOf(err) != wire.CodeResumeUnknown {
			t.Errorf("an old ticket is taken: %v", err)
		}
		if _, err := attempt(third.ResumeTicket); err != nil {
			t.Error(err)
		}
	})
}

func TestFalseReceivedCountsAreRefused(t *testing.T) {
	simulate(t, func(t *testing.T, n *node) {
		ann := n.join("ann")
		n.join("bob")
		next[*pb.ServerMessage_ParticipantJoined](t, ann)
		if _, err := ann.Ping(); err != nil {
			t.Fatal(err)
		}
		for _, received := range []uint64{2, 1 << 63} {
			conn, _ := n.dial(transport.WebSocket)
			h := hello("room", "ann")
			h.Resume = &pb.Resume{Session: ann.Session(), Ticket: ann.Welcome().ResumeTicket, Received: received}
			if _, err := sessiontest.Join(conn, h); wire.CodeOf(err) != wire.CodeMalformed {
				t.Errorf("received %d: %v", received, err)
			}
		}
		if _, err := ann.Ping(); err != nil {
			t.Errorf("the session's own connection has suffered: %v", err)
		}
	})
}

// TestAcknowledgedWhileMoving: what a client has acknowledged over its old connection, since it said Hello on another, is not missed.
func TestAcknowledgedWhileMoving(t *testing.T) {
	both(t, func(t *testing.T, n *node, kind transport.Kind) {
		ann := n.join("ann")
		hello := ann.Resuming()
		bob := n.join("bob")
		next[*pb.ServerMessage_ParticipantJoined](t, ann)
		if _, err := ann.Ping(); err != nil {
			t.Fatal(err)
		}
		bob.Send(data("chat", "one"))
		synctest.Wait()
		conn, _ := n.dial(kind)
		if err := ann.Take(conn, hello); err != nil {
			t.Fatal(err)
		}
		if w := ann.Welcome(); !w.Resumed || w.Acknowledged != 1 {
			t.Errorf("welcomed with %v", w)
		}
		bob.Send(data("chat", "two"))
		for _, want := range []string{"one", "two"} {
			if chat := next[*pb.ServerMessage_Data](t, ann).Data; string(chat.Payload) != want {
				t.Errorf("got %v", chat)
			}
		}
		if _, err := ann.Ping(); err != nil {
			t.Error(err)
		}
		quiet(t, ann)
	})
}

// TestControlIsExactlyOnceOverCuts sends numbered chat both ways while connections are cut, moved and stalled at random
// moments, and checks that everything arrives once and in order.
func TestControlIsExactlyOnceOverCuts(t *testing.T) {
	for seed := range uint64(30) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			simulate(t, func(t *testing.T, n *node) { exactlyOnce(t, n, rand.New(rand.NewPCG(seed, 0))) })
		})
	}
}

func exactlyOnce(t *testing.T, n *node, random *rand.Rand) {
	const messages = 150
	names := []string{"ann", "bob"}
	clients := []*sessiontest.Client{n.join("ann"), n.join("bob")}
	next[*pb.ServerMessage_ParticipantJoined](t, clients[0])
	var mu sync.Mutex
	var got [2][]string
	collect := func(i int) {
		mu.Lock()
		defer mu.Unlock()
		for _, m := range clients[i].Pending() {
			if m.GetData() != nil {
				got[i] = append(got[i], string(m.GetData().Payload))
			}
		}
	}
	var sent [2]int
	for sent[0] < messages || sent[1] < messages {
		i := random.IntN(2)
		c := clients[i]
		switch action := random.IntN(20); {
		case action < 12:
			if sent[i] < messages {
				c.Send(data("chat", fmt.Sprint(names[i], sent[i])))
				sent[i]++
			}
		case action < 14:
			synctest.Wait()
		case action < 15:
			c.Conn().(*sessiontest.Conn).Cut()
			time.Sleep(time.Duration(random.IntN(2000)) * time.Millisecond)
			n.resume(c, transport.Kind(1+random.IntN(2)))
		case action < 16:
			// The client moves while the old connection works.
			n.resume(c, transport.Kind(1+random.IntN(2)))
		case action < 17:
			// It moves, and the new connection is cut before anything was acknowledged.
			n.resume(c, transport.Kind(1+random.IntN(2)))
			c.Conn().(*sessiontest.Conn).Cut()
			n.resume(c, transport.Kind(1+random.IntN(2)))
		case action < 18:
			// An error is a connection's end already noticed, and what the next resume is for.
			_, _ = c.Ping()
		default:
			collect(i)
		}
	}
	// The rate limit of data messages may still hold some back.
	time.Sleep(5 * time.Second)
	for i := range clients {
		collect(i)
		other := 1 - i
		if len(got[i]) != messages {
			t.Fatalf("%s got %d messages of %d: %q", names[i], len(got[i]), messages, got[i])
		}
		for k, payload := range got[i] {
			if want := fmt.Sprint(names[other], k); payload != want {
				t.Fatalf("%s got %q in place of %q", names[i], payload, want)
			}
		}
	}
}

func TestUnacknowledgedMessagesEndTheSession(t *testing.T) {
	simulate(t, func(t *testing.T, n *node) {
		ann, bob := n.join("ann"), n.join("bob")
		eve, _ := n.joinSilently(transport.WebSocket, "eve")
		payload := make([]byte, 16<<10)
		// Eve reads, but never acknowledges.
		for i := range 600 {
			if i%20 == 0 {
				eve.SendBytes([]byte{0xfa, 0x07, 0x01, 0x00})
			}
			ann.Send(&pb.ClientMessage{Kind: &pb.ClientMessage_Data{Data: &pb.DataMessage{Payload: payload}}})
			time.Sleep(150 * time.Millisecond)
		}
		if closed, _, err := eve.WaitEnd(); closed.GetCode() != wire.CodeSlowClient || wire.CodeOf(err) != wire.CodeSlowClient {
			t.Errorf("ended with %v, %v", closed, err)
		}
		received := 0
		for _, m := range bob.Pending() {
			if m.GetData() != nil {
				received++
			}
		}
		if received != 600 {
			t.Errorf("the other got %d messages", received)
		}
	})
}

func TestDroppableDataIsDroppedForWhoIsBehind(t *testing.T) {
	simulate(t, func(t *testing.T, n *node) {
		ann := n.join("ann")
		eve, path := n.joinSilently(transport.WebSocket, "eve")
		path.Stall()
		for i := range 300 {
			m := data("pointer", string(make([]byte, 4000)))
			m.GetData().Droppable = true
			ann.Send(m)
			time.Sleep(40 * time.Millisecond)
			if i%20 == 0 {
				eve.Conn().WriteControl(mustMarshal(t, &pb.ClientMessage{Kind: &pb.ClientMessage_Ping{Ping: &pb.Ping{}}}))
			}
		}
		if dropped := n.counts.get("dropped data-behind"); dropped == 0 || dropped >= 300 {
			t.Errorf("%d were dropped", dropped)
		}
		if stats := n.hub.Stats(); stats.Sessions != 2 {
			t.Errorf("%+v", stats)
		}
	})
}

func TestShutdown(t *testing.T) {
	simulate(t, func(t *testing.T, n *node) {
		ann, bob, eve := n.join("ann"), n.join("bob"), n.join("eve")
		cut(eve)
		// One who has not said Hello by then is not waited for.
		_, silent := n.dial(transport.WebTransport)
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		done := make(chan error)
		start := time.Now()
		go func() { done <- n.hub.Shutdown(ctx) }()
		if away := ann.WaitGoAway(); away.GetByMs() != 3000 {
			t.Errorf("told %v", away)
		}
		conn, _ := n.dial(transport.WebSocket)
		if _, err := sessiontest.Join(conn, hello("room", "late")); wire.CodeOf(err) != wire.CodeShuttingDown {
			t.Errorf("a late one got %v", err)
		}
		conn, _ = n.dial(transport.WebSocket)
		if err := eve.Resume(conn); wire.CodeOf(err) != wire.CodeShuttingDown {
			t.Errorf("a resuming one got %v", err)
		}
		ann.Send(&pb.ClientMessage{Kind: &pb.ClientMessage_Leave{Leave: &pb.Leave{}}})
		if closed, failure, _ := bob.WaitEnd(); closed.GetCode() != wire.CodeShuttingDown || failure != nil {
			t.Errorf("ended with %v, %v", closed, failure)
		}
		if err := <-done; err != ctx.Err() || err == nil || time.Since(start) != 3*time.Second {
			t.Errorf("Shutdown after %v: %v", time.Since(start), err)
		}
		if silent.CloseCode() != wire.CodeShuttingDown {
			t.Errorf("who was silent was closed with %q", silent.CloseCode())
		}
	})
}

func TestShutdownEndsWhenAllHaveLeft(t *testing.T) {
	simulate(t, func(t *testing.T, n *node) {
		ann := n.join("ann")
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		done := make(chan error)
		go func() { done <- n.hub.Shutdown(ctx) }()
		ann.WaitGoAway()
		ann.Send(&pb.ClientMessage{Kind: &pb.ClientMessage_Leave{Leave: &pb.Leave{}}})
		if err := <-done; err != nil {
			t.Errorf("Shutdown: %v", err)
		}
		if n.hub.Stats() != (session.Stats{}) {
			t.Errorf("%+v", n.hub.Stats())
		}
	})
}
