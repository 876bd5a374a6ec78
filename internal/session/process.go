package session

import (
	"errors"
	"time"

	"github.com/openconfab/confab/internal/relay"
	"github.com/openconfab/confab/internal/room"
	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
)

// process processes the control messages that wait, no faster than the client may send them.
func (c *connection) process() {
	for {
		in, ok := c.inbox.take()
		if !ok {
			return
		}
		if wait := c.session.process(c, in.message); wait > 0 {
			timer := time.NewTimer(wait)
			select {
			case <-timer.C:
			case <-c.conn.Done():
				timer.Stop()
				return
			}
		}
	}
}

// process processes one message and returns how long the client is to wait after it.
func (s *Session) process(c *connection, m *pb.ClientMessage) time.Duration {
	s.processing.Lock()
	defer s.processing.Unlock()
	if s.connection() != c {
		// The client sends it again on the connection it has moved to.
		return 0
	}
	now := time.Now()
	if data := m.GetData(); data.GetDroppable() && s.limits.exhausted(data, now) {
		s.hub.metrics.Dropped(relay.DropDataRate, 1)
		s.received.Add(1)
		return s.limits.control.take(1, now)
	}
	wait := s.limits.take(m, now)
	err := s.dispatch(c, m, now)
	s.received.Add(1)
	switch {
	case err != nil:
		s.report(c, err, m.GetRequestId())
	case m.GetModerate() != nil && m.GetRequestId() != 0:
		s.Deliver(encode(&pb.ServerMessage{Kind: &pb.ServerMessage_Done{Done: &pb.Done{RequestId: m.GetRequestId()}}}))
	}
	return wait
}

// dispatch does what the message asks for.
func (s *Session) dispatch(c *connection, m *pb.ClientMessage, now time.Time) error {
	if err := s.mayAsk(m); err != nil {
		return err
	}
	switch kind := m.Kind.(type) {
	case *pb.ClientMessage_PublishTrack:
		return s.participant.Publish(kind.PublishTrack)
	case *pb.ClientMessage_UnpublishTrack:
		return s.participant.Unpublish(kind.UnpublishTrack.GetNumber(), now)
	case *pb.ClientMessage_SetMuted:
		return s.participant.SetMuted(kind.SetMuted.GetNumber(), kind.SetMuted.GetMuted(), now)
	case *pb.ClientMessage_SetHand:
		return s.participant.SetHand(kind.SetHand.GetRaised(), now)
	case *pb.ClientMessage_Moderate:
		return s.moderate(c, kind.Moderate, now)
	case *pb.ClientMessage_Subscribe:
		c.startVideo()
		return s.subscribe(kind.Subscribe, now)
	case *pb.ClientMessage_Unsubscribe:
		return s.unsubscribe(kind.Unsubscribe.GetTrack(), now)
	case *pb.ClientMessage_RequestKeyframe:
		return s.requestKeyframe(kind.RequestKeyframe.GetTrack(), now)
	case *pb.ClientMessage_E2Ee:
		return s.participant.SendE2EE(kind.E2Ee)
	case *pb.ClientMessage_Data:
		return s.participant.SendData(kind.Data)
	case *pb.ClientMessage_ReceiverReport:
		s.participant.Report(kind.ReceiverReport.GetTracks(), s.queue.Subscribed, now)
	case *pb.ClientMessage_Leave:
		s.end(endLeft)
	default:
		s.hub.metrics.UnknownKind()
	}
	return nil
}

// mayAsk fails for everything but leaving while the client waits to be admitted. Spec: wire.md §9.1.
func (s *Session) mayAsk(m *pb.ClientMessage) error {
	if s.admitted || m.Kind == nil || m.GetLeave() != nil {
		return nil
	}
	if s.participant.Waiting() {
		return wire.Errorf(wire.CodeWaiting, "a host has to let you in first")
	}
	s.admitted = true
	return nil
}

func (s *Session) subscribe(m *pb.Subscribe, now time.Time) error {
	track, err := s.participant.Track(m.GetTrack())
	if err != nil {
		return err
	}
	alias, err := s.queue.Subscribe(track, room.WantOf(m), now)
	if err != nil {
		return err
	}
	s.Deliver(encode(&pb.ServerMessage{Kind: &pb.ServerMessage_Subscribed{
		Subscribed: &pb.Subscribed{Track: m.GetTrack(), Alias: alias},
	}}))
	return nil
}

func (s *Session) unsubscribe(ref *pb.TrackRef, now time.Time) error {
	track, err := s.participant.Track(ref)
	if err != nil {
		return err
	}
	if !s.queue.Unsubscribe(track, now) {
		return errNotSubscribed()
	}
	return nil
}

func (s *Session) requestKeyframe(ref *pb.TrackRef, now time.Time) error {
	track, err := s.participant.Track(ref)
	if err != nil {
		return err
	}
	if !s.queue.RequestKeyframe(track, now) {
		return errNotSubscribed()
	}
	return nil
}

func errNotSubscribed() error {
	return wire.Errorf(wire.CodeTrackUnknown, "there is no subscription to this track")
}

// report tells the client of an error, which ends what its code says.
func (s *Session) report(c *connection, err error, requestID uint32) {
	if coded, ok := errors.AsType[*wire.Error](err); ok && wire.EndsOf(coded.Code) == wire.EndsNothing {
		if requestID != 0 {
			s.answer(coded, requestID)
		} else {
			s.hub.metrics.Error(coded.Code)
		}
		return
	}
	c.fail(err)
}

// answer sends an Error after which the session goes on.
func (s *Session) answer(err *wire.Error, requestID uint32) {
	s.hub.metrics.Error(err.Code)
	s.Deliver(encodeError(err, requestID))
}
