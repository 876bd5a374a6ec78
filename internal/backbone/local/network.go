// Package local joins nodes that run in one process. A way between two of them can be slow or cut, for tests of what
// real networks do.
package local

import (
	"sync"
	"time"

	"github.com/openconfab/confab/internal/backbone"
)

// A Network joins any number of nodes. The zero value is ready. Its methods may be called concurrently.
type Network struct {
	// mu guards what follows and the subscriptions of every node. It is never held while a message is handled.
	mu    sync.Mutex
	nodes map[*node]struct{}
	delay time.Duration
	cut   map[[2]*node]bool
	// rates are in bytes a second; a way without one is as wide as needed. busy is until when something is on its way.
	rates map[[2]*node]int
	busy  map[[2]*node]time.Time
}

// Join adds a node.
func (n *Network) Join() backbone.Backbone {
	n.mu.Lock()
	defer n.mu.Unlock()
	joined := &node{network: n, subscriptions: map[*subscription]struct{}{}}
	if n.nodes == nil {
		n.nodes, n.cut = map[*node]struct{}{}, map[[2]*node]bool{}
		n.rates, n.busy = map[[2]*node]int{}, map[[2]*node]time.Time{}
	}
	n.nodes[joined] = struct{}{}
	return joined
}

// SetDelay makes every message between nodes take d from now on.
func (n *Network) SetDelay(d time.Duration) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.delay = d
}

// SetCut cuts the way from one node to another, or mends it. What is under way still arrives.
func (n *Network) SetCut(from, to backbone.Backbone, cut bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.cut[[2]*node{from.(*node), to.(*node)}] = cut
}

// SetRate makes the way from one node to another one of so many bytes a second, on which what does not fit queues without a
// bound; 0: as many as there are.
func (n *Network) SetRate(from, to backbone.Backbone, bytesPerSecond int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.rates[[2]*node{from.(*node), to.(*node)}] = bytesPerSecond
}

// arrival returns when a message is at the other node; mu is held.
func (n *Network) arrival(way [2]*node, bytes int) time.Time {
	now := time.Now()
	left := now
	if rate := n.rates[way]; rate > 0 {
		if n.busy[way].After(left) {
			left = n.busy[way]
		}
		left = left.Add(time.Duration(bytes) * time.Second / time.Duration(rate))
		n.busy[way] = left
	}
	return left.Add(n.delay)
}

// node implements backbone.Backbone.
type node struct {
	network       *Network
	subscriptions map[*subscription]struct{}
	closed        bool
	handling      sync.WaitGroup
}

// Publish implements backbone.Backbone.
func (n *node) Publish(t backbone.Topic, msg []byte) error {
	if len(msg) > n.MaxMessage() {
		return backbone.ErrTooLarge
	}
	shared := append([]byte(nil), msg...)
	w := n.network
	w.mu.Lock()
	defer w.mu.Unlock()
	if n.closed {
		return backbone.ErrClosed
	}
	for other := range w.nodes {
		if w.cut[[2]*node{n, other}] {
			continue
		}
		for s := range other.subscriptions {
			if s.topic == t {
				s.queue = append(s.queue, message{due: w.arrival([2]*node{n, other}, len(msg)), body: shared})
				s.rouse()
			}
		}
	}
	return nil
}

// Subscribe implements backbone.Backbone.
func (n *node) Subscribe(t backbone.Topic, handle func([]byte)) (backbone.Subscription, error) {
	s := &subscription{node: n, topic: t, handle: handle, wake: make(chan struct{}, 1), ended: make(chan struct{})}
	n.network.mu.Lock()
	defer n.network.mu.Unlock()
	if n.closed {
		return nil, backbone.ErrClosed
	}
	n.subscriptions[s] = struct{}{}
	n.handling.Go(s.run)
	return s, nil
}

// MaxMessage implements backbone.Backbone.
func (n *node) MaxMessage() int { return backbone.MinMaxMessage }

// Stats implements backbone.Backbone.
func (n *node) Stats() backbone.Stats { return backbone.Stats{Connected: true} }

// Close implements backbone.Backbone.
func (n *node) Close() error {
	n.network.mu.Lock()
	n.closed = true
	delete(n.network.nodes, n)
	for s := range n.subscriptions {
		s.end()
	}
	n.network.mu.Unlock()
	n.handling.Wait()
	return nil
}

type message struct {
	due  time.Time
	body []byte
}

type subscription struct {
	node   *node
	topic  backbone.Topic
	handle func([]byte)
	wake   chan struct{}
	ended  chan struct{}
	queue  []message
}

// End implements backbone.Subscription.
func (s *subscription) End() {
	s.node.network.mu.Lock()
	defer s.node.network.mu.Unlock()
	s.end()
}

// end is End for one who holds the network's mutex.
func (s *subscription) end() {
	if _, running := s.node.subscriptions[s]; running {
		delete(s.node.subscriptions, s)
		close(s.ended)
	}
}

func (s *subscription) rouse() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// run handles the messages when they are due.
func (s *subscription) run() {
	for {
		m, ok := s.next()
		if !ok {
			select {
			case <-s.wake:
				continue
			case <-s.ended:
				return
			}
		}
		due := time.NewTimer(time.Until(m.due))
		select {
		case <-due.C:
			s.handle(m.body)
		case <-s.ended:
			due.Stop()
			return
		}
	}
}

func (s *subscription) next() (m message, ok bool) {
	s.node.network.mu.Lock()
	defer s.node.network.mu.Unlock()
	if len(s.queue) == 0 {
		return message{}, false
	}
	m = s.queue[0]
	s.queue = s.queue[1:]
	return m, true
}
