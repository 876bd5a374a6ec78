package client

import (
	"context"
	"sync"
	"time"

	"github.com/openconfab/confab/e2ee"
	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
	"github.com/openconfab/confab/media"
)

// sealed is security by E2EE v1, for one joining.
type sealed struct {
	session *e2ee.Session
	room    membership

	// pumping is held while what the session holds is handed on, so that it keeps its order. It is taken before the lock of
	// the room, and guards what follows.
	pumping sync.Mutex
	// timer calls tick when the session wants it.
	timer  *time.Timer
	closed bool
	// ticked is closed by the next tick, nil while nobody waits for it.
	ticked chan struct{}
}

// sharedWait is how long a data message waits at most for keys to reach everybody: longer than a rotation takes.
const sharedWait = 3 * time.Second

func newSealed(c e2ee.Config, room membership) (*sealed, error) {
	session, err := e2ee.New(c, time.Now())
	if err != nil {
		return nil, err
	}
	s := &sealed{session: session, room: room}
	s.timer = time.AfterFunc(time.Hour, s.tick)
	s.timer.Stop()
	return s, nil
}

func (s *sealed) announcement() []byte { return s.session.Announcement() }

func (s *sealed) joined(session string, announcement []byte) e2ee.Member {
	// The member's state has what is wrong with it.
	_ = s.session.MemberJoined(session, announcement, time.Now())
	m, _ := s.session.Member(session)
	return m
}

func (s *sealed) nameOf(announcement []byte) string {
	// One who is no member has none.
	name, _, _ := s.session.Announced(announcement)
	return name
}

func (s *sealed) left(session string, removed bool) {
	if removed {
		s.session.MemberRemoved(session, time.Now())
	} else {
		s.session.MemberLeft(session, time.Now())
	}
	s.tick()
}

func (s *sealed) receive(m *pb.E2EeDelivery) {
	// What is wrong with it is counted by the session, which goes on.
	_ = s.session.Receive(m.GetFrom(), m.GetCommon(), m.GetPayload(), time.Now())
	s.tick()
}

func (s *sealed) startSending() {
	s.session.StartSending(time.Now())
	s.tick()
}

func (s *sealed) seal(dst []byte, slot e2ee.Slot, header, record []byte) ([]byte, error) {
	return s.session.Seal(dst, slot, header, record)
}

func (s *sealed) open(dst []byte, from string, sub *Subscription, o *wire.Object) ([]byte, error) {
	object := e2ee.Object{Source: sub.track.source, Header: o.HeaderBytes(), Payload: o.Payload(), Ref: sub}
	plaintext, _, err := s.session.Open(dst, from, object, time.Now())
	return plaintext, s.opened(err)
}

func (s *sealed) openData(from, topic string, payload []byte) ([]byte, error) {
	plaintext, err := s.session.OpenData(nil, from, topic, payload, time.Now())
	return plaintext, s.opened(err)
}

// opened does what follows from opening something.
func (s *sealed) opened(err error) error {
	switch e2ee.CodeOf(err) {
	case "":
		return err
	case e2ee.KeyMissing:
		err = errWaiting
	}
	s.tick()
	return err
}

func (s *sealed) shared(ctx context.Context) error {
	timeout := time.NewTimer(sharedWait)
	defer timeout.Stop()
	for {
		tick := s.nextTick()
		if tick == nil || s.session.Shared() {
			return nil
		}
		select {
		case <-tick:
		case <-timeout.C:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// nextTick returns what is closed when the keys may have reached somebody, nil if they never will.
func (s *sealed) nextTick() <-chan struct{} {
	s.pumping.Lock()
	defer s.pumping.Unlock()
	if s.closed {
		return nil
	}
	if s.ticked == nil {
		s.ticked = make(chan struct{})
	}
	return s.ticked
}

func (s *sealed) sealData(topic string, data []byte) ([]byte, error) {
	return s.session.SealData(nil, topic, data)
}

func (s *sealed) safetyCode() string { return s.session.SafetyCode() }

func (s *sealed) pairSafetyCode(session string) (string, error) {
	return s.session.PairSafetyCode(session)
}

func (s *sealed) counts() map[string]uint64 {
	counts := map[string]uint64{}
	for code, n := range s.session.Counts() {
		counts[string(code)] = n
	}
	return counts
}

func (s *sealed) connected(connected bool) {
	if connected {
		s.session.Resume(time.Now())
	} else {
		s.session.Pause()
	}
}

func (s *sealed) settle() { s.tick() }

// tick does what is due, and hands on what the session holds for others.
func (s *sealed) tick() {
	s.pumping.Lock()
	defer s.pumping.Unlock()
	if s.closed {
		return
	}
	s.session.Advance(time.Now())
	for _, out := range s.session.Outgoing() {
		m := &pb.E2EeMessage{Common: out.Common, Parts: make([]*pb.E2EePart, len(out.Parts))}
		for i, part := range out.Parts {
			m.Parts[i] = &pb.E2EePart{To: part.To, Payload: part.Payload}
		}
		s.room.sendE2EE(m)
	}
	for _, o := range s.session.Opened() {
		s.hand(o)
	}
	s.tell(s.session.Events())
	s.rouse()
	if at := s.session.NextWake(); at.IsZero() {
		s.timer.Stop()
	} else {
		s.timer.Reset(time.Until(at))
	}
}

func (s *sealed) rouse() {
	if s.ticked != nil {
		close(s.ticked)
		s.ticked = nil
	}
}

func (s *sealed) hand(o e2ee.Opened) {
	if o.Source == media.Data {
		s.room.openedData(o.From, o.Topic, o.Plaintext)
		return
	}
	header, _, err := wire.ParseHeader(o.Header)
	if sub, ok := o.Ref.(*Subscription); ok && err == nil {
		s.room.openedFrame(sub, openedFrame{header: header, plaintext: o.Plaintext, arrived: time.Now()})
	}
}

func (s *sealed) tell(events []e2ee.Event) {
	changed, held := false, false
	for _, event := range events {
		switch event.Kind {
		case e2ee.MemberVerified, e2ee.MemberApart:
			changed = true
			if m, present := s.session.Member(event.Session); present {
				s.room.memberChanged(m)
			}
		case e2ee.MemberFlagged, e2ee.MemberUndecryptable, e2ee.MemberDecryptable, e2ee.MemberDiffers, e2ee.MemberAgrees,
			e2ee.ComparisonChanged:
			if m, present := s.session.Member(event.Session); present {
				s.room.memberChanged(m)
			}
		case e2ee.MemberGone:
			s.room.memberGone(event.Session)
			changed, held = true, true
		case e2ee.KeyframeWanted:
			s.room.keyframeWanted(event.Session, event.Source)
		case e2ee.KeyframeNeeded:
			s.room.keyframesNeeded()
		case e2ee.IndexCollision:
			s.room.collided(event.Session)
		case e2ee.KeyReceived:
			held = true
		case e2ee.Decided:
			s.room.decided(s.session)
		case e2ee.HostingChanged, e2ee.GuardChanged:
			changed = true
		case e2ee.MemberRefused, e2ee.KeyInUse:
		}
	}
	if held {
		s.room.holds(s.session)
	}
	if changed {
		s.room.membersChanged()
	}
}

func (s *sealed) close() {
	s.pumping.Lock()
	defer s.pumping.Unlock()
	s.closed = true
	s.rouse()
	s.timer.Stop()
	s.session.Close()
}
