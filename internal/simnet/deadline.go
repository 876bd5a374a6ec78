package simnet

import (
	"os"
	"sync"
	"time"
)

// deadline ends waiting at a time that may be changed meanwhile. The zero value never does.
type deadline struct {
	mu      sync.Mutex
	at      time.Time
	changed chan struct{}
}

func (d *deadline) set(at time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.at = at
	if d.changed != nil {
		close(d.changed)
		d.changed = nil
	}
}

// wait returns nil when one of the channels is ready or now has come (unless zero), and os.ErrDeadlineExceeded when the
// deadline has passed. It may return nil early.
func (d *deadline) wait(now time.Time, ready, closed <-chan struct{}) error {
	d.mu.Lock()
	at := d.at
	if d.changed == nil {
		d.changed = make(chan struct{})
	}
	changed := d.changed
	d.mu.Unlock()

	if !at.IsZero() && !time.Now().Before(at) {
		return os.ErrDeadlineExceeded
	}
	first := now
	if first.IsZero() || !at.IsZero() && at.Before(first) {
		first = at
	}
	var timeout <-chan time.Time
	if !first.IsZero() {
		timer := time.NewTimer(time.Until(first))
		defer timer.Stop()
		timeout = timer.C
	}
	select {
	case <-ready:
	case <-closed:
	case <-changed:
	case <-timeout:
	}
	return nil
}
