package cluster_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openconfab/confab/internal/backbone"
	"github.com/openconfab/confab/internal/backbone/local"
	"github.com/openconfab/confab/internal/cluster"
	"github.com/openconfab/confab/internal/session"
	"github.com/openconfab/confab/internal/session/sessiontest"
	"github.com/openconfab/confab/internal/transport"
	"github.com/openconfab/confab/internal/virtualtime"
	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
)

// station is a node with real sessions.
type station struct {
	t        *testing.T
	backbone backbone.Backbone
	cluster  *cluster.Cluster
	hub      *session.Hub
	serving  sync.WaitGroup
	clients  []*sessiontest.Client
}

func simulateStations(t *testing.T, count int, test func(t *testing.T, network *local.Network, stations []*station)) {
	virtualtime.Test(t, func(t *testing.T) {
		before := wire.LiveObjects()
		network := &local.Network{}
		network.SetDelay(10 * time.Millisecond)
		var stations []*station
		for i := range count {
			s := &station{t: t, backbone: network.Join()}
			s.cluster = cluster.New(cluster.Config{
				Backbone: s.backbone, URL: fmt.Sprintf("http://node%d", i), Patience: 30 * time.Second, Meter: uncounted{},
			})
			s.hub = session.New(session.Config{
				Outside: s.cluster, Elsewhere: s.cluster,
				Admit: func(_ context.Context, hello *pb.Hello, _ string) (session.Admission, error) {
					grants := &pb.Grants{
						Join: true, Subscribe: true, Data: true, Publish: []pb.Source{pb.Source_SOURCE_CAMERA, pb.Source_SOURCE_MICROPHONE},
						Admin: strings.HasPrefix(hello.Token, "host"),
					}
					return session.Admission{
						Room: hello.Room, Identity: hello.Token, Grants: grants,
						Wait: strings.HasPrefix(hello.Token, "waiting"), Kept: strings.HasSuffix(hello.Token, "of record"),
					}, nil
				},
			})
			if err := s.cluster.Start(s.hub.Rooms(), s.hub); err != nil {
				t.Fatal(err)
			}
			stations = append(stations, s)
		}
		stop := sync.OnceFunc(func() {
			for _, s := range stations {
				s.stop()
			}
			for _, s := range stations {
				for _, c := range s.clients {
					c.Close()
				}
			}
		})
		defer stop()
		time.Sleep(2 * time.Second)
		test(t, network, stations)
		stop()
		if left := wire.LiveObjects() - before; left != 0 {
			t.Errorf("%d objects were never released", left)
		}
	})
}

func (s *station) stop() {
	now, cancel := context.WithCancel(context.Background())
	cancel()
	// That it did not wait is what is wanted.
	_ = s.hub.Shutdown(now)
	s.serving.Wait()
	if s.cluster != nil {
		s.cluster.Close()
		s.backbone.Close()
		s.cluster = nil
	}
}

func (s *station) dial() transport.Conn {
	server, client := sessiontest.Pipe(transport.WebTransport)
	s.serving.Go(func() { s.hub.Serve(server) })
	return client
}

func (s *station) join(name string) *sessiontest.Client {
	s.t.Helper()
	return s.announce(name, "announcement of "+name)
}

// announce joins with an announcement.
func (s *station) announce(name, announcement string) *sessiontest.Client {
	s.t.Helper()
	c, err := sessiontest.Join(s.dial(), &pb.Hello{Versions: []uint32{1}, Room: "room", Token: name, Announcement: []byte(announcement)})
	if err != nil {
		s.t.Fatal(err)
	}
	c.KeepAlive(time.Second)
	s.clients = append(s.clients, c)
	return c
}

// kinds names the messages that have come after some time.
func kinds(c *sessiontest.Client, after time.Duration) (all []string) {
	time.Sleep(after)
	synctest.Wait()
	for _, m := range c.Pending() {
		switch k := m.Kind.(type) {
		case *pb.ServerMessage_Data:
			all = append(all, string(k.Data.Payload))
		case *pb.ServerMessage_ParticipantLeft:
			all = append(all, fmt.Sprintf("left %d", k.ParticipantLeft.Reason))
		default:
			all = append(all, fmt.Sprintf("%T", k)[len("*pb.ServerMessage_"):])
		}
	}
	slices.Sort(all)
	return all
}

func say(c *sessiontest.Client, what string) {
	c.Send(&pb.ClientMessage{Kind: &pb.ClientMessage_Data{Data: &pb.DataMessage{Payload: []byte(what)}}})
}

func publishCamera(c *sessiontest.Client) {
	c.Send(&pb.ClientMessage{Kind: &pb.ClientMessage_PublishTrack{PublishTrack: &pb.PublishTrack{
		Number: 1, Source: pb.Source_SOURCE_CAMERA, Layers: []*pb.Layer{{Alias: 10, Height: 180}},
	}}})
}

// watchCamera subscribes and returns the alias.
func watchCamera(t *testing.T, c, of *sessiontest.Client) uint64 {
	t.Helper()
	kinds(c, soon)
	c.Send(&pb.ClientMessage{Kind: &pb.ClientMessage_Subscribe{Subscribe: &pb.Subscribe{Track: &pb.TrackRef{Session: of.Session(), Number: 1}}}})
	for {
		m, err := c.Next()
		if err != nil {
			t.Fatal(err)
		}
		if s := m.GetSubscribed(); s != nil {
			return s.Alias
		}
	}
}

// sees checks that a picture of one comes to another.
func sees(t *testing.T, c, of *sessiontest.Client, alias, group uint64) {
	t.Helper()
	c.Objects()
	payload := fmt.Sprint("picture ", group)
	if err := of.SendObject(10, wire.Header{Flags: wire.FlagKeyframe | wire.FlagLastOfGroup, Group: group}, payload, false); err != nil {
		t.Fatal(err)
	}
	time.Sleep(soon)
	synctest.Wait()
	if got := c.Objects(); len(got) != 1 || got[0].Payload != payload || got[0].Alias != alias {
		t.Errorf("objects under alias %d: %v", alias, got)
	}
}

// TestSessionMoves: a client goes on at another node in its session, with its tracks, subscriptions and messages, and the others
// see nothing of it, wherever they are and whether or not the other node had the room.
func TestSessionMoves(t *testing.T) {
	for _, to := range []int{1, 2} {
		simulateStations(t, 3, func(t *testing.T, _ *local.Network, stations []*station) {
			ann, dora, bob := stations[0].join("ann"), stations[0].join("dora"), stations[1].join("bob")
			publishCamera(ann)
			publishCamera(bob)
			annSees := watchCamera(t, ann, bob)
			bobSees, doraSees := watchCamera(t, bob, ann), watchCamera(t, dora, ann)
			sees(t, bob, ann, bobSees, 1)
			for _, c := range []*sessiontest.Client{ann, bob, dora} {
				kinds(c, 5*time.Second)
			}
			session, old := ann.Session(), ann.Conn()

			// Said while it moves, some of it before the others know, some on the old connection without an answer.
			say(ann, "from ann 0")
			for i := range 10 {
				say(bob, fmt.Sprint("to all ", i))
				time.Sleep(time.Millisecond)
			}
			for i := range 10 {
				say(dora, fmt.Sprint("from dora ", i))
			}
			if err := ann.Resume(stations[to].dial()); err != nil {
				t.Fatal(err)
			}
			say(ann, "from ann 1")
			say(bob, "to all 10")
			if w := ann.Welcome(); !w.Resumed || w.Session != session {
				t.Errorf("welcomed with %v", w)
			}
			<-old.Done()

			heard := kinds(ann, time.Second)
			// End-to-end encryption drops what comes twice.
			heard = slices.Compact(heard)
			for i := range 11 {
				if want := fmt.Sprint("to all ", i); !slices.Contains(heard, want) {
					t.Errorf("%q was lost", want)
				}
			}
			for i := range 10 {
				if want := fmt.Sprint("from dora ", i); !slices.Contains(heard, want) {
					t.Errorf("%q was lost", want)
				}
			}
			for _, what := range heard {
				if !slices.Contains([]string{"Alternates", "KeyframeRequested"}, what) && what[:4] != "to a" && what[:4] != "from" {
					t.Errorf("the one who moved was told %q", what)
				}
			}
			for _, c := range []*sessiontest.Client{bob, dora} {
				told := kinds(c, 10*time.Second)
				told = slices.DeleteFunc(told, func(s string) bool { return s == "KeyframeRequested" || s[:4] == "to a" || s[:6] == "from d" })
				if !slices.Equal(told, []string{"from ann 0", "from ann 1"}) {
					t.Errorf("another was told %q", told)
				}
			}
			sees(t, bob, ann, bobSees, 2)
			sees(t, dora, ann, doraSees, 3)
			sees(t, ann, bob, annSees, 4)

			// The node that it has left may go, and the session moves on.
			stations[0].stop()
			if got := kinds(bob, time.Minute); !slices.Equal(slices.Compact(got), []string{"Alternates", "left 2"}) {
				t.Errorf("when the first node has gone: %q", got)
			}
			sees(t, bob, ann, bobSees, 5)
			if err := ann.Resume(stations[3-to].dial()); err != nil {
				t.Fatal(err)
			}
			time.Sleep(soon)
			sees(t, bob, ann, bobSees, 6)
			sees(t, ann, bob, annSees, 7)
		})
	}
}

// TestAcknowledgedWhileMovingOn: a session moves whole though its client acknowledged more, while its Hello was on the way, to the node
// that it leaves.
func TestAcknowledgedWhileMovingOn(t *testing.T) {
	simulateStations(t, 2, func(t *testing.T, _ *local.Network, stations []*station) {
		ann, bob := stations[0].join("ann"), stations[1].join("bob")
		for _, c := range []*sessiontest.Client{ann, bob} {
			kinds(c, time.Second)
		}
		hello := ann.Resuming()
		say(bob, "before")
		time.Sleep(soon)
		if _, err := ann.Ping(); err != nil {
			t.Fatal(err)
		}
		if err := ann.Take(stations[1].dial(), hello); err != nil {
			t.Fatal(err)
		}
		if w := ann.Welcome(); !w.Resumed || w.Acknowledged <= hello.Resume.Received {
			t.Errorf("welcomed with %v after %v", w, hello.Resume)
		}
		say(bob, "after")
		told := slices.DeleteFunc(kinds(ann, time.Second), func(s string) bool { return s == "Alternates" })
		if !slices.Equal(told, []string{"after", "before"}) {
			t.Errorf("told %q", told)
		}
	})
}

// TestTwoMoveAtOnce: the states that a node tells when it has taken the first over are not of the second yet, who is not lost by that.
func TestTwoMoveAtOnce(t *testing.T) {
	simulateStations(t, 3, func(t *testing.T, _ *local.Network, stations []*station) {
		ann, bob, cyd, dora := stations[0].join("ann"), stations[0].join("bob"), stations[0].join("cyd"), stations[2].join("dora")
		for _, c := range []*sessiontest.Client{ann, bob, cyd, dora} {
			kinds(c, time.Second)
		}
		var moving sync.WaitGroup
		for _, c := range []*sessiontest.Client{ann, bob} {
			moving.Go(func() {
				if err := c.Resume(stations[1].dial()); err != nil {
					t.Error(err)
				}
			})
		}
		moving.Wait()
		for name, c := range map[string]*sessiontest.Client{"ann": ann, "bob": bob, "cyd": cyd, "dora": dora} {
			told := kinds(c, 15*time.Second)
			if told = slices.DeleteFunc(told, func(s string) bool { return s == "Alternates" }); len(told) > 0 {
				t.Errorf("%s was told %q", name, told)
			}
		}
	})
}

// TestSessionStays: nobody gets a session without its ticket, or from a node that does not answer.
func TestSessionStays(t *testing.T) {
	simulateStations(t, 2, func(t *testing.T, network *local.Network, stations []*station) {
		ann, bob := stations[0].join("ann"), stations[0].join("bob")
		kinds(bob, soon)
		thief := &pb.Hello{Versions: []uint32{1}, Resume: &pb.Resume{Session: ann.Session(), Ticket: slices.Clone(ann.Welcome().ResumeTicket)}}
		thief.Resume.Ticket[0] ^= 1
		try := func() {
			t.Helper()
			if _, err := sessiontest.Join(stations[1].dial(), thief); wire.CodeOf(err) != wire.CodeResumeUnknown {
				t.Errorf("resuming: %v", err)
			}
		}
		try()
		thief.Resume.Ticket = append(thief.Resume.Ticket[:32], "nobody"...)
		try()
		network.SetCut(stations[0].backbone, stations[1].backbone, true)
		begun := time.Now()
		if err := ann.Resume(stations[1].dial()); wire.CodeOf(err) != wire.CodeResumeUnknown {
			t.Errorf("resuming away from a node out of reach: %v", err)
		}
		if took := time.Since(begun); took > 2*time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

// TestWaitingMoves: who waits goes on to wait at another node, whether or not that has the room; hosts see nothing of it, and let it in
// there. It does not wait for longer by moving.
func TestWaitingMoves(t *testing.T) {
	for _, to := range []int{1, 2} {
		simulateStations(t, 3, func(t *testing.T, _ *local.Network, stations []*station) {
			host, waiting, other := stations[1].join("host"), stations[0].join("waiting 1"), stations[0].join("waiting 2")
			kinds(host, 5*time.Second)
			session := waiting.Session()
			for _, c := range []*sessiontest.Client{waiting, other} {
				if err := c.Resume(stations[to].dial()); err != nil {
					t.Fatal(err)
				}
			}
			stations[0].stop()
			if w := waiting.Welcome(); !w.Resumed || w.Session != session || w.Grants.Subscribe {
				t.Errorf("welcomed with %v", w)
			}
			if told := slices.Compact(kinds(host, time.Minute)); !slices.Equal(told, []string{"Alternates"}) {
				t.Errorf("the host was told %q", told)
			}
			if told := slices.Compact(kinds(waiting, 0)); !slices.Equal(told, []string{"Alternates"}) {
				t.Errorf("one who waits was told %q", told)
			}
			host.Send(&pb.ClientMessage{Kind: &pb.ClientMessage_Moderate{Moderate: admission(session)}})
			if told := kinds(waiting, soon); !slices.Equal(told, []string{"Admitted"}) {
				t.Errorf("one who is let in was told %q", told)
			}
			if told := kinds(host, 0); !slices.Equal(told, []string{"ParticipantJoined", "WaitingLeft"}) {
				t.Errorf("the host was told %q", told)
			}
			say(waiting, "hello")
			if told := kinds(host, soon); !slices.Equal(told, []string{"hello"}) {
				t.Errorf("the host was told %q", told)
			}
			time.Sleep(time.Hour - 90*time.Second)
			select {
			case <-other.Conn().Done():
				t.Error("the other has waited for too short a time")
			default:
			}
			time.Sleep(time.Minute)
			if closed, _, _ := other.WaitEnd(); closed.GetCode() != wire.CodeForgotten {
				t.Errorf("the other: %v", closed)
			}
		})
	}
}

// TestWhatIsRememberedElsewhere: a room that somebody has moved to does not remember by itself who is blocked, if a record does.
func TestWhatIsRememberedElsewhere(t *testing.T) {
	for of, refused := range map[string]bool{"of record": false, "": true} {
		simulateStations(t, 2, func(t *testing.T, _ *local.Network, stations []*station) {
			host, ben := stations[0].join("host "+of), stations[0].join("ben "+of)
			kinds(host, soon)
			if err := host.Resume(stations[1].dial()); err != nil {
				t.Fatal(err)
			}
			host.Send(&pb.ClientMessage{Kind: &pb.ClientMessage_Moderate{Moderate: removal(ben.Session(), true)}})
			if closed, _, _ := ben.WaitEnd(); closed.GetCode() != wire.CodeBlocked {
				t.Errorf("the one that is removed was told %v", closed)
			}
			time.Sleep(soon)
			again, err := sessiontest.Join(stations[1].dial(), &pb.Hello{
				Versions: []uint32{1}, Room: "room", Token: "ben " + of, Announcement: []byte("another"),
			})
			if (wire.CodeOf(err) == wire.CodeBlocked) != refused {
				t.Errorf("it joins again: %v", err)
			}
			if err == nil {
				again.Close()
			}
		})
	}
}

// TestNodeDiesAfterTakingOver: a session whose new node dies is lost in the end, to everybody.
func TestNodeDiesAfterTakingOver(t *testing.T) {
	simulateStations(t, 3, func(t *testing.T, network *local.Network, stations []*station) {
		ann, bob := stations[0].join("ann"), stations[2].join("bob")
		kinds(bob, soon)
		if err := ann.Resume(stations[1].dial()); err != nil {
			t.Fatal(err)
		}
		if got := kinds(bob, soon); len(got) > 0 {
			t.Errorf("told: %q", got)
		}
		// The node that has taken it over dies at once.
		for _, other := range []int{0, 2} {
			network.SetCut(stations[1].backbone, stations[other].backbone, true)
		}
		if got := kinds(bob, 10*time.Second); !slices.Equal(got, []string{"Alternates", "LinkQuality"}) {
			t.Errorf("when the node is silent: %q", got)
		}
		if got := slices.Compact(kinds(bob, time.Minute)); !slices.Equal(got, []string{"left 2"}) {
			t.Errorf("in the end: %q", got)
		}
	})
}

// TestAlternates: clients know the other nodes that take clients, and are sent to one of them.
func TestAlternates(t *testing.T) {
	simulateStations(t, 3, func(t *testing.T, _ *local.Network, stations []*station) {
		ann := stations[0].join("ann")
		m, err := ann.Next()
		if err != nil {
			t.Fatal(err)
		}
		urls := slices.Sorted(slices.Values(m.GetAlternates().GetUrls()))
		if !slices.Equal(urls, []string{"http://node1", "http://node2"}) {
			t.Errorf("told of %q", urls)
		}
		drained := time.Now()
		stations[2].cluster.Drain()
		if m, err = ann.Next(); err != nil || !slices.Equal(m.GetAlternates().GetUrls(), []string{"http://node1"}) {
			t.Errorf("told of %v, %v", m, err)
		}
		if took := time.Since(drained); took > soon {
			t.Errorf("told after %v", took)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		var stopping sync.WaitGroup
		stopping.Go(func() {
			if err := stations[0].hub.Shutdown(ctx); err != nil {
				t.Errorf("not everybody has left: %v", err)
			}
		})
		if away := ann.WaitGoAway(); away.GetUrl() != "http://node1" {
			t.Errorf("sent to %v", away)
		}
		if err := ann.Resume(stations[1].dial()); err != nil {
			t.Error(err)
		}
		stopping.Wait()
	})
}
