// Command gopeer is a participant for the end-to-end tests, made of package client. It joins meetings, in each shows the video of
// the other participant back to it, and plays it the sound of the meeting before. So what a browser shows and plays has
// crossed the Go client both ways. What it does and receives it writes to its output as lines of JSON, until its input ends.
//
//	gopeer [TRANSPORT=]LINK…
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/openconfab/confab/client"
	"github.com/openconfab/confab/media"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "gopeer:", err)
		os.Exit(1)
	}
}

func run(links []string) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	out := &output{lines: json.NewEncoder(os.Stdout)}
	peers := make([]*peer, len(links))
	for i, link := range links {
		p, err := join(ctx, i, link, out)
		if err != nil {
			return fmt.Errorf("meeting %d: %w", i, err)
		}
		peers[i] = p
	}
	for i, p := range peers {
		p.listener = peers[(i+1)%len(peers)]
		p.tasks.Go(func() { p.follow(ctx) })
		p.tasks.Go(func() { p.read(ctx) })
		p.tasks.Go(func() { p.report(ctx) })
	}
	_, err := io.Copy(io.Discard, os.Stdin)
	cancel()
	for _, p := range peers {
		p.tasks.Wait()
		p.tell()
		p.room.Close()
	}
	return err
}

// output writes lines. It is safe for concurrent use.
type output struct {
	mu    sync.Mutex
	lines *json.Encoder
}

func (o *output) write(line any) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := o.lines.Encode(line); err != nil {
		fmt.Fprintln(os.Stderr, "gopeer:", err)
	}
}

// peer is the participant of one meeting.
type peer struct {
	meeting            int
	room               *client.Room
	out                *output
	listener           *peer
	camera, microphone *client.LocalTrack
	tasks              sync.WaitGroup

	// mu guards received.
	mu       sync.Mutex
	received map[media.Source]*received
}

// received is what came of a source.
type received struct {
	Codec        string `json:"codec"`
	Width        int    `json:"width"`
	Height       int    `json:"height"`
	subscription *client.Subscription
	client.Received
}

func join(ctx context.Context, meeting int, link string, out *output) (*peer, error) {
	config := client.Config{Name: fmt.Sprint("Gopher ", meeting)}
	if name, rest, found := strings.Cut(link, "="); found && !strings.Contains(name, "/") {
		link = rest
		if config.Transport = client.WebTransport; name == client.WebSocket.String() {
			config.Transport = client.WebSocket
		}
	}
	room, err := client.Join(ctx, link, config)
	if err != nil {
		return nil, err
	}
	p := &peer{meeting: meeting, room: room, out: out, received: map[media.Source]*received{}}
	if p.camera, err = room.Local().PublishTrack(ctx, client.TrackOptions{Source: media.Camera}); err != nil {
		return nil, err
	}
	if p.microphone, err = room.Local().PublishTrack(ctx, client.TrackOptions{Source: media.Microphone}); err != nil {
		return nil, err
	}
	out.write(map[string]any{"event": "joined", "meeting": meeting, "transport": room.Stats().Transport.String()})
	return p, nil
}

// follow receives what the other publishes.
func (p *peer) follow(ctx context.Context) {
	for event, err := range p.room.Events(ctx) {
		if err != nil {
			return
		}
		published, ok := event.(client.TrackPublished)
		if !ok {
			continue
		}
		switch published.Track.Source() {
		case media.Camera:
			p.tasks.Go(func() { p.receive(ctx, published.Track, p.camera) })
		case media.Microphone:
			p.tasks.Go(func() { p.receive(ctx, published.Track, p.listener.microphone) })
		}
	}
}

// receive passes the frames of a track on to another.
func (p *peer) receive(ctx context.Context, from *client.RemoteTrack, to *client.LocalTrack) {
	subscription, err := from.Subscribe(ctx, client.SubscribeOptions{})
	if err != nil {
		p.fail(err)
		return
	}
	defer subscription.Close()
	stop := context.AfterFunc(ctx, func() { subscription.Close() })
	defer stop()
	p.tasks.Go(func() { pass(ctx, to, subscription) })
	for frame, err := range subscription.Frames(ctx) {
		if err != nil {
			return
		}
		p.note(from.Source(), subscription, &frame)
		if err := to.WriteFrame(0, frame); err != nil {
			p.fail(err)
			return
		}
	}
}

// pass passes requests for keyframes on.
func pass(ctx context.Context, from *client.LocalTrack, to *client.Subscription) {
	for {
		select {
		case <-from.KeyframeRequests():
			if to.RequestKeyframe() != nil {
				return
			}
		case <-from.Done():
			return
		case <-ctx.Done():
			return
		}
	}
}

func (p *peer) note(source media.Source, s *client.Subscription, f *media.Frame) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := p.received[source]
	if r == nil {
		r = &received{}
		p.received[source] = r
	}
	r.Codec, r.subscription = f.Codec.String(), s
	if f.Width > 0 {
		r.Width, r.Height = f.Width, f.Height
	}
}

// read answers what is said in the chat.
func (p *peer) read(ctx context.Context) {
	for message, err := range p.room.Messages(ctx) {
		if err != nil {
			return
		}
		p.out.write(map[string]any{
			"event": "message", "meeting": p.meeting, "from": message.From.Name(),
			"topic": message.Topic, "text": string(message.Payload),
		})
		answer := fmt.Appendf(nil, "Go has read: %s", message.Payload)
		if err := p.room.Local().PublishData(ctx, answer, client.DataOptions{Topic: message.Topic}); err != nil {
			p.fail(err)
		}
	}
}

// report tells every second what was received.
func (p *peer) report(ctx context.Context) {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			p.tell()
		case <-ctx.Done():
			return
		}
	}
}

func (p *peer) tell() {
	p.mu.Lock()
	defer p.mu.Unlock()
	sources := map[string]received{}
	for source, r := range p.received {
		r.Received = r.subscription.Stats()
		sources[source.String()] = *r
	}
	p.out.write(map[string]any{
		"event": "received", "meeting": p.meeting, "sources": sources,
		"safetyCode": p.room.SafetyCode(), "camera": p.camera.Stats(), "microphone": p.microphone.Stats(),
		"stats": p.room.Stats(),
	})
}

func (p *peer) fail(err error) {
	p.out.write(map[string]any{"event": "failed", "meeting": p.meeting, "error": err.Error()})
}
