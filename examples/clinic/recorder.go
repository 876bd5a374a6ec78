package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"

	"github.com/openconfab/confab/meetings"
)

// errNoConsent: the patient has not agreed, or does not any more.
var errNoConsent = errors.New("the patient has not agreed to be recorded")

// recorder writes the command that records the call of an appointment: one for a shell, with secrets in it.
func (c *clinic) recorder(ctx context.Context, w io.Writer, id string) error {
	a, err := c.store.appointment(ctx, id)
	if err != nil {
		return err
	}
	if a.Consent != consentGiven {
		return errNoConsent
	}
	meeting, err := c.meeting(ctx, a)
	if err != nil {
		return err
	}
	// The meeting's rules let hosts record only.
	t, err := c.node.Join(ctx, meeting, meetings.JoinRequest{Identity: recorderIdentity, Name: "Recorder", Role: meetings.CoHost})
	if err != nil {
		return nodeError{err}
	}
	link := fmt.Sprintf("%s/m/%s#e1.%s", c.nodePublic, meeting, base64.RawURLEncoding.EncodeToString(a.Secret))
	_, err = fmt.Fprintf(w, "CONFAB_TOKEN=%s confab record '%s' --out 'recording-%s'\n", t.Token, link, a.ID)
	return err
}
