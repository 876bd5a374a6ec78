package cluster

import (
	"slices"
	"time"
)

const (
	// probeEvery is how often the way to a node is measured while there is video for it.
	probeEvery = 100 * time.Millisecond
	// mostProbes is how many are under way at most; the oldest is then given up.
	mostProbes = 64
	// mostQueued is how much longer than usual a probe may be under way: something queues, and what that is, is video.
	mostQueued = 200 * time.Millisecond
	// leastMemory: the usual time is the shortest of the last one to two of these.
	leastMemory = 30 * time.Second
)

// path measures how long what goes to a node takes, by probes that go behind the video before them on the way and before it at
// the node. What queues between two nodes, in kernels and servers, nobody else tells. Spec: backbone.md §4.3. It is guarded by the
// mutex of the Cluster.
type path struct {
	number uint64
	last   time.Time
	// out are the probes that are under way, the oldest first.
	out []probe
	// took is what the last answer took, least and before the shortest of this memory and of the one before it.
	took, least, before time.Duration
	since               time.Time
}

type probe struct {
	number uint64
	at     time.Time
}

// ask returns the number of a probe to send now, 0 for none.
func (p *path) ask(now time.Time) uint64 {
	if now.Sub(p.last) < probeEvery {
		return 0
	}
	if len(p.out) == mostProbes {
		p.out = slices.Delete(p.out, 0, 1)
	}
	p.number++
	p.last, p.out = now, append(p.out, probe{p.number, now})
	return p.number
}

// answered takes an answer.
func (p *path) answered(number uint64, now time.Time) {
	i := slices.IndexFunc(p.out, func(o probe) bool { return o.number == number })
	if i < 0 {
		return
	}
	p.took = now.Sub(p.out[i].at)
	p.out = slices.Delete(p.out, 0, i+1)
	switch {
	case p.least == 0 || now.Sub(p.since) > leastMemory:
		p.before, p.least, p.since = p.least, p.took, now
	case p.took < p.least:
		p.least = p.took
	}
}

// slow reports whether so much queues on the way that video is to be left out. Before the first answer nothing is known.
func (p *path) slow(now time.Time) bool {
	usual := p.least
	if p.before != 0 && p.before < usual {
		usual = p.before
	}
	taking := p.took
	if len(p.out) > 0 {
		taking = max(taking, now.Sub(p.out[0].at))
	}
	return p.least != 0 && taking > usual+mostQueued
}
