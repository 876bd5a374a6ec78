package bench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/openconfab/confab/client"
	"github.com/openconfab/confab/e2ee"
	"github.com/openconfab/confab/internal/bench/workload"
)

// participant is a member that has joined.
type participant struct {
	worker *worker
	member member
	room   *client.Room
	// began is when joining began.
	began time.Time
	// seen: a frame of the kind that joining is judged by has come.
	seen atomic.Bool

	// mu guards heard, the streams of which a frame has come.
	mu    sync.Mutex
	heard map[uint32]bool
}

// enter joins a member and lets it send and receive until ctx ends.
func (w *worker) enter(ctx context.Context, m member) error {
	config := client.Config{
		Room:      m.Room,
		Keys:      client.InsecureNone(),
		Transport: transports[w.job.Transport],
		UserAgent: "confab bench",
	}
	if len(m.Secret) > 0 {
		config.Keys = client.MeetingSecret(e2ee.Secret(m.Secret))
	}
	if m.Token != "" {
		config.Token = func(context.Context) (string, error) { return m.Token, nil }
	}
	p := &participant{worker: w, member: m, began: time.Now(), heard: make(map[uint32]bool)}
	joining, cancel := context.WithTimeout(ctx, joinTimeout)
	defer cancel()
	var err error
	if p.room, err = client.Join(joining, cmp.Or(m.Server, w.job.Server), config); err != nil {
		return err
	}
	w.joins.record(time.Since(p.began))
	w.joinedBy(p.room.Stats().Transport)
	for _, s := range m.Sends {
		if err := p.publish(joining, ctx, s); err != nil {
			return errors.Join(fmt.Errorf("publishing: %w", err), p.room.Close())
		}
	}
	w.tasks.Go(func() { p.stay(ctx) })
	return nil
}

func (w *worker) joinedBy(t client.Transport) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.transports[t.String()]++
}

// stay follows what happens in the room, and receives if the member does, until ctx or the session ends.
func (p *participant) stay(ctx context.Context) {
	w := p.worker
	left := context.AfterFunc(ctx, func() {
		_ = p.room.Close() // what it could tell is in Err, and of no interest after the end of the test
	})
	defer left()
	p.follow(ctx)
	<-p.room.Done()
	if ctx.Err() == nil {
		w.ended.Add(1)
		w.trouble(fmt.Errorf("a session ended: %w", p.room.Err()))
	}
}

// follow receives every track that is published, until ctx or the session ends.
func (p *participant) follow(ctx context.Context) {
	w := p.worker
	var subscriptions sync.WaitGroup
	defer subscriptions.Wait()
	for event, err := range p.room.Events(ctx) {
		if err != nil {
			return // the session's end, of which stay tells
		}
		switch e := event.(type) {
		case client.ConnectionChanged:
			if e.Rejoined {
				w.ended.Add(1)
				w.trouble(fmt.Errorf("a session was lost, and another begun: %w", cmp.Or(e.Err, errors.New("the node did not know it any more"))))
			}
		case client.TrackPublished:
			if !p.member.Receives {
				continue
			}
			subscriptions.Go(func() {
				if err := p.watch(ctx, e.Track); err != nil && ctx.Err() == nil {
					w.trouble(fmt.Errorf("receiving a %s: %w", e.Track.Source(), err))
				}
			})
		}
	}
}

// hear notes a stream's frame, and reports whether it is the first.
func (p *participant) hear(stream uint32) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	first := !p.heard[stream]
	p.heard[stream] = true
	return first
}

// judges reports whether a stream is of the kind whose first frame ends the wait of one who joins: video where there is any.
func (p *participant) judges(s workload.Stream) bool {
	for _, other := range p.worker.job.Streams[p.member.Room] {
		if other.Kind() > s.Kind() {
			return false
		}
	}
	return true
}

var transports = map[string]client.Transport{
	"auto": client.Auto, "webtransport": client.WebTransport, "websocket": client.WebSocket,
}
