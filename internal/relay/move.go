package relay

import "time"

// Told returns the layers of which the publisher was told that they are wanted; false if it was told nothing yet.
func (t *Track) Told() (layers []uint32, told bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.idsOf(t.wanted.last), t.wanted.told
}

// SetUpstream gives the track another upstream, because the publisher goes on at another node. What is wanted is told as to
// one who was told of these layers before; if told is false, as to one who was told nothing.
func (t *Track) SetUpstream(u Upstream, layers []uint32, told bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return
	}
	t.upstream.Store(&u)
	t.wanted.told, t.wanted.last = told, t.setOf(layers)
	t.refreshWanted()
}

// Held is a subscription that goes on in another queue.
type Held struct {
	Alias uint64
	Want  Want
}

// Held returns the subscriptions, and the last alias that was used.
func (q *Queue) Held() (held map[*Track]Held, lastAlias uint64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	held = make(map[*Track]Held, len(q.subscriptions))
	for t, s := range q.subscriptions {
		held[t] = Held{s.alias, s.want}
	}
	return held, q.lastAlias
}

// SetLastAlias makes the aliases of subscriptions to come higher than one that another queue has used.
func (q *Queue) SetLastAlias(alias uint64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.lastAlias = max(q.lastAlias, alias)
}

// Continue takes up a subscription of another queue. It fails as Subscribe does.
func (q *Queue) Continue(t *Track, h Held, now time.Time) error {
	_, err := q.start(t, h.Want, h.Alias, now)
	return err
}
