package client

import (
	"time"

	"github.com/openconfab/confab/media"
)

// Share of lost sound, in thousandths, at which each frame is sent twice, and below which it no longer is.
const (
	redundancyOn  = 20
	redundancyOff = 5
)

// maxRedundancy is the longest frame of Opus: an earlier one is not worth sending again.
const maxRedundancy = 120 * time.Millisecond

// setAudioLoss takes how much of the sound of this participant is lost on the way to the worst-off of the others.
func (r *Room) setAudioLoss(permille uint32) {
	r.redundant.Store(permille >= redundancyOn || permille >= redundancyOff && r.redundant.Load())
}

// spoken is the frame of sound that was sent last.
type spoken struct {
	timestamp time.Duration
	payload   []byte
	repeated  media.Redundancy
}

// repeat adds the frame before to a frame of sound, unless it has one or that is too old.
func (s *spoken) repeat(f *media.Frame) {
	delta := f.Timestamp - s.timestamp
	if f.Redundancy == nil && len(s.payload) > 0 && delta > 0 && delta <= maxRedundancy {
		s.repeated = media.Redundancy{Delta: delta, Payload: s.payload}
		f.Redundancy = &s.repeated
	}
}

// keep keeps the frame for the next.
func (s *spoken) keep(f *media.Frame) {
	s.timestamp = f.Timestamp
	s.payload = append(s.payload[:0], f.Payload...)
}
