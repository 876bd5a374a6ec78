package tun

import (
	"io"
	"time"

	"github.com/openconfab/confab/internal/simnet"
)

// underWay is how many packets a Way has room for: more than bandwidth and queue of a bad network let in.
const underWay = 4096

// A Way leads packets to a device, in the order in which they came.
type Way struct {
	to         io.Writer
	path       *simnet.Path
	travelling chan packet
	stop, done chan struct{}
}

type packet struct {
	bytes  []byte
	leaves time.Time
}

// NewWay returns a way that loses and delays packets as path says. Close ends it.
func NewWay(to io.Writer, path *simnet.Path) *Way {
	w := &Way{to: to, path: path, travelling: make(chan packet, underWay), stop: make(chan struct{}), done: make(chan struct{})}
	go w.run()
	return w
}

// Carry takes a packet on its way, and keeps no hold of b. It does not wait: what there is no room for is lost. It may be
// called concurrently, but not after Close.
func (w *Way) Carry(b []byte) {
	leaves, ok := w.path.Carry(len(b), time.Now())
	if !ok {
		return
	}
	select {
	case w.travelling <- packet{append([]byte(nil), b...), leaves}:
	default:
	}
}

// Close loses what is on its way, and returns when nothing of the way runs any more.
func (w *Way) Close() {
	close(w.stop)
	<-w.done
}

func (w *Way) run() {
	defer close(w.done)
	for {
		select {
		case next := <-w.travelling:
			if !w.wait(time.Until(next.leaves)) {
				return
			}
			// A device that is not up loses packets, as a cable does that nobody plugged in.
			_, _ = w.to.Write(next.bytes)
		case <-w.stop:
			return
		}
	}
}

// wait reports whether d was over before the way was closed.
func (w *Way) wait(d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-w.stop:
		return false
	}
}
