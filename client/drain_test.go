package client

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openconfab/confab/internal/virtualtime"
	"github.com/openconfab/confab/media"
)

// call is an encrypted call of three, two of them at the first of three nodes, the third at the second. All speak, ann films as
// well, and everybody hears and sees everybody.
type call struct {
	people         []*visitor
	sounds, videos []*watcher
	logs           []*eventLog
	sessions       []string
}

func newCall(t *testing.T, w *world, kind Transport) *call {
	c := &call{people: []*visitor{w.at(w.nodes[0], "ann", kind), w.at(w.nodes[0], "bob", WebTransport), w.at(w.nodes[1], "cid", kind)}}
	for _, p := range c.people {
		speak(t, p.Room)
	}
	film(t, c.people[0].Room, 2000)
	for _, p := range c.people {
		for _, of := range c.people {
			if of == p {
				continue
			}
			name := of.config.Name
			source := func(source media.Source) *RemoteTrack {
				return await(t, p.Room, func(e TrackPublished) bool {
					return e.Track.Source() == source && e.Track.Participant().Name() == name
				}).Track
			}
			c.sounds = append(c.sounds, watch(t, subscribe(t, source(media.Microphone))))
			if of == c.people[0] {
				c.videos = append(c.videos, watch(t, subscribe(t, source(media.Camera))))
			}
		}
	}
	time.Sleep(5 * time.Second)
	for _, p := range c.people {
		c.logs = append(c.logs, record(t, p.Room))
		c.sessions = append(c.sessions, p.Local().Session())
	}
	synctest.Wait()
	c.forget()
	return c
}

func (c *call) forget() {
	for _, l := range c.logs {
		l.take()
	}
	for _, w := range append(c.sounds, c.videos...) {
		w.longestGap()
		w.take()
	}
}

// whole checks that everything has been coming for two seconds.
func (c *call) whole(t *testing.T) {
	t.Helper()
	for _, w := range append(c.sounds, c.videos...) {
		w.take()
	}
	time.Sleep(2 * time.Second)
	for i, w := range c.sounds {
		if n := w.take(); n < 90 {
			t.Errorf("sound %d: %d frames in 2 s", i, n)
		}
	}
	for i, w := range c.videos {
		if n := w.take(); n < 50 {
			t.Errorf("video %d: %d frames in 2 s", i, n)
		}
	}
}

// unseen checks that nobody has noticed anything.
func (c *call) unseen(t *testing.T) {
	t.Helper()
	for i, l := range c.logs {
		for _, event := range l.take() {
			switch event.(type) {
			case ParticipantUpdated, EncryptionChanged:
			default:
				t.Errorf("%s saw %T %+v", c.people[i].config.Name, event, event)
			}
		}
		if session := c.people[i].Local().Session(); session != c.sessions[i] {
			t.Errorf("%s has another session", c.people[i].config.Name)
		}
	}
	for i, w := range c.sounds {
		if gap := w.longestGap(); gap > 500*time.Millisecond {
			t.Errorf("sound %d was away for %v", i, gap)
		}
	}
	for i, w := range c.videos {
		if gap := w.longestGap(); gap > time.Second {
			t.Errorf("video %d was away for %v", i, gap)
		}
	}
}

func simulateNodes(t *testing.T, count int, test func(t *testing.T, w *world, kind Transport)) {
	for _, kind := range transports {
		t.Run(kind.String(), func(t *testing.T) {
			t.Parallel()
			virtualtime.Test(t, func(t *testing.T) {
				test(t, newNodes(t, count), kind)
			})
		})
	}
}

// TestRollingRestart: one node after the other stops and comes back. Everybody goes on at another within two seconds, in the same
// session; nobody sees anybody leave, and no message is lost.
func TestRollingRestart(t *testing.T) {
	simulateNodes(t, 3, func(t *testing.T, w *world, kind Transport) {
		c := newCall(t, w, kind)
		said := 0
		for _, n := range w.nodes {
			for range 5 {
				for _, p := range c.people {
					if err := p.Local().PublishData(t.Context(), fmt.Appendf(nil, "%s %d", p.config.Name, said), DataOptions{Topic: "chat"}); err != nil {
						t.Fatal(err)
					}
				}
				said++
			}
			begun := time.Now()
			if err := n.drain(5 * time.Second); err != nil {
				t.Errorf("not everybody has left by themselves: %v", err)
			}
			if took := time.Since(begun); took > 2*time.Second {
				t.Errorf("it took %v until all had left", took)
			}
			n.stop()
			time.Sleep(3 * time.Second)
			c.unseen(t)
			c.whole(t)
			n.start()
			time.Sleep(3 * time.Second)
			c.forget()
		}
		for _, p := range c.people {
			heard := map[string]int{}
			for m, err := range p.Messages(t.Context()) {
				if err != nil {
					t.Fatal(err)
				}
				heard[string(m.Payload)]++
				if len(heard) == 2*said {
					break
				}
			}
			for what, times := range heard {
				if times != 1 {
					t.Errorf("%s heard %q %d times", p.config.Name, what, times)
				}
			}
		}
	})
}

// TestNodeDies: whoever was at it comes to another node by itself, and is whole again within ten seconds. The one who was elsewhere
// is heard all the time by those elsewhere.
func TestNodeDies(t *testing.T) {
	simulateNodes(t, 3, func(t *testing.T, w *world, kind Transport) {
		c := newCall(t, w, kind)
		w.nodes[0].crash()
		time.Sleep(10 * time.Second)
		c.whole(t)
		for i, l := range c.logs {
			events := l.take()
			if n := count[ParticipantLeft](events); n > 0 {
				t.Errorf("%s saw %d leave", c.people[i].config.Name, n)
			}
		}
		if c.people[2].Local().Session() != c.sessions[2] {
			t.Error("who was elsewhere has joined anew")
		}
	})
}

// TestNodeFreezes: a node that does nothing for 20 seconds costs those who were at it no more than a dead one, and does no harm
// when it goes on.
func TestNodeFreezes(t *testing.T) {
	simulateNodes(t, 3, func(t *testing.T, w *world, kind Transport) {
		c := newCall(t, w, kind)
		n := w.nodes[0]
		n.setApart(true)
		time.Sleep(10 * time.Second)
		c.whole(t)
		n.setApart(false)
		time.Sleep(8 * time.Second)
		c.whole(t)
		for i, l := range c.logs {
			if left := count[ParticipantLeft](l.take()); left > 0 {
				t.Errorf("%s saw %d leave", c.people[i].config.Name, left)
			}
		}
	})
}
