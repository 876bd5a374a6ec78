package client

import (
	"bytes"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/openconfab/confab/e2ee"
	"github.com/openconfab/confab/internal/virtualtime"
	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/media"
)

var founderSeed = bytes.Repeat([]byte{0xf0}, 32)

// found has the room founded by who joins with founderSeed, and joins so.
func (w *world) found(kind Transport) *visitor {
	w.t.Helper()
	link, err := NewMeeting(w.node.url(), "room", founderSeed)
	if err != nil {
		w.t.Fatal(err)
	}
	_, invitation, err := e2ee.ParseLink(link)
	if err != nil {
		w.t.Fatal(err)
	}
	w.secret, w.founder = invitation.Secret, invitation.Host
	w.grants["host"] = everything()
	w.grants["host"].Admin = true
	return w.join("host", kind, func(c *Config) { c.IdentitySeed = founderSeed })
}

// of returns one as another sees it.
func (v *visitor) of(name string) *Participant {
	for _, p := range v.Participants() {
		if p.Identity() == name {
			return p
		}
	}
	return &Participant{room: v.Room}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// alerted checks that two see one set apart.
func alerted(t *testing.T, name string, a Alert, by ...*visitor) {
	t.Helper()
	for _, v := range by {
		if p := v.of(name); !slices.Equal(p.Alerts(), []Alert{a}) || p.Encryption() != Refused {
			t.Errorf("%s sees %s as %v, alerts %v", v.config.Name, name, p.Encryption(), p.Alerts())
		}
	}
}

// TestHostDecidesAboutKeys: whom the node lets in although no host did gets no keys and is shown, until a host lets it in.
func TestHostDecidesAboutKeys(t *testing.T) {
	simulate(t, func(t *testing.T, w *world, kind Transport) {
		host, ann := w.found(kind), w.join("ann", kind, nil)
		w.meet(host, ann)
		film(t, ann.Room, 1000)
		if !host.Local().Host() || ann.Local().Host() || !ann.of("host").Host() || ann.Guarded() {
			t.Error("who is host is not as it should be")
		}
		ok(t, host.Host().SetWaitingRoom(t.Context(), true))
		time.Sleep(time.Second)
		if !ann.Guarded() || !host.Guarded() || len(ann.of("host").Alerts()) > 0 || len(host.of("ann").Alerts()) > 0 {
			t.Fatal("the keys are not guarded")
		}

		ben := w.knock("ben", kind)
		ok(t, host.Host().Admit(t.Context(), await[WaitingJoined](t, host.Room, nil).Participant))
		<-ben.done
		benSees := watch(t, subscribe(t, track(t, ben.room, media.Camera)))
		time.Sleep(3 * time.Second)
		if n := benSees.take(); n < 60 || !ben.room.Guarded() || ann.of("ben").Encryption() != Encrypted {
			t.Errorf("ben, who was let in, saw %d frames, guarded: %v", n, ben.room.Guarded())
		}

		// The node lets eve in, who has the link: it says that she is a host.
		w.grants["eve"] = w.grants["host"]
		eve := w.join("eve", kind, nil)
		eveSees := watch(t, subscribe(t, track(t, eve.Room, media.Camera)))
		time.Sleep(5 * time.Second)
		alerted(t, "eve", NotAdmitted, ann, host)
		if n := eveSees.take(); n > 0 {
			t.Errorf("eve saw %d frames", n)
		}
		if err := ann.Host().LetIn(ann.of("eve")); !errors.Is(err, &Error{Code: wire.CodeForbidden}) {
			t.Errorf("one who is no host lets it in: %v", err)
		}
		ok(t, host.Host().LetIn(host.of("eve")))
		time.Sleep(5 * time.Second)
		if n := eveSees.take(); n < 60 || len(ann.of("eve").Alerts()) > 0 {
			t.Errorf("let in, eve saw %d frames; ann sees %v", n, ann.of("eve").Alerts())
		}
		ok(t, host.Host().SetWaitingRoom(t.Context(), false))
		time.Sleep(5 * time.Second)
		if ann.Guarded() || host.Guarded() {
			t.Error("the host's wish to loosen the guard was not heeded")
		}
	})
}

// TestRemovedStaysRemoved: the node shows one who was removed again, and it gets no keys.
func TestRemovedStaysRemoved(t *testing.T) {
	simulate(t, func(t *testing.T, w *world, kind Transport) {
		host, ann := w.found(kind), w.join("ann", kind, nil)
		film(t, ann.Room, 1000)
		known := func(c *Config) { c.IdentitySeed = bytes.Repeat([]byte{5}, 32) }
		eve := w.join("eve", kind, known)
		w.meet(host, ann, eve)
		time.Sleep(2 * time.Second)
		ok(t, host.Host().Remove(t.Context(), host.of("eve"), false))
		<-eve.Done()
		eve = w.join("eve", kind, known)
		eveSees := watch(t, subscribe(t, track(t, eve.Room, media.Camera)))
		time.Sleep(5 * time.Second)
		alerted(t, "eve", RemovedByHost, ann, host)
		if n := eveSees.take(); n > 0 {
			t.Errorf("eve saw %d frames", n)
		}
	})
}

// TestAdmissionOutlastsTheNode: after all have joined anew, the keys are guarded as before, for the same people.
func TestAdmissionOutlastsTheNode(t *testing.T) {
	simulate(t, func(t *testing.T, w *world, kind Transport) {
		host, ann, ben := w.found(kind), w.join("ann", kind, nil), w.join("ben", kind, nil)
		w.meet(host, ann, ben)
		film(t, ann.Room, 1000)
		ok(t, host.Host().SetLocked(t.Context(), true))
		time.Sleep(5 * time.Second)
		w.crash()
		time.Sleep(time.Second)
		w.start()
		time.Sleep(30 * time.Second)
		for _, v := range []*visitor{host, ann, ben} {
			if !v.Guarded() || v.State() != Connected {
				t.Errorf("%s is %v, guarded: %v", v.config.Name, v.State(), v.Guarded())
			}
			for _, p := range v.Participants() {
				if p.Encryption() != Encrypted || len(p.Alerts()) > 0 {
					t.Errorf("%s sees %s as %v, %v", v.config.Name, p.Identity(), p.Encryption(), p.Alerts())
				}
			}
		}
		eve := w.join("eve", kind, nil)
		benSees := watch(t, subscribe(t, track(t, ben.Room, media.Camera)))
		eveSees := watch(t, subscribe(t, track(t, eve.Room, media.Camera)))
		time.Sleep(5 * time.Second)
		if n, m := benSees.take(), eveSees.take(); n < 90 || m > 0 {
			t.Errorf("ben saw %d frames, eve %d", n, m)
		}
		alerted(t, "eve", NotAdmitted, ann, host)
	})
}

// TestHostStartedAnew: a program that is the host, started anew, lets in whom it knows and nobody whom the node shows it besides.
func TestHostStartedAnew(t *testing.T) {
	simulate(t, func(t *testing.T, w *world, kind Transport) {
		var mu sync.Mutex
		var kept []byte
		keep := func(c *Config) {
			mu.Lock()
			defer mu.Unlock()
			c.IdentitySeed, c.Decisions = founderSeed, kept
			c.KeepDecisions = func(decisions []byte) {
				mu.Lock()
				defer mu.Unlock()
				kept = decisions
			}
		}
		ok(t, w.found(kind).Close())
		host, ann := w.join("host", kind, keep), w.join("ann", kind, nil)
		w.meet(host, ann)
		ok(t, host.Host().SetWaitingRoom(t.Context(), true))
		time.Sleep(time.Second)
		// The node lets two in who have the link, before and while the host is away.
		w.grants["eve"], w.grants["evan"] = w.grants["host"], w.grants["host"]
		eve := w.join("eve", kind, nil)
		time.Sleep(time.Second)
		ok(t, host.Close())
		time.Sleep(5 * time.Second)
		evan := w.join("evan", kind, nil)
		host = w.join("host", kind, keep)
		film(t, host.Room, 1000)
		seen := map[*visitor]*watcher{}
		for _, v := range []*visitor{ann, eve, evan} {
			seen[v] = watch(t, subscribe(t, track(t, v.Room, media.Camera)))
		}
		time.Sleep(5 * time.Second)
		if n := seen[ann].take(); n < 60 || !host.Guarded() || host.of("ann").Encryption() != Encrypted {
			t.Errorf("ann, whom the host knows, saw %d frames, guarded: %v", n, host.Guarded())
		}
		for _, v := range []*visitor{eve, evan} {
			if n := seen[v].take(); n > 0 {
				t.Errorf("%s saw %d frames", v.config.Name, n)
			}
			alerted(t, v.config.Name, NotAdmitted, ann, host)
		}
	})
}

// TestDecisionsOfAnotherMeeting: they are refused before anything is sent.
func TestDecisionsOfAnotherMeeting(t *testing.T) {
	virtualtime.Test(t, func(t *testing.T) {
		w := newWorld(t)
		c, _ := w.config("ann", WebSocket)
		c.Decisions = []byte("{}")
		if _, err := Join(t.Context(), w.node.url(), c); !errors.Is(err, &Error{Code: CodeConfigInvalid}) {
			t.Errorf("got %v", err)
		}
	})
}

// TestFounderAppoints: one whom the founder makes a host decides in its place.
func TestFounderAppoints(t *testing.T) {
	virtualtime.Test(t, func(t *testing.T) {
		w := newWorld(t)
		host, ann, ben := w.found(WebSocket), w.join("ann", WebSocket, nil), w.join("ben", WebSocket, nil)
		w.meet(host, ann, ben)
		time.Sleep(2 * time.Second)
		grants := host.of("ann").Grants()
		grants.Admin = true
		ok(t, host.Host().SetGrants(t.Context(), host.of("ann"), grants))
		time.Sleep(time.Second)
		if !ann.Local().Host() || !ben.of("ann").Host() {
			t.Fatal("ann is no host")
		}
		ok(t, host.Close())
		time.Sleep(20 * time.Second)
		ok(t, ann.Host().SetLocked(t.Context(), true))
		time.Sleep(time.Second)
		if !ben.Guarded() || ben.of("ann").Encryption() != Encrypted {
			t.Error("what ann decided is not heeded")
		}
	})
}

// TestComparingEmoji: two see the same pictures, and what comes of comparing them.
func TestComparingEmoji(t *testing.T) {
	virtualtime.Test(t, func(t *testing.T) {
		w := newWorld(t)
		ann, ben := w.join("ann", WebSocket, nil), w.join("ben", WebSocket, nil)
		w.meet(ann, ben)
		ok(t, ann.of("ben").StartComparing())
		await(t, ben.Room, func(e ParticipantUpdated) bool {
			state, _ := e.Participant.Comparison()
			return state == e2ee.CompareOffered
		})
		ok(t, ben.of("ann").StartComparing())
		time.Sleep(time.Second)
		a, pictures := ann.of("ben").Comparison()
		b, same := ben.of("ann").Comparison()
		if a != e2ee.CompareShown || b != e2ee.CompareShown || len(pictures) != 7 || !slices.Equal(pictures, same) {
			t.Fatalf("%v %v, %v %v", a, pictures, b, same)
		}
		ok(t, ann.of("ben").FinishComparing(true))
		ok(t, ben.of("ann").FinishComparing(false))
		if p := ann.of("ben"); !p.Verified() || len(p.Alerts()) > 0 {
			t.Error("ann has not verified ben")
		}
		if p := ben.of("ann"); p.Verified() || !slices.Equal(p.Alerts(), []Alert{Misbehaved}) || p.Encryption() != Failing {
			t.Errorf("ben sees %v, %v", p.Encryption(), p.Alerts())
		}
	})
}

// TestComparingEmojiIsDeclined: who had asked is told, and a question that nobody answers is over by itself.
func TestComparingEmojiIsDeclined(t *testing.T) {
	virtualtime.Test(t, func(t *testing.T) {
		w := newWorld(t)
		ann, ben := w.join("ann", WebSocket, nil), w.join("ben", WebSocket, nil)
		w.meet(ann, ben)
		stands := func(p *Participant, want e2ee.Comparison) {
			t.Helper()
			if got, _ := p.Comparison(); got != want {
				t.Errorf("with %s it stands at %v, not %v", p.Name(), got, want)
			}
		}
		ok(t, ann.of("ben").StartComparing())
		time.Sleep(time.Second)
		stands(ben.of("ann"), e2ee.CompareOffered)
		ok(t, ben.of("ann").EndComparing())
		time.Sleep(time.Second)
		stands(ann.of("ben"), e2ee.CompareDeclined)
		stands(ben.of("ann"), e2ee.NotCompared)
		ok(t, ann.of("ben").StartComparing())
		time.Sleep(e2ee.CompareTimeout + time.Second)
		stands(ann.of("ben"), e2ee.CompareUnanswered)
		stands(ben.of("ann"), e2ee.CompareEnded)
	})
}

func TestNewMeeting(t *testing.T) {
	link, err := NewMeeting("https://meet.example", "r", founderSeed)
	if err != nil {
		t.Fatal(err)
	}
	c := Config{}
	if _, err := c.resolve(link); err != nil || !c.Keys.host.Named() || !c.Keys.secret.Verified() {
		t.Errorf("%v: %v", c.Keys, err)
	}
	for _, bad := range []struct {
		base, room string
		seed       []byte
		code       string
	}{
		{"meet.example", "r", founderSeed, CodeLinkInvalid}, {"https://meet.example", "a room", founderSeed, CodeConfigInvalid},
		{"https://meet.example", "r", nil, CodeConfigInvalid}, {"https://meet.example", "r", founderSeed[:31], CodeConfigInvalid},
	} {
		if _, err := NewMeeting(bad.base, bad.room, bad.seed); !errors.Is(err, &Error{Code: bad.code}) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}
