package main

import (
	"context"
	"errors"
	"net/http"

	"github.com/openconfab/confab/meetings"
)

// recorderIdentity is that of confab record in a call.
const recorderIdentity = "recorder"

// askConsent has the patient asked whether the consultation may be recorded.
func (c *clinic) askConsent(w http.ResponseWriter, r *http.Request, v visit) error {
	if err := c.store.askConsent(r.Context(), v.ID, c.now()); err != nil {
		return err
	}
	c.hub.tell(v.Doctor)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// answerConsent keeps what the patient says to that. Who takes a consent back is recorded no longer.
func (c *clinic) answerConsent(w http.ResponseWriter, r *http.Request, v visit) error {
	var given struct{ Given bool }
	if err := readJSON(w, r, &given); err != nil {
		return err
	}
	answer := consentRefused
	if given.Given {
		answer = consentGiven
	}
	if err := c.store.setConsent(r.Context(), v.ID, answer, c.now()); err != nil {
		return err
	}
	c.hub.tell(v.Doctor)
	if !given.Given && v.Meeting != "" {
		if err := c.removeRecorders(r.Context(), v.Meeting); err != nil {
			return err
		}
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (c *clinic) removeRecorders(ctx context.Context, meeting string) error {
	present, err := c.node.Participants(ctx, meeting)
	if err != nil {
		return nodeError{err}
	}
	for _, p := range present {
		if p.Identity != recorderIdentity {
			continue
		}
		if err := c.node.Remove(ctx, meeting, p.Session, meetings.Refusal{}); err != nil && !errors.Is(err, meetings.NotFound) {
			return nodeError{err}
		}
	}
	return nil
}
