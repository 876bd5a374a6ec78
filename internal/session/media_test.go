package session_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openconfab/confab/internal/session/sessiontest"
	"github.com/openconfab/confab/internal/transport"
	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
)

// both runs a test with subscribers on either transport.
func both(t *testing.T, test func(t *testing.T, n *node, kind transport.Kind)) {
	for name, kind := range map[string]transport.Kind{"WebTransport": transport.WebTransport, "WebSocket": transport.WebSocket} {
		t.Run(name, func(t *testing.T) {
			simulate(t, func(t *testing.T, n *node) { test(t, n, kind) })
		})
	}
}

// watch makes c receive a track of a publisher, and returns its alias.
func watch(t testing.TB, c, publisher *sessiontest.Client, number, maxHeight uint32) uint64 {
	t.Helper()
	synctest.Wait()
	c.Pending()
	c.Send(subscribe(publisher, number, maxHeight))
	subscribed := next[*pb.ServerMessage_Subscribed](t, c).Subscribed
	if subscribed.Track.Session != publisher.Session() || subscribed.Track.Number != number {
		t.Fatalf("subscribed to %v", subscribed.Track)
	}
	return subscribed.Alias
}

func TestObjectsReachWhoAskedForThem(t *testing.T) {
	both(t, func(t *testing.T, n *node, kind transport.Kind) {
		ann := n.join("ann")
		bob, _ := n.joinBy(kind, "bob")
		n.join("eve")
		ann.Send(microphone(1))
		ann.Send(camera(2, 1))
		sound, picture := watch(t, bob, ann, 1, 0), watch(t, bob, ann, 2, 0)
		if sound == picture {
			t.Fatal("two subscriptions have one alias")
		}
		for i := range uint64(3) {
			if err := ann.SendObject(1, wire.Header{Group: 1, Number: i}, fmt.Sprint("sound ", i), i > 0); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		sent(t, ann, 20, key(1), "key")
		sent(t, ann, 20, delta(1, 1), "delta")
		var got []string
		for _, o := range bob.Objects() {
			want := picture
			if strings.HasPrefix(o.Payload, "sound") {
				want = sound
			}
			if o.Alias != want {
				t.Errorf("%s came under alias %d", o.Payload, o.Alias)
			}
			got = append(got, o.Payload)
		}
		if want := []string{"sound 0", "sound 1", "sound 2", "key", "delta"}; !slices.Equal(got, want) {
			t.Errorf("got %q", got)
		}
		if n.counts.get("in") != 5 || n.counts.get("out") != 5 {
			t.Errorf("counted %d in, %d out", n.counts.get("in"), n.counts.get("out"))
		}

		bob.Send(unsubscribe(ann, 1))
		synctest.Wait()
		sent(t, ann, 1, wire.Header{Group: 2}, "nobody hears")
		ann.Send(&pb.ClientMessage{Kind: &pb.ClientMessage_UnpublishTrack{UnpublishTrack: &pb.UnpublishTrack{Number: 2}}})
		synctest.Wait()
		sent(t, ann, 20, key(3), "nobody sees")
		if got := payloads(bob); len(got) > 0 {
			t.Errorf("still got %q", got)
		}
		if n.counts.get("dropped alias") != 1 {
			t.Error("the object of an unpublished track was not counted")
		}
		bob.Send(subscribe(ann, 1, 0))
		next[*pb.ServerMessage_TrackUnpublished](t, bob)
		if again := next[*pb.ServerMessage_Subscribed](t, bob).Subscribed.Alias; again == sound || again == picture {
			t.Errorf("alias %d is used again", again)
		}
	})
}

func TestPongTellsWhatHasComeOnStreams(t *testing.T) {
	both(t, func(t *testing.T, n *node, kind transport.Kind) {
		ann, _ := n.joinBy(kind, "ann")
		ann.Send(camera(2, 1))
		synctest.Wait()
		sent(t, ann, 20, key(1), "key")
		sent(t, ann, 99, delta(1, 1), "nobody's")
		want := uint64(3 + len("key") + 3 + len("nobody's"))
		if kind == transport.WebSocket {
			want = 0
		}
		if pong, err := ann.Ping(); err != nil || pong.StreamBytes != want {
			t.Fatalf("%v, %v; want %d bytes", pong, err, want)
		}
	})
}

func TestSubscribingAsksForAKeyframe(t *testing.T) {
	simulate(t, func(t *testing.T, n *node) {
		ann, bob, eve := n.join("ann"), n.join("bob"), n.join("eve")
		ann.Send(camera(2, 3))
		watch(t, bob, ann, 2, 360)
		synctest.Wait()
		var got []string
		for _, m := range ann.Pending() {
			got = append(got, fmt.Sprint(m))
		}
		if len(got) != 4 || !strings.Contains(got[2], "layers_wanted:{number:2") || !strings.Contains(got[3], "keyframe_requested:{number:2") {
			t.Fatalf("the publisher was told %q", got)
		}
		// A second comes too soon: it is put off, and answered together with a third.
		watch(t, eve, ann, 2, 360)
		bob.Send(&pb.ClientMessage{Kind: &pb.ClientMessage_RequestKeyframe{
			RequestKeyframe: &pb.RequestKeyframe{Track: &pb.TrackRef{Session: ann.Session(), Number: 2}},
		}})
		quiet(t, ann)
		start := time.Now()
		if r := next[*pb.ServerMessage_KeyframeRequested](t, ann).KeyframeRequested; r.Number != 2 || r.Layer != 1 {
			t.Errorf("asked for %v", r)
		}
		if waited := time.Since(start); waited != 500*time.Millisecond {
			t.Errorf("put off by %v", waited)
		}
		time.Sleep(10 * time.Second)
		quiet(t, ann)
		if asked, forwarded := n.counts.get("keyframes asked"), n.counts.get("keyframes forwarded"); asked != 3 || forwarded != 2 {
			t.Errorf("%d asked, %d forwarded", asked, forwarded)
		}
	})
}

func TestAKeyframeThatComesAnywayAnswersThoseWhoWait(t *testing.T) {
	simulate(t, func(t *testing.T, n *node) {
		ann, bob, eve := n.join("ann"), n.join("bob"), n.join("eve")
		ann.Send(camera(2, 1))
		watch(t, bob, ann, 2, 0)
		watch(t, eve, ann, 2, 0)
		synctest.Wait()
		ann.Pending()
		sent(t, ann, 20, key(1), "key")
		time.Sleep(5 * time.Second)
		quiet(t, ann)
		if got := payloads(eve); !slices.Equal(got, []string{"key"}) {
			t.Errorf("got %q", got)
		}
	})
}

func layersWanted(t testing.TB, c *sessiontest.Client) []uint32 {
	t.Helper()
	for {
		m, err := c.Next()
		if err != nil {
			t.Fatal(err)
		}
		if wanted := m.GetLayersWanted(); wanted != nil {
			return wanted.Layers
		}
	}
}

func TestPublisherLearnsWhichLayersAreWanted(t *testing.T) {
	simulate(t, func(t *testing.T, n *node) {
		ann, bob, eve := n.join("ann"), n.join("bob"), n.join("eve")
		ann.Send(camera(2, 3))
		start := time.Now()
		if got := layersWanted(t, ann); len(got) != 0 || time.Since(start) != 2*time.Second {
			t.Fatalf("nobody watches, and after %v %v are wanted", time.Since(start), got)
		}
		watch(t, bob, ann, 2, 0)
		if got := layersWanted(t, ann); !slices.Equal(got, []uint32{2}) {
			t.Fatalf("wanted: %v", got)
		}
		watch(t, eve, ann, 2, 200)
		if got := layersWanted(t, ann); !slices.Equal(got, []uint32{0, 2}) {
			t.Fatalf("wanted: %v", got)
		}
		// A moment in a small window changes nothing, for what is wanted anew is told at once and the rest later.
		sent(t, ann, 22, key(1), "large")
		bob.Send(subscribe(ann, 2, 400))
		if got := layersWanted(t, ann); !slices.Equal(got, []uint32{0, 1, 2}) {
			t.Fatalf("wanted: %v", got)
		}
		bob.Send(subscribe(ann, 2, 0))
		if got := layersWanted(t, ann); !slices.Equal(got, []uint32{0, 2}) {
			t.Fatalf("wanted: %v", got)
		}
		start = time.Now()
		bob.Send(unsubscribe(ann, 2))
		if got := layersWanted(t, ann); !slices.Equal(got, []uint32{0}) || time.Since(start) != 2*time.Second {
			t.Fatalf("wanted after %v: %v", time.Since(start), got)
		}
		eve.Send(&pb.ClientMessage{Kind: &pb.ClientMessage_Leave{Leave: &pb.Leave{}}})
		if got := layersWanted(t, ann); len(got) != 0 {
			t.Fatalf("wanted: %v", got)
		}
	})
}

func TestLayersSwitchAtKeyframesOnly(t *testing.T) {
	both(t, func(t *testing.T, n *node, kind transport.Kind) {
		ann := n.join("ann")
		bob, _ := n.joinBy(kind, "bob")
		ann.Send(camera(2, 3))
		watch(t, bob, ann, 2, 200)
		sent(t, ann, 21, key(1), "not asked for")
		sent(t, ann, 20, delta(2, 3), "no beginning")
		sent(t, ann, 20, key(3), "small")
		bob.Send(subscribe(ann, 2, 400))
		synctest.Wait()
		sent(t, ann, 21, delta(1, 1), "middle, undecodable")
		sent(t, ann, 20, delta(3, 1), "small 1")
		sent(t, ann, 21, key(4), "middle")
		sent(t, ann, 20, delta(3, 2), "small, late")
		sent(t, ann, 20, key(5), "small, no more")
		sent(t, ann, 21, delta(4, 1), "middle 1")
		want := []string{"small", "small 1", "middle", "middle 1"}
		if got := payloads(bob); !slices.Equal(got, want) {
			t.Errorf("got %q", got)
		}
	})
}

func TestFrameRateIsLimitedByTemporalLayer(t *testing.T) {
	simulate(t, func(t *testing.T, n *node) {
		ann, bob := n.join("ann"), n.join("bob")
		ann.Send(camera(2, 1))
		watch(t, bob, ann, 2, 0)
		m := subscribe(ann, 2, 0)
		m.GetSubscribe().MaxFps = 15
		bob.Send(m)
		synctest.Wait()
		group := func(g uint64) {
			sent(t, ann, 20, key(g), "0")
			for i, id := range []uint8{2, 1, 2, 0} {
				sent(t, ann, 20, wire.Header{Flags: wire.Flags(0).WithTemporalID(id), Group: g, Number: uint64(i + 1)}, fmt.Sprint(id))
			}
		}
		group(1)
		if got := strings.Join(payloads(bob), ""); got != "010" {
			t.Errorf("at half the rate: %s", got)
		}
		bob.Send(subscribe(ann, 2, 0))
		synctest.Wait()
		group(2)
		if got := strings.Join(payloads(bob), ""); got != "02120" {
			t.Errorf("at the full rate: %s", got)
		}
		if n.counts.get("dropped frame-rate") != 2 {
			t.Error("the drops were not counted")
		}
	})
}

func TestStaleGroupsAreAbandoned(t *testing.T) {
	simulate(t, func(t *testing.T, n *node) {
		ann := n.join("ann")
		bob, path := n.joinBy(transport.WebTransport, "bob")
		eve := n.join("eve")
		ann.Send(camera(2, 1))
		watch(t, bob, ann, 2, 0)
		watch(t, eve, ann, 2, 0)
		path.Stall()
		sent(t, ann, 20, key(1), "key 1")
		sent(t, ann, 20, delta(1, 1), "delta 1")
		sent(t, ann, 20, key(2), "key 2")
		sent(t, ann, 20, delta(1, 2), "late")
		sent(t, ann, 20, delta(2, 1), "delta 2")
		path.Resume()
		synctest.Wait()
		if got := payloads(bob); !slices.Equal(got, []string{"key 2", "delta 2"}) {
			t.Errorf("the slow one got %q", got)
		}
		if got := payloads(eve); !slices.Equal(got, []string{"key 1", "delta 1", "key 2", "delta 2"}) {
			t.Errorf("the other got %q", got)
		}
		if path.Written().Resets != 1 {
			t.Errorf("%d streams were reset", path.Written().Resets)
		}
		// In flight and in the queue of the slow one, and one that came late for both.
		if dropped := n.counts.get("dropped stale"); dropped != 4 {
			t.Errorf("%d were counted as stale", dropped)
		}
	})
}

func TestSoundIsNotHeldUpByVideo(t *testing.T) {
	simulate(t, func(t *testing.T, n *node) {
		ann := n.join("ann")
		bob, path := n.joinBy(transport.WebTransport, "bob")
		ann.Send(microphone(1))
		ann.Send(camera(2, 1))
		watch(t, bob, ann, 1, 0)
		watch(t, bob, ann, 2, 0)
		path.Stall()
		sent(t, ann, 20, key(1), "picture")
		sent(t, ann, 1, wire.Header{Group: 1}, "sound")
		bob.Send(data("chat", "x"))
		synctest.Wait()
		if pong, err := bob.Ping(); err != nil || pong.Received != 3 {
			t.Errorf("control is held up: %v, %v", pong, err)
		}
		if got := payloads(bob); !slices.Equal(got, []string{"sound"}) {
			t.Errorf("got %q", got)
		}
	})
}

func TestOrderOnOnePipe(t *testing.T) {
	simulate(t, func(t *testing.T, n *node) {
		ann := n.join("ann")
		bob, path := n.joinBy(transport.WebSocket, "bob")
		ann.Send(microphone(1))
		ann.Send(camera(2, 2))
		ann.Send(publish(3, pb.Source_SOURCE_SCREEN, &pb.Layer{Alias: 30, Height: 1080}))
		ann.Send(publish(4, pb.Source_SOURCE_SCREEN_AUDIO, &pb.Layer{Alias: 40}))
		for number := range uint32(4) {
			watch(t, bob, ann, number+1, 0)
		}
		eve := n.join("eve")
		eve.Send(camera(1, 1))
		watch(t, bob, eve, 1, 0)
		sent(t, ann, 30, key(1), "screen")
		bob.Objects()

		path.Stall()
		sent(t, ann, 30, delta(1, 1), "blocked")
		sent(t, ann, 21, key(1), "large camera")
		sent(t, ann, 30, delta(1, 2), "screen change")
		sent(t, eve, 10, key(1), "base camera")
		sent(t, ann, 30, key(2), "screen key")
		sent(t, ann, 30, delta(2, 1), "screen change 2")
		sent(t, ann, 1, wire.Header{Group: 1}, "sound")
		sent(t, ann, 40, wire.Header{Group: 1}, "screen sound")
		ann.Send(data("chat", "message", bob.Session()))
		synctest.Wait()
		bob.Pending()
		path.Resume()
		next[*pb.ServerMessage_Data](t, bob)
		synctest.Wait()
		var got []string
		for _, o := range bob.Objects() {
			got = append(got, o.Payload)
		}
		want := []string{"blocked", "sound", "screen sound", "screen key", "base camera", "large camera", "screen change 2"}
		if !slices.Equal(got, want) {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	})
}

func TestAStalledSubscriberCostsOthersNothing(t *testing.T) {
	both(t, func(t *testing.T, n *node, kind transport.Kind) {
		ann := n.join("ann")
		slow, path := n.joinBy(kind, "slow")
		bob := n.join("bob")
		ann.Send(microphone(1))
		ann.Send(camera(2, 1))
		for _, c := range []*sessiontest.Client{slow, bob} {
			watch(t, c, ann, 1, 0)
			watch(t, c, ann, 2, 0)
		}
		path.Stall()
		// Half a minute would end the connection of one who is not heard of.
		for frame := range uint64(5 * 30) {
			start := time.Now()
			h := delta(1+frame/60, frame%60)
			if h.Number == 0 {
				h.Flags |= wire.FlagKeyframe
			}
			sent(t, ann, 20, h, strings.Repeat("x", 10_000))
			if err := ann.SendObject(1, wire.Header{Group: frame / 30, Number: frame % 30}, "sound", true); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(start); took != 0 {
				t.Fatalf("the publisher waited %v", took)
			}
			time.Sleep(time.Second / 30)
		}
		if got := len(bob.Objects()); got != 2*5*30 {
			t.Errorf("the other got %d objects", got)
		}
		held := wire.LiveObjects() - n.objects
		if held > 60 {
			t.Errorf("%d objects are held", held)
		}
		path.Resume()
		time.Sleep(time.Second)
		slow.Objects()
		sent(t, ann, 20, key(100), "fresh")
		if got := payloads(slow); !slices.Contains(got, "fresh") && n.counts.get("dropped paused") == 0 {
			t.Errorf("afterwards the slow one got %q", got)
		}
	})
}
