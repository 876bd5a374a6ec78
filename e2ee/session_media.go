package e2ee

import (
	"bytes"
	"time"

	"github.com/openconfab/confab/media"
)

// Of frames that do not authenticate, one in a row of failuresRequest causes a key request, failuresWarn a warning.
const (
	failuresRequest = 10
	failuresWarn    = 20
)

// maxWaitingBytes bounds what waits for keys in the whole session, on top of the bounds for each member.
const maxWaitingBytes = 64 << 20

// Object is a sealed frame as it came from the node.
type Object struct {
	// Source is that of the track it came on.
	Source media.Source
	// Header is the immutable header, Payload the SFrame ciphertext.
	Header, Payload []byte
	// Ref is given back in Opened if the frame has to wait for its key.
	Ref any
}

// Seal appends to dst the SFrame ciphertext of a frame record, at most FrameOverhead longer than it, and bound to the
// object's immutable header. dst must not overlap plaintext. Errors: [NotSending], [OutOfRange] for the slot,
// [SessionClosed].
func (s *Session) Seal(dst []byte, slot Slot, header, plaintext []byte) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slot.valid() || slot.Source == media.Data {
		return dst, fail(OutOfRange, "no such slot: a frame is of a media source and a layer below 8")
	}
	return s.seal(dst, slot, header, plaintext)
}

// SealData appends to dst the SFrame ciphertext of a data message, bound to its topic. Errors: [NotSending], [OutOfRange]
// for the topic, [SessionClosed].
func (s *Session) SealData(dst []byte, topic string, plaintext []byte) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(topic) > MaxTopicBytes {
		return dst, fail(OutOfRange, "a topic has at most 64 bytes")
	}
	s.metadata = appendDataMetadata(s.metadata[:0], topic)
	return s.seal(dst, Slot{Source: media.Data}, s.metadata, plaintext)
}

func (s *Session) seal(dst []byte, slot Slot, metadata, plaintext []byte) ([]byte, error) {
	key := s.keys.current
	switch {
	case s.closed:
		return dst, fail(SessionClosed, "the session is closed")
	case key == nil:
		return dst, fail(NotSending, "the member has no sender key: call StartSending first")
	}
	out := key.slot(s.self.id.index(), slot.number())
	counter := out.counter
	out.counter++
	key.used = true
	return out.key.seal(dst, &s.scratch, out.kid, counter, metadata, plaintext), nil
}

// Open appends the frame record in a member's object to dst, and returns the layer it is of. dst must not overlap the
// object.
//
// [KeyMissing] means that the key may be on its way: the session keeps a copy, and if the key comes soon the frame is
// in Opened. After every other error the frame is lost: [KeyUnknown] for keys that are gone, [FrameInvalid],
// [FrameReplayed], [SenderMismatch], [SourceMismatch], [NotMinimal], [Truncated], [MemberUnknown], [MemberRejected],
// [RemovedByHost], [Silent], [SessionClosed].
func (s *Session) Open(dst []byte, from string, o Object, now time.Time) (plaintext []byte, layer uint8, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, err := s.participant(from)
	if err != nil {
		return dst, 0, err
	}
	return s.open(dst, m, pendingFrame{source: o.Source, metadata: o.Header, payload: o.Payload, ref: o.Ref, arrived: now})
}

// OpenData appends the plaintext of a member's data message to dst. Errors and waiting are as for [Session.Open].
func (s *Session) OpenData(dst []byte, from, topic string, payload []byte, now time.Time) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, err := s.participant(from)
	if err != nil {
		return dst, err
	}
	if len(topic) > MaxTopicBytes {
		return dst, s.count(fail(OutOfRange, "a topic has at most 64 bytes"))
	}
	s.metadata = appendDataMetadata(s.metadata[:0], topic)
	f := pendingFrame{source: media.Data, metadata: s.metadata, topic: topic, payload: payload, arrived: now}
	dst, _, err = s.open(dst, m, f)
	return dst, err
}

func (s *Session) open(dst []byte, m *member, f pendingFrame) ([]byte, uint8, error) {
	now := f.arrived
	switch m.reason {
	case "":
	case NotAdmitted:
		s.keep(m, f)
		return dst, 0, s.count(fail(KeyMissing, "no host has admitted the sender yet"))
	default:
		return dst, 0, s.count(fail(m.reason, "the participant is set apart"))
	}
	out, h, standing, err := m.in.keys.open(dst, &s.scratch, f.source, f.metadata, f.payload, now)
	if err == nil {
		s.recovered(m)
		s.wakeBy(m.in.keys.nextExpiry())
		return out, uint8(h.kid >> 12 % media.MaxLayers), nil
	}
	switch {
	case standing == keyFuture:
		err = fail(KeyMissing, "the key of this frame has not come yet")
		s.keep(m, f)
		s.missing(m, h.kid, now)
	case CodeOf(err) == FrameInvalid:
		s.failed(m, h.kid, now)
	}
	return dst, 0, s.count(err)
}

// keep copies a frame that waits for its key.
func (s *Session) keep(m *member, f pendingFrame) {
	if s.waitingBytes+f.size() > maxWaitingBytes {
		m.trouble.pending.lose(f.source)
		return
	}
	f.metadata, f.payload = bytes.Clone(f.metadata), bytes.Clone(f.payload)
	s.changePending(m, func(p *pending) { p.add(f) })
}

// changePending keeps waitingBytes true.
func (s *Session) changePending(m *member, change func(*pending)) {
	before := m.trouble.pending.bytes
	change(&m.trouble.pending)
	s.waitingBytes += m.trouble.pending.bytes - before
}

// release opens what waited for a key that has come.
func (s *Session) release(m *member, now time.Time) {
	var frames []pendingFrame
	s.changePending(m, func(p *pending) {
		p.expire(now)
		frames = p.take()
	})
	for _, f := range frames {
		out, h, standing, err := m.in.keys.open(nil, &s.scratch, f.source, f.metadata, f.payload, now)
		if err == nil {
			s.recovered(m)
			o := Opened{From: m.session, Source: f.source, Layer: uint8(h.kid >> 12 % media.MaxLayers), Topic: f.topic, Ref: f.ref, Plaintext: out}
			if f.source != media.Data {
				o.Header = f.metadata
			}
			s.opened = append(s.opened, o)
			continue
		}
		if standing == keyFuture {
			s.changePending(m, func(p *pending) { p.add(f) })
			continue
		}
		m.trouble.pending.lose(f.source)
		s.count(err)
	}
	s.wakeBy(m.in.keys.nextExpiry())
}
