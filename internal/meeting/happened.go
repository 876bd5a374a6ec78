package meeting

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/openconfab/confab/webhook"
)

// Limits of what waits to be recorded. It waits as long as the database does not answer.
const (
	// maxEvents are kept, a few hundred bytes each; more are dropped and counted.
	maxEvents = 16_384
	// maxBatch are recorded in one transaction.
	maxBatch = 64
)

// Happened records an event: who was there, and webhooks. It never blocks. When the database has not kept up for a long time, events
// are dropped and logged.
func (s *Service) Happened(e Event) {
	select {
	case s.events <- e:
	default:
		s.log.Error("an event is dropped, for the database is too slow: attendance and webhooks lack it",
			"kind", e.Kind, "room", e.Room, "session", e.Session)
	}
}

// record records events until ctx ends, and what is left then until late ends.
func (s *Service) record(ctx, late context.Context) {
	for {
		select {
		case e := <-s.events:
			s.recordBatch(late, s.more(e))
		case <-ctx.Done():
			for len(s.events) > 0 && late.Err() == nil {
				s.recordBatch(late, s.more(<-s.events))
			}
			return
		}
	}
}

// more returns the event and those behind it.
func (s *Service) more(e Event) []Event {
	batch := []Event{e}
	for len(batch) < maxBatch {
		select {
		case e := <-s.events:
			batch = append(batch, e)
		default:
			return batch
		}
	}
	return batch
}

// recordBatch tries until it succeeds or the context ends.
func (s *Service) recordBatch(ctx context.Context, batch []Event) {
	const shortest, longest = 100 * time.Millisecond, 5 * time.Second
	for wait := shortest; ; wait = min(2*wait, longest) {
		err := s.write(ctx, func(tx Tx, now time.Time) error {
			for _, e := range batch {
				if err := s.note(ctx, tx, e); err != nil {
					return err
				}
			}
			return nil
		})
		if err == nil {
			s.config.Sent()
			return
		}
		s.log.Error("events can't be recorded yet", "error", err, "events", len(batch))
		select {
		case <-time.After(wait/2 + rand.N(wait)):
		case <-ctx.Done():
			return
		}
	}
}

// note records one event.
func (s *Service) note(ctx context.Context, tx Tx, e Event) error {
	m, err := tx.Meeting(ctx, e.Room)
	known := err == nil
	if err != nil && !errors.Is(err, &Error{Code: CodeNotFound}) {
		return err
	}
	endpoints := s.endpoints(m, known)
	if !known && len(endpoints) == 0 && e.Kind != webhook.ParticipantLeft {
		return nil
	}
	e.At = e.At.Truncate(time.Millisecond)
	send := func(kind webhook.Type) error {
		message, err := e.message(kind, known)
		if err != nil {
			return err
		}
		return tx.Send(ctx, endpoints, message)
	}
	switch e.Kind {
	case webhook.ParticipantJoined:
		entered, first, err := tx.Enter(ctx, Attendance{
			Session: e.Session, Room: e.Room, Identity: e.Identity, Name: e.Name, Node: s.node, Joined: e.At, Records: e.Records,
		}, e.Moved)
		if err != nil || !entered {
			return err
		}
		if first {
			if err := send(webhook.RoomStarted); err != nil {
				return err
			}
		}
		if err := send(e.Kind); err != nil || !e.Records {
			return err
		}
		return send(webhook.RecordingStarted)
	case webhook.ParticipantLeft:
		who, last, err := tx.Leave(ctx, e.Session, e.Reason, e.At)
		if errors.Is(err, &Error{Code: CodeNotFound}) {
			return nil
		}
		if err != nil {
			return err
		}
		e.Identity, e.Name = who.Identity, who.Name
		if who.Records {
			if err := send(webhook.RecordingStopped); err != nil {
				return err
			}
		}
		if err := send(e.Kind); err != nil || !last {
			return err
		}
		return send(webhook.RoomFinished)
	default:
		return send(e.Kind)
	}
}

// endpoints returns the ids of those who are told of what happens in a room.
func (s *Service) endpoints(m Meeting, known bool) []string {
	var ids []string
	for _, e := range s.config.Endpoints {
		if e.Key == "" || known && e.Key == m.Owner.Key {
			ids = append(ids, e.ID)
		}
	}
	return ids
}

func (e Event) message(kind webhook.Type, known bool) (Message, error) {
	event := webhook.Event{Type: kind, Timestamp: e.At.UTC(), Data: webhook.Data{Room: e.Room, Meeting: known}}
	identity := ""
	if kind != webhook.RoomStarted && kind != webhook.RoomFinished {
		identity = e.Identity
		event.Data.Participant = &webhook.Participant{Session: e.Session, Identity: e.Identity, Name: e.Name}
		event.Data.Source, event.Data.Reason = string(e.Source), e.Reason
	}
	payload, err := json.Marshal(event)
	return Message{ID: "msg_" + newID(), Room: e.Room, Identity: identity, Payload: payload, At: e.At}, err
}
