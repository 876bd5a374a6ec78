package client

import (
	"context"
	"encoding/json"
	"iter"
	"strings"

	"github.com/openconfab/confab/internal/wire"
	"github.com/openconfab/confab/internal/wire/pb"
)

const (
	// reservedTopics begin the topics that clients use among themselves.
	reservedTopics = "confab/"
	profileTopic   = "confab/profile"

	maxTopicBytes  = 64
	maxProfileName = 256
	maxAttributes  = 64
)

// Message is a data message of another participant.
type Message struct {
	From *Participant
	// Topic says what it is about. The node can read it, but not change it.
	Topic string
	// Payload is the receiver's; it is shared between those who listen.
	Payload []byte
}

// DataOptions say how a message is sent. The zero value sends it to everybody, reliably.
type DataOptions struct {
	// Topic says what it is about, at most 64 bytes. The node can read it. Topics that begin with "confab/" are taken.
	Topic string
	// To lists the identities it is for; none: everybody.
	To []string
	// Droppable: it may be left out for who is behind.
	Droppable bool
}

// PublishData encrypts a message and queues it, after waiting until everybody in the room has the key, which takes a second or two
// when somebody has just joined. It is sent also after an interruption, unless the session is lost. Errors:
// [ErrClosed]; an *[Error] of code "forbidden", "message-too-large" or [CodeConfigInvalid].
func (l *LocalParticipant) PublishData(ctx context.Context, payload []byte, o DataOptions) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	r := l.room
	r.mu.Lock()
	to, err := l.mayMessage(payload, o)
	security := r.security
	r.mu.Unlock()
	if err != nil {
		return err
	}
	security.startSending()
	l.sending.Lock()
	defer l.sending.Unlock()
	if err := security.shared(ctx); err != nil {
		return err
	}
	sealed, err := security.sealData(o.Topic, payload)
	if err != nil {
		return public(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.request(&pb.ClientMessage{Kind: &pb.ClientMessage_Data{
		Data: &pb.DataMessage{Topic: o.Topic, To: to, Payload: sealed, Droppable: o.Droppable},
	}}, func(err error) { r.log.Warn("a data message was refused", "error", err) })
	return nil
}

// mayMessage returns the sessions a message goes to; the lock of the room is held.
func (l *LocalParticipant) mayMessage(payload []byte, o DataOptions) (to []string, err error) {
	r := l.room
	limit := int(r.welcome.GetLimits().GetDataMessageBytes())
	switch {
	case r.err != nil:
		return nil, r.err
	case !r.welcome.GetGrants().GetData():
		return nil, &Error{Code: wire.CodeForbidden, Message: "sending data messages is not granted"}
	case len(o.Topic) > maxTopicBytes, strings.HasPrefix(o.Topic, reservedTopics):
		return nil, invalid("a topic has at most 64 bytes and does not begin with confab/")
	case len(payload) > limit-messageOverhead:
		return nil, &Error{Code: wire.CodeMessageTooLarge, Message: "the message is larger than the node takes: send it in pieces"}
	}
	for _, identity := range o.To {
		if p := r.people[identity]; p != nil {
			to = append(to, p.session)
		}
	}
	if len(o.To) > 0 && len(to) == 0 {
		return nil, invalid("none of those the message is for is in the room")
	}
	return to, nil
}

// messageOverhead is more than what encryption adds to a message.
const messageOverhead = 64

// Messages yields the data messages of others; the first call also those that have come since Join. It ends when the room was
// closed, and with an error when the room ended otherwise or ctx has ended.
func (r *Room) Messages(ctx context.Context) iter.Seq2[Message, error] {
	return r.messages.all(ctx, func() *listener[Message] { return r.messages.listen(nil) })
}

// data takes a message from the node.
func (h *handler) data(m *pb.DataDelivery) {
	r := h.room()
	plaintext, err := r.secured().openData(m.GetFrom(), m.GetTopic(), m.GetPayload())
	switch err {
	case nil:
		r.deliver(m.GetFrom(), m.GetTopic(), plaintext)
	case errWaiting:
	default:
		r.log.Debug("a data message was not opened", "error", err)
	}
}

// deliver hands on a message that was opened.
func (r *Room) deliver(from, topic string, data []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := r.members[from]
	switch {
	case p == nil:
	case topic == profileTopic:
		p.profile(data)
	case !strings.HasPrefix(topic, reservedTopics):
		r.messages.send(Message{From: p, Topic: topic, Payload: data})
	}
}

// profile takes what a participant says of itself after joining; the lock of the room is held.
func (p *Participant) profile(data []byte) {
	var profile struct {
		Name       *string           `json:"name"`
		Attributes map[string]string `json:"attributes"`
	}
	if json.Unmarshal(data, &profile) != nil || profile.Name == nil || len(*profile.Name) > maxProfileName ||
		len(profile.Attributes) > maxAttributes {
		return
	}
	p.name, p.renamed, p.attributes = *profile.Name, true, profile.Attributes
	p.room.events.send(ParticipantUpdated{p})
}
