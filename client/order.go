package client

import (
	"time"

	"github.com/openconfab/confab/internal/wire"
)

// order decides which frames of a track can be decoded, as they come: video from a keyframe on, without gaps but those that a
// relay makes, which takes out discardable objects one at a time.
type order struct {
	video bool
	// group and number are those of the next object; broken is set while only a keyframe can go on, begun after the first.
	group, number uint64
	begun, broken bool
}

type verdict uint8

const (
	// unusable: it needs a frame that was lost.
	unusable verdict = iota
	inOrder
	// tooLate: one after it was taken already.
	tooLate
)

func (d *order) reset() { *d = order{video: d.video, broken: true} }

// next judges an object and says how many before it are lost.
func (d *order) next(h wire.Header) (v verdict, lost int) {
	if d.begun && (h.Group < d.group || h.Group == d.group && h.Number < d.number) {
		return tooLate, 0
	}
	if d.begun && h.Group == d.group && h.Number > d.number {
		lost = int(min(h.Number-d.number, maxQueued))
	}
	v = inOrder
	if d.video {
		begins := h.Keyframe() && h.Number == 0
		switch {
		case begins:
			d.broken = false
		case d.broken, !d.begun, h.Group != d.group, lost > 1:
			d.broken, v = true, unusable
		default:
			lost = 0
		}
	}
	d.begun, d.group, d.number = true, h.Group, h.Number+1
	if !d.video && h.LastOfGroup() {
		d.group, d.number = h.Group+1, 0
	}
	return v, lost
}

// jitter measures how irregularly frames come (RFC 3550 §6.4.1).
type jitter struct {
	value     time.Duration
	timestamp time.Duration
	arrived   time.Time
}

func (j *jitter) note(timestamp time.Duration, arrived time.Time) {
	if !j.arrived.IsZero() {
		d := arrived.Sub(j.arrived) - (timestamp - j.timestamp)
		j.value += (d.Abs() - j.value) / 16
	}
	j.timestamp, j.arrived = timestamp, arrived
}
