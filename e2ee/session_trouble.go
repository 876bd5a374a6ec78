package e2ee

import (
	"time"

	"github.com/openconfab/confab/media"
)

// Timing of key requests (spec/e2ee.md §10.1).
const (
	requestWait  = time.Second
	maxBackoff   = 30 * time.Second
	requestsWarn = 3
)

// missing notes a frame whose key has not come.
func (s *Session) missing(m *member, kid uint64, now time.Time) {
	t := &m.trouble
	t.missed, t.genHint = true, genOf(kid)
	if t.due.IsZero() {
		t.due = later(now.Add(requestWait), t.sent.Add(backoff(t.requests)))
	}
	s.wakeBy(t.due)
}

// failed notes a frame that did not authenticate.
func (s *Session) failed(m *member, kid uint64, now time.Time) {
	t := &m.trouble
	t.failures++
	switch t.failures {
	case failuresRequest:
		t.missed, t.genHint = true, genOf(kid)
		t.due = later(now, t.sent.Add(requestWait))
		s.wakeBy(t.due)
	case failuresWarn:
		s.undecryptable(m, FrameInvalid)
	}
}

// recovered notes a frame that opened.
func (s *Session) recovered(m *member) {
	t := &m.trouble
	t.failures = 0
	if len(t.pending.frames) == 0 {
		t.requests, t.missed, t.due = 0, false, time.Time{}
	}
	for source := range media.Source(media.Sources) {
		if t.pending.lost>>source&1 != 0 {
			s.events = append(s.events, Event{Kind: KeyframeWanted, Session: m.session, Name: m.name(), Source: source})
		}
	}
	t.pending.lost = 0
	if t.undecryptable != "" {
		t.undecryptable = ""
		s.emit(MemberDecryptable, m, "")
	}
}

// advanceMember does what is due about a member, and returns when to look again.
func (s *Session) advanceMember(m *member, now time.Time) time.Time {
	t := &m.trouble
	wake := m.in.keys.expire(now)
	s.changePending(m, func(p *pending) { wake = earliest(wake, p.expire(now)) })
	if !t.due.IsZero() && !t.due.After(now) {
		t.due = time.Time{}
		if t.missed {
			s.request(m, now)
		}
	}
	return earliest(wake, t.due)
}

// request asks a member for its newest key.
func (s *Session) request(m *member, now time.Time) {
	t := &m.trouble
	r := keyRequest{seq: t.sequence, genHint: t.genHint, haveChannel: m.in.number}
	message := sealKeyRequest(s.meeting, s.identity, s.self.id, m.id, r)
	s.outgoing = append(s.outgoing, Outgoing{Common: message, Parts: []Part{{To: m.session}}})
	t.sequence++
	t.requests++
	t.sent, t.missed = now, false
	t.due = now.Add(backoff(t.requests))
	if t.requests == requestsWarn {
		s.undecryptable(m, KeyMissing)
	}
}

func (s *Session) undecryptable(m *member, code Code) {
	if m.trouble.undecryptable == "" {
		m.trouble.undecryptable = code
		s.emit(MemberUndecryptable, m, code)
	}
}

// backoff is the time between request n, counted from 1, and the next.
func backoff(n int) time.Duration {
	if n > 5 {
		return maxBackoff
	}
	return time.Second << max(n-1, 0)
}

func genOf(kid uint64) uint32 { return uint32(kid >> 4 & 0xff) }

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}
