//go:build linux

package cost_test

import (
	"encoding/binary"
	"math/rand/v2"
	"time"

	"github.com/openconfab/confab/internal/wire"
)

// What is sent to every subscriber: a webinar of about 1 Mbit/s.
const (
	videoPerSecond = 30
	videoBytes     = 4096
	audioPerSecond = 50
	audioBytes     = 120
	// framesPerGroup is two seconds of video.
	framesPerGroup = 60
)

// media makes the objects of one publisher, each with the time of its sending.
type media struct {
	video, audio uint64
	payload      [videoBytes]byte
}

func (m *media) nextVideo() *wire.Object {
	h := wire.Header{Group: m.video / framesPerGroup, Number: m.video % framesPerGroup}
	if h.Number == 0 {
		h.Flags |= wire.FlagKeyframe
	}
	if h.Number == framesPerGroup-1 {
		h.Flags |= wire.FlagLastOfGroup
	}
	m.video++
	return m.object(h, videoBytes)
}

func (m *media) nextAudio() *wire.Object {
	h := wire.Header{Flags: wire.FlagKeyframe | wire.FlagLevel, Level: 0x80 | 30, Group: m.audio / audioPerSecond, Number: m.audio % audioPerSecond}
	m.audio++
	return m.object(h, audioBytes)
}

func (m *media) object(h wire.Header, size int) *wire.Object {
	binary.BigEndian.PutUint64(m.payload[:], uint64(time.Now().UnixNano()))
	return wire.NewObject(h, m.payload[:size])
}

// age returns how long ago the object was made, on this machine.
func age(o *wire.Object) time.Duration {
	return time.Since(time.Unix(0, int64(binary.BigEndian.Uint64(o.Payload()))))
}

// play calls video and audio at their rates for a while, a frame of video now this, now that long before the next of sound.
func play(d time.Duration, video, audio func()) {
	const frame, sound = time.Second / videoPerSecond, time.Second / audioPerSecond
	start, phase := time.Now(), rand.N(sound)
	frames, sounds := 0, 0
	for {
		nextFrame := phase + time.Duration(frames)*frame
		nextSound := time.Duration(sounds) * sound
		next := min(nextFrame, nextSound)
		if next >= d {
			return
		}
		time.Sleep(time.Until(start.Add(next)))
		if nextSound == next {
			audio()
			sounds++
		} else {
			video()
			frames++
		}
	}
}
