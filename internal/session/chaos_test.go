package session_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openconfab/confab/internal/session/sessiontest"
	"github.com/openconfab/confab/internal/transport"
	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
)

// TestEverythingDeliveredCanBeDecoded lets participants on paths of all kinds publish, subscribe, move, vanish and come
// back at random, and checks that whatever video reaches anybody has a beginning and no holes.
func TestEverythingDeliveredCanBeDecoded(t *testing.T) {
	for seed := range uint64(3) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			simulate(t, func(t *testing.T, n *node) {
				c := &chaos{t: t, n: n, random: rand.New(rand.NewPCG(seed, 2))}
				for i := range 4 {
					c.enter(fmt.Sprint("p", i))
				}
				for range 200 {
					c.act(c.guests[c.random.IntN(len(c.guests))])
					time.Sleep(time.Duration(c.random.IntN(200)) * time.Millisecond)
					for _, g := range c.guests {
						g.check(t)
					}
				}
				delivered := 0
				for _, g := range c.guests {
					g.studio.close()
					delivered += g.delivered
				}
				if delivered < 5_000 {
					t.Errorf("only %d objects were delivered", delivered)
				}
			})
		})
	}
}

type chaos struct {
	t      *testing.T
	n      *node
	random *rand.Rand
	guests []*guest
}

// guest is a participant that publishes, and checks what it gets.
type guest struct {
	*sessiontest.Client
	studio *studio
	path   *sessiontest.Conn
	last   map[uint64]wire.Header
	// delivered counts all objects.
	delivered int
}

func (c *chaos) kind() transport.Kind { return transport.Kind(1 + c.random.IntN(2)) }

func (c *chaos) enter(name string) {
	client, path := c.n.joinBy(c.kind(), name)
	c.guests = append(c.guests, &guest{
		Client: client, path: path, studio: openStudio(client), last: map[uint64]wire.Header{},
	})
}

func (c *chaos) act(g *guest) {
	other := c.guests[c.random.IntN(len(c.guests))]
	switch action := c.random.IntN(20); {
	case action < 10:
		g.Send(subscribe(other.Client, 1, 0))
		m := subscribe(other.Client, 2, uint32(c.random.IntN(5))*200)
		m.GetSubscribe().MaxFps = uint32(c.random.IntN(3)) * 15
		m.GetSubscribe().Priority = uint32(c.random.IntN(256))
		g.Send(m)
	case action < 12:
		g.Send(unsubscribe(other.Client, 2))
	case action < 14:
		g.path.SetRate([]int{0, 10_000, 50_000, 200_000}[c.random.IntN(4)])
	case action < 15:
		g.path.Stall()
		time.Sleep(time.Duration(c.random.IntN(1500)) * time.Millisecond)
		g.path.Resume()
	case action < 17:
		g.resume(c)
	case action < 18:
		cut(g.Client)
		time.Sleep(time.Duration(c.random.IntN(1000)) * time.Millisecond)
		g.resume(c)
	case action < 19:
		g.Send(&pb.ClientMessage{Kind: &pb.ClientMessage_RequestKeyframe{
			RequestKeyframe: &pb.RequestKeyframe{Track: &pb.TrackRef{Session: other.Session(), Number: 2}},
		}})
	default:
		g.check(c.t)
		_ = g.Conn().WriteControl([]byte{0xff})
		synctest.Wait()
		g.resume(c)
	}
}

func (g *guest) resume(c *chaos) {
	c.t.Helper()
	g.path = c.n.resume(g.Client, c.kind())
	g.check(c.t)
}

// check looks at every object that came since: groups of an alias only get newer, each begins with its keyframe, and
// nothing but discardable objects is missing from it.
func (g *guest) check(t *testing.T) {
	t.Helper()
	for _, o := range g.Objects() {
		g.delivered++
		if len(o.Payload) == soundSize {
			continue
		}
		last, known := g.last[o.Alias]
		switch {
		case !known || o.Group > last.Group:
			if !o.Keyframe() || o.Number != 0 {
				t.Fatalf("group %d of alias %d begins with %v", o.Group, o.Alias, o.Header)
			}
		case o.Group < last.Group:
			t.Fatalf("group %d of alias %d after %d", o.Group, o.Alias, last.Group)
		case o.Number == last.Number+1:
		case o.Number == last.Number+2 && o.Number%2 == 0:
		default:
			t.Fatalf("object %d of group %d after %d", o.Number, o.Group, last.Number)
		}
		g.last[o.Alias] = o.Header
	}
}
