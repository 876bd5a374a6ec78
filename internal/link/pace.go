package link

import "time"

// paceFactor is how many times the limit of control messages goes out in a second at most. Over the limit the node processes
// them more slowly; at ten times the limit it ends the session (spec/wire.md §2.5).
const paceFactor = 4

// pace counts messages in each second.
type pace struct {
	since time.Time
	count int
	// until is when the writer is roused next.
	until time.Time
}

func (p *pace) note(now time.Time) {
	if now.Sub(p.since) >= time.Second {
		p.since, p.count = now, 0
	}
	p.count++
}

// wait returns how long the next message has to wait for no more than limit to go out in a second.
func (p *pace) wait(now time.Time, limit int) time.Duration {
	if limit == 0 || p.count < limit {
		return 0
	}
	return max(0, p.since.Add(time.Second).Sub(now))
}
