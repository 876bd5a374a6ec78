package link

import "time"

const (
	// roundMemory: round trips are judged by what was seen in the last one to two of these.
	roundMemory = 10 * time.Second
	// leastElapsed: a shorter time says little about a rate.
	leastElapsed = 5 * time.Millisecond
	// hopeless: when nothing arrives for so long though Pongs do, what is missing never will.
	hopeless = time.Second
)

// meter measures how much of what was written is still on its way to the node, and how much the path takes. A connection does
// not tell how much waits in the system and on the path; a Pong says how much has come (spec/wire.md §2.3). It is guarded by
// the lock of the uplink.
type meter struct {
	// written, and of that counted by the node, and forgiven because it will never arrive, as reset streams.
	written, counted, forgiven int64
	marks                      []mark
	// busySince is since when something has been on its way, progress when something arrived last.
	busySince, lastPong, progress time.Time
	// rate is in bytes a second, 0 until something was measured.
	rate float64
	// least is the shortest round trip since a while ago, before that of the time before.
	least, before time.Duration
	since         time.Time
}

// mark is a Ping that was sent.
type mark struct {
	sequence uint32
	at       time.Time
	written  int64
	// full: more would have been written by then if there had been room, so that what arrives shows the rate of the path.
	full bool
}

func (m *meter) arrived() int64  { return m.counted + m.forgiven }
func (m *meter) underway() int64 { return m.written - m.arrived() }

// round returns the shortest round trip lately, 0 before the first.
func (m *meter) round() time.Duration {
	if m.before != 0 && m.before < m.least {
		return m.before
	}
	return m.least
}

func (m *meter) wrote(bytes int, now time.Time) {
	if m.underway() <= 0 {
		m.busySince, m.progress = now, now
	}
	m.written += int64(bytes)
}

// forgive notes that so much of what was written will never arrive. Too high a guess does no lasting harm.
func (m *meter) forgive(bytes int64) {
	m.forgiven = min(m.forgiven+bytes, max(m.written-m.counted, m.forgiven))
}

func (m *meter) pinged(sequence uint32, full bool, now time.Time) {
	m.marks = append(m.marks, mark{sequence, now, m.written, full})
}

// ponged takes an answer. count is what the node has got by then, or -1 on an ordered pipe: everything before the Ping.
func (m *meter) ponged(sequence uint32, count int64, now time.Time) {
	for i, mk := range m.marks {
		if mk.sequence != sequence {
			continue
		}
		m.marks = append(m.marks[:0], m.marks[i+1:]...)
		if count < 0 {
			count = mk.written
		}
		m.take(mk, min(count, m.written)-m.counted, now)
		return
	}
}

func (m *meter) take(mk mark, come int64, now time.Time) {
	last := m.lastPong
	m.lastPong = now
	m.sampleRound(now.Sub(mk.at), now)
	if !last.IsZero() {
		m.sampleRate(mk, come, last, now)
	}
	m.counted += come
	if come > 0 {
		m.progress = now
	}
	if now.Sub(m.progress) > hopeless+m.round() {
		m.forgive(m.written)
	}
}

// room returns how much may be on its way when nothing is to wait for longer than queue; 0 until something was measured.
func (m *meter) room(queue time.Duration) int64 {
	return int64(m.rate * (m.round() + queue).Seconds())
}

func (m *meter) sampleRound(d time.Duration, now time.Time) {
	switch {
	case m.least == 0 || now.Sub(m.since) > roundMemory:
		m.least, m.before, m.since = d, m.least, now
	case d < m.least:
		m.least = d
	}
}

func (m *meter) sampleRate(mk mark, come int64, last, now time.Time) {
	// What began to arrive only after the last Pong was not under way all the time.
	began := m.busySince.Add(m.round())
	if last.After(began) {
		began = last
	}
	sample := float64(come) / max(leastElapsed, now.Sub(began)).Seconds()
	switch {
	case m.rate == 0:
		if mk.full && sample > 0 {
			m.rate = sample
		}
	case mk.full || sample > m.rate:
		m.rate += 0.3 * (sample - m.rate)
	}
}
