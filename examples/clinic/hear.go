package main

import (
	"context"
	"errors"

	"github.com/openconfab/confab/webhook"
)

// hear is told by the node what happens in calls. After an error the node tells it again.
func (c *clinic) hear(ctx context.Context, d webhook.Delivery) error {
	if known, err := c.store.received(ctx, d.ID); err != nil || known {
		return err
	}
	a, err := c.store.appointmentOf(ctx, d.Event.Data.Room)
	if errors.Is(err, errNone) {
		return nil // another program's
	}
	if err != nil {
		return err
	}
	if err := c.note(ctx, a, d.Event); err != nil {
		c.log.Error("webhook", "type", d.Event.Type, "error", err)
		return err
	}
	c.hub.tell(a.Doctor)
	return c.store.noteReceived(ctx, d.ID, c.now())
}

// note keeps what an event says about an appointment. To do so twice changes nothing.
func (c *clinic) note(ctx context.Context, a appointment, e webhook.Event) error {
	if e.Type == webhook.RoomFinished {
		return c.store.clearStays(ctx, a.ID)
	}
	p := e.Data.Participant
	if p == nil {
		return nil
	}
	switch e.Type {
	case webhook.WaitingJoined, webhook.ParticipantJoined:
		waits := e.Type == webhook.WaitingJoined
		if err := c.store.setStay(ctx, stay{Session: p.Session, Appointment: a.ID, Identity: p.Identity, Waiting: waits}); err != nil {
			return err
		}
		if p.Identity != a.patientIdentity() {
			return nil
		}
		if err := c.store.arrive(ctx, a.ID, e.Timestamp); err != nil {
			return err
		}
		if waits && !a.Admitted.IsZero() {
			return c.letIn(ctx, a) // it got its token just before
		}
		return nil
	case webhook.WaitingLeft, webhook.ParticipantLeft:
		return c.store.removeStay(ctx, p.Session, e.Type == webhook.WaitingLeft)
	}
	return nil
}
