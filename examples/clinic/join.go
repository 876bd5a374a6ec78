package main

import (
	"context"
	"net/http"

	"github.com/openconfab/confab/meetings"
	"github.com/openconfab/confab/token"
)

// Identities of the two in a call, the same at every stay.
func (a appointment) patientIdentity() string { return "patient-" + a.ID }
func (a appointment) doctorIdentity() string  { return "doctor-" + a.Doctor }

// A ticket is what a page needs to enter a call.
type ticket struct {
	// Node is the address of the video node, Token what lets in there.
	Node  string `json:"node"`
	Token string `json:"token"`
	// Secret encrypts the call, in base64. It goes from here to the two pages, and never to the node.
	Secret []byte `json:"secret"`
}

// join lets doctor or patient into the call. The patient waits for the doctor, but only once: after a reload in the middle of the
// consultation its new token does not say so any more.
func (c *clinic) join(w http.ResponseWriter, r *http.Request, v visit) error {
	if !v.Ended.IsZero() {
		return problem(http.StatusGone, "ended", "This consultation is over.")
	}
	meeting, err := c.meeting(r.Context(), v.appointment)
	if err != nil {
		return err
	}
	request := meetings.JoinRequest{Identity: v.doctorIdentity(), Name: v.doctor.Name, Role: meetings.Host}
	if v.role == asPatient {
		request = meetings.JoinRequest{Identity: v.patientIdentity(), Role: meetings.Member, Grants: &token.Grants{
			Publish: token.Sources(), Subscribe: true, Data: true, Wait: v.Admitted.IsZero(),
		}}
	}
	let, err := c.node.Join(r.Context(), meeting, request)
	if err != nil {
		return nodeError{err}
	}
	return writeJSON(w, ticket{Node: c.nodePublic, Token: let.Token, Secret: v.Secret})
}

// meeting returns the meeting of an appointment on the node, which is made when somebody first enters. Its title says nothing about
// anybody, and only whom the clinic gives a token can enter.
func (c *clinic) meeting(ctx context.Context, a appointment) (string, error) {
	if a.Meeting != "" {
		return a.Meeting, nil
	}
	m, err := c.node.Create(ctx, meetings.Plan{
		Title: "Consultation", Starts: a.Starts, Ends: a.Ends, IdempotencyKey: a.ID,
		Settings: meetings.SettingsChange{Guests: new(false), Record: new(meetings.Hosts), MaxParticipants: new(maxInCall)},
	})
	if err != nil {
		return "", nodeError{err}
	}
	// Before the first token is out, so that no webhook comes of a meeting that is not known.
	return m.ID, c.store.setMeeting(ctx, a.ID, m.ID)
}

// maxInCall: doctor, patient, a recorder, and one that has not been noticed to be gone.
const maxInCall = 4
