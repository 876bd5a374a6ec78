package main

import (
	"context"
	"net/http"
	"strings"
	"time"
)

// A role is what somebody is in an appointment.
type role string

const (
	asDoctor  role = "doctor"
	asPatient role = "patient"
)

// A visit is an appointment in the eyes of doctor or patient.
type visit struct {
	appointment
	role   role
	doctor doctor
}

// A visitHandler answers a request about an appointment, from its doctor or its patient.
type visitHandler func(w http.ResponseWriter, r *http.Request, v visit) error

// visiting finds out whose request it is: the patient's, who has the key of the private link, or the doctor's, who has signed in.
// All others are told that there is no such appointment. Roles says who may.
func (c *clinic) visiting(h visitHandler, roles ...role) http.Handler {
	return c.handle(func(w http.ResponseWriter, r *http.Request) error {
		a, err := c.store.appointment(r.Context(), r.PathValue("id"))
		if err != nil {
			return err
		}
		v := visit{appointment: a}
		if key, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
			if !a.opens(key) {
				return errNone
			}
			v.role = asPatient
			if v.doctor, err = c.store.doctor(r.Context(), a.Doctor); err != nil {
				return err
			}
		} else {
			if v.doctor, err = c.doctorOf(r); err != nil {
				return err
			}
			if v.doctor.ID != a.Doctor {
				return errNone
			}
			v.role = asDoctor
		}
		for _, may := range roles {
			if v.role == may {
				return h(w, r, v)
			}
		}
		return problem(http.StatusForbidden, "forbidden", "This is for the other side to do.")
	})
}

// status is how far an appointment is.
type status string

const (
	statusBooked   status = "booked"
	statusWaiting  status = "waiting"  // the patient is in the waiting room
	statusAdmitted status = "admitted" // the consultation has begun
	statusEnded    status = "ended"
)

// presence is who is there now.
type presence struct {
	Status status `json:"status"`
	// Patient and Doctor: they are in the call.
	Patient bool `json:"patientPresent"`
	Doctor  bool `json:"doctorPresent"`
	// Recording: a recorder is in the call.
	Recording bool `json:"recording"`
	// Arrived, Admitted and Ended are absent as long as it is not so.
	Arrived  time.Time `json:"arrivedAt,omitzero"`
	Admitted time.Time `json:"admittedAt,omitzero"`
	Ended    time.Time `json:"endedAt,omitzero"`
}

func (a appointment) presence(stays []stay) presence {
	p := presence{Status: statusBooked, Arrived: a.Arrived, Admitted: a.Admitted, Ended: a.Ended}
	for _, s := range stays {
		switch {
		case s.Waiting:
			p.Status = statusWaiting
		case s.Identity == a.patientIdentity():
			p.Patient = true
		case s.Identity == a.doctorIdentity():
			p.Doctor = true
		case s.Identity == recorderIdentity:
			p.Recording = true
		}
	}
	switch {
	case !a.Ended.IsZero():
		p.Status = statusEnded
	case !a.Admitted.IsZero():
		p.Status = statusAdmitted
	}
	return p
}

// A visitView is what a page shows of an appointment.
type visitView struct {
	presence

	ID          string       `json:"id"`
	Role        role         `json:"role"`
	Now         time.Time    `json:"now"` // of the clinic's clock
	With        doctor       `json:"doctor"`
	Name        string       `json:"patient"`
	Reason      string       `json:"reason"`
	Starts      time.Time    `json:"starts"`
	Ends        time.Time    `json:"ends"`
	Expectation *expectation `json:"expectation,omitempty"` // before it begins
	Consent     consent      `json:"consent"`
	ConsentAt   time.Time    `json:"consentAt,omitzero"`
	Documents   []document   `json:"documents"`
	Summary     string       `json:"summary"`
	NextSteps   string       `json:"nextSteps"`
	Notes       *string      `json:"notes,omitempty"` // for the doctor
}

// view looks at an appointment anew.
func (c *clinic) view(ctx context.Context, id string, as role, d doctor) (visitView, error) {
	a, err := c.store.appointment(ctx, id)
	if err != nil {
		return visitView{}, err
	}
	stays, err := c.store.stays(ctx, id)
	if err != nil {
		return visitView{}, err
	}
	documents, err := c.store.documents(ctx, id)
	if err != nil {
		return visitView{}, err
	}
	v := visitView{
		presence: a.presence(stays), ID: a.ID, Role: as, Now: c.now(), With: d, Name: a.Patient, Reason: a.Reason, Starts: a.Starts, Ends: a.Ends,
		Consent: a.Consent, ConsentAt: a.ConsentAt, Documents: append([]document{}, documents...), Summary: a.Summary, NextSteps: a.NextSteps,
	}
	if as == asDoctor {
		v.Notes = &a.Notes
	}
	if v.Status == statusBooked || v.Status == statusWaiting {
		others, err := c.store.appointments(ctx, a.Doctor, a.Starts.Add(-forgotten), a.Starts.Add(forgotten))
		if err != nil {
			return visitView{}, err
		}
		v.Expectation = new(expect(a, others, c.now()))
	}
	return v, nil
}

func (c *clinic) visit(w http.ResponseWriter, r *http.Request, v visit) error {
	shown, err := c.view(r.Context(), v.ID, v.role, v.doctor)
	if err != nil {
		return err
	}
	return writeJSON(w, shown)
}

func (c *clinic) visitEvents(w http.ResponseWriter, r *http.Request, v visit) error {
	return c.stream(w, r, v.doctor.ID, func(ctx context.Context) (any, error) { return c.view(ctx, v.ID, v.role, v.doctor) })
}
