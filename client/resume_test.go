package client

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/openconfab/confab/internal/simnet"
	"github.com/openconfab/confab/internal/virtualtime"
	"github.com/openconfab/confab/media"
)

// TestResume: a path that is cut for ten seconds costs what was sent meanwhile and nothing else; the others see no leave.
func TestResume(t *testing.T) {
	simulate(t, func(t *testing.T, w *world, kind Transport) {
		ann, bob := w.join("ann", kind, nil), w.join("bob", WebTransport, nil)
		film(t, ann.Room, 2000)
		speak(t, bob.Room)
		annSees := watch(t, subscribe(t, track(t, ann.Room, media.Microphone)))
		bobSees := watch(t, subscribe(t, track(t, bob.Room, media.Camera)))
		bobs, anns := record(t, bob.Room), record(t, ann.Room)
		time.Sleep(5 * time.Second)
		if n := bobSees.take(); n < 130 {
			t.Errorf("at first %d frames", n)
		}
		session := ann.Local().Session()
		bobs.take()
		anns.take()

		ann.cut()
		time.Sleep(10 * time.Second)
		if state := ann.State(); state != Reconnecting {
			t.Errorf("while cut off: %v", state)
		}
		// It goes out when the path is back, once.
		if err := ann.Local().PublishData(t.Context(), []byte("from the dark"), DataOptions{Topic: "chat"}); err != nil {
			t.Error(err)
		}
		ann.restore()
		time.Sleep(5 * time.Second)
		bobSees.take()
		annSees.take()
		time.Sleep(5 * time.Second)

		if n := bobSees.take(); n < 130 {
			t.Errorf("after the cut %d frames of video", n)
		}
		if n := annSees.take(); n < 240 {
			t.Errorf("after the cut %d frames of sound", n)
		}
		if ann.State() != Connected || ann.Local().Session() != session {
			t.Errorf("%v, session %s, was %s", ann.State(), ann.Local().Session(), session)
		}
		for m, err := range bob.Messages(t.Context()) {
			if err != nil || string(m.Payload) != "from the dark" || m.From.Name() != "ann" {
				t.Errorf("message %+v, %v", m, err)
			}
			break
		}
		events := bobs.take()
		if count[ParticipantLeft](events)+count[ParticipantJoined](events)+count[TrackUnpublished](events) > 0 {
			t.Errorf("the other saw %+v", events)
		}
		if events := anns.take(); count[ConnectionChanged](events) != 2 {
			t.Errorf("the one cut off saw %+v", events)
		}
	})
}

// TestNodeRestart: after a crash of the node both join anew as the same, publish and subscribe again by themselves.
func TestNodeRestart(t *testing.T) {
	simulate(t, func(t *testing.T, w *world, kind Transport) {
		ann, bob := w.join("ann", kind, nil), w.join("bob", kind, nil)
		film(t, ann.Room, 2000)
		speak(t, bob.Room)
		annSees := watch(t, subscribe(t, track(t, ann.Room, media.Microphone)))
		bobSees := watch(t, subscribe(t, track(t, bob.Room, media.Camera)))
		time.Sleep(5 * time.Second)
		session := ann.Local().Session()
		peer := ann.Participants()[0]
		bobs := record(t, bob.Room)

		w.crash()
		time.Sleep(5 * time.Second)
		w.start()
		time.Sleep(15 * time.Second)
		annSees.take()
		bobSees.take()
		time.Sleep(5 * time.Second)
		if n := bobSees.take(); n < 130 {
			t.Errorf("after the restart %d frames of video", n)
		}
		if n := annSees.take(); n < 240 {
			t.Errorf("after the restart %d frames of sound", n)
		}
		if ann.Local().Session() == session {
			t.Error("the session is the same")
		}
		if now := ann.Participants(); len(now) != 1 || now[0] != peer || peer.Away() || peer.Encryption() != Encrypted {
			t.Errorf("the other: %+v", now)
		}
		events := bobs.take()
		if count[ParticipantLeft](events)+count[TrackUnpublished](events) > 0 {
			t.Errorf("the other saw %v", events)
		}
		if a, b := ann.SafetyCode(), bob.SafetyCode(); a != b {
			t.Errorf("safety codes %q and %q", a, b)
		}
	})
}

// TestGracefulRestart: clients that the node sends away come to the next one by themselves.
func TestGracefulRestart(t *testing.T) {
	simulate(t, func(t *testing.T, w *world, kind Transport) {
		ann, bob := w.join("ann", kind, nil), w.join("bob", kind, nil)
		film(t, ann.Room, 1000)
		bobSees := watch(t, subscribe(t, track(t, bob.Room, media.Camera)))
		time.Sleep(2 * time.Second)
		w.stop()
		w.start()
		time.Sleep(10 * time.Second)
		bobSees.take()
		time.Sleep(5 * time.Second)
		if n := bobSees.take(); n < 130 {
			t.Errorf("after the restart %d frames", n)
		}
	})
}

// TestRefusedByAnEarlierName: that a track is not there any more under the name that it had before its participant came back does not
// end the subscription.
func TestRefusedByAnEarlierName(t *testing.T) {
	simulate(t, func(t *testing.T, w *world, kind Transport) {
		ann, bob := w.join("ann", kind, nil), w.join("bob", kind, nil)
		film(t, ann.Room, 1000)
		s := subscribe(t, track(t, bob.Room, media.Camera))
		bobSees := watch(t, s)
		bob.mu.Lock()
		number := s.track.number
		s.track.number = 99
		s.ask()
		s.track.number = number
		bob.mu.Unlock()
		time.Sleep(time.Second)
		bobSees.take()
		time.Sleep(time.Second)
		if n := bobSees.take(); n < 25 {
			t.Errorf("then %d frames in a second", n)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

// TestMovingUp: a client that came by WebSocket because UDP was blocked moves to WebTransport when it is not, unseen by the others.
func TestMovingUp(t *testing.T) {
	virtualtime.Test(t, func(t *testing.T) {
		w := newWorld(t)
		var open atomic.Bool
		// Encryption would leave out what comes twice.
		opaque := func(c *Config) { c.Keys = InsecureNone() }
		ann := w.join("ann", Auto, func(c *Config) {
			opaque(c)
			listen := c.dial.ListenPacket
			c.dial.ListenPacket = func() (net.PacketConn, error) {
				if !open.Load() {
					return nil, errors.New("blocked")
				}
				return listen()
			}
		})
		bob := w.join("bob", Auto, opaque)
		speak(t, ann.Room)
		bobHears := watch(t, subscribe(t, track(t, bob.Room, media.Microphone)))
		bobs := record(t, bob.Room)
		time.Sleep(time.Minute)
		if kind := ann.Stats().Transport; kind != WebSocket {
			t.Errorf("with UDP blocked: %v", kind)
		}
		bobHears.take()
		bobs.take()
		// Messages are under way on the old connection while the new one is made.
		far := simnet.Link{Latency: 200 * time.Millisecond}
		ann.host.SetLinks(far, far)
		open.Store(true)
		const messages = 3 * 60 * 30
		for n := range messages {
			if err := bob.Local().PublishData(t.Context(), fmt.Append(nil, n), DataOptions{}); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second / 30)
		}
		if kind := ann.Stats().Transport; kind != WebTransport {
			t.Errorf("with UDP open: %v", kind)
		}
		if n := bobHears.take(); n < 3*60*50-60 {
			t.Errorf("while it moved %d of 9000 frames of sound came", n)
		}
		if events := bobs.take(); count[ParticipantLeft](events)+count[TrackUnpublished](events)+count[TrackUpdated](events) > 0 {
			t.Errorf("the other saw %v", events)
		}
		for n, got := range take(t, ann.Room, messages) {
			if !strings.HasSuffix(got, fmt.Sprint(" : ", n)) {
				t.Fatalf("message %d: %s", n, got)
			}
		}
	})
}

// TestMovingUpByALongerWay: a client that hears and acknowledges on its WebSocket while its Hello is on the way by WebTransport moves
// all the same, in the same session, and misses nothing.
func TestMovingUpByALongerWay(t *testing.T) {
	virtualtime.Test(t, func(t *testing.T) {
		w := newWorld(t)
		var open atomic.Bool
		far := simnet.Link{Latency: 300 * time.Millisecond}
		way := w.network.Host("10.0.2.1", far, far)
		ann := w.join("ann", Auto, func(c *Config) {
			c.dial.ListenPacket = func() (net.PacketConn, error) {
				if !open.Load() {
					return nil, errors.New("blocked")
				}
				return way.ListenPacket(0)
			}
		})
		bob := w.join("bob", Auto, nil)
		film(t, ann.Room, 1000)
		watch(t, subscribe(t, track(t, bob.Room, media.Camera)))
		session := ann.Local().Session()
		open.Store(true)
		const messages = 60 * 20
		for n := range messages {
			if err := bob.Local().PublishData(t.Context(), fmt.Append(nil, n), DataOptions{}); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second / 20)
		}
		if kind := ann.Stats().Transport; kind != WebTransport {
			t.Errorf("by %v", kind)
		}
		if ann.Local().Session() != session {
			t.Error("it has joined anew")
		}
		for n, got := range take(t, ann.Room, messages) {
			if !strings.HasSuffix(got, fmt.Sprint(" : ", n)) {
				t.Fatalf("message %d: %s", n, got)
			}
		}
	})
}

// TestLosingUDP: when packets of UDP stop coming through in the middle of a call, it goes on by WebSocket within seconds.
func TestLosingUDP(t *testing.T) {
	virtualtime.Test(t, func(t *testing.T) {
		w := newWorld(t)
		var blocked atomic.Bool
		ann := w.join("ann", Auto, func(c *Config) {
			listen := c.dial.ListenPacket
			c.dial.ListenPacket = func() (net.PacketConn, error) {
				socket, err := listen()
				return &blackHole{socket, &blocked}, err
			}
		})
		bob := w.join("bob", Auto, nil)
		speak(t, ann.Room)
		bobHears := watch(t, subscribe(t, track(t, bob.Room, media.Microphone)))
		time.Sleep(time.Second)
		if kind := ann.Stats().Transport; kind != WebTransport {
			t.Errorf("at first: %v", kind)
		}
		session := ann.Local().Session()
		blocked.Store(true)
		time.Sleep(5 * time.Second)
		if kind := ann.Stats().Transport; kind != WebSocket || ann.Local().Session() != session {
			t.Errorf("%v, session %s, was %s", kind, ann.Local().Session(), session)
		}
		bobHears.take()
		time.Sleep(2 * time.Second)
		if n := bobHears.take(); n < 95 {
			t.Errorf("%d frames of sound in two seconds", n)
		}
	})
}

// blackHole is a socket that swallows what is sent, when it is blocked.
type blackHole struct {
	net.PacketConn
	blocked *atomic.Bool
}

func (b *blackHole) WriteTo(p []byte, to net.Addr) (int, error) {
	if b.blocked.Load() {
		return len(p), nil
	}
	return b.PacketConn.WriteTo(p, to)
}

// SetReadBuffer keeps QUIC from complaining.
func (b *blackHole) SetReadBuffer(int) error { return nil }

// SetWriteBuffer keeps QUIC from complaining.
func (b *blackHole) SetWriteBuffer(int) error { return nil }
