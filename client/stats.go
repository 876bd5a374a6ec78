package client

import (
	"time"

	"github.com/openconfab/confab/internal/wire/pb"
)

// Stats is what a room has done, and how its connection does.
type Stats struct {
	// Transport is Auto without a connection.
	Transport Transport
	// RoundTrip is the smoothed time to the node and back, 0 before it is known.
	RoundTrip time.Duration
	// Backlog is how long the oldest frame has been waiting to leave, BacklogBytes how much waits: the path is slower
	// than what is encoded.
	Backlog      time.Duration
	BacklogBytes int
	// SentFrames and SentBytes have left, DroppedFrames were given up.
	SentFrames, SentBytes, DroppedFrames uint64
	ReceivedFrames, ReceivedBytes        uint64
	// Encryption counts what went wrong in encryption, by the codes of package e2ee.
	Encryption map[string]uint64
}

// Stats returns what the room has done, over all its connections.
func (r *Room) Stats() Stats {
	s := r.link.Stats()
	stats := Stats{
		Transport: publicKind(s.Kind), RoundTrip: s.RoundTrip,
		Backlog: s.Backlog, BacklogBytes: s.BacklogBytes,
		SentFrames: s.SentObjects, SentBytes: s.SentBytes, DroppedFrames: s.DroppedObjects,
		ReceivedFrames: s.ReceivedObjects, ReceivedBytes: s.ReceivedBytes,
	}
	if security := r.secured(); security != nil {
		stats.Encryption = security.counts()
	}
	return stats
}

// quality takes how the links of participants do.
func (h *handler) quality(m *pb.LinkQuality) {
	r := h.room()
	r.setAudioLoss(m.GetAudioLossPermille())
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, q := range m.GetParticipants() {
		p := r.members[q.GetSession()]
		if p == nil {
			continue
		}
		switch q.GetQuality() {
		case pb.Quality_QUALITY_LOST:
			p.quality = Lost
		case pb.Quality_QUALITY_POOR:
			p.quality = Poor
		case pb.Quality_QUALITY_GOOD:
			p.quality = Good
		case pb.Quality_QUALITY_EXCELLENT:
			p.quality = Excellent
		default:
			continue
		}
		r.events.send(ParticipantUpdated{p})
	}
}

// report tells the node every few seconds how reception goes.
func (r *Room) report(now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if now.Sub(r.reported) < reportEvery {
		return
	}
	r.reported = now
	m := &pb.ReceiverReport{}
	for _, s := range r.subscriptions() {
		if !s.bound {
			continue
		}
		is, was := s.queue.stats(), s.reported
		s.reported = is
		m.Tracks = append(m.Tracks, &pb.TrackReport{
			Track:    s.track.ref(),
			Received: uint32(is.Frames - was.Frames),
			Lost:     uint32(is.Lost - was.Lost),
			JitterUs: uint32(min(is.Jitter, time.Minute).Microseconds()),
		})
	}
	if len(m.Tracks) > 0 {
		r.send(&pb.ClientMessage{Kind: &pb.ClientMessage_ReceiverReport{ReceiverReport: m}})
	}
}
