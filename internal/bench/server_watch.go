package bench

import (
	"context"
)

// serverWatch measures what the node's process uses. Without a process it measures nothing.
type serverWatch struct {
	pid int
	// idle is before the test, from and to at the ends of the window.
	idle, from, to usage
	err            error
}

// watchServer looks at the node before anybody joins. A pid of 0 is no process.
func watchServer(pid int) (*serverWatch, error) {
	s := &serverWatch{pid: pid}
	if pid == 0 {
		return s, nil
	}
	var err error
	s.idle, err = usageOf(pid)
	return s, err
}

// measure looks at both ends of the window.
func (s *serverWatch) measure(ctx context.Context, c clock, w window) {
	if s.pid == 0 {
		return
	}
	sleep(ctx, c.until(w.From))
	if s.from, s.err = usageOf(s.pid); s.err != nil {
		return
	}
	sleep(ctx, c.until(w.To))
	s.to, s.err = usageOf(s.pid)
}

// used returns what the node used in the window, and false if that is not known.
func (s *serverWatch) used() (usage, bool) {
	if s.pid == 0 || s.err != nil {
		return usage{}, false
	}
	return s.to.since(s.from), true
}
