package publish

import (
	"log/slog"
	"sync"
	"time"

	"github.com/openconfab/confab/client"
	"github.com/openconfab/confab/media"
)

// stallTime is after what time without a frame a track counts as muted.
const stallTime = 3 * time.Second

// outlet is a track in the room, which shows as muted while nothing comes. Its methods may be called concurrently.
type outlet struct {
	track *client.LocalTrack
	log   *slog.Logger

	mu      sync.Mutex
	stalled *time.Timer
	muted   bool
	closed  bool
}

func newOutlet(track *client.LocalTrack, log *slog.Logger) *outlet {
	o := &outlet{track: track, log: log}
	o.stalled = time.AfterFunc(stallTime, func() { o.mute(true) })
	return o
}

// alive notes that something has come.
func (o *outlet) alive() {
	o.stalled.Reset(stallTime)
	o.mute(false)
}

// write sends a frame. What the path has no room for is dropped, which is no error.
func (o *outlet) write(f media.Frame) error { return o.track.WriteFrame(0, f) }

func (o *outlet) mute(muted bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed || o.muted == muted {
		return
	}
	if muted && o.track.Muted() {
		return // a host has muted it, which is not taken back when something comes
	}
	o.muted = muted
	if err := o.track.SetMuted(muted); err != nil {
		return // the track is over, which the next frame tells
	}
	o.log.Info("the input pauses or goes on", "source", o.track.Source().String(), "muted", muted)
}

func (o *outlet) close() {
	o.mu.Lock()
	o.closed = true
	o.mu.Unlock()
	o.stalled.Stop()
	_ = o.track.Close()
}
