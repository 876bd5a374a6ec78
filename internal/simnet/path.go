package simnet

import "time"

// A Path is one direction of a Link for packets that do not travel in a Network, such as those of real interfaces. It is safe
// for concurrent use.
type Path struct{ link *link }

// NewPath returns a Path. What is lost depends on the seed only.
func NewPath(l Link, seed uint64) *Path { return &Path{newLink(l, seed, 0)} }

// Carry returns when a packet of size bytes that enters at the given time comes out, or false when it is lost.
func (p *Path) Carry(size int, enters time.Time) (leaves time.Time, ok bool) {
	return p.link.carry(size, enters)
}

// Counts returns how many packets have entered, and how many of them were lost.
func (p *Path) Counts() (entered, lost uint64) {
	p.link.mu.Lock()
	defer p.link.mu.Unlock()
	return p.link.sent, p.link.lost
}

// Set changes the link for the packets that enter from now on.
func (p *Path) Set(l Link) { p.link.set(l) }
