package bench

import (
	"context"
	"time"

	"github.com/openconfab/confab/client"
	"github.com/openconfab/confab/internal/bench/workload"
)

// watch counts the frames of one track.
func (p *participant) watch(ctx context.Context, track *client.RemoteTrack) error {
	subscription, err := track.Subscribe(ctx, client.SubscribeOptions{})
	if err != nil {
		return err
	}
	s := subscriber{participant: p}
	defer s.hand()
	for frame, err := range subscription.Frames(ctx) {
		if err != nil {
			return err
		}
		s.take(frame.Payload, p.worker.clock.now())
	}
	return nil
}

// A subscriber counts the frames of one stream that reach one participant. It is for one goroutine.
type subscriber struct {
	participant *participant
	// stream is known from the first frame on.
	stream *workload.Stream
	// receipt is there from the first frame after the window became known.
	receipt *receipt
	latency *histogram
}

// take notes a frame that came at now.
func (s *subscriber) take(payload []byte, now time.Duration) {
	w := s.participant.worker
	mark, ok := readStamp(payload)
	if !ok {
		return
	}
	if s.stream == nil && !s.first(mark) {
		return
	}
	counted := w.counted.Load()
	if counted == nil {
		return
	}
	if s.receipt == nil {
		s.receipt = newReceipt(*counted, s.stream.Interval)
	}
	latency := now - mark.due
	if s.receipt.note(mark.due, latency, w.job.Late, len(payload)) {
		s.latency.record(latency)
		w.delivered.Add(1)
	}
}

// first learns from the first frame which stream this is. It reports false for one that is not of this test.
func (s *subscriber) first(mark stamp) bool {
	p, w := s.participant, s.participant.worker
	stream, ok := w.streams[mark.stream]
	if !ok {
		return false
	}
	s.stream, s.latency = &stream, w.latency.of(stream.Kind(), p.member.Path)
	if p.hear(stream.ID) {
		w.unsettled.add(-1)
	}
	if p.member.phase() == receivers && p.judges(stream) && !p.seen.Swap(true) {
		w.firsts.record(time.Since(p.began))
	}
	return true
}

// hand adds what came to the worker's result.
func (s *subscriber) hand() {
	if s.receipt == nil {
		return
	}
	r := s.receipt
	w := s.participant.worker
	w.mu.Lock()
	defer w.mu.Unlock()
	received := w.received[s.participant.member.Path]
	if received == nil {
		received = make(map[uint32]tally)
		w.received[s.participant.member.Path] = received
	}
	received[s.stream.ID] = received[s.stream.ID].plus(tally{r.delivered, r.duplicates, r.late, r.bytes})
}
