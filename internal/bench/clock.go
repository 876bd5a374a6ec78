package bench

import "time"

// clock tells how long ago an epoch was that all processes of a test share. Once made it follows the monotonic clock, so that
// setting the machine's time during a test changes nothing.
type clock struct {
	started time.Time
	// before is how long before started the epoch was.
	before time.Duration
}

func newClock(epoch time.Time) clock {
	now := time.Now()
	return clock{started: now, before: time.Duration(now.UnixNano() - epoch.UnixNano())}
}

func (c clock) now() time.Duration { return c.before + time.Since(c.started) }

// until returns how long it is until the clock tells t.
func (c clock) until(t time.Duration) time.Duration { return t - c.now() }
