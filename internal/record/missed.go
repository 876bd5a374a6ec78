package record

import (
	"context"
	"errors"
	"time"

	"github.com/openconfab/confab/client"
	"github.com/openconfab/confab/media"
)

const (
	// keyframeReach is how far back there is a keyframe in what was kept. Spec: backbone.md §4.4.
	keyframeReach = 12 * time.Second
	// unwritten is what a recorder that dies has not written down at most, but for sound that waits for its first video.
	unwritten = 2 * time.Second
	// handover is how long after the begin what was kept is read: by then this recorder receives everything itself.
	handover = 3 * time.Second
)

// Missed yields what the nodes have kept of a room from a time on, up to now, in the order in which each participant sent it.
type Missed func(ctx context.Context, room string, from time.Time, each func(KeptObject)) error

// A KeptObject is a frame as a participant sent it.
type KeptObject struct {
	// At is when it was kept, Session and Track tell whose it is.
	At      time.Time
	Session string
	Track   uint32
	// Object is valid for the time of the call.
	Object []byte
}

// Recovered tells what came of the time that a recorder was away.
type Recovered struct {
	// Away is how long that was.
	Away time.Duration
	// Frames are in the recording now. Undecryptable ones are lost: their keys were renewed, or are of somebody who
	// came meanwhile.
	Frames, Undecryptable uint64
}

// recovery takes down what was missed. One goroutine has it.
type recovery struct {
	r      *Recorder
	left   notes
	replay *client.Replay
	stays  map[string]*stay
	// broken is up to when the files of the dead recorder go, in the time of the recording; back is when this one came.
	broken time.Duration
	back   time.Time
	result Recovered
}

// recover takes down what was kept while there was no recorder. The recording goes on whatever comes of it.
func (r *Recorder) recover(ctx context.Context, left notes) {
	back := time.Now()
	ready := time.NewTimer(handover)
	defer ready.Stop()
	select {
	case <-ready.C:
	case <-ctx.Done():
		return
	}
	v := &recovery{
		r: r, left: left, replay: client.NewReplay(left.Held), stays: map[string]*stay{},
		broken: left.Alive.Sub(r.began) - unwritten, back: back, result: Recovered{Away: back.Sub(left.Alive)},
	}
	defer v.replay.Close()
	var failure error
	err := r.config.Missed(ctx, r.store.all.Room, left.Alive.Add(-keyframeReach), func(o KeptObject) {
		if failure == nil {
			failure = v.open(o)
		}
	})
	for _, s := range v.stays {
		failure = errors.Join(failure, s.close())
	}
	if r.config.Recovered != nil {
		r.config.Recovered(v.result)
	}
	if err = errors.Join(err, failure); err != nil {
		r.config.Logger.Warn("not all that was missed is recovered", "error", err)
	}
}

// open takes down what an object holds. What can't be opened counts if neither the recorder before nor this one can have recorded it.
func (v *recovery) open(o KeptObject) error {
	before := v.replay.Stats().Undecryptable
	source, frame, ok := v.replay.Open(o.Session, o.Track, o.Object)
	if ok {
		return v.take(o, source, frame)
	}
	if o.At.After(v.left.Alive.Add(-unwritten)) && o.At.Before(v.back) {
		v.result.Undecryptable += v.replay.Stats().Undecryptable - before
	}
	return nil
}

// take takes a frame that was kept. One whose time is far from that at which it was kept says nothing true of either. Sound begins with the first picture, or where the recording has broken off: then it waits for
// a picture that may follow, so that both get into one file.
func (v *recovery) take(o KeptObject, source media.Source, f media.Frame) error {
	known, ok := v.left.Stays[o.Session]
	if !ok {
		return nil
	}
	f.Timestamp += known.Offset
	if kept := o.At.Sub(v.r.began); f.Timestamp < kept-maxLate || f.Timestamp > kept+maxLate {
		return nil
	}
	s := v.stays[o.Session]
	if s == nil {
		s = &stay{
			r: v.r, takes: map[string]*take{},
			model: Entry{Identity: known.Identity, Name: known.Name, Session: o.Session},
		}
		v.stays[o.Session] = s
	}
	t := s.take(source)
	t.videoExpected = true
	missed := f.Timestamp >= v.broken
	if source.Kind() != media.Video && t.part == nil && !missed {
		return nil
	}
	if missed {
		v.result.Frames++
	}
	return s.put(source, clone(f))
}
