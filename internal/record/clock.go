package record

import "time"

const (
	// A frame that seems to have been sent so much in the future, or to have been under way for so long, tells that the sender's
	// clock began anew.
	maxEarly = time.Second
	maxLate  = 10 * time.Second
	// maxDelay is by how much all frames of a window may be later than before, without the clock being moved at once.
	maxDelay = 500 * time.Millisecond
	// slewWindow is how long the fastest frame is looked for, and maxSlew how far the clock is then moved: a thousandth, more than
	// clocks drift and less than is heard or seen.
	slewWindow = 4 * time.Second
	maxSlew    = slewWindow / 1000
)

// clock maps the media clock of a participant to the time of the recording. Its tracks share it, so that they stay in sync with
// each other whatever the network does. Which frame was under way shortest says how the clocks differ. The zero value is
// ready.
type clock struct {
	running bool
	// offset is what is added to a timestamp.
	offset time.Duration
	// fastest is the least difference seen since the begin of the window.
	fastest time.Duration
	since   time.Duration
}

// at returns when a frame was captured, in the time of the recording. It arrived at arrived. The result is between maxLate
// before and maxEarly after that, whatever the timestamp.
func (c *clock) at(timestamp, arrived time.Duration) time.Duration {
	difference := arrived - timestamp
	if late := difference - c.offset; !c.running || late < -maxEarly || late > maxLate {
		*c = clock{running: true, offset: difference, fastest: difference, since: arrived}
	}
	c.fastest = min(c.fastest, difference)
	if arrived-c.since >= slewWindow {
		if behind := c.fastest - c.offset; behind > maxDelay {
			c.offset = c.fastest
		} else {
			c.offset += max(-maxSlew, min(maxSlew, behind))
		}
		c.fastest, c.since = difference, arrived
	}
	return timestamp + c.offset
}
