package main

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"database/sql"
	"errors"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// errSlotTaken: somebody has just booked the same time.
var errSlotTaken = errors.New("clinic: the time is taken")

// An appointment is a time with a doctor, and what comes of it.
type appointment struct {
	ID, Doctor      string
	Starts, Ends    time.Time
	Patient, Reason string
	// Secret encrypts the call. The node never gets it.
	Secret []byte
	// Meeting is the call's id on the node; "" before anybody has entered.
	Meeting string
	// Arrived is when the patient first came to the waiting room, Admitted when it was let in, Ended when it was over.
	Arrived, Admitted, Ended  time.Time
	Notes, Summary, NextSteps string
	Consent                   consent
	ConsentAt                 time.Time

	access []byte
}

// consent is what has come of asking the patient whether the call may be recorded.
type consent string

const (
	consentNone    consent = "none"
	consentAsked   consent = "asked"
	consentGiven   consent = "given"
	consentRefused consent = "refused"
)

// opens reports whether key is what the patient's private link ends with.
func (a appointment) opens(key string) bool {
	hash := sha256.Sum256([]byte(key))
	return subtle.ConstantTimeCompare(hash[:], a.access) == 1
}

const appointmentColumns = `id, doctor, starts, ends, patient, reason, access, secret, coalesce(meeting, ''), arrived, admitted, ended, notes, summary,
	next_steps, consent, consent_at`

func scanAppointment(rows *sql.Rows) (a appointment, err error) {
	var starts, ends, arrived, admitted, ended, consentAt int64
	err = rows.Scan(&a.ID, &a.Doctor, &starts, &ends, &a.Patient, &a.Reason, &a.access, &a.Secret, &a.Meeting, &arrived, &admitted, &ended,
		&a.Notes, &a.Summary, &a.NextSteps, &a.Consent, &consentAt)
	a.Starts, a.Ends, a.Arrived, a.Admitted, a.Ended, a.ConsentAt =
		moment(starts), moment(ends), moment(arrived), moment(admitted), moment(ended), moment(consentAt)
	return a, err
}

// addAppointment books one. The error is errSlotTaken when the doctor has another at that time.
func (s *store) addAppointment(ctx context.Context, a appointment) error {
	_, err := s.db.ExecContext(ctx, "INSERT INTO appointments (id, doctor, starts, ends, patient, reason, access, secret) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
		a.ID, a.Doctor, millis(a.Starts), millis(a.Ends), a.Patient, a.Reason, a.access, a.Secret)
	if e, ok := errors.AsType[*sqlite.Error](err); ok && e.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE {
		return errSlotTaken
	}
	return err
}

func (s *store) appointment(ctx context.Context, id string) (appointment, error) {
	return one(ctx, s, scanAppointment, "SELECT "+appointmentColumns+" FROM appointments WHERE id = ?", id)
}

func (s *store) appointmentOf(ctx context.Context, meeting string) (appointment, error) {
	return one(ctx, s, scanAppointment, "SELECT "+appointmentColumns+" FROM appointments WHERE meeting = ?", meeting)
}

// appointments returns a doctor's that begin in a time, in their order.
func (s *store) appointments(ctx context.Context, doctor string, from, to time.Time) ([]appointment, error) {
	return collect(ctx, s, scanAppointment, "SELECT "+appointmentColumns+" FROM appointments WHERE doctor = ? AND starts >= ? AND starts < ? ORDER BY starts",
		doctor, millis(from), millis(to))
}

// setMeeting notes the meeting of an appointment, which stays the one it is.
func (s *store) setMeeting(ctx context.Context, id, meeting string) error {
	return s.change(ctx, "UPDATE appointments SET meeting = ? WHERE id = ? AND (meeting IS NULL OR meeting = ?)", meeting, id, meeting)
}

// arrive notes when the patient came first.
func (s *store) arrive(ctx context.Context, id string, at time.Time) error {
	_, err := s.db.ExecContext(ctx, "UPDATE appointments SET arrived = ? WHERE id = ? AND arrived = 0", millis(at), id)
	return err
}

// admit notes when the patient was let in first.
func (s *store) admit(ctx context.Context, id string, at time.Time) error {
	_, err := s.db.ExecContext(ctx, "UPDATE appointments SET admitted = ? WHERE id = ? AND admitted = 0", millis(at), id)
	return err
}

// end closes an appointment with what the patient is told. It returns errNone when it was over already.
func (s *store) end(ctx context.Context, id, summary, nextSteps string, at time.Time) error {
	return s.change(ctx, "UPDATE appointments SET ended = ?, summary = ?, next_steps = ? WHERE id = ? AND ended = 0", millis(at), summary, nextSteps, id)
}

// setNotes keeps what only the doctor reads.
func (s *store) setNotes(ctx context.Context, id, notes string) error {
	return s.change(ctx, "UPDATE appointments SET notes = ? WHERE id = ?", notes, id)
}

// askConsent notes that the patient is being asked whether the call may be recorded.
func (s *store) askConsent(ctx context.Context, id string, at time.Time) error {
	return s.change(ctx, "UPDATE appointments SET consent = ?, consent_at = ? WHERE id = ? AND ended = 0", consentAsked, millis(at), id)
}

// setConsent keeps the patient's answer, to a question that was asked; a consent can be taken back.
func (s *store) setConsent(ctx context.Context, id string, answer consent, at time.Time) error {
	return s.change(ctx, "UPDATE appointments SET consent = ?, consent_at = ? WHERE id = ? AND consent <> ?", answer, millis(at), id, consentNone)
}
