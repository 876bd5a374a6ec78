package main

import (
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Limits of what a patient writes, in characters.
const (
	maxName   = 60
	maxReason = 500
)

// secretSize is that of a call's secret, in bytes (spec/e2ee.md).
const secretSize = 32

// book makes an appointment. What it answers with opens it: only the patient's browser gets the key of the private link.
func (c *clinic) book(w http.ResponseWriter, r *http.Request) error {
	var wish struct {
		Doctor, Name, Reason string
		Starts               time.Time
	}
	if err := readJSON(w, r, &wish); err != nil {
		return err
	}
	wish.Name, wish.Reason = strings.TrimSpace(wish.Name), strings.TrimSpace(wish.Reason)
	if wish.Name == "" || utf8.RuneCountInString(wish.Name) > maxName || strings.ContainsFunc(wish.Name, unicode.IsControl) {
		return problem(http.StatusUnprocessableEntity, "invalid-name", "Enter your name, in at most 60 characters.")
	}
	if utf8.RuneCountInString(wish.Reason) > maxReason {
		return problem(http.StatusUnprocessableEntity, "invalid-reason", "Describe the reason in at most 500 characters.")
	}
	d, err := c.store.doctor(r.Context(), wish.Doctor)
	if err != nil {
		return err
	}
	slots, err := c.free(r.Context(), d.ID)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(slots, func(s slot) bool { return s.Starts.Equal(wish.Starts) })
	if i < 0 {
		return errTaken
	}
	a, key := newAppointment(d.ID, slots[i], wish.Name, wish.Reason)
	if err := c.store.addAppointment(r.Context(), a); errors.Is(err, errSlotTaken) {
		return errTaken
	} else if err != nil {
		return err
	}
	c.hub.tell(d.ID)
	w.WriteHeader(http.StatusCreated)
	return writeJSON(w, struct {
		ID  string `json:"id"`
		Key string `json:"key"`
	}{a.ID, key})
}

var errTaken = problem(http.StatusConflict, "slot-taken", "Somebody was faster: this time is taken. Choose another.")

// newAppointment returns one with a secret and a key of its own.
func newAppointment(doctor string, s slot, patient, reason string) (a appointment, key string) {
	key = rand.Text()
	hash := sha256.Sum256([]byte(key))
	secret := make([]byte, secretSize)
	rand.Read(secret)
	return appointment{
		ID: strings.ToLower(rand.Text()), Doctor: doctor, Starts: s.Starts, Ends: s.Ends, Patient: patient, Reason: reason, Secret: secret, access: hash[:],
	}, key
}
