package simnet

import (
	"math/rand/v2"
	"sync"
	"time"
)

// Link describes one direction of a host's access to the network. The zero value is perfect.
type Link struct {
	// Latency is added to every packet.
	Latency time.Duration
	// Jitter is the most that is added on top, evenly spread. Packets may overtake each other.
	Jitter time.Duration
	// Loss is the share of packets that vanish, 0 to 1.
	Loss float64
	// Bandwidth is in bits per second. 0: unlimited.
	Bandwidth int
	// Queue is how many bytes wait for the bandwidth before further packets are dropped. 0: a fifth of a second's worth, and
	// at least 16 KiB.
	Queue int
}

// link applies a Link to packets one after the other. It is safe for concurrent use.
type link struct {
	mu     sync.Mutex
	config Link
	random *rand.Rand
	// free is when the last packet will have left.
	free time.Time
	sent uint64
	lost uint64
}

func newLink(config Link, seed1, seed2 uint64) *link {
	return &link{config: config, random: rand.New(rand.NewPCG(seed1, seed2))}
}

func (l *link) set(config Link) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.config = config
}

// carry returns when a packet that enters at the given time comes out, or false when it is lost.
func (l *link) carry(size int, enters time.Time) (leaves time.Time, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.config
	l.sent++
	// Drawn always, so that changing one property of a link leaves the fate of later packets as it is.
	lost, jitter := l.random.Float64() < c.Loss, l.random.Float64()
	if lost || c.Bandwidth > 0 && l.queued(enters)+size > c.queueBytes() {
		l.lost++
		return time.Time{}, false
	}
	return l.transmit(size, enters).Add(c.Latency + time.Duration(jitter*float64(c.Jitter))), true
}

// transmit returns when the last bit of a packet will have left.
func (l *link) transmit(size int, enters time.Time) time.Time {
	if l.config.Bandwidth == 0 {
		return enters
	}
	if l.free.Before(enters) {
		l.free = enters
	}
	l.free = l.free.Add(time.Duration(int64(size) * 8 * int64(time.Second) / int64(l.config.Bandwidth)))
	return l.free
}

// queued returns how many bytes wait at the given time.
func (l *link) queued(at time.Time) int {
	wait := l.free.Sub(at)
	if wait <= 0 {
		return 0
	}
	return int(int64(wait) / 8 * int64(l.config.Bandwidth) / int64(time.Second))
}

// waitFor returns how long it takes until no more than the given bytes wait.
func (l *link) waitFor(bytes int, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.config.Bandwidth == 0 || !l.free.After(now) {
		return 0
	}
	return l.free.Sub(now) - time.Duration(int64(bytes)*8*int64(time.Second)/int64(l.config.Bandwidth))
}

func (c Link) queueBytes() int {
	if c.Queue > 0 {
		return c.Queue
	}
	return max(c.Bandwidth/8/5, 16<<10)
}
