package relay

import (
	"fmt"
	"testing"
	"time"

	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
)

func TestUrgentLeavesFirst(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		large := s.camera(2)
		base := s.camera(1)
		screen, _ := s.track(pb.Source_SOURCE_SCREEN, 1)
		sound := s.microphone()
		for _, track := range s.tracks {
			s.subscribe(track, Want{})
		}
		s.key(large, 1, 10)
		s.key(base, 0, 10)
		s.key(screen, 0, 10)
		s.push(screen, 0, wire.Header{Group: 1, Number: 1}, 10)
		s.push(sound, 0, wire.Header{Group: 1}, 10)
		s.push(large, 1, wire.Header{Group: 1, Number: 1}, 10)
		s.expect("3:1.0", "2:1.0", "1:1.0", "0:1.0", "2:1.1", "0:1.1")
	})
}

func TestSubscriptionsOfEqualUrgencyTakeTurns(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		a, b := s.microphone(), s.microphone()
		s.subscribe(a, Want{})
		s.subscribe(b, Want{})
		for i := range uint64(3) {
			s.push(a, 0, wire.Header{Group: 1, Number: i}, 10)
		}
		for i := range uint64(2) {
			s.push(b, 0, wire.Header{Group: 1, Number: i}, 10)
		}
		s.expect("0:1.0", "1:1.0", "0:1.1", "1:1.1", "0:1.2")
	})
}

func TestTheGoroutineIsWokenOnce(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		sound := s.microphone()
		s.subscribe(sound, Want{})
		s.push(sound, 0, wire.Header{Group: 1}, 10)
		if len(s.wake) != 0 {
			t.Error("woken before it has found nothing")
		}
		s.drain()
		s.push(sound, 0, wire.Header{Group: 1, Number: 1}, 10)
		if len(s.wake) != 1 {
			t.Error("not woken")
		}
		<-s.wake
		s.push(sound, 0, wire.Header{Group: 1, Number: 2}, 10)
		if len(s.wake) != 0 {
			t.Error("woken twice")
		}
		s.drain()
	})
}

func TestOldSoundIsDropped(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		sound := s.microphone()
		s.subscribe(sound, Want{})
		for i := range uint64(100) {
			s.push(sound, 0, wire.Header{Group: 1, Number: i}, 10)
			if waiting := s.queue.subscriptions[sound].waiting.count; waiting > 21 {
				t.Fatalf("%d objects wait", waiting)
			}
			time.Sleep(20 * time.Millisecond)
		}
		var want []string
		for i := 80; i < 100; i++ {
			want = append(want, fmt.Sprintf("0:1.%d", i))
		}
		s.expect(want...)
		s.dropped(DropAge, 80)
	})
}

func TestTooMuchSoundIsNotForwarded(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		loud, other := s.microphone(), s.microphone()
		s.subscribe(loud, Want{})
		s.subscribe(other, Want{})
		for second := range 3 {
			for i := range uint64(100) {
				s.push(loud, 0, wire.Header{Group: uint64(second), Number: i}, 10_000)
				s.push(other, 0, wire.Header{Group: uint64(second), Number: i}, 100)
				time.Sleep(10 * time.Millisecond)
				s.drain()
			}
		}
		// Ten times too much, but for a first second's worth.
		if dropped := s.meter.dropped[DropRate].Load(); dropped < 255 || dropped > 265 {
			t.Errorf("%d were dropped", dropped)
		}
	})
}

func TestAGroupWithAGapIsBrokenUntilItsNextKeyframe(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		camera, up := s.track(pb.Source_SOURCE_CAMERA, 1)
		s.subscribe(camera, Want{})
		s.key(camera, 0, 10)
		s.expect("0:1.0")
		up.keyframes.Store(0)
		s.push(camera, 0, wire.Header{Group: 1, Number: 1}, 10)
		time.Sleep(cameraBudget + time.Millisecond)
		s.push(camera, 0, wire.Header{Group: 1, Number: 2}, 10)
		s.push(camera, 0, wire.Header{Group: 1, Number: 3}, 10)
		s.expect()
		s.dropped(DropAge, 2)
		s.dropped(DropBroken, 1)
		if n := up.keyframes.Load(); n != 1 {
			t.Errorf("%d keyframes were asked for", n)
		}
		s.key(camera, 0, 10)
		s.push(camera, 0, wire.Header{Group: 2, Number: 1}, 10)
		s.expect("0:2.0", "0:2.1")
	})
}

// What is too slow for one keyframe must not ask for the next before the first is out: it would never get any.
func TestNoKeyframeIsAskedForWhileOneIsOnItsWay(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		screen, up := s.track(pb.Source_SOURCE_SCREEN, 1)
		s.subscribe(screen, Want{})
		s.key(screen, 0, 1<<20)
		item, _ := s.queue.Take(LaneAll, time.Now())
		item.Subscription.Opened(1, &resetter{})
		up.keyframes.Store(0)
		for i := range uint64(100) {
			time.Sleep(100 * time.Millisecond)
			s.push(screen, 0, wire.Header{Group: 1, Number: i + 1}, 1000)
		}
		if n := up.keyframes.Load(); n != 0 {
			t.Fatalf("%d keyframes were asked for", n)
		}
		item.Object.Release()
		s.expect()
		if n := up.keyframes.Load(); n != 1 {
			t.Errorf("%d keyframes were asked for afterwards", n)
		}
	})
}

type resetter struct{ resets int }

func (r *resetter) Reset() { r.resets++ }

func TestABrokenSubscriberAsksLessAndLessOften(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		camera, up := s.track(pb.Source_SOURCE_CAMERA, 1)
		s.subscribe(camera, Want{})
		up.keyframes.Store(0)
		// The publisher sends, but never a keyframe, for a minute.
		for i := range uint64(600) {
			s.push(camera, 0, wire.Header{Group: 1, Number: i + 1}, 10)
			time.Sleep(100 * time.Millisecond)
		}
		if n := up.keyframes.Load(); n < 5 || n > 7 {
			t.Errorf("%d keyframes were asked for in a minute", n)
		}
	})
}

func TestTheQueueIsBounded(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		s.queue.maxBytes = 10_000
		low, high, sound := s.camera(1), s.camera(1), s.microphone()
		s.subscribe(low, Want{Priority: 1})
		s.subscribe(high, Want{Priority: 2})
		s.subscribe(sound, Want{})
		s.key(low, 0, 4000)
		s.key(high, 0, 4000)
		// Low gives way to high, and both to sound.
		s.push(high, 0, wire.Header{Group: 1, Number: 1}, 4000)
		s.dropped(DropFull, 1)
		s.push(sound, 0, wire.Header{Group: 1}, 3000)
		s.dropped(DropFull, 3)
		s.push(low, 0, wire.Header{Group: 1, Number: 1}, 10)
		s.dropped(DropBroken, 1)
		s.key(low, 0, 8000)
		s.dropped(DropFull, 4)
		if s.queue.bytes > 10_000 {
			t.Errorf("%d bytes wait", s.queue.bytes)
		}
		s.expect("2:1.0")
	})
}

func TestDiscardableObjectsOfABrokenPathDoNotBreakTheGroup(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		camera := s.camera(1)
		s.subscribe(camera, Want{})
		s.queue.shed.discardable = true
		s.key(camera, 0, 10)
		s.push(camera, 0, wire.Header{Flags: wire.FlagDiscardable, Group: 1, Number: 1}, 10)
		s.push(camera, 0, wire.Header{Group: 1, Number: 2}, 10)
		s.expect("0:1.0", "0:1.2")
		s.dropped(DropDiscardable, 1)
	})
}

func TestANewerGroupResetsWhatIsBeingSent(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		camera := s.camera(1)
		s.subscribe(camera, Want{})
		s.key(camera, 0, 10)
		item, _ := s.queue.Take(LaneAll, time.Now())
		out := &resetter{}
		if !item.Subscription.Opened(1, out) {
			t.Fatal("the group is stale already")
		}
		s.key(camera, 0, 10)
		if out.resets != 1 {
			t.Fatalf("%d resets", out.resets)
		}
		item.Object.Release()
		next, _ := s.queue.Take(LaneAll, time.Now())
		next.Object.Release()
		if !next.Abandon {
			t.Error("the old group is to be closed as if it were complete")
		}
		// The group after a complete one leaves that as it is, and one that was overtaken is not opened at all.
		if !next.Subscription.Opened(2, out) {
			t.Error("group 2 is stale")
		}
		s.take()
		s.key(camera, 0, 10)
		if out.resets != 1 {
			t.Error("a group that had left was reset")
		}
		third, _ := s.queue.Take(LaneAll, time.Now())
		third.Object.Release()
		if third.Abandon {
			t.Error("a complete group is to be abandoned")
		}
		s.key(camera, 0, 10)
		if third.Subscription.Opened(3, out) {
			t.Error("group 3 is opened though 4 is ready")
		}
		s.expect("0:4.0")
	})
}

func TestAnEndedSubscriptionEndsItsGroup(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		camera := s.camera(1)
		s.subscribe(camera, Want{})
		s.key(camera, 0, 10)
		item, _ := s.queue.Take(LaneAll, time.Now())
		item.Subscription.Opened(1, &resetter{})
		item.Object.Release()
		s.drain()
		camera.Close(time.Now())
		if len(s.wake) != 1 {
			t.Error("nobody was woken to end the group")
		}
		end, ok := s.queue.Take(LaneAll, time.Now())
		if !ok || end.Object != nil || end.Subscription != item.Subscription {
			t.Errorf("taken: %v, %v", end, ok)
		}
		if _, err := s.queue.Subscribe(camera, Want{}, time.Now()); wire.CodeOf(err) != wire.CodeTrackUnknown {
			t.Errorf("subscribing to an ended track: %v", err)
		}
	})
}

func TestSubscriptionsAreLimited(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		s.queue.maxSubscriptions = 1
		first, second := s.microphone(), s.microphone()
		s.subscribe(first, Want{})
		if _, err := s.queue.Subscribe(second, Want{}, time.Now()); wire.CodeOf(err) != wire.CodeSubscriptionLimit {
			t.Errorf("the second: %v", err)
		}
		s.subscribe(first, Want{Priority: 7})
		s.queue.Unsubscribe(first, time.Now())
		s.subscribe(second, Want{})
	})
}

// busy makes the node one that has much to send.
func (s *stage) busy() {
	for range 2 {
		for range gatherAbove {
			s.queue.gatherer.join(&Queue{}, time.Now())
		}
		time.Sleep(gatherPeriod)
	}
}

func TestVideoOfABusyNodeWaitsForMoreToLeaveWithIt(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		camera, _ := s.track(pb.Source_SOURCE_CAMERA, 1)
		microphone, _ := s.track(pb.Source_SOURCE_MICROPHONE, 1)
		for _, track := range s.tracks {
			if _, err := s.queue.Subscribe(track, Want{}, time.Now()); err != nil {
				t.Fatal(err)
			}
		}
		s.queue.Detach()
		s.queue.Attach(map[Lane]func(){LaneAudio: s.woken, LaneVideo: s.woken}, time.Now())
		asleep := func() {
			t.Helper()
			for _, l := range []Lane{LaneAudio, LaneVideo} {
				if _, ok := s.queue.Take(l, time.Now()); ok {
					t.Fatal("something is left")
				}
			}
		}
		send := func(track *Track, h wire.Header) {
			track.Layer(0).Forward(wire.NewObject(h, []byte("payload")), time.Now())
		}
		take := func(l Lane) {
			t.Helper()
			item, ok := s.queue.Take(l, time.Now())
			if !ok {
				t.Fatal("nothing to take")
			}
			item.Object.Release()
		}
		woken := func() bool {
			select {
			case <-s.wake:
				return true
			default:
				return false
			}
		}

		asleep()
		send(camera, wire.Header{Flags: wire.FlagKeyframe, Group: 1})
		if !woken() {
			t.Fatal("a node with little to send lets video wait")
		}
		take(LaneVideo)

		s.busy()
		asleep()
		send(camera, wire.Header{Group: 1, Number: 1})
		if woken() {
			t.Fatal("video did not wait")
		}
		send(microphone, wire.Header{Group: 1})
		if !woken() {
			t.Fatal("sound waited")
		}
		take(LaneAudio)
		take(LaneVideo)

		s.busy()
		asleep()
		start := time.Now()
		send(camera, wire.Header{Group: 1, Number: 2})
		<-s.wake
		if waited := time.Since(start); waited > gatherFor {
			t.Errorf("video waited %v", waited)
		}
		take(LaneVideo)
	})
}

func TestVideoOfABusyNodeDoesNotWaitOnAnOrderedPipe(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		camera := s.camera(1)
		s.subscribe(camera, Want{})
		s.drain()
		s.busy()
		s.key(camera, 0, 10)
		if len(s.wake) != 1 {
			t.Error("video waited")
		}
	})
}
