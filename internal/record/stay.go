package record

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"time"

	"github.com/openconfab/confab/client"
	"github.com/openconfab/confab/media"
)

const (
	// queued is how many frames may wait for the disk. The client has its own bounds behind it.
	queued   = 64
	tickTime = time.Second
)

// stay is one stay of a participant in the room. One goroutine owns its files, others feed it with what they receive.
type stay struct {
	r *Recorder
	// model is what all entries of the stay have in common.
	model Entry
	// work holds what the owner is to do. It is closed after readers, of whom there is one a track, have ended.
	work    chan func() error
	readers sync.WaitGroup

	// What follows belongs to the owner.

	clock clock
	takes map[string]*take
}

const (
	kindCamera = "camera"
	kindScreen = "screen"
)

func kindOf(s media.Source) string {
	if s == media.Screen || s == media.ScreenAudio {
		return kindScreen
	}
	return kindCamera
}

// begin starts to record a participant.
func (r *Recorder) begin(p *client.Participant) *stay {
	s := &stay{
		r: r, model: Entry{Identity: p.Identity(), Name: p.Name(), Session: p.Session()},
		work: make(chan func() error, queued), takes: map[string]*take{},
	}
	r.stays.Go(s.run)
	return s
}

// run owns the files of the stay.
func (s *stay) run() {
	tick := time.NewTicker(tickTime)
	defer tick.Stop()
	for {
		select {
		case work, ok := <-s.work:
			if !ok {
				s.r.check(s.close())
				return
			}
			s.r.check(work())
		case <-tick.C:
			s.r.check(s.note())
			for _, t := range s.takes {
				s.r.check(t.tick(s.r.now()))
			}
		}
	}
}

func (s *stay) close() error {
	var failure error
	for _, t := range s.takes {
		failure = errors.Join(failure, t.close())
	}
	return failure
}

// end has the stay complete its files, when all that was received is in them.
func (s *stay) end() {
	s.r.stays.Go(func() {
		s.readers.Wait()
		close(s.work)
	})
}

// take returns the take that a source goes into.
func (s *stay) take(source media.Source) *take {
	kind := kindOf(source)
	t := s.takes[kind]
	if t == nil {
		t = &take{r: s.r, model: s.model}
		t.model.Kind = kind
		s.takes[kind] = t
	}
	return t
}

// expect notes whether a track of video is about to send.
func (s *stay) expect(track *client.RemoteTrack, expected bool) {
	if track.Source().Kind() != media.Video {
		return
	}
	s.work <- func() error {
		s.take(track.Source()).videoExpected = expected
		return nil
	}
}

// follow records a track for as long as it is there.
func (s *stay) follow(ctx context.Context, track *client.RemoteTrack) {
	s.readers.Go(func() {
		subscription, err := track.Subscribe(ctx, client.SubscribeOptions{})
		if err != nil {
			if ctx.Err() == nil {
				s.r.config.Logger.Warn("a track can't be received", "source", track.Source().String(), "error", err)
			}
			return
		}
		defer subscription.Close()
		reception := s.r.losses.receive(subscription.Stats)
		defer reception.end()
		for frame, err := range subscription.Frames(ctx) {
			if err != nil {
				return
			}
			reception.began()
			arrived := s.r.now()
			own := clone(frame)
			s.work <- func() error { return s.record(track.Source(), own, arrived) }
		}
	})
}

// record writes a frame down.
func (s *stay) record(source media.Source, f media.Frame, arrived time.Duration) error {
	first := !s.clock.running
	f.Timestamp = s.clock.at(f.Timestamp, arrived)
	if first {
		return errors.Join(s.note(), s.put(source, f))
	}
	return s.put(source, f)
}

// note has the notes tell of the stay, once its clock is known.
func (s *stay) note() error {
	if !s.clock.running || s.r.config.Notes == nil {
		return nil
	}
	return s.r.config.Notes.note(s.model, s.clock.offset)
}

// put writes down a frame whose timestamp is of the recording, and whose memory is its own.
func (s *stay) put(source media.Source, f media.Frame) error {
	if source.Kind() == media.Video {
		return s.take(source).video(f)
	}
	return s.take(source).audio(f)
}

// clone returns a frame with memory of its own.
func clone(f media.Frame) media.Frame {
	f.Payload = bytes.Clone(f.Payload)
	if f.Config != nil {
		c := *f.Config
		c.Description = bytes.Clone(c.Description)
		f.Config = &c
	}
	if f.Redundancy != nil {
		r := *f.Redundancy
		r.Payload = bytes.Clone(r.Payload)
		f.Redundancy = &r
	}
	return f
}
