package room

import (
	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
)

// maxTopic is the length of a data message's topic in bytes.
const maxTopic = 64

// SendE2EE passes an E2EE message on: each part to its recipient, or the common bytes to everybody when there are no
// parts. Who is not in the room is skipped. It fails with "forbidden" for a participant who is hidden or has no grants, and when a
// recipient is named twice, which would multiply the common bytes.
func (p *Participant) SendE2EE(m *pb.E2EeMessage) error {
	r := p.room
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := p.maySpeak(); err != nil {
		return err
	}
	if g := p.Grants(); sightOf(g) == blind && !g.GetData() {
		return wire.Errorf(wire.CodeForbidden, "one who may neither send nor receive anything has no keys to tell of")
	}
	delivery := func(payload []byte) []byte {
		return encode(&pb.ServerMessage{Kind: &pb.ServerMessage_E2Ee{
			E2Ee: &pb.E2EeDelivery{From: p.Session, Common: m.Common, Payload: payload},
		}})
	}
	if len(m.Parts) == 0 {
		msg := delivery(nil)
		r.deliver(p, Informed, msg, Member.Deliver)
		r.registry.outside.Said(r.id, Informed, msg, false)
		return nil
	}
	named := make(map[string]struct{}, len(m.Parts))
	for _, part := range m.Parts {
		named[part.GetTo()] = struct{}{}
	}
	if len(named) < len(m.Parts) {
		return wire.Errorf(wire.CodeForbidden, "the message names a recipient twice: send one part to each")
	}
	for _, part := range m.Parts {
		if other := r.recipient(p, part.GetTo()); other != nil && other.informed() {
			other.Member.Deliver(delivery(part.GetPayload()))
		}
	}
	return nil
}

// SendData passes a data message on to those it names, or to everybody. It fails with "forbidden" without the data
// grant and "message-too-large" when the payload or the topic is too long.
func (p *Participant) SendData(m *pb.DataMessage) error {
	r := p.room
	if !p.Grants().GetData() {
		return wire.Errorf(wire.CodeForbidden, "sending data messages is not granted")
	}
	if limit := r.registry.limits.DataMessageBytes; len(m.Payload) > limit {
		return wire.Errorf(wire.CodeMessageTooLarge, "the payload takes %d bytes, the limit is %d: send it in pieces", len(m.Payload), limit)
	}
	if len(m.Topic) > maxTopic {
		return wire.Errorf(wire.CodeMessageTooLarge, "the topic takes %d bytes, the limit is %d", len(m.Topic), maxTopic)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := p.maySpeak(); err != nil {
		return err
	}
	msg := encode(&pb.ServerMessage{Kind: &pb.ServerMessage_Data{
		Data: &pb.DataDelivery{From: p.Session, Topic: m.Topic, Payload: m.Payload},
	}})
	deliver := Member.Deliver
	if m.Droppable {
		deliver = Member.DeliverDroppable
	}
	if len(m.To) == 0 {
		r.deliver(p, Receiving, msg, deliver)
		r.registry.outside.Said(r.id, Receiving, msg, m.Droppable)
		return nil
	}
	named := make(map[string]struct{}, len(m.To))
	for _, to := range m.To {
		if _, again := named[to]; again {
			continue
		}
		named[to] = struct{}{}
		if other := r.recipient(p, to); other != nil && other.receives() {
			deliver(other.Member, msg)
		}
	}
	return nil
}

func (p *Participant) maySpeak() error {
	if err := p.present(); err != nil {
		return err
	}
	if p.hidden() {
		return wire.Errorf(wire.CodeForbidden, "a hidden participant sends nothing to the others")
	}
	return nil
}

// deliver gives a message to everybody of this node whom it concerns but its sender.
func (r *Room) deliver(from *Participant, concerned Audience, msg []byte, deliver func(Member, []byte)) {
	for _, other := range r.own {
		if other != from && concerned.has(other) {
			deliver(other.Member, msg)
		}
	}
}

// recipient returns the participant whose session is to, nil if it is not there or the sender.
func (r *Room) recipient(from *Participant, to string) *Participant {
	if other := r.members[to]; other != nil && other != from {
		return other
	}
	return nil
}
