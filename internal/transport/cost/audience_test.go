//go:build linux

package cost_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/openconfab/confab/internal/transport"
	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
)

// audience counts what arrives, over any number of connections.
type audience struct {
	b       *testing.B
	arrived atomic.Int64
	tasks   sync.WaitGroup
	conns   []transport.Conn

	mu   sync.Mutex
	ages []time.Duration
}

func newAudience(b *testing.B) *audience {
	a := &audience{b: b}
	b.Cleanup(func() {
		for _, c := range a.conns {
			c.Close("")
		}
		a.tasks.Wait()
	})
	return a
}

// listen counts what comes over a connection.
func (a *audience) listen(conn transport.Conn) {
	a.conns = append(a.conns, conn)
	a.tasks.Go(func() {
		conn.ReceiveObjects(1<<20, func(_ uint64, o *wire.Object) {
			a.arrived.Add(1)
			d := age(o)
			o.Release()
			a.mu.Lock()
			a.ages = append(a.ages, d)
			a.mu.Unlock()
		}, func(err error) { a.b.Error(err) })
	})
}

// take returns how much has arrived since it was called last, and how old it was.
func (a *audience) take() (arrived int64, ages []time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	arrived, ages = a.arrived.Swap(0), a.ages
	a.ages = nil
	return arrived, ages
}

// awaitCalm returns when all that was sent to n connections has arrived, or nothing more comes.
func (a *audience) awaitCalm(sent int64) {
	for last := int64(-1); ; time.Sleep(20 * time.Millisecond) {
		now := a.arrived.Load()
		if now >= sent || now == last {
			return
		}
		last = now
	}
}

// guest is a client in a room of the node.
type guest struct {
	conn    transport.Conn
	session string
	others  []*pb.ParticipantInfo
	// received counts the node's numbered messages.
	received atomic.Uint64
}

// enter joins a room and pings from then on.
func (a *audience) enter(base string, kind transport.Kind, room, name string) *guest {
	a.b.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	conn, err := transport.Dial(ctx, base, transport.DialOptions{Only: kind, TLS: &tls.Config{InsecureSkipVerify: true}})
	if err != nil {
		a.b.Fatal(err)
	}
	conn.SetControlLimit(16 << 20)
	g := &guest{conn: conn}
	g.send(a.b, &pb.ClientMessage{Kind: &pb.ClientMessage_Hello{Hello: &pb.Hello{
		Versions: []uint32{1}, Room: room, Announcement: []byte(name), GuestSecret: []byte(strings.Repeat(name+".", 16)[:16]),
	}}})
	m := g.read(a.b)
	welcome := m.GetWelcome()
	if welcome == nil {
		a.b.Fatalf("got %v", m)
	}
	g.session, g.others = welcome.Session, welcome.Participants
	a.listen(conn)
	return g
}

// stay answers nothing and pings as often as the node wants it, until the connection ends.
func (a *audience) stay(g *guest) {
	a.tasks.Go(func() {
		for {
			b, err := g.conn.ReadControl()
			if err != nil {
				return
			}
			m, err := wire.UnmarshalServer(b, len(b))
			if err != nil {
				a.b.Error(err)
				return
			}
			if m.GetPong() == nil {
				g.received.Add(1)
			}
		}
	})
	a.tasks.Go(func() {
		ticker := time.NewTicker(2 * time.Second)
		defer ticker.Stop()
		for sequence := uint32(0); ; sequence++ {
			select {
			case <-g.conn.Done():
				return
			case <-ticker.C:
				ping := &pb.Ping{Sequence: sequence, Received: g.received.Load()}
				g.conn.WriteControl(encode(&pb.ClientMessage{Kind: &pb.ClientMessage_Ping{Ping: ping}}))
			}
		}
	})
}

func (g *guest) send(b *testing.B, m *pb.ClientMessage) {
	b.Helper()
	if err := g.conn.WriteControl(encode(m)); err != nil {
		b.Fatal(err)
	}
}

func (g *guest) read(b *testing.B) *pb.ServerMessage {
	b.Helper()
	msg, err := g.conn.ReadControl()
	if err != nil {
		b.Fatal(err)
	}
	m, err := wire.UnmarshalServer(msg, len(msg))
	if err != nil {
		b.Fatal(err)
	}
	return m
}

func encode(m *pb.ClientMessage) []byte {
	b, err := proto.Marshal(m)
	if err != nil {
		panic(err)
	}
	return b
}

// publisher sends media into a room.
type publisher struct {
	*guest
	b     *testing.B
	media media
	group transport.Group
	sound transport.Group
}

// publish joins a room and publishes a camera and a microphone.
func (a *audience) publish(base string, kind transport.Kind, room string) *publisher {
	a.b.Helper()
	p := &publisher{guest: a.enter(base, kind, room, "publisher"), b: a.b}
	for _, track := range []*pb.PublishTrack{
		{Number: videoAlias, Source: pb.Source_SOURCE_CAMERA, Layers: []*pb.Layer{{Alias: videoAlias, Width: 1280, Height: 720, MaxFps: videoPerSecond}}},
		{Number: audioAlias, Source: pb.Source_SOURCE_MICROPHONE, Layers: []*pb.Layer{{Alias: audioAlias}}},
	} {
		p.send(a.b, &pb.ClientMessage{Kind: &pb.ClientMessage_PublishTrack{PublishTrack: track}})
	}
	a.stay(p.guest)
	return p
}

// subscribe joins a room and subscribes to all that is published there.
func (a *audience) subscribe(base string, kind transport.Kind, room string, number int) {
	a.b.Helper()
	g := a.enter(base, kind, room, fmt.Sprint("subscriber", number))
	pending := 0
	for _, other := range g.others {
		for _, track := range other.Tracks {
			pending++
			g.send(a.b, &pb.ClientMessage{Kind: &pb.ClientMessage_Subscribe{Subscribe: &pb.Subscribe{Track: track.Track, Priority: 128}}})
		}
	}
	if number == 0 && pending != 2 {
		a.b.Fatalf("found %d tracks to subscribe to", pending)
	}
	for pending > 0 {
		if g.read(a.b).GetSubscribed() != nil {
			pending--
		}
		g.received.Add(1)
	}
	a.stay(g)
}

func (p *publisher) play(d time.Duration) { play(d, p.sendVideo, p.sendAudio) }

func (p *publisher) sendVideo() {
	o := p.media.nextVideo()
	defer o.Release()
	if o.Number == 0 {
		p.group = p.open(videoAlias)
	}
	p.check(p.group.Write(o))
	if o.LastOfGroup() {
		p.check(p.group.Close())
	}
}

func (p *publisher) sendAudio() {
	o := p.media.nextAudio()
	defer o.Release()
	if p.conn.Multiplexed() {
		p.check(p.conn.SendDatagram(audioAlias, o))
		return
	}
	if p.sound == nil {
		p.sound = p.open(audioAlias)
	}
	p.check(p.sound.Write(o))
}

func (p *publisher) open(alias uint64) transport.Group {
	g, err := p.conn.OpenGroup(alias)
	p.check(err)
	return g
}

func (p *publisher) check(err error) {
	p.b.Helper()
	if err != nil {
		p.b.Fatal(err)
	}
}
