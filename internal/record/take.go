package record

import (
	"errors"
	"time"

	"github.com/openconfab/confab/internal/avc"
	"github.com/openconfab/confab/internal/matroska"
	"github.com/openconfab/confab/media"
)

const (
	// patience is how long sound waits for the video that is to begin, so that they get into one file: longer than a node gives
	// video up where it has no room.
	patience = 5 * time.Second
	// soundLate is how much later than video its sound may come before there is taken to be none.
	soundLate = time.Second
	// A gap that is not longer is none, and sound that overlaps by no more is not late.
	maxJitter = 10 * time.Millisecond
	// minPart is the shortest time between two parts with video: what a sender changes more often is left out.
	minPart = 2 * time.Second
	// unseenAfter is after what time without a frame no video counts as seen.
	unseenAfter = 2 * time.Second
)

var trackNames = map[media.Codec]string{
	media.VP8: matroska.VP8, media.VP9: matroska.VP9, media.AV1: matroska.AV1, media.H264: matroska.H264,
}

// take is what is recorded of one pair of sources, camera and microphone or screen and its sound, of one stay. It belongs to
// the goroutine of the stay. Times are those of the recording.
type take struct {
	r *Recorder
	// model is what all entries have in common.
	model Entry

	part *part
	// began is when the part did, codec what video goes into it, 0 for none.
	began  time.Duration
	codec  media.Codec
	config *avc.Config
	// sounded is up to when there is sound in the part, or silence made for it.
	sounded time.Duration
	// videoExpected is set while a track of video is there and not muted: then waiting holds sound until it begins.
	videoExpected bool
	waiting       []media.Frame
}

// video takes a frame of video, in decoding order; its timestamp is of the recording and its payload is its own.
func (t *take) video(f media.Frame) error {
	data, config := f.Payload, (*avc.Config)(nil)
	if f.Codec == media.H264 {
		if data, config = h264Sample(&f); len(data) == 0 {
			return nil
		}
	}
	if err := t.preparePart(&f, config); err != nil {
		return err
	}
	if t.codec != f.Codec {
		return nil // a part begins with a keyframe
	}
	t.see(f.Timestamp)
	if err := t.part.add(videoTrack, matroska.Block{Timestamp: f.Timestamp, Keyframe: f.Keyframe, Data: data}); err != nil {
		return err
	}
	return t.fillSilence(f.Timestamp - soundLate)
}

// preparePart begins a new part at a keyframe that can't go into the present one.
func (t *take) preparePart(f *media.Frame, config *avc.Config) error {
	fits := t.part != nil && t.codec == f.Codec && (config == nil || config.Equal(t.config))
	if !f.Keyframe || fits || f.Codec == media.H264 && config == nil {
		return nil
	}
	track := matroska.Track{Codec: trackNames[f.Codec], Width: f.Width, Height: f.Height}
	if config != nil {
		track.Private = config.Record()
	}
	var rest []matroska.Block
	if t.part != nil {
		if t.part.entry.Video != "" && f.Timestamp < t.began+minPart {
			t.codec = 0
			return nil
		}
		rest = t.part.takeAfter(f.Timestamp)
		if err := t.closePart(); err != nil {
			return err
		}
	}
	if err := t.begin(&track, f.Timestamp); err != nil {
		return err
	}
	t.codec, t.config = f.Codec, config
	for _, b := range rest {
		if b.Track == audioTrack {
			if err := t.part.add(audioTrack, b); err != nil {
				return err
			}
		}
	}
	return t.release()
}

// begin opens a part at a time.
func (t *take) begin(video *matroska.Track, at time.Duration) error {
	e := t.model
	e.Part = t.r.store.parts(e) + 1
	e.Audio = media.Opus.String()
	if video != nil {
		e.Width, e.Height = video.Width, video.Height
		for codec, name := range trackNames {
			if name == video.Codec {
				e.Video = codec.String()
			}
		}
	}
	var err error
	if t.part, err = t.r.openPart(e, video); err != nil {
		return err
	}
	if len(t.waiting) > 0 {
		at = min(at, t.waiting[0].Timestamp)
	}
	t.began = at
	t.sounded = max(t.sounded, at)
	return nil
}

// see notes that there is video.
func (t *take) see(at time.Duration) {
	e, now := &t.part.entry, at.Milliseconds()
	if n := len(e.Seen); n > 0 && now-e.Seen[n-1][1] < unseenAfter.Milliseconds() {
		e.Seen[n-1][1] = now
		return
	}
	e.Seen = append(e.Seen, [2]int64{now, now})
}

// audio takes a frame of sound; see video.
func (t *take) audio(f media.Frame) error {
	if t.part != nil {
		return t.sound(f)
	}
	t.waiting = append(t.waiting, f)
	if t.videoExpected && f.Timestamp-t.waiting[0].Timestamp < patience {
		return nil
	}
	return t.beginWithSound()
}

// beginWithSound begins a part without video.
func (t *take) beginWithSound() error {
	if err := t.begin(nil, t.waiting[0].Timestamp); err != nil {
		return err
	}
	return t.release()
}

// release writes the sound that has waited.
func (t *take) release() error {
	var failure error
	for _, f := range t.waiting {
		failure = errors.Join(failure, t.sound(f))
	}
	t.waiting = nil
	return failure
}

// sound writes a frame, after the one before if that was lost and comes with it, and after silence if there was a gap.
func (t *take) sound(f media.Frame) error {
	if r := f.Redundancy; r != nil {
		earlier := media.Frame{Timestamp: f.Timestamp - r.Delta, Payload: r.Payload}
		if earlier.Timestamp+maxJitter >= t.sounded {
			if err := t.sound(earlier); err != nil {
				return err
			}
		}
	}
	duration := opusDuration(f.Payload)
	if duration == 0 || f.Timestamp+maxJitter < t.sounded {
		return nil
	}
	if err := t.fillSilence(f.Timestamp - silenceDuration + maxJitter); err != nil {
		return err
	}
	t.sounded = f.Timestamp + duration
	return t.part.add(audioTrack, matroska.Block{Timestamp: f.Timestamp, Keyframe: true, Data: f.Payload})
}

// fillSilence makes silence from where the sound has ended up to a time. So the sound of a file has no gaps, which players deal
// with in different ways.
func (t *take) fillSilence(until time.Duration) error {
	for t.part != nil && t.sounded <= until {
		if err := t.part.add(audioTrack, matroska.Block{Timestamp: t.sounded, Keyframe: true, Data: silence}); err != nil {
			return err
		}
		t.sounded += silenceDuration
	}
	return nil
}

// tick goes on when nothing comes: now is the time of the recording.
func (t *take) tick(now time.Duration) error {
	if len(t.waiting) > 0 && now-t.waiting[0].Timestamp > patience+maxEarly {
		if err := t.beginWithSound(); err != nil {
			return err
		}
	}
	if t.part == nil {
		return nil
	}
	return errors.Join(t.fillSilence(now-soundLate-maxEarly), t.part.write(now-soundLate-maxEarly))
}

func (t *take) closePart() error {
	p := t.part
	if p == nil {
		return nil
	}
	t.part, t.codec, t.config = nil, 0, nil
	err := p.close()
	return errors.Join(err, t.r.store.change(func(*Manifest) { *p.listed = p.entry }))
}

// close completes the last part. Sound that still waited for video is written.
func (t *take) close() error {
	if t.part == nil && len(t.waiting) > 0 {
		if err := t.beginWithSound(); err != nil {
			return err
		}
	}
	return t.closePart()
}

// h264Sample returns what of a frame goes into a file, and the configuration if it is a keyframe that has one.
func h264Sample(f *media.Frame) ([]byte, *avc.Config) {
	if avc.IsAnnexB(f.Payload) {
		return avc.FromAnnexB(f.Payload)
	}
	if f.Config == nil {
		return f.Payload, nil
	}
	config, err := avc.ParseConfig(f.Config.Description)
	if err != nil {
		return nil, nil
	}
	return f.Payload, config
}
