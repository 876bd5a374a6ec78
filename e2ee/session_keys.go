package e2ee

import (
	"slices"
	"time"
)

const (
	defaultBatchBytes = 60000
	minBatchBytes     = 4096
	// partOverhead is more than what a part takes besides its session and payload.
	partOverhead = 16
)

// StartSending makes the sender key of a member without the Publisher role. It is needed once, before the first Seal
// or SealData. Publishers have a key from the start.
func (s *Session) StartSending(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed && s.keys.current == nil {
		s.startSending(now)
	}
}

func (s *Session) startSending(now time.Time) {
	s.keys.current = &sendKey{base: random(baseKeySize)}
	s.keys.ratchetAt = now.Add(ratchetEvery)
	for m := range s.present() {
		s.await(m, now)
		// From now on listeners let it hear of them.
		m.presence.heard = now
	}
	s.wakeBy(s.keys.wake())
}

// await plans to give a new member the key.
func (s *Session) await(m *member, now time.Time) {
	key := s.keys.newest()
	if key == nil {
		return
	}
	m.out.waiting = true
	at := now
	if key.used {
		at = now.Add(joinWait)
	}
	s.keys.joinAt = earliest(s.keys.joinAt, at)
	s.wakeBy(s.keys.joinAt)
}

// Shared reports whether every verified member was given the key that is in use, so that what is sealed now can be opened by
// all of them. After a join it takes half a second for that to be so, during a rotation up to two. A data message
// should wait for it (spec/e2ee.md §7.3).
func (s *Session) Shared() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for m := range s.present() {
		if m.out.waiting || m.out.early {
			return false
		}
	}
	return s.keys.current != nil
}

// advanceKeys does what is due about the sender key.
func (s *Session) advanceKeys(now time.Time) {
	k := &s.keys
	due := func(at time.Time) bool { return !at.IsZero() && !at.After(now) }
	if due(k.nextAt) {
		s.activate(now)
	}
	if due(k.rotateAt) {
		s.rotate(now)
	}
	if due(k.joinAt) {
		s.welcome(now)
	}
	if due(k.ratchetAt) {
		s.age(now)
	}
}

// welcome gives the newest key to those who wait for one.
func (s *Session) welcome(now time.Time) {
	k := &s.keys
	k.joinAt = time.Time{}
	var waiting []*member
	for m := range s.present() {
		if m.out.waiting {
			waiting = append(waiting, m)
		}
	}
	if len(waiting) == 0 {
		return
	}
	if k.next == nil && k.current.used && !s.ratchet(now) {
		return
	}
	s.distribute(k.newest(), waiting)
}

// age ratchets a key that has been in use for long.
func (s *Session) age(now time.Time) {
	s.keys.ratchetAt = now.Add(ratchetEvery)
	if s.keys.next == nil && s.keys.current.used {
		s.ratchet(now)
	}
}

// ratchet makes a step, and reports whether it did not have to rotate instead.
func (s *Session) ratchet(now time.Time) bool {
	k := &s.keys
	if k.current.step >= maxRatchets {
		s.rotate(now)
		return false
	}
	k.current = k.current.ratcheted()
	k.ratchetAt = now.Add(ratchetEvery)
	s.keyInUse()
	return true
}

// scheduleRotation plans a rotation after a leave.
func (s *Session) scheduleRotation(removed bool, now time.Time) {
	k := &s.keys
	at := now
	if !removed {
		members := 1
		for range s.present() {
			members++
		}
		at = now.Add(debounce(members))
		if gap := k.rotated.Add(rotateGap); !k.rotated.IsZero() && gap.After(at) {
			at = gap
		}
	}
	k.rotateAt = earliest(k.rotateAt, at)
	s.wakeBy(k.rotateAt)
}

// rotate makes a new generation and sends it to everyone.
func (s *Session) rotate(now time.Time) {
	k := &s.keys
	key := &sendKey{keyID: keyID{gen: k.newest().gen + 1}, base: random(baseKeySize)}
	if k.next != nil {
		clear(k.next.base)
	}
	k.next = key
	k.rotated, k.rotateAt, k.joinAt = now, time.Time{}, time.Time{}
	all := slices.Collect(s.present())
	if len(all) == 0 {
		s.activate(now)
		return
	}
	s.distribute(key, all)
	k.nextAt = now.Add(firstUseWait + jitter(firstUseJitter))
}

// activate starts to use the new generation.
func (s *Session) activate(now time.Time) {
	k := &s.keys
	clear(k.current.base)
	k.current, k.next, k.nextAt = k.next, nil, time.Time{}
	k.ratchetAt = now.Add(ratchetEvery)
	s.keyInUse()
	s.events = append(s.events, Event{Kind: KeyframeNeeded})
	for _, m := range slices.Clone(s.members) {
		m.out.early = false
		if m.state == Leaving && m.excludedBy <= k.current.gen {
			s.gone(m)
		}
	}
}

func (s *Session) keyInUse() {
	s.events = append(s.events, Event{Kind: KeyInUse, Gen: s.keys.current.gen, Step: s.keys.current.step})
}

// distribute sends a key to members, and channels before it to those who have none.
func (s *Session) distribute(key *sendKey, to []*member) {
	channels := batch{session: s}
	for _, m := range to {
		if m.out.channel == nil {
			s.openChannelTo(m, &channels)
		}
	}
	channels.flush()

	message := sealKey(s.meeting, s.identity, s.self.id, key.keyID, key.base, s.roster())
	digest := keyDigest(message)
	wraps := batch{session: s, common: message}
	for _, m := range to {
		if m.out.channel == nil {
			continue
		}
		wraps.add(m.session, sealWrap(m.out.channel, m.id.index(), m.out.counter, digest, key.base))
		m.out.counter++
		m.out.early = key == s.keys.next && (m.out.early || !m.out.given)
		m.out.given, m.out.waiting = true, false
	}
	wraps.flush()
	s.inform()
}

// openChannelTo makes the next channel to a member.
func (s *Session) openChannelTo(m *member, channels *batch) {
	message, key, err := sealChannel(s.meeting, s.identity, s.self.id, m.id, m.kem, m.out.number+1)
	if s.count(err) != nil {
		return
	}
	m.out.number++
	m.out.channel, m.out.counter = newGCM(key), 0
	channels.add(m.session, message)
}

func (s *Session) roster() [32]byte {
	if s.digest == nil {
		digest := rosterDigest(s.presentIDs())
		s.digest = &digest
	}
	return *s.digest
}

// batch collects parts into messages of bounded size.
type batch struct {
	session *Session
	common  []byte
	parts   []Part
	size    int
}

func (b *batch) add(to string, payload []byte) {
	size := len(to) + len(payload) + partOverhead
	if len(b.parts) > 0 && len(b.common)+b.size+size > b.session.batch {
		b.flush()
	}
	b.parts = append(b.parts, Part{To: to, Payload: payload})
	b.size += size
}

func (b *batch) flush() {
	if len(b.parts) > 0 {
		b.session.outgoing = append(b.session.outgoing, Outgoing{Common: b.common, Parts: b.parts})
	}
	b.parts, b.size = nil, 0
}
