package cluster

import (
	"sync/atomic"
	"time"
)

// Stats tells what the cluster has done since it began.
type Stats struct {
	// Nodes counts this one and those in reach.
	Nodes int
	// Lag is the longest that a node in reach took lately to acknowledge a message.
	Lag                     time.Duration
	MessagesIn, MessagesOut uint64
	BytesIn, BytesOut       uint64
	// Failed counts messages that the backbone did not take, Dropped those that came faster than they were handled, and
	// Malformed those that do not parse.
	Failed, Dropped, Malformed uint64
	// SoundDropped and VideoDropped count objects that nodes have no room for.
	SoundDropped, VideoDropped uint64
	Connected                  bool
}

type counts struct {
	messagesIn, messagesOut, bytesIn, bytesOut    atomic.Uint64
	failed, malformed, soundDropped, videoDropped atomic.Uint64
}

// Stats returns the counters and gauges.
func (c *Cluster) Stats() Stats {
	beneath := c.config.Backbone.Stats()
	s := Stats{
		Nodes: 1, Connected: beneath.Connected, Dropped: beneath.Dropped,
		MessagesIn: c.counts.messagesIn.Load(), MessagesOut: c.counts.messagesOut.Load(),
		BytesIn: c.counts.bytesIn.Load(), BytesOut: c.counts.bytesOut.Load(),
		Failed: c.counts.failed.Load(), Malformed: c.counts.malformed.Load(),
		SoundDropped: c.counts.soundDropped.Load(), VideoDropped: c.counts.videoDropped.Load(),
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range c.peers {
		if !p.silent {
			s.Nodes++
			s.Lag = max(s.Lag, p.lag)
		}
	}
	return s
}
