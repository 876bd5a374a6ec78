package cluster_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/openconfab/confab/client"
	"github.com/openconfab/confab/e2ee"
	"github.com/openconfab/confab/media"
)

const (
	frameTime = 20 * time.Millisecond
	// frameBytes is about what Opus makes of speech in a frame's time.
	frameBytes = 80
	// peopleAtNode are as many as there are transports.
	peopleAtNode = 2
)

// call is people in an encrypted call, who all speak and note what they hear. All are in this process and have one clock.
type call struct {
	t      *testing.T
	people []*person
}

// person is a participant.
type person struct {
	name string
	// place is that in the call's people.
	place int
	// at is the node that it has joined at.
	at   *process
	room *client.Room
	// session is the one that it has joined with.
	session    string
	microphone *client.LocalTrack

	// mu guards what follows.
	mu sync.Mutex
	// said is when it has said which frame, by number.
	said []time.Time
	// heard is what it has heard of whom.
	heard   [][]hearing
	noticed noticed
	// told is what it was told of the others, for a failure's message.
	told []string
}

// hearing is a frame that has arrived.
type hearing struct {
	number int
	at     time.Time
}

// noticed counts what a person is told of the others.
type noticed struct{ joined, left, updated, published, unpublished int }

// newCall has people join at each node, until the test ends, and returns when everybody hears everybody.
func newCall(t *testing.T, nodes []*process) *call {
	t.Helper()
	c := &call{t: t}
	secret := e2ee.NewSecret()
	ctx, cancel := context.WithCancel(context.Background())
	var tasks sync.WaitGroup
	t.Cleanup(func() {
		var leaving sync.WaitGroup
		for _, p := range c.people {
			leaving.Go(func() { p.room.Close() })
		}
		leaving.Wait()
		cancel()
		tasks.Wait()
	})
	count := len(nodes) * peopleAtNode
	for i := range count {
		p := &person{at: nodes[i/peopleAtNode], place: i, heard: make([][]hearing, count)}
		p.name = fmt.Sprintf("%s%d", p.at.name, 1+i%peopleAtNode)
		link, err := e2ee.FormatLink(p.at.url(), "call", e2ee.Invitation{Secret: secret})
		if err != nil {
			t.Fatal(err)
		}
		transport := client.Auto
		if i%peopleAtNode == 1 {
			transport = client.WebSocket
		}
		if p.room, err = client.Join(t.Context(), link, client.Config{Name: p.name, Transport: transport}); err != nil {
			t.Fatal(err)
		}
		p.session = p.room.Local().Session()
		c.people = append(c.people, p)
		if p.microphone, err = p.room.Local().PublishTrack(t.Context(), client.TrackOptions{Source: media.Microphone}); err != nil {
			t.Fatal(err)
		}
		tasks.Go(func() { p.listen(ctx) })
	}
	for _, p := range c.people {
		tasks.Go(func() { p.speak(ctx) })
	}
	c.awaitWhole(time.Now())
	return c
}

// speak says a frame every frameTime. A machine that is behind leaves frames out.
func (p *person) speak(ctx context.Context) {
	ticker := time.NewTicker(frameTime)
	defer ticker.Stop()
	began := time.Now()
	payload := make([]byte, frameBytes)
	binary.BigEndian.PutUint32(payload, uint32(p.place))
	for number := 0; ; number++ {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
		binary.BigEndian.PutUint32(payload[4:], uint32(number))
		now := time.Now()
		p.mu.Lock()
		p.said = append(p.said, now)
		p.mu.Unlock()
		frame := media.Frame{Timestamp: now.Sub(began), Duration: frameTime, Codec: media.Opus, Payload: payload}
		if p.microphone.WriteFrame(0, frame) != nil {
			return
		}
	}
}

// listen takes in what is told and said until the room is left.
func (p *person) listen(ctx context.Context) {
	var hearing sync.WaitGroup
	defer hearing.Wait()
	for event, err := range p.room.Events(ctx) {
		if err != nil {
			return
		}
		p.notice(event)
		if e, ok := event.(client.TrackPublished); ok {
			hearing.Go(func() { p.hear(ctx, e.Track) })
		}
	}
}

func (p *person) notice(event client.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := event.(type) {
	case client.ParticipantJoined:
		p.noticed.joined++
		p.tell("joined", e.Participant)
	case client.ParticipantLeft:
		p.noticed.left++
		p.tell("left", e.Participant)
	case client.ParticipantUpdated:
		p.noticed.updated++
		p.tell("updated", e.Participant)
	case client.TrackPublished:
		p.noticed.published++
	case client.TrackUnpublished:
		p.noticed.unpublished++
		p.tell("track unpublished", e.Track.Participant())
	case client.ConnectionChanged:
		p.told = append(p.told, fmt.Sprintf("%s connection %v, %v", time.Now().Format(clock), e.State, e.Err))
	}
}

// clock is the format of times, as in the logs of the nodes.
const clock = "15:04:05.000"

// tell notes what happened to another; p.mu is held.
func (p *person) tell(what string, other *client.Participant) {
	p.told = append(p.told, fmt.Sprintf("%s %s %s: session %s, quality %v, away %v, %v",
		time.Now().Format(clock), what, other.Name(), other.Session(), other.Quality(), other.Away(), other.Encryption()))
}

// hear notes the frames of a track.
func (p *person) hear(ctx context.Context, track *client.RemoteTrack) {
	subscription, err := track.Subscribe(ctx, client.SubscribeOptions{})
	if err != nil {
		return
	}
	for frame, err := range subscription.Frames(ctx) {
		if err != nil {
			return
		}
		from := binary.BigEndian.Uint32(frame.Payload)
		h := hearing{int(binary.BigEndian.Uint32(frame.Payload[4:])), time.Now()}
		p.mu.Lock()
		p.heard[from] = append(p.heard[from], h)
		p.mu.Unlock()
	}
}

// pairs yields every two people of whom the second hears the first.
func (c *call) pairs(of func(*person) bool) (pairs [][2]*person) {
	for _, from := range c.people {
		for _, to := range c.people {
			if from != to && of(from) && of(to) {
				pairs = append(pairs, [2]*person{from, to})
			}
		}
	}
	return pairs
}

func everyone(*person) bool { return true }

// missing tells who is not seen or heard by whom, of what was said since a moment.
func (c *call) missing(since time.Time) (all []string) {
	for _, pair := range c.pairs(everyone) {
		if from, to := pair[0], pair[1]; heardOf(from, to, since).IsZero() {
			all = append(all, to.name+" does not hear "+from.name)
		}
	}
	for _, p := range c.people {
		var here []string
		for _, other := range p.room.Participants() {
			if !other.Away() {
				here = append(here, other.Name())
			}
		}
		for _, other := range c.people {
			if other != p && !slices.Contains(here, other.name) {
				all = append(all, p.name+" does not see "+other.name)
			}
		}
		if len(here) != len(c.people)-1 {
			all = append(all, fmt.Sprintf("%s sees %v", p.name, here))
		}
	}
	return all
}

// awaitWhole waits until everybody sees everybody, and has heard of everybody something that was said since a moment. The
// deadline only bounds a failure.
func (c *call) awaitWhole(since time.Time) {
	c.t.Helper()
	const deadline = 40 * time.Second
	poll := time.NewTicker(pollEvery)
	defer poll.Stop()
	late := time.After(deadline)
	for {
		missing := c.missing(since)
		if len(missing) == 0 {
			return
		}
		select {
		case <-poll.C:
		case <-late:
			c.logTold()
			c.t.Fatalf("not whole within %v:\n%s", deadline, strings.Join(missing, "\n"))
		}
	}
}

// logTold logs what everybody was told.
func (c *call) logTold() {
	for _, p := range c.people {
		p.mu.Lock()
		c.t.Logf("%s was told:\n%s", p.name, strings.Join(p.told, "\n"))
		p.mu.Unlock()
	}
}
