package client

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openconfab/confab/internal/virtualtime"
	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
	"github.com/openconfab/confab/media"
)

// joinHost joins as one.
func (w *world) joinHost(name string, kind Transport) *visitor {
	w.t.Helper()
	w.grants[name] = everything()
	w.grants[name].Admin = true
	return w.join(name, kind, nil)
}

// knocking is a Join that waits for a host.
type knocking struct {
	cancel  context.CancelFunc
	waiting atomic.Bool
	done    chan struct{}
	room    *Room
	err     error
}

// knock joins with a token that has to wait.
func (w *world) knock(name string, kind Transport) *knocking {
	w.waits[name] = true
	c, _ := w.config(name, kind)
	k := &knocking{done: make(chan struct{})}
	c.OnWaiting = func() { k.waiting.Store(true) }
	ctx, cancel := context.WithCancel(context.Background())
	k.cancel = cancel
	go func() {
		defer close(k.done)
		k.room, k.err = Join(ctx, w.node.url(), c)
	}()
	w.t.Cleanup(func() {
		cancel()
		if <-k.done; k.room != nil {
			k.room.Close()
		}
	})
	return k
}

func (k *knocking) joined() bool {
	synctest.Wait()
	select {
	case <-k.done:
		return true
	default:
		return false
	}
}

// TestWaitingForAHost: Join returns when a host has let the client in, who then has the keys like everybody else.
func TestWaitingForAHost(t *testing.T) {
	simulate(t, func(t *testing.T, w *world, kind Transport) {
		host := w.joinHost("host", kind)
		speak(t, host.Room)
		film(t, host.Room, 1000)
		ben := w.knock("ben", kind)
		waiting := await[WaitingJoined](t, host.Room, nil).Participant
		if waiting.Name() != "ben" || waiting.Identity() != "ben" || len(host.Waiting()) != 1 || len(host.Participants()) != 0 {
			t.Errorf("the host sees %q and %v", waiting.Name(), host.Participants())
		}
		time.Sleep(time.Minute)
		if ben.joined() || !ben.waiting.Load() {
			t.Fatalf("it does not wait: %v", ben.err)
		}
		if err := host.Host().Admit(t.Context(), waiting); err != nil {
			t.Fatal(err)
		}
		<-ben.done
		if ben.err != nil {
			t.Fatal(ben.err)
		}
		if s := await[ParticipantJoined](t, host.Room, nil).Participant.Session(); s != waiting.Session() || len(host.Waiting()) != 0 {
			t.Errorf("session %s came in, %s waited", s, waiting.Session())
		}
		sees := watch(t, subscribe(t, track(t, ben.room, media.Camera)))
		film(t, ben.room, 1000)
		hostSees := watch(t, subscribe(t, track(t, host.Room, media.Camera)))
		time.Sleep(5 * time.Second)
		if a, b := sees.take(), hostSees.take(); a < 90 || b < 90 {
			t.Errorf("%d and %d frames", a, b)
		}
		if a, b := host.SafetyCode(), ben.room.SafetyCode(); a == "" || a != b {
			t.Errorf("safety codes %q and %q", a, b)
		}
	})
}

func TestWaitingEndsOtherwise(t *testing.T) {
	for name, test := range map[string]struct {
		end  func(ctx context.Context, host *visitor, ben *knocking)
		want error
	}{
		"rejected":  {func(ctx context.Context, h *visitor, _ *knocking) { h.Host().Reject(ctx, h.Waiting()[0], false) }, &Error{Code: wire.CodeRejected}},
		"blocked":   {func(ctx context.Context, h *visitor, _ *knocking) { h.Host().Reject(ctx, h.Waiting()[0], true) }, &Error{Code: wire.CodeBlocked}},
		"ended":     {func(ctx context.Context, h *visitor, _ *knocking) { h.Host().End(ctx) }, &Error{Code: wire.CodeEnded}},
		"forgotten": {func(_ context.Context, _ *visitor, _ *knocking) { time.Sleep(time.Hour) }, &Error{Code: wire.CodeForgotten}},
		"given up":  {func(_ context.Context, _ *visitor, k *knocking) { k.cancel() }, context.Canceled},
	} {
		t.Run(name, func(t *testing.T) {
			virtualtime.Test(t, func(t *testing.T) {
				w := newWorld(t)
				host := w.joinHost("host", WebSocket)
				ben := w.knock("ben", WebSocket)
				await[WaitingJoined](t, host.Room, nil)
				synctest.Wait()
				test.end(t.Context(), host, ben)
				if <-ben.done; !errors.Is(ben.err, test.want) || ben.room != nil {
					t.Errorf("joining fails with %v", ben.err)
				}
				time.Sleep(time.Second)
				if name != "ended" && len(host.Waiting()) != 0 {
					t.Error("it still waits")
				}
			})
		})
	}
}

// TestHostCommands: what a host does is seen by whom it is about and by the others.
func TestHostCommands(t *testing.T) {
	simulate(t, func(t *testing.T, w *world, kind Transport) {
		host, ann, ben := w.joinHost("host", kind), w.join("ann", kind, nil), w.join("ben", kind, nil)
		w.meet(host, ann, ben)
		of := func(r *visitor, name string) *Participant {
			for _, p := range r.Participants() {
				if p.Identity() == name {
					return p
				}
			}
			t.Fatalf("no %s", name)
			return nil
		}
		if err := ann.Host().Mute(t.Context(), of(ann, "ben"), media.Camera); !errors.Is(err, &Error{Code: wire.CodeForbidden}) {
			t.Errorf("one who is no host: %v", err)
		}
		camera := film(t, ben.Room, 1000)
		annSees := watch(t, subscribe(t, track(t, ann.Room, media.Camera)))
		time.Sleep(3 * time.Second)
		ok := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}

		events := listen(t, ben.Room)
		ok(host.Host().Stop(t.Context(), of(host, "ben"), media.Camera))
		next[LocalTrackMuted](t, events)
		time.Sleep(time.Second)
		annSees.take()
		time.Sleep(time.Second)
		if n := annSees.take(); n > 0 || !camera.track.Muted() || !of(ann, "ben").Track(media.Camera).Muted() {
			t.Errorf("stopped: %d frames", n)
		}
		ok(camera.track.SetMuted(false))
		time.Sleep(3 * time.Second)
		if n := annSees.take(); n < 60 {
			t.Errorf("unmuted by itself: %d frames", n)
		}

		ok(ben.Local().RaiseHand(true))
		time.Sleep(time.Second)
		if of(ann, "ben").Hand().IsZero() || !of(ann, "ben").Hand().Equal(ben.Local().Hand()) {
			t.Errorf("hands: %v, %v", of(ann, "ben").Hand(), ben.Local().Hand())
		}
		ok(host.Host().LowerHand(t.Context(), of(host, "ben")))
		time.Sleep(time.Second)
		if !of(ann, "ben").Hand().IsZero() || !ben.Local().Hand().IsZero() {
			t.Error("the hand is still up")
		}

		ok(host.Host().SetGrants(t.Context(), of(host, "ben"), Grants{Subscribe: true}))
		failed := next[LocalTrackFailed](t, events)
		time.Sleep(time.Second)
		if !errors.Is(failed.Err, &Error{Code: wire.CodeForbidden}) || ben.Local().MayPublish(media.Camera) || !slices.Equal(of(ann, "ben").Grants().Publish, nil) {
			t.Errorf("without the grant: %v, %+v", failed.Err, of(ann, "ben").Grants())
		}
		ok(host.Host().SetLocked(t.Context(), true))
		time.Sleep(time.Second)
		if s := ben.Settings(); !s.Locked || s.WaitingRoom {
			t.Errorf("settings %+v", s)
		}
		c, _ := w.config("cleo", kind)
		if _, err := Join(t.Context(), w.node.url(), c); !errors.Is(err, &Error{Code: wire.CodeLocked}) {
			t.Errorf("joining a locked room: %v", err)
		}

		ok(host.Host().SetGrants(t.Context(), of(host, "ann"), Grants{Subscribe: true, Data: true, Admin: true}))
		time.Sleep(time.Second)
		ok(ann.Host().Remove(t.Context(), of(ann, "ben"), false))
		<-ben.Done()
		time.Sleep(10 * time.Second)
		if len(host.Participants()) != 1 {
			t.Errorf("left are %v", host.Participants())
		}
		if err := ben.Err(); !errors.Is(err, &Error{Code: wire.CodeRemoved}) {
			t.Errorf("removed: %v", err)
		}
		ok(ann.Host().End(t.Context()))
		<-host.Done()
		<-ann.Done()
		if err := host.Err(); !errors.Is(err, &Error{Code: wire.CodeEnded}) {
			t.Errorf("ended: %v", err)
		}
	})
}

// TestWaitingAfterARestart: who was in the room and has to wait anew sends nothing meanwhile, and goes on when it is let in.
func TestWaitingAfterARestart(t *testing.T) {
	simulate(t, func(t *testing.T, w *world, kind Transport) {
		host, ben := w.joinHost("host", kind), w.join("ben", kind, nil)
		film(t, ben.Room, 1000)
		track(t, host.Room, media.Camera)
		w.crash()
		w.waits["ben"] = true
		time.Sleep(time.Second)
		w.start()
		time.Sleep(20 * time.Second)
		await(t, ben.Room, func(e ConnectionChanged) bool { return e.State == Waiting })
		waiting := await[WaitingJoined](t, host.Room, nil).Participant
		time.Sleep(5 * time.Second)
		if ben.State() != Waiting || ben.Local().MayPublish(media.Camera) {
			t.Errorf("it is %v", ben.State())
		}
		if err := host.Host().Admit(t.Context(), waiting); err != nil {
			t.Fatal(err)
		}
		await(t, ben.Room, func(e ConnectionChanged) bool { return e.State == Connected })
		time.Sleep(15 * time.Second)
		sees := watch(t, subscribe(t, track(t, host.Room, media.Camera)))
		time.Sleep(5 * time.Second)
		if n := sees.take(); n < 90 {
			t.Errorf("%d frames", n)
		}
	})
}

// TestRefusedCommand: what the node has against a command is told.
func TestRefusedCommand(t *testing.T) {
	virtualtime.Test(t, func(t *testing.T) {
		w := newWorld(t)
		host, ben := w.joinHost("host", WebSocket), w.join("ben", WebSocket, nil)
		w.meet(host, ben)
		gone := host.Participants()[0]
		ben.Close()
		time.Sleep(time.Second)
		if err := host.Host().Remove(t.Context(), gone, false); !errors.Is(err, &Error{Code: wire.CodeParticipantUnknown}) {
			t.Errorf("failed with %v", err)
		}
		w.crash()
		lost := make(chan error, 1)
		go func() { lost <- host.Host().SetLocked(t.Context(), true) }()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := host.Host().SetLocked(ctx, true); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("nobody answers, and it ends with %v", err)
		}
		w.start()
		if err := <-lost; !errors.Is(err, &Error{Code: wire.CodeUnavailable}) {
			t.Errorf("the node is another: %v", err)
		}
	})
}

// TestTokenIsAskedForAnew: whenever the room is entered anew, and not when a connection is only another.
func TestTokenIsAskedForAnew(t *testing.T) {
	simulate(t, func(t *testing.T, w *world, kind Transport) {
		c, _ := w.config("ann", kind)
		var asked []string
		c.Token = func(context.Context) (string, error) {
			asked = append(asked, fmt.Sprint("token ", len(asked)))
			return asked[len(asked)-1], nil
		}
		r, err := Join(t.Context(), w.node.url(), c)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { r.Close() })
		synctest.Wait()
		if len(asked) != 1 || r.Local().Identity() != "token 0" {
			t.Errorf("joined as %s by %q", r.Local().Identity(), asked)
		}
		w.crash()
		time.Sleep(time.Second)
		w.start()
		time.Sleep(time.Minute)
		if r.State() != Connected || r.Local().Identity() == "token 0" || len(asked) < 2 {
			t.Errorf("joined anew as %s by %q", r.Local().Identity(), asked)
		}
	})
}

// TestGrantsArePublic: every grant of the protocol has its counterpart.
func TestGrantsArePublic(t *testing.T) {
	all := everything()
	all.Admin = true
	if g := grantsOf(all).proto(); !slices.Equal(sorted(g.Publish), sorted(all.Publish)) || !g.Admin || !g.Data || !g.Subscribe {
		t.Errorf("%v became %v", all, g)
	}
}

func sorted(s []pb.Source) []pb.Source {
	s = slices.Clone(s)
	slices.Sort(s)
	return s
}
