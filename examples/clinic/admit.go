package main

import (
	"context"
	"errors"
	"net/http"

	"github.com/openconfab/confab/meetings"
)

// admit begins the consultation: the patient comes in from the waiting room, now and after every reload.
func (c *clinic) admit(w http.ResponseWriter, r *http.Request, v visit) error {
	if !v.Ended.IsZero() {
		return problem(http.StatusGone, "ended", "This consultation is over.")
	}
	if err := c.store.admit(r.Context(), v.ID, c.now()); err != nil {
		return err
	}
	c.hub.tell(v.Doctor)
	if v.Meeting != "" {
		if err := c.letIn(r.Context(), v.appointment); err != nil {
			return err
		}
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// letIn has the node admit the patient, if it waits there.
func (c *clinic) letIn(ctx context.Context, a appointment) error {
	waiting, err := c.node.Waiting(ctx, a.Meeting)
	if err != nil {
		return nodeError{err}
	}
	for _, p := range waiting {
		if p.Identity != a.patientIdentity() {
			continue
		}
		if err := c.node.Admit(ctx, a.Meeting, p.Session); err != nil && !errors.Is(err, meetings.NotFound) {
			return nodeError{err}
		}
	}
	return nil
}
