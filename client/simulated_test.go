package client

import (
	"context"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/openconfab/confab/e2ee"
	"github.com/openconfab/confab/internal/session"
	"github.com/openconfab/confab/internal/simnet"
	"github.com/openconfab/confab/internal/virtualtime"
	"github.com/openconfab/confab/internal/wire/pb"
	"github.com/openconfab/confab/media"
)

// world is some nodes on a simulated network in virtual time.
type world struct {
	t       testing.TB
	network *simnet.Network
	// node is the first of nodes.
	*node
	nodes  []*node
	secret e2ee.Secret
	// founder is whom links name as host, if anybody.
	founder e2ee.Host
	// grants are those of tokens; guests may do everything.
	grants map[string]*pb.Grants
	// waits are tokens of those who wait for a host.
	waits map[string]bool
	hosts int
}

// simulate runs a test over each transport.
func simulate(t *testing.T, test func(t *testing.T, w *world, kind Transport)) {
	for _, kind := range transports {
		t.Run(kind.String(), func(t *testing.T) {
			t.Parallel()
			virtualtime.Test(t, func(t *testing.T) {
				test(t, newWorld(t), kind)
			})
		})
	}
}

// newWorld starts a node, until the test ends.
func newWorld(t *testing.T) *world {
	w := &world{t: t, network: simnet.New(1), secret: e2ee.NewSecret(), grants: map[string]*pb.Grants{}, waits: map[string]bool{}}
	w.node = w.build(nil)
	return w
}

func everything() *pb.Grants {
	g := &pb.Grants{Join: true, Subscribe: true, Data: true}
	for _, source := range toWire {
		g.Publish = append(g.Publish, source)
	}
	slices.Sort(g.Publish)
	return g
}

func (w *world) admit(_ context.Context, hello *pb.Hello, _ string) (session.Admission, error) {
	a := session.Admission{Room: hello.Room, Identity: hello.Token, Grants: everything(), Wait: w.waits[hello.Token]}
	if hello.Token == "" {
		a.Identity = string(hello.GuestSecret[:1]) + "-guest"
	}
	if grants := w.grants[hello.Token]; grants != nil {
		a.Grants = grants
	}
	return a, nil
}

// visitor is a client on a host of its own.
type visitor struct {
	*Room
	host *simnet.Host
}

var pathLinks = simnet.Link{Latency: 10 * time.Millisecond}

// config returns what to join with from a host of one's own, with the name as token.
func (w *world) config(name string, kind Transport) (Config, *simnet.Host) {
	w.hosts++
	host := w.network.Host("10.0.1."+string(rune('0'+w.hosts)), pathLinks, pathLinks)
	c := Config{
		Name: name, Room: "room", Transport: kind, Keys: MeetingSecret(w.secret),
		Token: func(context.Context) (string, error) { return name, nil },
	}
	c.Keys.host = w.founder
	c.dial.DialContext = host.DialContext
	c.dial.ListenPacket = func() (net.PacketConn, error) { return host.ListenPacket(0) }
	return c, host
}

// join enters the room until the test ends.
func (w *world) join(name string, kind Transport, change func(*Config)) *visitor {
	w.t.Helper()
	c, host := w.config(name, kind)
	if change != nil {
		change(&c)
	}
	r, err := Join(w.t.Context(), w.node.url(), c)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { r.Close() })
	return &visitor{r, host}
}

// meet waits until each knows of all the others.
func (w *world) meet(visitors ...*visitor) {
	w.t.Helper()
	for _, v := range visitors {
		for _, other := range visitors {
			if v != other {
				await(w.t, v.Room, func(e ParticipantJoined) bool { return e.Participant.Name() == other.config.Name })
			}
		}
	}
}

// noPath loses packets, and has streams wait for longer than anybody does.
var noPath = simnet.Link{Loss: 1, Latency: time.Hour}

// cut loses everything that the visitor sends and is sent, until restore.
func (v *visitor) cut() { v.host.SetLinks(noPath, noPath) }

func (v *visitor) restore() { v.host.SetLinks(pathLinks, pathLinks) }

// log collects the events of a room.
type eventLog struct {
	mu     sync.Mutex
	events []Event
}

func record(t testing.TB, r *Room) *eventLog {
	l := &eventLog{}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		for event, err := range r.Events(ctx) {
			if err != nil {
				return
			}
			l.mu.Lock()
			l.events = append(l.events, event)
			l.mu.Unlock()
		}
	})
	t.Cleanup(func() { cancel(); wg.Wait() })
	return l
}

func (l *eventLog) take() []Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	events := l.events
	l.events = nil
	return events
}

// count returns how many events of a type there are.
func count[E Event](events []Event) int {
	n := 0
	for _, event := range events {
		if _, ok := event.(E); ok {
			n++
		}
	}
	return n
}

// camera publishes video at 30 frames a second, with keyframes when they are asked for, until stop.
type camera struct {
	track *LocalTrack
	stop  func()
}

func film(t testing.TB, r *Room, bytes int) *camera {
	t.Helper()
	track := publish(t, r, TrackOptions{Source: media.Camera, Layers: []media.Layer{{Width: 640, Height: 360}}})
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		ticker := time.NewTicker(time.Second / 30)
		defer ticker.Stop()
		for n := 0; ; n++ {
			select {
			case <-ctx.Done():
				return
			case <-track.Done():
				return
			case <-ticker.C:
			}
			f := media.Frame{Timestamp: time.Duration(n) * time.Second / 30, Codec: media.VP8, Payload: make([]byte, bytes)}
			select {
			case <-track.KeyframeRequests():
				f.Keyframe = true
			default:
			}
			if track.WriteFrame(0, f) != nil {
				return
			}
		}
	})
	stop := func() { cancel(); wg.Wait() }
	t.Cleanup(stop)
	return &camera{track, stop}
}

// speak publishes sound 50 times a second, until stop.
func speak(t testing.TB, r *Room) (stop func()) {
	t.Helper()
	track := publish(t, r, TrackOptions{Source: media.Microphone})
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		ticker := time.NewTicker(20 * time.Millisecond)
		defer ticker.Stop()
		for n := 0; ; n++ {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
			if track.WriteFrame(0, sound(n)) != nil {
				return
			}
		}
	})
	stop = func() { cancel(); wg.Wait() }
	t.Cleanup(stop)
	return stop
}

// watch takes the frames of a subscription, until the test ends, and counts them.
type watcher struct {
	mu     sync.Mutex
	frames int
	err    error
	// last is when a frame came last, gap the longest time between two.
	last time.Time
	gap  time.Duration
}

func watch(t testing.TB, s *Subscription) *watcher {
	w := &watcher{}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		for _, err := range s.Frames(ctx) {
			w.mu.Lock()
			if err != nil {
				w.err = err
			} else {
				w.frames++
				now := time.Now()
				if !w.last.IsZero() {
					w.gap = max(w.gap, now.Sub(w.last))
				}
				w.last = now
			}
			w.mu.Unlock()
		}
	})
	t.Cleanup(func() { cancel(); wg.Wait() })
	return w
}

// take returns how many frames came since it was called last.
func (w *watcher) take() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := w.frames
	w.frames = 0
	return n
}

// longestGap returns the longest time without a frame since it was called last, up to now.
func (w *watcher) longestGap() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	gap := max(w.gap, time.Since(w.last))
	w.gap = 0
	return gap
}
